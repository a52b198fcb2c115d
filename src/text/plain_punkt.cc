#include "text/plain_punkt.h"

#include <algorithm>
#include <cstdint>
#include <map>
#include <optional>
#include <regex>

#include "text/punkt_parameters.h"
#include "text/unicode.h"

namespace assay {
namespace {

// wchar_t is a code point on the platforms that the tests run on.
static_assert(sizeof(wchar_t) == 4);

std::wstring Decode(std::string_view utf8) {
  std::wstring text;
  for (std::size_t at = 0; at < utf8.size();) {
    const CodePoint c = DecodeAt(utf8, at);
    text += static_cast<wchar_t>(c.value);
    at += c.size_bytes;
  }
  return text;
}

// The byte offset of each code point, and of the end.
std::vector<std::size_t> Offsets(std::string_view utf8) {
  std::vector<std::size_t> offsets;
  for (std::size_t at = 0; at < utf8.size(); at += DecodeAt(utf8, at).size_bytes) {
    offsets.push_back(at);
  }
  offsets.push_back(utf8.size());
  return offsets;
}

// punkt.py's patterns, with Python's \s spelled out: S is white space, N is not.
std::wstring Pattern(const std::wstring& pattern) {
  const std::wstring space =
      L"\\x09-\\x0d\\x1c-\\x20\\x85\\xa0\\u1680\\u2000-\\u200a\\u2028\\u2029\\u202f\\u205f\\u3000";
  const std::map<wchar_t, std::wstring> definitions = {
      {L'S', L"[" + space + L"]"},
      {L'N', L"[^" + space + L"]"},
      {L'P', LR"re((?:[)";}\]\*:@'\({\[?!]))re"},                   // _re_non_word_chars
      {L'M', L"(?:-{2,}|\\.{2,}|(?:\\.[" + space + L"]){2,}\\.)"},  // _re_multi_char_punct
      {L'W', LR"re([^\("`{\[:;&#\*@)}\]\-,])re"},                   // _re_word_start
  };
  std::wstring expanded;
  for (const wchar_t c : pattern) {
    const auto definition = definitions.find(c);
    expanded += definition == definitions.end() ? std::wstring(1, c) : definition->second;
  }
  return expanded;
}

const std::wregex& WordPattern() {
  static const std::wregex pattern(Pattern(L"M|(?=W)N+?(?=S|$|P|M|,(?=$|S|P|M))|N"));
  return pattern;
}

const std::wregex& PeriodContextPattern() {
  static const std::wregex pattern(Pattern(L"[.?!](?=(P|S+(N+)))"));
  return pattern;
}

const std::wregex& RealignmentPattern() {
  static const std::wregex pattern(Pattern(LR"re(["')\]}]+?(?:S+|(?=--)|$))re"));
  return pattern;
}

using Matches = std::wsregex_iterator;

std::string Encode(const std::wstring& text) {
  std::string utf8;
  for (const wchar_t wide : text) {
    const auto c = static_cast<char32_t>(wide);
    const auto add = [&](char32_t byte) { utf8 += static_cast<char>(byte); };
    if (c < 0x80) {
      add(c);
    } else if (c < 0x800) {
      add(0xC0 | c >> 6);
      add(0x80 | (c & 0x3F));
    } else {
      if (c < 0x10000) {
        add(0xE0 | c >> 12);
      } else {
        add(0xF0 | c >> 18);
        add(0x80 | (c >> 12 & 0x3F));
      }
      add(0x80 | (c >> 6 & 0x3F));
      add(0x80 | (c & 0x3F));
    }
  }
  return utf8;
}

const std::map<std::string, unsigned, std::less<>>& Parameters() {
  static const auto parameters = [] {
    std::map<std::string, unsigned, std::less<>> words;
    for (std::uint32_t i = 0; i < kPunktSlotCount; ++i) {
      const PunktSlot& slot = kPunktSlots[i];
      if (slot.size > 0) words[std::string(kPunktWords + slot.offset, slot.size)] = slot.flags;
    }
    return words;
  }();
  return parameters;
}

bool Has(const std::string& word, unsigned flags) {
  const auto found = Parameters().find(word);
  return found != Parameters().end() && (found->second & flags) != 0;
}

struct PunktToken {
  explicit PunktToken(const std::wstring& token) : text(token), type(Lower(Encode(token))) {
    if (IsNumber()) type = "##number##";
    period_final = text.back() == L'.';
  }

  // ^-?[\.,]?\d[\d,\.-]*\.?$
  [[nodiscard]] bool IsNumber() const {
    std::wstring classes;
    for (const wchar_t c : text) {
      classes += IsDecimal(static_cast<char32_t>(c)) ? L'0' : c == L'0' ? L'x' : c;
    }
    static const std::wregex pattern(L"-?[.,]?0[0,.-]*\\.?");
    return std::regex_match(classes, pattern);
  }
  [[nodiscard]] std::string TypeNoPeriod() const {
    return type.size() > 1 && type.back() == '.' ? type.substr(0, type.size() - 1) : type;
  }
  [[nodiscard]] std::string TypeNoSentencePeriod() const {
    return sentence_break ? TypeNoPeriod() : type;
  }
  [[nodiscard]] bool FirstUpper() const { return IsUpper(static_cast<char32_t>(text[0])); }
  [[nodiscard]] bool FirstLower() const { return IsLower(static_cast<char32_t>(text[0])); }
  [[nodiscard]] bool IsInitial() const {
    const auto first = static_cast<char32_t>(text[0]);
    return text.size() == 2 && text[1] == L'.' && IsWord(first) && !IsDecimal(first);
  }
  [[nodiscard]] bool IsEllipsis() const {
    return text.size() > 1 && text.find_first_not_of(L'.') == text.npos;
  }

  std::wstring text;
  std::string type;
  bool period_final = false;
  bool sentence_break = false;
  bool abbreviation = false;
  bool ellipsis = false;
};

void FirstPass(PunktToken& token) {
  const std::wstring& text = token.text;
  if (text == L"." || text == L"?" || text == L"!") {
    token.sentence_break = true;
  } else if (token.IsEllipsis()) {
    token.ellipsis = true;
  } else if (token.period_final && !text.ends_with(L"..")) {
    const std::string lower = Lower(Encode(text.substr(0, text.size() - 1)));
    const std::string last_part = lower.substr(lower.rfind('-') + 1);  // npos + 1 is 0
    token.abbreviation = Has(lower, kPunktAbbreviation) || Has(last_part, kPunktAbbreviation);
    token.sentence_break = !token.abbreviation;
  }
}

constexpr unsigned kUpper = kPunktBeginUpper | kPunktMiddleUpper | kPunktUnknownUpper;
constexpr unsigned kLower = kPunktBeginLower | kPunktMiddleLower | kPunktUnknownLower;

std::optional<bool> OrthoHeuristic(const PunktToken& token) {
  if (token.text.size() == 1 && std::wstring(L";:,.!?").find(token.text) != token.text.npos) {
    return false;
  }
  const std::string type = token.TypeNoSentencePeriod();
  if (token.FirstUpper() && Has(type, kLower) && !Has(type, kPunktMiddleUpper)) return true;
  if (token.FirstLower() && (Has(type, kUpper) || !Has(type, kPunktBeginLower))) return false;
  return std::nullopt;
}

void SecondPass(PunktToken& token, const PunktToken& next) {
  if (!token.period_final) return;
  const std::string type = token.TypeNoPeriod();
  const std::string next_type = next.TypeNoSentencePeriod();
  const bool is_initial = token.IsInitial();
  if (Has(type + "\n" + next_type, kPunktCollocation)) {
    token.sentence_break = false;
    token.abbreviation = true;
    return;
  }
  const std::optional<bool> starter = OrthoHeuristic(next);
  if ((token.abbreviation || token.ellipsis) && !is_initial) {
    if (starter == true || (next.FirstUpper() && Has(next_type, kPunktSentenceStarter))) {
      token.sentence_break = true;
      return;
    }
  }
  if (is_initial || type == "##number##") {
    if (starter == false ||
        (!starter && is_initial && next.FirstUpper() && !Has(next_type, kLower))) {
      token.sentence_break = false;
      token.abbreviation = true;
    }
  }
}

bool ContainsSentenceBreak(const std::wstring& context) {
  std::vector<PunktToken> tokens;
  for (std::size_t begin = 0; begin <= context.size();) {
    const std::size_t end = std::min(context.find(L'\n', begin), context.size());
    const std::wstring line = context.substr(begin, end - begin);
    for (Matches word(line.begin(), line.end(), WordPattern()); word != Matches(); ++word) {
      tokens.emplace_back(word->str());
      FirstPass(tokens.back());
    }
    begin = end + 1;
  }
  bool found = false;
  for (std::size_t i = 0; i < tokens.size(); ++i) {
    if (found) return true;
    if (i + 1 < tokens.size()) SecondPass(tokens[i], tokens[i + 1]);
    found = tokens[i].sentence_break;
  }
  return false;
}

struct Slice {
  std::size_t start = 0;
  std::size_t stop = 0;
};

struct EndContext {
  std::size_t match_end = 0;
  std::size_t next_token = 0;  // 0: none
  std::size_t after_size = 0;
  Slice word;
};

std::vector<EndContext> PotentialEndContexts(const std::wstring& text) {
  std::vector<EndContext> contexts;
  std::optional<EndContext> previous;
  for (Matches match(text.begin(), text.end(), PeriodContextPattern()); match != Matches();
       ++match) {
    const auto start = static_cast<std::size_t>(match->position(0));
    EndContext context;
    context.match_end = start + 1;
    context.after_size = static_cast<std::size_t>(match->length(1));
    if ((*match)[2].matched) context.next_token = static_cast<std::size_t>(match->position(2));
    const Slice before = previous ? previous->word : Slice{};
    const std::size_t space =
        text.substr(before.stop, start - before.stop).find_last_of(L" \t\n\r\v\f");
    const bool has_space = space != text.npos && space != 0;
    context.word = {has_space ? space + before.stop + 1 : before.start, start};
    if (previous && before.stop <= context.word.start) contexts.push_back(*previous);
    previous = context;
  }
  if (previous) contexts.push_back(*previous);
  return contexts;
}

std::vector<Slice> SlicesFromText(const std::wstring& text) {
  std::vector<Slice> slices;
  std::size_t last_break = 0;
  for (const EndContext& c : PotentialEndContexts(text)) {
    const std::size_t context_end = c.match_end + c.after_size;
    if (!ContainsSentenceBreak(text.substr(c.word.start, context_end - c.word.start))) continue;
    slices.push_back({last_break, c.match_end});
    last_break = c.next_token != 0 ? c.next_token : c.match_end;
  }
  std::size_t end = text.size();
  while (end > 0 && IsSpace(static_cast<char32_t>(text[end - 1]))) --end;
  slices.push_back({last_break, end});
  return slices;
}

}  // namespace

std::vector<std::string> PlainSentences(std::string_view utf8) {
  const std::wstring text = Decode(utf8);
  const std::vector<std::size_t> offsets = Offsets(utf8);
  const std::vector<Slice> slices = SlicesFromText(text);
  std::vector<std::string> sentences;
  const auto emit = [&](std::size_t start, std::size_t stop) {
    if (start >= stop) return;
    sentences.emplace_back(utf8.substr(offsets[start], offsets[stop] - offsets[start]));
  };
  std::size_t realign = 0;
  for (std::size_t i = 0; i < slices.size(); ++i) {
    const std::size_t start = slices[i].start + realign;
    if (i + 1 == slices.size()) {
      emit(start, slices[i].stop);
      break;
    }
    const Slice next = slices[i + 1];
    const std::wstring next_text = text.substr(next.start, next.stop - next.start);
    std::wsmatch match;
    realign = 0;
    if (std::regex_search(next_text, match, RealignmentPattern(),
                          std::regex_constants::match_continuous)) {
      realign = static_cast<std::size_t>(match.length(0));
      const std::size_t closers = next_text.find_first_not_of(L"\"')]}");
      emit(start, next.start + std::min(closers, next_text.size()));
      continue;
    }
    emit(start, slices[i].stop);
  }
  return sentences;
}

}  // namespace assay
