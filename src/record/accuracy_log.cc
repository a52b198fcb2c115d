#include "record/accuracy_log.h"

#include <algorithm>
#include <array>
#include <cstddef>
#include <system_error>

#include <simdjson.h>

#include "base/format.h"
#include "base/json.h"
#include "base/json_keys.h"

namespace assay {
namespace {

// 13,368 samples of 128 int64 tokens make an accuracy log of 30 MB.
constexpr std::uint64_t kMaxLogBytes = std::uint64_t{512} << 20U;

// What the official truncation keeps of each end.
constexpr std::size_t kKeptBytes = 4096;
constexpr std::string_view kCut = "\n\n...\n\n";
constexpr std::size_t kMaxTruncatedBytes = 2 * (2 * kKeptBytes + kCut.size());

// The script reads and writes text: where lines end in CR LF, the cut does too, and the last 4096
// bytes are fewer characters.
bool IsOfficiallyTruncated(std::string_view bytes) {
  if (bytes.size() > kMaxTruncatedBytes) return false;
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

// A record in which all is as it should be; nullopt where ParseRecord has to say what is not.
std::optional<AccuracyRecord> ParsePlainRecord(std::string_view text) {
  thread_local simdjson::dom::parser parser;
  simdjson::dom::object object;
  if (parser.parse(text.data(), text.size()).get(object) != simdjson::SUCCESS) return std::nullopt;
  AccuracyRecord record;
  std::string_view data;
  std::string_view first;
  std::int64_t count = 0;
  if (object.at_key("seq_id").get(record.seq_id) != simdjson::SUCCESS ||
      object.at_key("qsl_idx").get(record.qsl_idx) != simdjson::SUCCESS ||
      object.at_key("data").get(data) != simdjson::SUCCESS) {
    return std::nullopt;
  }
  auto bytes = BytesOfHex(data, "data", "");
  if (!bytes) return std::nullopt;
  record.data = std::move(*bytes);
  std::size_t known = 3;
  if (object.at_key("token_data").get(first) == simdjson::SUCCESS) {
    auto first_bytes = BytesOfHex(first, "token_data", "");
    if (!first_bytes) return std::nullopt;
    record.token_data = std::move(*first_bytes);
    ++known;
  }
  if (object.at_key("token_count").get(count) == simdjson::SUCCESS) {
    record.token_count = count;
    ++known;
  }
  // Whatever else stands there, or stands there twice, is the other reader's.
  return object.size() == known ? std::optional(std::move(record)) : std::nullopt;
}

Result<AccuracyRecord> ParseRecord(const JsonSlice& slice, const std::string& file) {
  if (auto plain = ParsePlainRecord(slice.text)) {
    plain->line = slice.line;
    return *std::move(plain);
  }
  const std::string where = fmt::format("{}:{}", file, slice.line);
  ASSAY_ASSIGN_OR_RETURN(const Json json, ParseJson(slice.text, where));
  ASSAY_ASSIGN_OR_RETURN(const JsonReader reader, JsonReader::Of(json, where));
  if (const std::vector<std::string> repeated = RepeatedKeys(slice.text); !repeated.empty()) {
    return MakeError(ErrorCode::kParse, "{}: \"{}\" stands twice in the record", where,
                     repeated.front());
  }
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

Result<AccuracyLogStream> AccuracyLogStream::Open(const fs::path& path) {
  ASSAY_ASSIGN_OR_RETURN(JsonArrayStream elements, JsonArrayStream::Open(path));
  std::error_code error;
  const std::uintmax_t size = fs::file_size(path, error);
  bool truncated = false;
  if (!error && size <= kMaxTruncatedBytes) {
    ASSAY_ASSIGN_OR_RETURN(const std::string bytes, ReadFile(path, kMaxTruncatedBytes));
    truncated = IsOfficiallyTruncated(bytes);
  }
  return AccuracyLogStream(std::move(elements), path.string(), truncated);
}

Result<std::optional<AccuracyRecord>> AccuracyLogStream::Next() {
  ASSAY_ASSIGN_OR_RETURN(const std::optional<JsonSlice> slice, elements_.Next());
  if (!slice) return std::optional<AccuracyRecord>();
  ASSAY_ASSIGN_OR_RETURN(AccuracyRecord record, ParseRecord(*slice, where_));
  return std::optional(std::move(record));
}

void TokenWidthFinder::Add(const AccuracyRecord& record) {
  any_data_ = any_data_ || !record.data.empty();
  const auto describe = [&record] {
    return fmt::format("line {} ({} bytes, token_count {})", record.line, record.data.size(),
                       record.token_count ? fmt::format("{}", *record.token_count) : "absent");
  };
  if (!narrow_misfit_ && !FitsInt32(record)) narrow_misfit_ = describe();
  const bool is_wide = FitsInt64(record);
  if (!wide_misfit_ && !is_wide) wide_misfit_ = describe();
  if (record.token_count) return;
  untold_bytes_ += record.data.size();
  if (is_wide) untold_wide_bytes_ += record.data.size();
}

Result<TokenWidth> TokenWidthFinder::Width(const std::string& where) const {
  // A log of empty answers fits both: no token will be read.
  if (any_data_ && !wide_misfit_) return TokenWidth::kInt64;
  // As int32, every second token of most answers would be 0: one of them is damaged.
  if (wide_misfit_ && untold_wide_bytes_ * 2 > untold_bytes_) {
    return MakeError(ErrorCode::kParse, "{}: the data look like int64 tokens, but for {}", where,
                     *wide_misfit_);
  }
  if (!narrow_misfit_) return TokenWidth::kInt32;
  // Where nothing has data both widths ask the same of the counts, so wide_misfit_ is there.
  return MakeError(ErrorCode::kParse,
                   "{}: the data are neither int32 tokens, see {}, nor int64 tokens, see {}", where,
                   *narrow_misfit_, wide_misfit_.value_or("none"));
}

Result<TokenWidth> InferTokenWidth(const AccuracyLog& log, const std::string& where) {
  TokenWidthFinder finder;
  for (const AccuracyRecord& record : log.records) finder.Add(record);
  return finder.Width(where);
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
