#include "run/inputs.h"

#include <algorithm>
#include <string>
#include <string_view>
#include <utility>

#include "base/format.h"
#include "dataset/identity.h"
#include "dataset/near_duplicates.h"
#include "dataset/prompt.h"
#include "dataset/sample_hash.h"

namespace assay {
Result<RunInputs> LoadInputs(const RunConfig& config) {
  RunInputs inputs;
  ASSAY_ASSIGN_OR_RETURN(inputs.dataset, LoadDataset(config.dataset));
  ASSAY_ASSIGN_OR_RETURN(inputs.tokenizer, LoadTokenizer(config.tokenizer));
  const std::size_t available = inputs.dataset.samples.size();
  const std::size_t count = config.samples == 0 ? available : config.samples;
  if (count > available) {
    return MakeError(ErrorCode::kInvalidArgument, "{}: holds {} samples, {} were asked for",
                     inputs.dataset.path, available, count);
  }
  inputs.prompts.reserve(count);
  for (std::size_t i = 0; i < count; ++i) {
    std::string text = BuildPrompt(inputs.dataset.samples[i].article);
    std::vector<TokenId> ids = inputs.tokenizer->Encode(text, kPromptEncoding);
    inputs.prompts.push_back({i, std::move(ids), std::move(text)});
  }
  return inputs;
}

DatasetRecord DatasetRecordOf(const RunConfig& config, const RunInputs& inputs) {
  std::vector<std::string_view> articles;
  for (const PromptSample& prompt : inputs.prompts) {
    articles.emplace_back(inputs.dataset.samples[prompt.index].article);
  }
  const NearDuplicates near = FindNearDuplicates(articles);
  DatasetRecord record;
  record.path = inputs.dataset.path;
  record.sha256 = inputs.dataset.sha256;
  record.format = Name(inputs.dataset.format);
  record.count = inputs.dataset.samples.size();
  record.identity = Name(IdentityOf(inputs.dataset).set);
  record.bundled_sample = config.bundled_sample;
  record.near_duplicates = near.near_duplicates;
  record.near_duplicate_clusters = near.clusters.size();
  return record;
}

Status WriteInputs(const fs::path& run_dir, const RunConfig& config, const RunInputs& inputs) {
  std::string lines;
  for (const PromptSample& prompt : inputs.prompts) {
    const Sample& sample = inputs.dataset.samples[prompt.index];
    InputSample input;
    input.index = sample.index;
    input.id = sample.id;
    input.sha256 = HashOf(sample);
    if (config.keep_inputs) {
      input.article = sample.article;
      input.reference = sample.reference;
      input.prompt_ids = prompt.ids;
    }
    lines += ToJsonLine(ToJson(input)) + "\n";
  }
  ASSAY_RETURN_IF_ERROR(MakeDirectories(run_dir / "inputs"));
  return WriteFileAtomically(run_dir / "inputs" / "samples.jsonl", lines);
}

}  // namespace assay
