// One record of a data set in which everything is as it should be, read fast.

#ifndef ASSAY_DATASET_PLAIN_SAMPLE_H_
#define ASSAY_DATASET_PLAIN_SAMPLE_H_

#include <optional>
#include <string_view>

#include "dataset/sample_reader.h"

namespace assay {

// Value: what of ReadSampleByEvents' is to be kept for `text`, or nullopt: there is a fault in it,
// or something of which that function is left to decide whether it is one. Thread-safe.
[[nodiscard]] std::optional<ReadSample> ReadPlainSample(std::string_view text,
                                                        const SampleLayout& layout, Keep keep);

}  // namespace assay

#endif  // ASSAY_DATASET_PLAIN_SAMPLE_H_
