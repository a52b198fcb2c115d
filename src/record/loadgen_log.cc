#include "record/loadgen_log.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <system_error>
#include <utility>

#include "base/format.h"

namespace assay {
namespace {

constexpr std::string_view kMarker = ":::MLLOG";
// A log is one line per message; 13,368 samples of 128 int64 tokens make an accuracy log of 30 MB.
constexpr std::uint64_t kMaxLogBytes = std::uint64_t{512} << 20U;
constexpr std::size_t kMaxBadLines = 1000;

std::string_view WithoutCarriageReturn(std::string_view line) {
  if (line.ends_with('\r')) line.remove_suffix(1);
  return line;
}

bool IsBlank(std::string_view line) {
  return line.find_first_not_of(" \t\r") == std::string_view::npos;
}

bool IsWordCharacter(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
}

// The length of a bare nan or inf, with its sign, at `text`'s begin; 0 if there is none.
std::size_t BareNonFinite(std::string_view text) {
  const std::size_t sign = text.starts_with('-') ? 1 : 0;
  const std::string_view word = text.substr(sign, 3);
  if (word != "nan" && word != "inf") return 0;
  const std::size_t end = sign + word.size();
  return end < text.size() && IsWordCharacter(text[end]) ? 0 : end;
}

// `line` with null for every nan and inf outside a string.
std::string NullForNonFinite(std::string_view line) {
  std::string out;
  out.reserve(line.size() + 8);
  bool in_string = false;
  for (std::size_t i = 0; i < line.size();) {
    const char c = line[i];
    if (!in_string) {
      if (const std::size_t n = BareNonFinite(line.substr(i)); n > 0) {
        out += "null";
        i += n;
        continue;
      }
    } else if (c == '\\' && i + 1 < line.size()) {
      out += c;
      out += line[i + 1];
      i += 2;
      continue;
    }
    if (c == '"') in_string = !in_string;
    out += c;
    ++i;
  }
  return out;
}

Result<LoadgenEntry> EntryFromJson(Json json, std::uint64_t line) {
  ASSAY_ASSIGN_OR_RETURN(const JsonReader reader, JsonReader::Of(json, "message"));
  LoadgenEntry entry;
  entry.line = line;
  ASSAY_ASSIGN_OR_RETURN(entry.key, reader.String("key"));
  ASSAY_ASSIGN_OR_RETURN(entry.time_ms, reader.Double("time_ms"));
  const auto metadata = json.find("metadata");
  if (metadata == json.end())
    return MakeError(ErrorCode::kParse, "message: \"metadata\" is missing");
  ASSAY_ASSIGN_OR_RETURN(const JsonReader flags, JsonReader::Of(*metadata, "metadata"));
  ASSAY_ASSIGN_OR_RETURN(entry.is_error, flags.Bool("is_error"));
  ASSAY_ASSIGN_OR_RETURN(entry.is_warning, flags.Bool("is_warning"));
  const auto value = json.find("value");
  if (value == json.end()) return MakeError(ErrorCode::kParse, "message: \"value\" is missing");
  entry.value = std::move(*value);
  return entry;
}

Result<LoadgenEntry> ParseEntry(std::string_view line, std::uint64_t number) {
  if (!line.starts_with(kMarker)) {
    return MakeError(ErrorCode::kParse, "does not begin with {}", kMarker);
  }
  const std::string_view text = line.substr(kMarker.size());
  Result<Json> json = ParseJson(text, "message");
  if (!json &&
      (text.find("nan") != std::string_view::npos || text.find("inf") != std::string_view::npos)) {
    json = ParseJson(NullForNonFinite(text), "message");
  }
  if (!json) return json.error();
  return EntryFromJson(std::move(*json), number);
}

}  // namespace

LoadgenDetailLog LoadgenDetailLog::Parse(std::string_view bytes) {
  LoadgenDetailLog log;
  std::uint64_t number = 0;
  std::uint64_t unlisted = 0;
  while (!bytes.empty()) {
    const std::size_t end = bytes.find('\n');
    const bool cut_off = end == std::string_view::npos;
    const std::string_view line = WithoutCarriageReturn(bytes.substr(0, end));
    bytes.remove_prefix(cut_off ? bytes.size() : end + 1);
    ++number;
    if (IsBlank(line)) continue;
    Result<LoadgenEntry> entry = ParseEntry(line, number);
    if (entry) {
      log.first_.try_emplace(entry->key, log.entries_.size());
      log.entries_.push_back(std::move(*entry));
    } else if (log.bad_lines_.size() < kMaxBadLines) {
      log.bad_lines_.push_back(
          {number, cut_off ? "the file ends inside this line" : entry.error().message});
    } else {
      ++unlisted;
    }
  }
  if (unlisted > 0) {
    log.bad_lines_.push_back(
        {log.bad_lines_.back().line + 1, fmt::format("{} more bad lines follow", unlisted)});
  }
  return log;
}

Result<LoadgenDetailLog> LoadgenDetailLog::Read(const fs::path& path) {
  ASSAY_ASSIGN_OR_RETURN(const std::string bytes, ReadFile(path, kMaxLogBytes));
  return Parse(bytes);
}

const LoadgenEntry* LoadgenDetailLog::Find(std::string_view key) const {
  const auto it = first_.find(key);
  return it == first_.end() ? nullptr : &entries_[it->second];
}

std::optional<double> LoadgenDetailLog::Number(std::string_view key) const {
  const LoadgenEntry* entry = Find(key);
  if (entry == nullptr || !entry->value.is_number()) return std::nullopt;
  return entry->value.get<double>();
}

std::optional<std::uint64_t> LoadgenDetailLog::Unsigned(std::string_view key) const {
  const LoadgenEntry* entry = Find(key);
  if (entry == nullptr || !entry->value.is_number_unsigned()) return std::nullopt;
  return entry->value.get<std::uint64_t>();
}

std::optional<std::string> LoadgenDetailLog::Text(std::string_view key) const {
  const LoadgenEntry* entry = Find(key);
  if (entry == nullptr || !entry->value.is_string()) return std::nullopt;
  return entry->value.get<std::string>();
}

std::optional<bool> LoadgenDetailLog::Flag(std::string_view key) const {
  const LoadgenEntry* entry = Find(key);
  if (entry == nullptr || !entry->value.is_boolean()) return std::nullopt;
  return entry->value.get<bool>();
}

namespace {

std::string_view Trim(std::string_view text) {
  const std::size_t first = text.find_first_not_of(" \t\r");
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(" \t\r") - first + 1);
}

// The N of "N <what> encountered...", 0 of "No <what> encountered...".
std::optional<std::uint64_t> CountOf(std::string_view line, std::string_view what) {
  const std::size_t space = line.find(' ');
  if (space == std::string_view::npos) return std::nullopt;
  const std::string_view rest = line.substr(space + 1);
  if (!rest.starts_with(what) || !rest.substr(what.size()).starts_with(" encountered")) {
    return std::nullopt;
  }
  if (line.substr(0, space) == "No") return 0;
  std::uint64_t count = 0;
  const char* const end = line.data() + space;
  const auto [parsed, error] = std::from_chars(line.data(), end, count);
  if (error != std::errc() || parsed != end) return std::nullopt;
  return count;
}

}  // namespace

