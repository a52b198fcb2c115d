#include "dataset/dataset.h"

#include <algorithm>
#include <cstddef>
#include <span>
#include <string>
#include <unordered_map>
#include <utility>
#include <variant>

#include "base/count_newlines.h"
#include "base/file.h"
#include "base/format.h"
#include "base/json.h"
#include "base/json_array_stream.h"
#include "dataset/dataset_source.h"
#include "dataset/references.h"
#include "dataset/sample_reader.h"

namespace assay {
namespace {

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

Status ReadArray(ReadBytes read, std::string_view where, Builder* builder) {
  JsonArrayStream records(std::move(read), std::string(where));
  while (true) {
    ASSAY_ASSIGN_OR_RETURN(const std::optional<JsonSlice> record, records.Next());
    if (!record.has_value()) return Ok{};
    ASSAY_RETURN_IF_ERROR(builder->Add(*record));
  }
}

// Adds the lines that end in `text` and, at the end of the file, the last one too. The first
// `searched` bytes hold no line feed. `at` is the place of the first line, and then of the next.
// Value: how many bytes of the text are done with.
Result<std::size_t> AddLines(std::string_view text, std::size_t searched, bool is_end,
                             JsonSlice* at, Builder* builder) {
  std::size_t done = 0;
  while (done < text.size()) {
    const std::size_t feed = text.find('\n', std::max(done, searched));
    if (feed == std::string_view::npos && !is_end) break;
    const std::size_t next = std::min(feed, text.size() - 1) + 1;
    at->text = text.substr(done, feed - done);
    if (at->text.find_first_not_of(kJsonBlanks) != std::string_view::npos) {
      ASSAY_RETURN_IF_ERROR(builder->Add(*at));
    }
    at->offset += next - done;
    ++at->line;
    done = next;
  }
  return done;
}

Status ReadLines(const ReadBytes& read, Builder* builder) {
  std::string held;
  JsonSlice at;
  for (bool more = true; more;) {
    const std::size_t before = held.size();
    ASSAY_ASSIGN_OR_RETURN(more, ReadOn(read, &held));
    ASSAY_ASSIGN_OR_RETURN(const std::size_t done, AddLines(held, before, !more, &at, builder));
    held.erase(0, done);
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

Result<Dataset> Read(ReadBytes read_bytes, std::string_view where, Keep keep) {
  DatasetSource source(std::move(read_bytes));
  ASSAY_ASSIGN_OR_RETURN(const auto beginning, source.Begin());
  if (!beginning) {
    return MakeError(ErrorCode::kParse, "{}:1: the file is empty, expected a data set", where);
  }
  Dataset dataset;
  dataset.path = where;
  dataset.byte_order_mark = beginning->byte_order_mark;
  const auto read = [&source](std::span<char> into) { return source.Read(into); };
  if (beginning->first == '[') {
    dataset.format = DatasetFormat::kMlcommonsJson;
    Builder builder(where, kMlcommonsLayout, keep, dataset);
    ASSAY_RETURN_IF_ERROR(ReadArray(read, where, &builder));
  } else if (beginning->first == '{') {
    dataset.format = DatasetFormat::kJsonl;
    Builder builder(where, kJsonlLayout, keep, dataset);
    ASSAY_RETURN_IF_ERROR(ReadLines(read, &builder));
  } else {
    return MakeError(ErrorCode::kParse,
                     "{}:{}: not a data set: expected '[' (MLCommons JSON: an array of records) or "
                     "'{{' (JSONL: a record a line), found byte 0x{:02X}",
                     where, beginning->line, static_cast<unsigned char>(beginning->first));
  }
  if (dataset.samples.empty()) {
    return MakeError(ErrorCode::kParse, "{}:1: the array holds no record", where);
  }
  dataset.size_bytes = source.SizeBytes();
  dataset.sha256 = source.Sha256Hex();
  return dataset;
}

Result<Dataset> Load(const fs::path& path, Keep keep) {
  fs::path file = path;
  std::error_code ignored;
  if (fs::is_directory(path, ignored)) {
    ASSAY_ASSIGN_OR_RETURN(file, FileIn(path));
  }
  ASSAY_ASSIGN_OR_RETURN(ReadBytes read, OpenToRead(file));
  return Read(std::move(read), file.string(), keep);
}

}  // namespace

std::string_view Name(DatasetFormat format) {
  return format == DatasetFormat::kMlcommonsJson ? "mlcommons-json" : "jsonl";
}

Result<Dataset> ParseDataset(std::string_view bytes, std::string_view where) {
  const auto read = [bytes](std::span<char> into) mutable -> Result<std::size_t> {
    const std::size_t count = bytes.copy(into.data(), into.size());
    bytes.remove_prefix(count);
    return count;
  };
  return Read(read, where, Keep::kAll);
}

Result<Dataset> LoadDataset(const fs::path& path) {
  return Load(path, Keep::kAll);
}

Result<Dataset> LoadReferences(const fs::path& path) {
  return Load(path, Keep::kReference);
}

}  // namespace assay
