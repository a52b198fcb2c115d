#include <string_view>
#include <system_error>
#include <utility>
#include <vector>

#include "base/format.h"
#include "base/hash.h"
#include "dataset/bundled_sample.h"
#include "dataset/dataset.h"
#include "dataset/identity.h"
#include "dataset/near_duplicates.h"
#include "dataset/prompt.h"
#include "verify/check_record.h"

namespace assay {
namespace {

constexpr const char* kSamples = "inputs/samples.jsonl";

std::string Line(std::size_t index) {
  return fmt::format("line {}", index + 1);
}

std::string HashOf(std::string_view article, std::string_view reference) {
  std::string bytes(article);
  bytes += '\0';
  bytes += reference;
  return Sha256Hex(bytes);
}

void CheckOneSample(const RunEvidence& run, std::size_t i, bool encode, Verification& out) {
  const InputSample& sample = run.samples[i];
  if (sample.index != i) {
    out.Differs(kSamples, Line(i), fmt::format("{}", sample.index), fmt::format("{}", i),
                "A sample's index is not its place.");
  }
  if (!sample.article || !sample.reference) return;
  std::string hash = HashOf(*sample.article, *sample.reference);
  if (hash != sample.sha256) {
    out.Differs(kSamples, Line(i) + " /sha256", sample.sha256, std::move(hash),
                "A sample's article and reference are not those that were hashed.");
  }
  if (!encode || !sample.prompt_ids) return;
  const std::vector<TokenId> ids = run.tokenizer->Encode(
      BuildPrompt(*sample.article), {.add_special_tokens = true, .parse_special_tokens = false});
  if (ids != *sample.prompt_ids) {
    out.Differs(kSamples, Line(i) + " /prompt_ids",
                fmt::format("{} tokens", sample.prompt_ids->size()),
                fmt::format("{} tokens", ids.size()),
                "A sample's prompt is not the tokenizer's encoding of its article.");
  }
}

void CheckNearDuplicates(const RunEvidence& run, Verification& out) {
  std::vector<std::string_view> articles;
  for (const InputSample& sample : run.samples) articles.emplace_back(*sample.article);
  const NearDuplicates near = FindNearDuplicates(articles);
  const DatasetRecord& recorded = run.record.dataset;
  const auto compare = [&](const char* key, std::uint64_t stated, std::uint64_t found) {
    if (stated == found) return;
    out.Differs("run.json", fmt::format("/dataset/{}", key), fmt::format("{}", stated),
                fmt::format("{}", found), "The near-duplicates do not follow from the articles.");
  };
  compare("near_duplicates", recorded.near_duplicates, near.near_duplicates);
  compare("near_duplicate_clusters", recorded.near_duplicate_clusters, near.clusters.size());
}

// The file that the run read, if it is still there.
std::optional<Dataset> DatasetAtHand(const RunRecord& record, std::string& why) {
  fs::path path = record.dataset.path;
  std::error_code error;
  if (!fs::exists(path, error) && record.dataset.bundled_sample) {
    if (auto bundled = BundledSamplePath()) path = *bundled;
  }
  if (!fs::exists(path, error)) {
    why = fmt::format("{} is not there", path.string());
    return std::nullopt;
  }
  auto dataset = LoadDataset(path);
  if (!dataset) {
    why = dataset.error().message;
    return std::nullopt;
  }
  if (dataset->sha256 != record.dataset.sha256) {
    why = fmt::format("{} is another file now", path.string());
    return std::nullopt;
  }
  return std::move(*dataset);
}

void CheckAgainstDataset(const RunEvidence& run, const Dataset& dataset, Verification& out) {
  const DatasetRecord& recorded = run.record.dataset;
  if (recorded.count != dataset.samples.size()) {
    out.Differs("run.json", "/dataset/count", fmt::format("{}", recorded.count),
                fmt::format("{}", dataset.samples.size()), "The data set has another count.");
  }
  const std::string identity(Name(IdentityOf(dataset).set));
  if (recorded.identity != identity) {
    out.Differs("run.json", "/dataset/identity", recorded.identity, identity,
                "The data set is another one.");
  }
  for (std::size_t i = 0; i < run.samples.size() && i < dataset.samples.size(); ++i) {
    std::string hash = HashOf(dataset.samples[i].article, dataset.samples[i].reference);
    if (hash == run.samples[i].sha256) continue;
    out.Differs(kSamples, Line(i) + " /sha256", run.samples[i].sha256, std::move(hash),
                "A sample is not the data set's.");
  }
}

// "none" and one of the official names are decided by the file's hash alone.
void CheckIdentity(const DatasetRecord& recorded, Verification& out) {
  std::string identity(Name(OfficialSet::kNone));
  for (const OfficialFile& file : OfficialFiles()) {
    if (file.sha256 == recorded.sha256 && file.samples == recorded.count) identity = Name(file.set);
  }
  if (identity == recorded.identity) return;
  out.Differs("run.json", "/dataset/identity", recorded.identity, identity,
              "The data set's identity does not follow from its hash and count.");
}

}  // namespace

void CheckInputs(const RunEvidence& run, Verification& out) {
  const RunRecord& record = run.record;
  CheckIdentity(record.dataset, out);
  if (run.samples.size() != record.config.samples) {
    out.Differs(kSamples, "", fmt::format("{} lines", run.samples.size()),
                fmt::format("{} samples in run.json", record.config.samples),
                "The inputs are not as many samples as were asked.");
  }
  const bool same_template = record.prompt_template_sha256 == Sha256Hex(kPromptTemplate);
  if (!same_template) {
    out.Differs("run.json", "/prompt_template_sha256", record.prompt_template_sha256,
                Sha256Hex(kPromptTemplate), "The prompt template is not the benchmark's.");
  }
  bool kept = !run.samples.empty();
  for (std::size_t i = 0; i < run.samples.size(); ++i) {
    kept = kept && run.samples[i].article && run.samples[i].reference && run.samples[i].prompt_ids;
    CheckOneSample(run, i, same_template && run.tokenizer != nullptr, out);
  }
  if (!kept) {
    out.not_checked.push_back({"articles, references and prompts",
                               "the run kept only hashes of them (--no-inputs)", false});
  } else {
    CheckNearDuplicates(run, out);
    if (run.tokenizer == nullptr) {
      out.not_checked.push_back(
          {"that the prompts encode the articles", "there is no tokenizer", false});
    }
  }
  std::string why;
  if (const auto dataset = DatasetAtHand(record, why)) {
    CheckAgainstDataset(run, *dataset, out);
  } else {
    out.not_checked.push_back({"that the samples are the data set's", why, false});
  }
}

}  // namespace assay
