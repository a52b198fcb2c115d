#include "dataset/sample_hash.h"

#include "base/hash.h"

namespace assay {

std::string HashOf(const Sample& sample) {
  std::string bytes = sample.article;
  bytes += '\0';
  bytes += sample.reference;
  return Sha256Hex(bytes);
}

}  // namespace assay
