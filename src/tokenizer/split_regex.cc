#include "tokenizer/split_regex.h"

#include <algorithm>
#include <array>
#include <cstddef>
#include <iterator>
#include <optional>
#include <utility>

#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>

#include "base/check.h"
#include "base/format.h"
#include "base/utf8.h"

namespace assay::tok {
namespace {

constexpr char32_t kLastCodePoint = 0x10FFFF;

CodePointRanges Complement(const CodePointRanges& ranges) {
  CodePointRanges out;
  char32_t next = 0;
  for (const auto& [first, last] : ranges) {
    if (first > next) out.emplace_back(next, first - 1);
    next = last + 1;
  }
  if (next <= kLastCodePoint) out.emplace_back(next, kLastCodePoint);
  return out;
}

// PCRE2 refuses surrogates as ends of ranges, and text never holds them.
void AppendRange(char32_t first, char32_t last, std::string* out) {
  if (first >= 0xD800 && first <= 0xDFFF) first = 0xE000;
  if (last >= 0xD800 && last <= 0xDFFF) last = 0xD7FF;
  if (first > last) return;
  *out += fmt::format("\\x{{{:X}}}", static_cast<std::uint32_t>(first));
  if (last > first) *out += fmt::format("-\\x{{{:X}}}", static_cast<std::uint32_t>(last));
}

std::string ClassBody(const CodePointRanges& ranges) {
  std::string out;
  for (const auto& [first, last] : ranges) AppendRange(first, last, &out);
  return out;
}

// Pairs of letters that one character folds to (U+FB05 to "st", ...): Oniguruma matches those
// characters in (?i:...), PCRE2 does not.
bool IsFoldOfOneCharacter(char a, char b) {
  constexpr std::array<std::string_view, 5> kFolds = {"ss", "st", "ff", "fi", "fl"};
  const auto lower = [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; };
  const std::array<char, 2> pair = {lower(a), lower(b)};
  return std::find(kFolds.begin(), kFolds.end(), std::string_view(pair.data(), 2)) != kFolds.end();
}

class Translator {
 public:
  Translator(std::string_view pattern, UnicodeVersion version, std::string_view where)
      : in_(pattern), version_(version), where_(where) {}

  Result<std::string> Run() {
    while (pos_ < in_.size()) ASSAY_RETURN_IF_ERROR(Step());
    return std::move(out_);
  }

 private:
  [[nodiscard]] Error Refuse(std::string_view what) const {
    return MakeError(ErrorCode::kUnsupported,
                     "{}: the regular expression has {} at offset {}, which is not supported",
                     where_, what, pos_);
  }
  [[nodiscard]] bool Next(std::string_view text) const {
    return in_.substr(pos_).starts_with(text);
  }
  [[nodiscard]] bool Caseless() const {
    return std::find(caseless_.begin(), caseless_.end(), true) != caseless_.end();
  }

  Status Step() {
    const char c = in_[pos_];
    const char before = std::exchange(last_literal_, '\0');
    switch (c) {
      case '\\':
        return Escape();
      case '[':
        return Class();
      case '(':
        return Open();
      case ')':
        if (!caseless_.empty()) caseless_.pop_back();
        return Copy(1);
      case '{':
        return Braces();
      case '*':
      case '+':
      case '?':
        return Copy(in_.substr(pos_ + 1).find_first_of("?+") == 0 ? 2 : 1);
      case '|':
      case '.':
      case '^':
      case '$':
        return Copy(1);
      default:
        return Literal(before);
    }
  }

  Status Copy(std::size_t size) {
    out_ += in_.substr(pos_, size);
    pos_ += size;
    return Ok{};
  }

  Status Literal(char before) {
    const char c = in_[pos_];
    if (Caseless()) {
      if (static_cast<unsigned char>(c) >= 0x80) return Refuse("a letter beyond ASCII under (?i)");
      if (IsFoldOfOneCharacter(before, c)) return Refuse("two letters under (?i) that fold to one");
    }
    last_literal_ = c;
    return Copy(1);
  }

