#include <cstddef>
#include <utility>

#include "assay/tokenizer.h"

namespace assay {

std::vector<TokenId> Pad(std::vector<TokenId> ids, const Padding& padding) {
  if (ids.size() >= padding.length) return ids;
  const std::size_t missing = padding.length - ids.size();
  ids.insert(padding.side == Side::kLeft ? ids.begin() : ids.end(), missing, padding.id);
  return ids;
}

}  // namespace assay
