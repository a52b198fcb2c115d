#include "dataset/identity.h"

#include <algorithm>
#include <array>

#include "base/format.h"

namespace assay {
namespace {

constexpr std::array<OfficialFile, 2> kOfficialFiles = {{
    {OfficialSet::kCnnDailyMailValidation13368, "cnn_eval.json", 13368,
     "6d066a21bd615909466885d53b664b73c5aabc32d60c1cbd03f4293de6430026"},
    {OfficialSet::kEdge5000, "sample_cnn_eval_5000.json", 5000,
     "2d1a21eadd8ef7547d2f5fba939a9e1886a22ee926fe3781cb8934d3a01445db"},
}};

}  // namespace

std::string_view Name(OfficialSet set) {
  switch (set) {
    case OfficialSet::kCnnDailyMailValidation13368:
      return "cnn_dailymail-validation-13368";
    case OfficialSet::kEdge5000:
      return "edge-5000";
    case OfficialSet::kNone:
      break;
  }
  return "none";
}

std::span<const OfficialFile> OfficialFiles() {
  return kOfficialFiles;
}

DatasetIdentity IdentityOf(const Dataset& dataset) {
  const std::uint64_t samples = dataset.samples.size();
  DatasetIdentity identity;
  bool has_official_hash = false;
  bool has_official_count = false;
  for (const OfficialFile& official : kOfficialFiles) {
    has_official_hash = has_official_hash || dataset.sha256 == official.sha256;
    has_official_count = has_official_count || samples == official.samples;
    if (dataset.sha256 == official.sha256 && samples == official.samples) {
      identity.set = official.set;
    }
  }
  if (identity.set != OfficialSet::kNone) return identity;

  const auto& [full, edge] = kOfficialFiles;
  if (!has_official_hash) {
    identity.reasons.push_back(
        fmt::format("its SHA-256 is neither that of {} nor of {}", full.name, edge.name));
  }
  if (!has_official_count || has_official_hash) {
    identity.reasons.push_back(fmt::format("it holds {} samples; {} holds {}, {} {}", samples,
                                           full.name, full.samples, edge.name, edge.samples));
  }
  if (dataset.format != DatasetFormat::kMlcommonsJson) {
    identity.reasons.emplace_back("its layout is not the MLCommons JSON layout");
  }
  if (dataset.benchmark_instructions != samples) {
    identity.reasons.push_back(fmt::format("{} of its {} records carry the benchmark's template",
                                           dataset.benchmark_instructions, samples));
  }
  const auto with_ids = static_cast<std::uint64_t>(
      std::count_if(dataset.samples.begin(), dataset.samples.end(),
                    [](const Sample& sample) { return sample.prompt_ids.has_value(); }));
  if (with_ids != samples) {
    identity.reasons.push_back(
        fmt::format("{} of its {} records bring prompt token ids", with_ids, samples));
  }
  return identity;
}

}  // namespace assay
