// What tells a sample from another one.

#ifndef ASSAY_DATASET_SAMPLE_HASH_H_
#define ASSAY_DATASET_SAMPLE_HASH_H_

#include <string>

#include "dataset/dataset.h"

namespace assay {

// SHA-256 of article, a zero byte, and reference, in hexadecimal.
[[nodiscard]] std::string HashOf(const Sample& sample);

}  // namespace assay

#endif  // ASSAY_DATASET_SAMPLE_HASH_H_