LoadgenSummaryLog LoadgenSummaryLog::Parse(std::string_view bytes) {
  LoadgenSummaryLog log;
  for (std::uint64_t number = 1; !bytes.empty(); ++number) {
    const std::size_t end = bytes.find('\n');
    const std::string_view line = Trim(bytes.substr(0, end));
    bytes.remove_prefix(end == std::string_view::npos ? bytes.size() : end + 1);
    if (const std::size_t colon = line.find(':'); colon != std::string_view::npos) {
      log.fields_.push_back({std::string(Trim(line.substr(0, colon))),
                             std::string(Trim(line.substr(colon + 1))), number});
    }
    for (const std::string_view word : {"errors", "ERRORS", "ERROR"}) {
      if (const auto count = CountOf(line, word)) log.errors_ = count;
    }
    for (const std::string_view word : {"warnings", "warning"}) {
      if (const auto count = CountOf(line, word)) log.warnings_ = count;
    }
  }
  return log;
}

Result<LoadgenSummaryLog> LoadgenSummaryLog::Read(const fs::path& path) {
  ASSAY_ASSIGN_OR_RETURN(const std::string bytes, ReadFile(path, kMaxLogBytes));
  return Parse(bytes);
}

const LoadgenSummaryField* LoadgenSummaryLog::Find(std::string_view name) const {
  const auto it = std::find_if(fields_.begin(), fields_.end(),
                               [&](const LoadgenSummaryField& f) { return f.name == name; });
  return it == fields_.end() ? nullptr : &*it;
}

