// What `assay dataset info` tells about a data set.

#ifndef ASSAY_DATASET_DATASET_INFO_H_
#define ASSAY_DATASET_DATASET_INFO_H_

#include <cstdint>
#include <optional>
#include <string>

#include "base/json.h"
#include "dataset/dataset.h"
#include "dataset/identity.h"
#include "dataset/near_duplicates.h"

namespace assay {

// Of the lengths of all samples. A percentile is the observed value sorted[floor(n * p)].
struct LengthSummary {
  std::uint64_t min = 0;
  double mean = 0;
  std::uint64_t median = 0;
  std::optional<std::uint64_t> p99;  // nullopt below 100 samples
  std::uint64_t max = 0;
};

struct TextLengths {
  LengthSummary characters;  // Unicode code points
  LengthSummary words;       // runs of bytes other than ASCII white space
};

struct DatasetInfo {
  std::string path;
  std::string sha256;
  std::uint64_t size_bytes = 0;
  DatasetFormat format = DatasetFormat::kMlcommonsJson;
  bool byte_order_mark = false;
  std::uint64_t samples = 0;
  std::uint64_t instructions = 0;            // records with an instruction
  std::uint64_t benchmark_instructions = 0;  // those that have the benchmark's
  std::uint64_t samples_with_prompt_ids = 0;
  DatasetIdentity identity;
  NearDuplicates near_duplicates;
  TextLengths articles;
  TextLengths references;
  TextLengths prompts;                         // of BuildPrompt(article)
  std::optional<LengthSummary> prompt_tokens;  // of the ids in the file, if every sample has them
};

// REQUIRES: at least one sample, as every loaded data set has.
[[nodiscard]] DatasetInfo DescribeDataset(const Dataset& dataset);

// docs/formats.md lists the members. Numbers are exact; what is not known is null.
[[nodiscard]] Json ToJson(const DatasetInfo& info);

// For a terminal: lines of at most 100 columns, each ended by a line feed.
[[nodiscard]] std::string RenderText(const DatasetInfo& info);

}  // namespace assay

#endif  // ASSAY_DATASET_DATASET_INFO_H_
