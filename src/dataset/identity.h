// Is a data set the official one?

#ifndef ASSAY_DATASET_IDENTITY_H_
#define ASSAY_DATASET_IDENTITY_H_

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "dataset/dataset.h"

namespace assay {

enum class OfficialSet {
  kNone,
  kCnnDailyMailValidation13368,  // llama3.1-8b, datacenter
  kEdge5000,                     // llama3.1-8b-edge
};

// Value: "cnn_dailymail-validation-13368", "edge-5000" or "none", as records name it.
[[nodiscard]] std::string_view Name(OfficialSet set);

struct OfficialFile {
  OfficialSet set = OfficialSet::kNone;
  std::string_view name;
  std::uint64_t samples = 0;
  std::string_view sha256;
};

// The official files as MLCommons distributes them.
//
// Source: names and counts from mlcommons/inference, language/llama3.1-8b/README.md. MLCommons
// publishes an MD5 beside each download and no SHA-256; the SHA-256 are those that Intel's
// Verification Test Suite (its "MLPERF Test", 2026) expects of the same downloads. A file that
// MLCommons replaces is no longer recognised.
[[nodiscard]] std::span<const OfficialFile> OfficialFiles();

struct DatasetIdentity {
  OfficialSet set = OfficialSet::kNone;
  // Why it is not recognised, a clause each; empty for an official set.
  std::vector<std::string> reasons;
};

// Value: the official set whose file this is, byte for byte (SHA-256) and in its sample count.
// Nothing less counts: neither a name nor a count makes a data set the official one, and the same
// articles written in another way are told apart from it too.
[[nodiscard]] DatasetIdentity IdentityOf(const Dataset& dataset);

}  // namespace assay

#endif  // ASSAY_DATASET_IDENTITY_H_
