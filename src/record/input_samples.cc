// inputs/samples.jsonl.

#include <algorithm>
#include <cstddef>
#include <utility>

#include "base/format.h"
#include "record/run_directory.h"

namespace assay {
namespace {

Result<InputSample> ParseInputSample(std::string_view line, const std::string& where) {
  ASSAY_ASSIGN_OR_RETURN(const Json json, ParseJson(line, where));
  ASSAY_ASSIGN_OR_RETURN(const JsonReader r, JsonReader::Of(json, where));
  InputSample sample;
  ASSAY_ASSIGN_OR_RETURN(sample.index, r.Uint("index"));
  ASSAY_ASSIGN_OR_RETURN(sample.id, r.String("id"));
  ASSAY_ASSIGN_OR_RETURN(sample.sha256, r.String("sha256"));
  ASSAY_ASSIGN_OR_RETURN(sample.article, r.OptString("article"));
  ASSAY_ASSIGN_OR_RETURN(sample.reference, r.OptString("reference"));
  if (const auto ids = json.find("prompt_ids"); ids != json.end()) {
    if (!ids->is_array() || !std::all_of(ids->begin(), ids->end(),
                                         [](const Json& v) { return v.is_number_integer(); })) {
      return MakeError(ErrorCode::kParse, "{}: \"prompt_ids\" must be an array of integers", where);
    }
    sample.prompt_ids = ids->get<std::vector<TokenId>>();
  }
  return sample;
}

}  // namespace

Json ToJson(const InputSample& sample) {
  Json json{{"index", sample.index}, {"id", sample.id}, {"sha256", sample.sha256}};
  if (sample.article) json["article"] = *sample.article;
  if (sample.reference) json["reference"] = *sample.reference;
  if (sample.prompt_ids) json["prompt_ids"] = *sample.prompt_ids;
  return json;
}

Result<std::vector<InputSample>> ReadInputSamples(const fs::path& run_dir) {
  const fs::path path = run_dir / "inputs" / "samples.jsonl";
  ASSAY_ASSIGN_OR_RETURN(const std::string bytes, ReadFile(path));
  std::vector<InputSample> samples;
  std::string_view rest = bytes;
  while (!rest.empty()) {
    const std::size_t end = std::min(rest.find('\n'), rest.size());
    ASSAY_ASSIGN_OR_RETURN(InputSample sample,
                           ParseInputSample(rest.substr(0, end), fmt::format("{}:{}", path.string(),
                                                                             samples.size() + 1)));
    samples.push_back(std::move(sample));
    rest.remove_prefix(std::min(end + 1, rest.size()));
  }
  return samples;
}

}  // namespace assay
