#include "rules/test06_verifier.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstdint>
#include <cstring>
#include <limits>
#include <span>
#include <system_error>
#include <utility>
#include <vector>

#include "base/format.h"
#include "base/json.h"

namespace assay {
namespace {

using Tokens = std::vector<std::int64_t>;

// What the script sees of one record. Absent: its attempt to read that throws.
struct Sample {
  std::optional<Tokens> data;
  std::optional<Tokens> first;
  std::optional<std::int64_t> count;
  std::uint64_t line = 0;
};

// As numpy.frombuffer reads little-endian integers.
std::optional<Tokens> TokensOfBytes(std::span<const std::uint8_t> bytes, TokenWidth width) {
  const std::size_t size = width == TokenWidth::kInt32 ? 4 : 8;
  if (bytes.size() % size != 0) return std::nullopt;
  Tokens tokens;
  tokens.reserve(bytes.size() / size);
  for (std::size_t at = 0; at < bytes.size(); at += size) {
    std::uint64_t word = 0;
    for (std::size_t i = 0; i < size; ++i) word |= std::uint64_t{bytes[at + i]} << (8 * i);
    tokens.push_back(size == 4 ? static_cast<std::int32_t>(static_cast<std::uint32_t>(word))
                               : static_cast<std::int64_t>(word));
  }
  return tokens;
}

bool IsPythonSpace(char c) {
  return c == ' ' || (c >= '\t' && c <= '\r');
}

int HexDigit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

// As Python's bytes.fromhex: white space may stand between bytes, not inside one.
std::optional<std::vector<std::uint8_t>> BytesFromHex(std::string_view hex) {
  std::vector<std::uint8_t> bytes;
  bytes.reserve(hex.size() / 2);
  for (std::size_t i = 0; i < hex.size();) {
    if (IsPythonSpace(hex[i])) {
      ++i;
      continue;
    }
    const int high = HexDigit(hex[i]);
    const int low = i + 1 < hex.size() ? HexDigit(hex[i + 1]) : -1;
    if (high < 0 || low < 0) return std::nullopt;
    bytes.push_back(static_cast<std::uint8_t>(high * 16 + low));
    i += 2;
  }
  return bytes;
}

std::optional<Tokens> TokensOfMember(const Json& record, std::string_view key, TokenWidth width) {
  const auto it = record.find(key);
  if (it == record.end() || !it->is_string()) return std::nullopt;
  const auto bytes = BytesFromHex(it->get_ref<const std::string&>());
  return bytes ? TokensOfBytes(*bytes, width) : std::nullopt;
}

// No record has as many tokens: stands for any count that cannot be met.
constexpr std::int64_t kUnreachable = std::numeric_limits<std::int64_t>::max();

// As Python's int() of a string: blanks around it, a sign, single underscores between digits.
std::optional<std::int64_t> IntOfText(std::string_view text) {
  while (!text.empty() && IsPythonSpace(text.front())) text.remove_prefix(1);
  while (!text.empty() && IsPythonSpace(text.back())) text.remove_suffix(1);
  const bool negative = text.starts_with('-');
  if (negative || text.starts_with('+')) text.remove_prefix(1);
  std::string digits;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '_' && i > 0 && i + 1 < text.size() && text[i - 1] != '_') continue;
    if (text[i] < '0' || text[i] > '9') return std::nullopt;
    digits += text[i];
  }
  if (digits.empty()) return std::nullopt;
  std::int64_t value = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), value);
  if (error == std::errc::result_out_of_range) return kUnreachable;
  return negative ? -value : value;
}

// As Python's int() of what json.load makes of it.
std::optional<std::int64_t> IntOf(const Json& value) {
  if (value.is_boolean()) return value.get<bool>() ? 1 : 0;
  if (value.is_number_unsigned()) {
    const auto number = value.get<std::uint64_t>();
    return number > static_cast<std::uint64_t>(kUnreachable) ? kUnreachable
                                                             : static_cast<std::int64_t>(number);
  }
  if (value.is_number_integer()) return value.get<std::int64_t>();
  if (value.is_number_float()) {
    const double number = std::trunc(value.get<double>());
    if (!std::isfinite(number)) return std::nullopt;
    return std::abs(number) < 9e18 ? static_cast<std::int64_t>(number) : kUnreachable;
  }
  return value.is_string() ? IntOfText(value.get_ref<const std::string&>()) : std::nullopt;
}