namespace {

// What the official truncation keeps of each end.
constexpr std::size_t kKeptBytes = 4096;
constexpr std::string_view kCut = "\n\n...\n\n";

// The script reads and writes text: where lines end in CR LF, the cut does too, and the last 4096
// bytes are fewer characters.
bool IsOfficiallyTruncated(std::string_view bytes) {
  if (bytes.size() > 2 * (2 * kKeptBytes + kCut.size())) return false;
  std::string text;
  text.reserve(bytes.size());
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    if (bytes[i] == '\r' && i + 1 < bytes.size() && bytes[i + 1] == '\n') continue;
    text += bytes[i];
  }
  return text.starts_with('[') && text.size() <= 2 * kKeptBytes + kCut.size() &&
         std::string_view(text).substr(std::min(text.size(), kKeptBytes)).starts_with(kCut);
}

constexpr std::uint8_t kNoDigit = 255;

constexpr std::array<std::uint8_t, 256> HexDigits() {
  std::array<std::uint8_t, 256> values{};
  values.fill(kNoDigit);
  for (std::uint8_t i = 0; i < 10; ++i) values[static_cast<std::size_t>('0' + i)] = i;
  for (std::uint8_t i = 0; i < 6; ++i) {
    const auto value = static_cast<std::uint8_t>(10 + i);
    values[static_cast<std::size_t>('A' + i)] = value;
    values[static_cast<std::size_t>('a' + i)] = value;
  }
  return values;
}

constexpr std::array<std::uint8_t, 256> kHexDigits = HexDigits();

Result<std::vector<std::uint8_t>> BytesOfHex(std::string_view hex, std::string_view member,
                                             const std::string& where) {
  if (hex.size() % 2 != 0) {
    return MakeError(ErrorCode::kParse,
                     "{}: \"{}\" has {} hexadecimal digits, expected an even number", where, member,
                     hex.size());
  }
  std::vector<std::uint8_t> bytes(hex.size() / 2);
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    const std::uint8_t high = kHexDigits[static_cast<unsigned char>(hex[2 * i])];
    const std::uint8_t low = kHexDigits[static_cast<unsigned char>(hex[2 * i + 1])];
    if (high == kNoDigit || low == kNoDigit) {
      return MakeError(ErrorCode::kParse,
                       "{}: \"{}\" holds something other than hexadecimal digits at digit {}",
                       where, member, 2 * i + (high == kNoDigit ? 1 : 2));
    }
    bytes[i] = static_cast<std::uint8_t>(high << 4U | low);
  }
  return bytes;
}

Result<AccuracyRecord> ParseRecord(const JsonSlice& slice, const std::string& file) {
  const std::string where = fmt::format("{}:{}", file, slice.line);
  ASSAY_ASSIGN_OR_RETURN(const Json json, ParseJson(slice.text, where));
  ASSAY_ASSIGN_OR_RETURN(const JsonReader reader, JsonReader::Of(json, where));
  AccuracyRecord record;
  record.line = slice.line;
  ASSAY_ASSIGN_OR_RETURN(record.seq_id, reader.Uint("seq_id"));
  ASSAY_ASSIGN_OR_RETURN(record.qsl_idx, reader.Uint("qsl_idx"));
  ASSAY_ASSIGN_OR_RETURN(const std::string data, reader.String("data"));
  ASSAY_ASSIGN_OR_RETURN(record.data, BytesOfHex(data, "data", where));
  ASSAY_ASSIGN_OR_RETURN(const std::optional<std::string> first, reader.OptString("token_data"));
  if (first) {
    ASSAY_ASSIGN_OR_RETURN(record.token_data, BytesOfHex(*first, "token_data", where));
  }
  ASSAY_ASSIGN_OR_RETURN(record.token_count, reader.OptInt("token_count"));
  return record;
}