  Status Open() {
    constexpr std::array<std::string_view, 6> kGroups = {
        "(?:", "(?>", "(?=", "(?!", "(?<=", "(?<!"};
    if (Next("(?i:")) {
      caseless_.push_back(true);
      return Copy(4);
    }
    caseless_.push_back(false);
    for (const std::string_view group : kGroups) {
      if (Next(group)) return Copy(group.size());
    }
    if (Next("(?")) return Refuse(fmt::format("\"{}\"", in_.substr(pos_, 3)));
    return Copy(1);
  }

  // {n}, {n,} and {n,m}, greedy: Ruby reads a ? or + after them otherwise than PCRE2.
  Status Braces() {
    std::size_t i = pos_ + 1;
    const auto digits = [&] {
      const std::size_t from = i;
      while (i < in_.size() && in_[i] >= '0' && in_[i] <= '9') ++i;
      return i > from;
    };
    bool good = digits();
    if (good && i < in_.size() && in_[i] == ',') {
      ++i;
      digits();
    }
    good = good && i < in_.size() && in_[i] == '}';
    const bool suffixed = i + 1 < in_.size() && (in_[i + 1] == '?' || in_[i + 1] == '+');
    if (!good || suffixed) return Refuse("a \"{\" that is no plain quantifier");
    return Copy(i + 1 - pos_);
  }

  // A character, or the characters of a class, that an escape at pos_ stands for.
  Result<CodePointRanges> ReadEscape() {
    if (pos_ + 1 >= in_.size()) return Refuse("a lone backslash");
    const char c = in_[pos_ + 1];
    constexpr std::string_view kNames = "rntfvae";
    constexpr std::string_view kControls = "\r\n\t\f\v\a\x1B";
    if (const auto i = kNames.find(c); i != std::string_view::npos) return One(kControls[i], 2);
    switch (c) {
      case 's':
      case 'S':
        return Named("space", c == 'S', 2);
      case 'd':
      case 'D':
        return Named("Nd", c == 'D', 2);
      case 'p':
      case 'P':
        return Property(c == 'P');
      case 'x':
        return Hex(Next("\\x{") ? 3 : 2, Next("\\x{") ? 8 : 2, Next("\\x{"));
      case 'u':
        return Hex(2, 4, false);
      default:
        break;
    }
    const bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
    const bool digit = c >= '0' && c <= '9';
    if (letter || digit || static_cast<unsigned char>(c) >= 0x80) {
      return Refuse(fmt::format("\"{}\"", in_.substr(pos_, 2)));
    }
    return One(c, 2);
  }

  CodePointRanges One(char c, std::size_t size) {
    pos_ += size;
    const auto code_point = static_cast<char32_t>(static_cast<unsigned char>(c));
    return {{code_point, code_point}};
  }

  Result<CodePointRanges> Named(std::string_view name, bool negated, std::size_t size) {
    auto ranges = RangesOfCategory(name, version_);
    if (!ranges) return Refuse(fmt::format("the property \"{}\"", name));
    pos_ += size;
    return negated ? Complement(*ranges) : *std::move(ranges);
  }

  Result<CodePointRanges> Property(bool negated) {
    const std::size_t close = in_.find('}', pos_);
    if (!Next("\\p{") && !Next("\\P{")) return Refuse("\\p without braces");
    if (close == std::string_view::npos) return Refuse("\\p without a closing brace");
    std::string_view name = in_.substr(pos_ + 3, close - pos_ - 3);
    if (name.starts_with('^')) {
      negated = !negated;
      name.remove_prefix(1);
    }
    // "space" is RangesOfCategory's own name.
    if (name.size() > 2) return Refuse(fmt::format("the property \"{}\"", name));
    return Named(name, negated, close + 1 - pos_);
  }

  Result<CodePointRanges> Hex(std::size_t skip, std::size_t max_digits, bool braces) {
    std::size_t i = pos_ + skip;
    char32_t value = 0;
    std::size_t digits = 0;
    for (; digits < max_digits && i < in_.size(); ++digits, ++i) {
      const std::size_t digit =
          std::string_view("0123456789abcdef")
              .find(in_[i] >= 'A' && in_[i] <= 'F' ? static_cast<char>(in_[i] + 32) : in_[i]);
      if (digit == std::string_view::npos) break;
      value = value * 16 + static_cast<char32_t>(digit);
    }
    const bool closed = !braces || (i < in_.size() && in_[i] == '}');
    const bool byte = !braces && skip == 2 && in_[pos_ + 1] == 'x' && value >= 0x80;
    if (digits == 0 || (!braces && digits != max_digits) || !closed || byte ||
        value > kLastCodePoint || (value >= 0xD800 && value <= 0xDFFF)) {
      return Refuse("a character number");
    }
    pos_ = i + (braces ? 1 : 0);
    return CodePointRanges{{value, value}};
  }