Sample SampleOf(const Json& record, std::uint64_t line, TokenWidth width) {
  Sample sample;
  sample.line = line;
  if (!record.is_object()) return sample;
  sample.data = TokensOfMember(record, "data", width);
  sample.first = TokensOfMember(record, "token_data", width);
  const auto count = record.find("token_count");
  if (count != record.end()) sample.count = IntOf(*count);
  return sample;
}

// The script's loop: from the last token backwards, never looking at the first.
bool HasTwoTrailing(const Tokens& tokens, TokenId eos) {
  std::size_t trailing = 0;
  for (std::size_t i = tokens.size(); i > 1; --i) {
    if (tokens[i - 1] != eos) return false;
    if (++trailing >= 2) return true;
  }
  return false;
}

bool FirstTokensAgree(const Sample& sample) {
  if (!sample.data || !sample.first) return false;
  const std::size_t common = std::min(sample.data->size(), sample.first->size());
  return std::equal(sample.first->begin(),
                    sample.first->begin() + static_cast<std::ptrdiff_t>(common),
                    sample.data->begin());
}

class Verifier {
 public:
  Verifier(Scenario scenario, TokenId eos)
      : eos_(eos), result_{.first_token = std::nullopt, .eos = true, .sample_length = true} {
    if (scenario != Scenario::kOffline) result_.first_token = true;
  }

  Status Add(const Sample& sample, std::string_view where) {
    if (!sample.data || HasTwoTrailing(*sample.data, eos_)) result_.eos = false;
    if (result_.first_token && !FirstTokensAgree(sample)) result_.first_token = false;
    // The script stops counting at the first mismatch: what is damaged after it does not end it.
    if (!result_.sample_length) return Ok{};
    const char* const missing = !sample.data    ? "data that are a whole number of tokens"
                                : !sample.count ? "a token_count"
                                                : nullptr;
    if (missing != nullptr) {
      return MakeError(ErrorCode::kParse, "{}:{}: expected {}", where, sample.line, missing);
    }
    result_.sample_length = *sample.count == static_cast<std::int64_t>(sample.data->size());
    return Ok{};
  }

  [[nodiscard]] const Test06Result& result() const { return result_; }

 private:
  TokenId eos_;
  Test06Result result_;
};

std::string_view PythonBool(bool value) {
  return value ? "True" : "False";
}

// Python goes through the nothing that these hold without a complaint.
bool IsEmptyOfAnotherKind(std::string_view bytes) {
  const auto json = ParseJson(bytes, "");
  return json && (json->is_object() || json->is_string()) &&
         (json->is_object() ? json->empty() : json->get_ref<const std::string&>().empty());
}

}  // namespace

Result<Test06Result> VerifyTest06(std::string_view bytes, const std::string& where,
                                  Scenario scenario, TokenWidth width, TokenId eos) {
  Verifier verifier(scenario, eos);
  JsonArrayWalker walker(bytes, where);
  while (true) {
    const auto slice = walker.Next();
    if (!slice) {
      if (IsEmptyOfAnotherKind(bytes)) return verifier.result();
      return slice.error();
    }
    if (!slice->has_value()) return verifier.result();
    const std::string at = fmt::format("{}:{}", where, (*slice)->line);
    ASSAY_ASSIGN_OR_RETURN(const Json record, ParseJson((*slice)->text, at));
    ASSAY_RETURN_IF_ERROR(verifier.Add(SampleOf(record, (*slice)->line, width), where));
  }
}

Result<Test06Result> VerifyTest06(const AccuracyLog& log, Scenario scenario, TokenWidth width,
                                  TokenId eos) {
  Verifier verifier(scenario, eos);
  for (const AccuracyRecord& record : log.records) {
    Sample sample{TokensOfBytes(record.data, width), std::nullopt, record.token_count, record.line};
    if (record.token_data) sample.first = TokensOfBytes(*record.token_data, width);
    ASSAY_RETURN_IF_ERROR(verifier.Add(sample, "line"));
  }
  return verifier.result();
}

std::string Test06Text(const Test06Result& result) {
  return fmt::format(
      "First token check pass: {}\nEOS check pass: {}\nSample length check pass: {}\n"
      "TEST06 verification {}\n",
      result.first_token ? PythonBool(*result.first_token) : "Skipped", PythonBool(result.eos),
      PythonBool(result.sample_length), result.Pass() ? "complete" : "failed");
}

}  // namespace assay
