// One record of a data set, from its bytes.

#ifndef ASSAY_DATASET_SAMPLE_READER_H_
#define ASSAY_DATASET_SAMPLE_READER_H_

#include <cstddef>
#include <string>
#include <string_view>
#include <variant>

#include "dataset/dataset.h"

namespace assay {

// What the fields are called in a layout, and what the layout is called in errors.
struct SampleLayout {
  std::string_view name;
  std::string_view article_key;
  std::string_view reference_key;
};

struct ReadSample {
  Sample sample;  // its index is the caller's to set
  bool has_instruction = false;
  bool has_benchmark_instruction = false;  // equal to kPromptTemplate
};

// What is kept of a record that is read and checked.
enum class Keep {
  kAll,
  kReference,  // the article stays empty, and so do prompt ids where there are any
};

struct SampleFault {
  std::size_t offset = 0;  // in the record's text
  std::string what;
  bool is_in_bytes = false;  // the text is no JSON there, rather than the wrong JSON
};

// Reads `text`, which must be one JSON object. Members that the layout does not know are skipped.
[[nodiscard]] std::variant<ReadSample, SampleFault> ReadSampleFrom(std::string_view text,
                                                                   const SampleLayout& layout,
                                                                   Keep keep);

// What ReadSampleFrom falls back to where something is wrong or might be, since it tells the place
// of a fault: slower, and the same for every text. Keeps all.
[[nodiscard]] std::variant<ReadSample, SampleFault> ReadSampleByEvents(std::string_view text,
                                                                       const SampleLayout& layout);

}  // namespace assay

#endif  // ASSAY_DATASET_SAMPLE_READER_H_