  Status Escape() {
    const char before = last_literal_;
    ASSAY_ASSIGN_OR_RETURN(const CodePointRanges ranges, ReadEscape());
    const bool beyond_ascii = !ranges.empty() && ranges.back().second >= 0x80;
    const bool single = ranges.size() == 1 && ranges[0].first == ranges[0].second;
    if (Caseless() && (beyond_ascii || before != '\0')) return Refuse("an escape under (?i)");
    out_ += single ? ClassBody(ranges) : "[" + ClassBody(ranges) + "]";
    return Ok{};
  }

  // One member of a class: a character as it stands, or an escape.
  Result<CodePointRanges> Member() {
    if (in_[pos_] == '\\') return ReadEscape();
    if (in_[pos_] == '[' || Next("&&")) return Refuse("a class within a class");
    const DecodedChar c = DecodeUtf8(in_.data() + pos_, in_.data() + in_.size());
    pos_ += c.size;
    return CodePointRanges{{c.code_point, c.code_point}};
  }

  Status Class() {
    const std::size_t open = pos_++;
    const bool negated = Next("^");
    if (negated) ++pos_;
    std::string body;
    if (Next("]")) return Refuse("a class that begins with ]");
    bool beyond_ascii = false;
    while (!Next("]")) {
      if (pos_ >= in_.size()) {
        pos_ = open;
        return Refuse("a class without an end");
      }
      ASSAY_ASSIGN_OR_RETURN(CodePointRanges member, Member());
      const bool single = member.size() == 1 && member[0].first == member[0].second;
      if (Next("-") && !Next("-]")) {
        ++pos_;
        if (!single || pos_ >= in_.size()) return Refuse("a range without two ends");
        ASSAY_ASSIGN_OR_RETURN(const CodePointRanges last, Member());
        if (last.size() != 1 || last[0].first != last[0].second ||
            last[0].first < member[0].first) {
          return Refuse("a range without two ends");
        }
        member[0].second = last[0].first;
      }
      beyond_ascii |= !member.empty() && member.back().second >= 0x80;
      body += ClassBody(member);
    }
    ++pos_;
    if (Caseless() && (beyond_ascii || negated)) return Refuse("a class beyond ASCII under (?i)");
    out_ += (negated ? "[^" : "[") + body + "]";
    return Ok{};
  }

