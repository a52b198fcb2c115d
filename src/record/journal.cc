#include "record/journal.h"

#include <array>
#include <limits>
#include <utility>

#include "base/format.h"
#include "base/json.h"
#include "record/json_parts.h"

namespace assay {
namespace {

constexpr std::array<std::pair<FinishReason, std::string_view>, 3> kFinishReasons{
    {{FinishReason::kStop, "stop"},
     {FinishReason::kLength, "length"},
     {FinishReason::kError, "error"}}};

Result<FinishReason> ParseFinishReason(std::string_view name, const std::string& where) {
  for (const auto& [value, known] : kFinishReasons) {
    if (known == name) return value;
  }
  return MakeError(ErrorCode::kParse,
                   "{}: \"finish_reason\" must be stop, length or error, found \"{}\"", where,
                   name);
}

Result<std::optional<MonoTime>> ReadTime(const JsonReader& r, std::string_view key,
                                         const std::string& where) {
  ASSAY_ASSIGN_OR_RETURN(const std::optional<std::int64_t> ns, ReadOptNanos(r, key, where));
  return ns ? std::optional<MonoTime>(FromNanos(*ns)) : std::nullopt;
}

// The members of an array of integers, each within [lowest, highest].
Result<std::vector<std::int64_t>> ReadInts(const Json& json, const char* key, std::int64_t lowest,
                                           std::int64_t highest, const std::string& where) {
  const auto it = json.find(key);
  if (it == json.end() || !it->is_array()) {
    return MakeError(ErrorCode::kParse, "{}: \"{}\" must be an array", where, key);
  }
  std::vector<std::int64_t> values;
  values.reserve(it->size());
  for (const Json& element : *it) {
    if (!element.is_number_integer() || element.get<std::int64_t>() < lowest ||
        element.get<std::int64_t>() > highest) {
      return MakeError(ErrorCode::kParse, "{}: \"{}\"[{}] must be an integer from {} to {}", where,
                       key, values.size(), lowest, highest);
    }
    values.push_back(element.get<std::int64_t>());
  }
  return values;
}

Result<std::optional<ToldTimes>> ReadTold(const Json& json, const char* key,
                                          const std::string& where) {
  const auto it = json.find(key);
  if (it == json.end() || it->is_null()) return std::optional<ToldTimes>();
  ASSAY_ASSIGN_OR_RETURN(const auto times, ReadInts(json, key, 0, kFarthestNs, where));
  if (times.size() != 2) {
    return MakeError(ErrorCode::kParse, "{}: \"{}\" must have two times, found {}", where, key,
                     times.size());
  }
  return std::optional(ToldTimes{times[0], times[1]});
}

Status ReadTokens(const Json& json, const std::string& where, RequestOutcome& o) {
  constexpr std::int64_t kMaxId = std::numeric_limits<TokenId>::max();
  ASSAY_ASSIGN_OR_RETURN(const auto times, ReadInts(json, "chunk_ns", 0, kFarthestNs, where));
  ASSAY_ASSIGN_OR_RETURN(const auto counts, ReadInts(json, "chunk_tokens", 0, kMaxId, where));
  ASSAY_ASSIGN_OR_RETURN(const auto ids, ReadInts(json, "token_ids", 0, kMaxId, where));
  if (times.size() != counts.size()) {
    return MakeError(ErrorCode::kParse, "{}: {} \"chunk_ns\" but {} \"chunk_tokens\"", where,
                     times.size(), counts.size());
  }
  for (const std::int64_t t : times) o.chunk_times.push_back(FromNanos(t));
  for (const std::int64_t n : counts) o.chunk_tokens.push_back(static_cast<std::uint32_t>(n));
  for (const std::int64_t id : ids) o.token_ids.push_back(static_cast<TokenId>(id));
  return Ok{};
}

Status ReadError(const Json& json, const std::string& where, RequestOutcome& o) {
  const auto error = json.find("error");
  if (error == json.end() || error->is_null()) return Ok{};
  ASSAY_ASSIGN_OR_RETURN(const JsonReader r, JsonReader::Of(*error, where + ": error"));
  RequestError read;
  ASSAY_ASSIGN_OR_RETURN(read.kind, r.String("kind"));
  ASSAY_ASSIGN_OR_RETURN(read.message, r.String("message"));
  o.error = std::move(read);
  return Ok{};
}

Status ReadCounts(const Json& json, const std::string& where, RequestOutcome& o) {
  const auto counts = json.find("other_counts");
  if (counts == json.end()) return Ok{};
  ASSAY_ASSIGN_OR_RETURN(const JsonReader r, JsonReader::Of(*counts, where + ": other_counts"));
  for (const auto& [source, unused] : counts->items()) {
    ASSAY_ASSIGN_OR_RETURN(const std::uint64_t count, r.Uint(source));
    o.other_counts.emplace_back(source, count);
  }
  return Ok{};
}

// What only endpoints have.
Status ReadEndpointParts(const Json& json, const JsonReader& r, const std::string& where,
                         RequestOutcome& o) {
  if (r.Has("server_prompt_tokens")) {
    ASSAY_ASSIGN_OR_RETURN(o.server_prompt_tokens, r.Uint("server_prompt_tokens"));
  }
  if (r.Has("cached_tokens")) {
    ASSAY_ASSIGN_OR_RETURN(o.cached_tokens, r.Uint("cached_tokens"));
  }
  ASSAY_ASSIGN_OR_RETURN(const auto read_delay, ReadOptNanos(r, "read_delay_ns", where));
  if (read_delay) o.read_delay = Nanos(*read_delay);
  const auto retries = json.find("retries");
  if (retries == json.end()) return Ok{};
  if (!retries->is_array()) {
    return MakeError(ErrorCode::kParse, "{}: \"retries\" must be an array", where);
  }
  for (const Json& entry : *retries) {
    ASSAY_ASSIGN_OR_RETURN(const JsonReader attempt, JsonReader::Of(entry, where + ": retries"));
    RequestError error;
    ASSAY_ASSIGN_OR_RETURN(error.kind, attempt.String("kind"));
    ASSAY_ASSIGN_OR_RETURN(error.message, attempt.String("message"));
    o.retries.push_back(std::move(error));
  }
  return Ok{};
}

Result<RequestRecord> ParseLine(std::string_view line, const std::string& where) {
  ASSAY_ASSIGN_OR_RETURN(const Json json, ParseJson(line, where));
  ASSAY_ASSIGN_OR_RETURN(const JsonReader r, JsonReader::Of(json, where));
  RequestRecord record;
  RequestOutcome& o = record.outcome;
  ASSAY_ASSIGN_OR_RETURN(o.id, r.Uint("id"));
  ASSAY_ASSIGN_OR_RETURN(record.sample_index, r.Uint("sample_index"));
  ASSAY_ASSIGN_OR_RETURN(record.offset_ns, ReadOptNanos(r, "offset_ns", where));
  ASSAY_ASSIGN_OR_RETURN(record.scheduled_ns, ReadNanos(r, "scheduled_ns", where));
  ASSAY_ASSIGN_OR_RETURN(record.issued_ns, ReadNanos(r, "issued_ns", where));
  ASSAY_ASSIGN_OR_RETURN(o.sent, ReadTime(r, "sent_ns", where));
  ASSAY_ASSIGN_OR_RETURN(o.first_byte, ReadTime(r, "first_byte_ns", where));
  ASSAY_ASSIGN_OR_RETURN(o.first_token, ReadTime(r, "first_token_ns", where));
  ASSAY_ASSIGN_OR_RETURN(o.last_token, ReadTime(r, "last_token_ns", where));
  ASSAY_ASSIGN_OR_RETURN(const std::int64_t done, ReadNanos(r, "done_ns", where));
  o.done = FromNanos(done);
  ASSAY_ASSIGN_OR_RETURN(record.told_first, ReadTold(json, "told_first_ns", where));
  ASSAY_ASSIGN_OR_RETURN(record.told_done, ReadTold(json, "told_done_ns", where));
  ASSAY_ASSIGN_OR_RETURN(o.prompt_tokens, r.Uint("prompt_tokens"));
  ASSAY_ASSIGN_OR_RETURN(const std::string source, r.String("token_source"));
  o.token_ids_are_engines = source == "engine";
  if (source != "engine" && source != "derived") {
    return MakeError(ErrorCode::kParse,
                     "{}: \"token_source\" must be engine or derived, found \"{}\"", where, source);
  }
  ASSAY_ASSIGN_OR_RETURN(const std::string finish, r.String("finish_reason"));
  ASSAY_ASSIGN_OR_RETURN(o.finish_reason, ParseFinishReason(finish, where));
  ASSAY_ASSIGN_OR_RETURN(o.endpoint, r.String("endpoint"));
  ASSAY_ASSIGN_OR_RETURN(o.text, r.OptString("text"));
  ASSAY_RETURN_IF_ERROR(ReadTokens(json, where, o));
  ASSAY_RETURN_IF_ERROR(ReadCounts(json, where, o));
  ASSAY_RETURN_IF_ERROR(ReadError(json, where, o));
  ASSAY_RETURN_IF_ERROR(ReadEndpointParts(json, r, where, o));
  return record;
}

}  // namespace

Result<JournalWriter> JournalWriter::Create(const fs::path& path) {
  ASSAY_ASSIGN_OR_RETURN(AppendFile file, AppendFile::Create(path));
  return JournalWriter(std::move(file));
}

Status JournalWriter::Append(const RequestRecord& record) {
  const std::string line = ToJournalLine(record);
  const std::lock_guard lock(mutex_);
  return file_.Append(line);
}

Result<Journal> ParseJournal(std::string_view bytes, const std::string& where) {
  Journal journal;
  std::uint64_t line_number = 0;
  while (!bytes.empty()) {
    ++line_number;
    const std::size_t end = bytes.find('\n');
    if (end == std::string_view::npos) {
      journal.cut_off = true;
      break;
    }
    ASSAY_ASSIGN_OR_RETURN(
        RequestRecord record,
        ParseLine(bytes.substr(0, end), fmt::format("{}:{}", where, line_number)));
    journal.requests.push_back(std::move(record));
    bytes.remove_prefix(end + 1);
  }
  return journal;
}

Result<Journal> ReadJournal(const fs::path& path) {
  constexpr std::uint64_t kMaxJournalBytes = std::uint64_t{64} << 30U;
  ASSAY_ASSIGN_OR_RETURN(const std::string bytes, ReadFile(path, kMaxJournalBytes));
  return ParseJournal(bytes, path.string());
}

}  // namespace assay