std::uint32_t WordAt(std::span<const std::uint8_t> data, std::size_t index) {
  std::uint32_t word = 0;
  for (std::size_t i = 0; i < 4; ++i) {
    word |= std::uint32_t{data[4 * index + i]} << (8 * i);
  }
  return word;
}

bool CountAgrees(const AccuracyRecord& record, std::size_t bytes_per_token) {
  return !record.token_count ||
         *record.token_count == static_cast<std::int64_t>(record.data.size() / bytes_per_token);
}

bool FitsInt32(const AccuracyRecord& record) {
  return record.data.size() % 4 == 0 && CountAgrees(record, 4);
}

bool FitsInt64(const AccuracyRecord& record) {
  if (record.data.size() % 8 != 0 || !CountAgrees(record, 8)) return false;
  for (std::size_t word = 1; word < record.data.size() / 4; word += 2) {
    if (WordAt(record.data, word) != 0) return false;
  }
  return true;
}

}  // namespace

Result<AccuracyLog> ParseAccuracyLog(std::string_view bytes, const std::string& where) {
  AccuracyLog log;
  if (IsOfficiallyTruncated(bytes)) {
    log.truncated = true;
    return log;
  }
  JsonArrayWalker walker(bytes, where);
  while (true) {
    ASSAY_ASSIGN_OR_RETURN(const std::optional<JsonSlice> slice, walker.Next());
    if (!slice) return log;
    ASSAY_ASSIGN_OR_RETURN(AccuracyRecord record, ParseRecord(*slice, where));
    log.records.push_back(std::move(record));
  }
}

Result<AccuracyLog> ReadAccuracyLog(const fs::path& path) {
  ASSAY_ASSIGN_OR_RETURN(const std::string bytes, ReadFile(path, kMaxLogBytes));
  return ParseAccuracyLog(bytes, path.string());
}

Result<TokenWidth> InferTokenWidth(const AccuracyLog& log, const std::string& where) {
  // A log of empty answers fits both: no token will be read.
  const bool any_data = std::any_of(log.records.begin(), log.records.end(),
                                    [](const AccuracyRecord& r) { return !r.data.empty(); });
  const auto wide_misfit = std::find_if_not(log.records.begin(), log.records.end(), FitsInt64);
  if (any_data && wide_misfit == log.records.end()) return TokenWidth::kInt64;
  const auto narrow_misfit = std::find_if_not(log.records.begin(), log.records.end(), FitsInt32);
  if (narrow_misfit == log.records.end()) return TokenWidth::kInt32;
  const auto describe = [](const AccuracyRecord& record) {
    return fmt::format("line {} ({} bytes, token_count {})", record.line, record.data.size(),
                       record.token_count ? fmt::format("{}", *record.token_count) : "absent");
  };
  // Where nothing has data both widths ask the same of the counts, so wide_misfit is a record.
  return MakeError(ErrorCode::kParse,
                   "{}: the data are neither int32 tokens, see {}, nor int64 tokens, see {}", where,
                   describe(*narrow_misfit), describe(*wide_misfit));
}

Result<std::vector<TokenId>> TokensOf(std::span<const std::uint8_t> data, TokenWidth width) {
  const std::size_t bytes_per_token = width == TokenWidth::kInt32 ? 4 : 8;
  if (data.size() % bytes_per_token != 0) {
    return MakeError(ErrorCode::kParse, "{} bytes of data are no whole number of {}-byte tokens",
                     data.size(), bytes_per_token);
  }
  std::vector<TokenId> tokens(data.size() / bytes_per_token);
  for (std::size_t i = 0; i < tokens.size(); ++i) {
    const std::size_t word = i * (bytes_per_token / 4);
    tokens[i] = static_cast<TokenId>(WordAt(data, word));
    const std::uint32_t sign = tokens[i] < 0 ? 0xFFFFFFFFU : 0U;
    if (width == TokenWidth::kInt64 && WordAt(data, word + 1) != sign) {
      return MakeError(ErrorCode::kParse, "token {} is no 32-bit number, as every token id is", i);
    }
  }
  return tokens;
}

}  // namespace assay
