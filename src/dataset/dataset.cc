#include "dataset/dataset.h"

#include <algorithm>
#include <future>
#include <string>
#include <unordered_map>
#include <utility>
#include <variant>

#include "base/count_newlines.h"
#include "base/file.h"
#include "base/format.h"
#include "base/hash.h"
#include "base/json.h"
#include "dataset/references.h"
#include "dataset/sample_reader.h"

namespace assay {
namespace {

constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";
constexpr std::string_view kJsonBlanks = " \t\r\n";
constexpr SampleLayout kMlcommonsLayout = {"MLCommons JSON", "input", "output"};
constexpr SampleLayout kJsonlLayout = {"JSONL", "article", "highlights"};

// Takes the records in turn and keeps what must hold across them.
class Builder {
 public:
  Builder(std::string_view where, const SampleLayout& layout, Keep keep, Dataset& dataset)
      : where_(where), layout_(layout), keep_(keep), dataset_(dataset) {}

  // `record.offset` counts from behind a byte order mark.

  Status Add(const JsonSlice& record) {
    auto read = ReadSampleFrom(record.text, layout_, keep_);
    if (const auto* fault = std::get_if<SampleFault>(&read)) return At(record, *fault);
    auto& [sample, has_instruction, has_benchmark_instruction] = std::get<ReadSample>(read);
    if (!sample.id.empty()) {
      const auto [it, is_new] = line_of_id_.emplace(sample.id, record.line);
      if (!is_new) {
        return At(record, {0, fmt::format("the \"id\" {} was used before, on line {}",
                                          ToJsonLine(sample.id), it->second)});
      }
    }
    sample.index = dataset_.samples.size();
    dataset_.instructions += has_instruction ? 1 : 0;
    dataset_.benchmark_instructions += has_benchmark_instruction ? 1 : 0;
    dataset_.samples.push_back(std::move(sample));
    return Ok{};
  }

 private:
  [[nodiscard]] Error At(const JsonSlice& record, const SampleFault& fault) const {
    const std::size_t line = record.line + CountNewlines(record.text.substr(0, fault.offset));
    std::string place;
    if (fault.is_in_bytes) {
      const std::size_t skipped = dataset_.byte_order_mark ? kByteOrderMark.size() : 0;
      place = fmt::format(" at byte {} of the file", skipped + record.offset + fault.offset);
    }
    return MakeError(ErrorCode::kParse, "{}:{}: record {}: {}{}", where_, line,
                     dataset_.samples.size(), fault.what, place);
  }

  std::string_view where_;
  const SampleLayout& layout_;
  Keep keep_;
  Dataset& dataset_;
  std::unordered_map<std::string, std::size_t> line_of_id_;
};

Status ParseArray(std::string_view text, std::string_view where, Keep keep, Dataset& dataset) {
  Builder builder(where, kMlcommonsLayout, keep, dataset);
  JsonArrayWalker walker(text, std::string(where));
  while (true) {
    ASSAY_ASSIGN_OR_RETURN(const std::optional<JsonSlice> record, walker.Next());
    if (!record.has_value()) return Ok{};
    ASSAY_RETURN_IF_ERROR(builder.Add(*record));
  }
}

Status ParseLines(std::string_view text, std::string_view where, Keep keep, Dataset& dataset) {
  Builder builder(where, kJsonlLayout, keep, dataset);
  std::size_t line = 0;
  for (std::size_t start = 0; start < text.size();) {
    const std::size_t end = std::min(text.find('\n', start), text.size());
    const JsonSlice record{text.substr(start, end - start), start, ++line};
    if (record.text.find_first_not_of(kJsonBlanks) != std::string_view::npos) {
      ASSAY_RETURN_IF_ERROR(builder.Add(record));
    }
    start = end + 1;
  }
  return Ok{};
}

Result<fs::path> FileIn(const fs::path& directory) {
  const fs::path full = directory / "cnn_eval.json";
  const fs::path edge = directory / "sample_cnn_eval_5000.json";
  std::error_code ignored;
  const bool has_full = fs::exists(full, ignored);
  const bool has_edge = fs::exists(edge, ignored);
  if (has_full == has_edge) {
    return MakeError(ErrorCode::kInvalidArgument,
                     "{}: the directory holds {} cnn_eval.json {} sample_cnn_eval_5000.json: name "
                     "the data set file",
                     directory.string(), has_full ? "both" : "neither", has_full ? "and" : "nor");
  }
  return has_full ? full : edge;
}

Result<Dataset> Parse(std::string_view bytes, std::string_view where, Keep keep) {
  Dataset dataset;
  dataset.path = where;
  dataset.size_bytes = bytes.size();
  dataset.byte_order_mark = bytes.substr(0, kByteOrderMark.size()) == kByteOrderMark;
  const std::string_view text = bytes.substr(dataset.byte_order_mark ? kByteOrderMark.size() : 0);
  const std::size_t first = text.find_first_not_of(kJsonBlanks);
  if (first == std::string_view::npos) {
    return MakeError(ErrorCode::kParse, "{}:1: the file is empty, expected a data set", where);
  }
  auto hash = std::async(std::launch::async, [bytes] { return Sha256Hex(bytes); });
  if (text[first] == '[') {
    dataset.format = DatasetFormat::kMlcommonsJson;
    ASSAY_RETURN_IF_ERROR(ParseArray(text, where, keep, dataset));
  } else if (text[first] == '{') {
    dataset.format = DatasetFormat::kJsonl;
    ASSAY_RETURN_IF_ERROR(ParseLines(text, where, keep, dataset));
  } else {
    return MakeError(ErrorCode::kParse,
                     "{}:{}: not a data set: expected '[' (MLCommons JSON: an array of records) or "
                     "'{{' (JSONL: a record a line), found byte 0x{:02X}",
                     where, 1 + CountNewlines(text.substr(0, first)),
                     static_cast<unsigned char>(text[first]));
  }
  if (dataset.samples.empty()) {
    return MakeError(ErrorCode::kParse, "{}:1: the array holds no record", where);
  }
  dataset.sha256 = hash.get();
  return dataset;
}

Result<Dataset> Load(const fs::path& path, Keep keep) {
  fs::path file = path;
  std::error_code ignored;
  if (fs::is_directory(path, ignored)) {
    ASSAY_ASSIGN_OR_RETURN(file, FileIn(path));
  }
  ASSAY_ASSIGN_OR_RETURN(const std::string bytes, ReadFile(file));
  return Parse(bytes, file.string(), keep);
}

}  // namespace

std::string_view Name(DatasetFormat format) {
  return format == DatasetFormat::kMlcommonsJson ? "mlcommons-json" : "jsonl";
}

Result<Dataset> ParseDataset(std::string_view bytes, std::string_view where) {
  return Parse(bytes, where, Keep::kAll);
}

Result<Dataset> LoadDataset(const fs::path& path) {
  return Load(path, Keep::kAll);
}

Result<Dataset> LoadReferences(const fs::path& path) {
  return Load(path, Keep::kReference);
}

}  // namespace assay