  std::string_view in_;
  UnicodeVersion version_;
  std::string_view where_;
  std::size_t pos_ = 0;
  std::string out_;
  std::vector<bool> caseless_;  // for each open group: does it begin with (?i:
  char last_literal_ = '\0';    // the literal just before pos_, if there is one
};

template <auto kFree>
struct Freer {
  template <typename T>
  void operator()(T* p) const {
    kFree(p);
  }
};
using MatchData = std::unique_ptr<pcre2_match_data, Freer<pcre2_match_data_free>>;

std::string Pcre2Message(int code) {
  std::array<PCRE2_UCHAR, 256> buffer{};
  pcre2_get_error_message(code, buffer.data(), buffer.size());
  return {buffer.begin(), std::find(buffer.begin(), buffer.end(), 0)};
}

}  // namespace

struct SplitRegex::Code {
  std::unique_ptr<pcre2_code, Freer<pcre2_code_free>> code;
  std::unique_ptr<pcre2_match_context, Freer<pcre2_match_context_free>> context;
};

Result<std::string> ToPcre2(std::string_view oniguruma, UnicodeVersion version,
                            std::string_view where) {
  if (const auto bad = FirstInvalidUtf8(oniguruma)) {
    return MakeError(ErrorCode::kParse, "{}: the regular expression is not UTF-8 at offset {}",
                     where, *bad);
  }
  return Translator(oniguruma, version, where).Run();
}

Result<SplitRegex> SplitRegex::Compile(std::string_view oniguruma, UnicodeVersion version,
                                       std::string_view where) {
  ASSAY_ASSIGN_OR_RETURN(const std::string pattern, ToPcre2(oniguruma, version, where));
  const std::unique_ptr<pcre2_compile_context, Freer<pcre2_compile_context_free>> settings(
      pcre2_compile_context_create(nullptr));
  pcre2_set_newline(settings.get(), PCRE2_NEWLINE_LF);
  int error = 0;
  PCRE2_SIZE offset = 0;
  auto code = std::make_shared<Code>();
  // Ruby's ^ and $ always are those of lines.
  code->code.reset(pcre2_compile(reinterpret_cast<PCRE2_SPTR>(pattern.data()), pattern.size(),
                                 PCRE2_UTF | PCRE2_NO_UTF_CHECK | PCRE2_MULTILINE, &error, &offset,
                                 settings.get()));
  if (code->code == nullptr) {
    return MakeError(ErrorCode::kUnsupported, "{}: the regular expression is not supported: {}",
                     where, Pcre2Message(error));
  }
  std::uint32_t matches_empty = 0;
  pcre2_pattern_info(code->code.get(), PCRE2_INFO_MATCHEMPTY, &matches_empty);
  if (matches_empty != 0) {
    return MakeError(ErrorCode::kUnsupported,
                     "{}: a regular expression that matches the empty string is not supported",
                     where);
  }
  code->context.reset(pcre2_match_context_create(nullptr));
  pcre2_set_match_limit(code->context.get(), 0xFFFFFFFF);
  pcre2_set_depth_limit(code->context.get(), 0xFFFFFFFF);
  pcre2_set_heap_limit(code->context.get(), 0xFFFFFFFF);
  // Without it (other architectures) matching is slower and the same.
  static_cast<void>(pcre2_jit_compile(code->code.get(), PCRE2_JIT_COMPLETE));
  return SplitRegex(std::move(code));
}

void SplitRegex::FindInUtf8(std::string_view text, std::vector<std::string_view>* matches) const {
  const MatchData data(pcre2_match_data_create(1, nullptr));
  const auto* subject = reinterpret_cast<PCRE2_SPTR>(text.data());
  for (PCRE2_SIZE at = 0; at < text.size();) {
    int found = pcre2_match(code_->code.get(), subject, text.size(), at, PCRE2_NO_UTF_CHECK,
                            data.get(), code_->context.get());
    if (found == PCRE2_ERROR_JIT_STACKLIMIT) {
      found = pcre2_match(code_->code.get(), subject, text.size(), at,
                          PCRE2_NO_UTF_CHECK | PCRE2_NO_JIT, data.get(), code_->context.get());
    }
    if (found == PCRE2_ERROR_NOMATCH) return;
    ASSAY_CHECK(found >= 0);  // all limits are off, and patterns and text were checked
    const PCRE2_SIZE* const span = pcre2_get_ovector_pointer(data.get());
    ASSAY_CHECK(span[1] > at && span[1] > span[0]);
    matches->push_back(text.substr(span[0], span[1] - span[0]));
    at = span[1];
  }
}

void SplitRegex::FindMatches(std::string_view text, std::vector<std::string_view>* matches) const {
  if (!FirstInvalidUtf8(text)) {
    FindInUtf8(text, matches);
    return;
  }
  // U+FFFD is neither letter, number nor white space either.
  std::string clean;
  std::vector<std::size_t> source;  // of each byte of clean, and of its end
  const char* const end = text.data() + text.size();
  for (const char* p = text.data(); p != end;) {
    const DecodedChar c = DecodeUtf8(p, end);
    const std::size_t size = clean.size();
    AppendUtf8(c.code_point == kIllFormed ? 0xFFFD : c.code_point, &clean);
    source.resize(source.size() + clean.size() - size, static_cast<std::size_t>(p - text.data()));
    p += c.size;
  }
  source.push_back(text.size());
  std::vector<std::string_view> found;
  FindInUtf8(clean, &found);
  for (const std::string_view match : found) {
    const auto begin = static_cast<std::size_t>(match.data() - clean.data());
    const std::size_t from = source[begin];
    matches->push_back(text.substr(from, source[begin + match.size()] - from));
  }
}

}  // namespace assay::tok
