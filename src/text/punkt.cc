#include "text/punkt.h"

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <optional>
#include <string>
#include <utility>

#include "text/punkt_parameters.h"
#include "text/unicode.h"

namespace assay {
namespace {

constexpr std::size_t kNone = std::string_view::npos;

// What the regular expressions of punkt.py ask of a byte.
enum ByteClass : std::uint8_t {
  kMark = 1U << 0U,      // sent_end_chars: may end a sentence
  kNonWord = 1U << 1U,   // _re_non_word_chars: cannot appear within a word
  kNoStart = 1U << 2U,   // excluded by _re_word_start: cannot begin a word
  kWordEnds = 1U << 3U,  // a word may end before it: white space, kNonWord, or needs a closer look
  kCloser = 1U << 4U,    // re_boundary_realignment: moves to the sentence before
};

constexpr std::array<std::uint8_t, 256> MakeByteClasses() {
  std::array<std::uint8_t, 256> classes{};
  const auto mark = [&](std::string_view bytes, unsigned flags) {
    for (const char c : bytes) {
      auto& entry = classes[static_cast<unsigned char>(c)];
      entry = static_cast<std::uint8_t>(entry | flags);
    }
  };
  mark(".?!", kMark);
  mark(")\";}]*:@'({[?!", kNonWord | kWordEnds);
  mark("(\"`{[:;&#*@)}]-,", kNoStart);
  mark("\"')]}", kCloser);
  mark("\t\n\v\f\r\x1C\x1D\x1E\x1F -.,", kWordEnds);
  // The lead bytes of the white-space characters beyond ASCII.
  mark("\xC2\xE1\xE2\xE3", kWordEnds);
  return classes;
}

constexpr std::array<std::uint8_t, 256> kByteClasses = MakeByteClasses();

bool Is(char byte, ByteClass wanted) {
  return (kByteClasses[static_cast<unsigned char>(byte)] & wanted) != 0;
}

std::size_t SkipSpace(std::string_view text, std::size_t at) {
  // Every byte that begins white space has a word end before it.
  while (at < text.size() && Is(text[at], kWordEnds)) {
    const std::size_t size = SpaceSize(text, at);
    if (size == 0) break;
    at += size;
  }
  return at;
}

std::size_t SkipNonSpace(std::string_view text, std::size_t at) {
  while (at < text.size() && !(Is(text[at], kWordEnds) && SpaceSize(text, at) != 0)) ++at;
  return at;
}

std::size_t RunLength(std::string_view text, std::size_t at, char c) {
  const std::size_t end = text.find_first_not_of(c, at);
  return (end == kNone ? text.size() : end) - at;
}

// The size of `(?:\.\s){2,}\.` at `at`, 0 if it does not match. The white space does not include
// the line feed, at which NLTK has split before.
std::size_t SpacedDotsSize(std::string_view text, std::size_t at) {
  int dots = 0;
  std::size_t end = at;
  for (std::size_t next = at; next < text.size() && text[next] == '.';) {
    ++dots;
    end = ++next;
    if (next == text.size() || text[next] == '\n') break;
    const std::size_t space = SpaceSize(text, next);
    if (space == 0) break;
    next += space;
  }
  return dots >= 3 ? end - at : 0;
}

// The size of _re_multi_char_punct at `at`, 0 if it does not match: dashes, an ellipsis.
std::size_t MultiCharSize(std::string_view text, std::size_t at) {
  if (text[at] != '-' && text[at] != '.') return 0;
  const std::size_t run = RunLength(text, at, text[at]);
  if (run >= 2) return run;
  return text[at] == '.' ? SpacedDotsSize(text, at) : 0;
}

// Does a word end before `at`? That is the look-ahead of _word_tokenize_fmt.
bool WordEndsAt(std::string_view text, std::size_t at) {
  if (at == text.size()) return true;
  if (!Is(text[at], kWordEnds)) return false;
  if (Is(text[at], kNonWord) || SpaceSize(text, at) != 0) return true;
  if (text[at] != ',') return MultiCharSize(text, at) != 0;
  return at + 1 == text.size() || (text[at + 1] != ',' && WordEndsAt(text, at + 1));
}

// The next token of word_tokenize() from `at` on, which moves behind it; empty at the end.
std::string_view NextWord(std::string_view text, std::size_t& at) {
  const std::size_t begin = SkipSpace(text, at);
  if (begin == text.size()) return {};
  std::size_t size = MultiCharSize(text, begin);
  if (size == 0) {
    size = DecodeAt(text, begin).size_bytes;
    if (!Is(text[begin], kNoStart)) {
      while (!WordEndsAt(text, begin + size)) ++size;
    }
  }
  at = begin + size;
  return text.substr(begin, size);
}

unsigned FlagsOf(std::string_view word) {
  std::uint32_t hash = 0x811C9DC5U;
  for (const char c : word) hash = (hash ^ static_cast<unsigned char>(c)) * 0x01000193U;
  for (std::uint32_t at = hash;; ++at) {
    const PunktSlot& slot = kPunktSlots[at & (kPunktSlotCount - 1)];
    if (slot.size == 0) return 0;
    if (word == std::string_view(kPunktWords + slot.offset, slot.size)) return slot.flags;
  }
}

// `^-?[\.,]?\d[\d,\.-]*\.?$`
bool IsNumber(std::string_view token) {
  std::size_t at = 0;
  if (at < token.size() && token[at] == '-') ++at;
  if (at < token.size() && (token[at] == '.' || token[at] == ',')) ++at;
  bool digit_seen = false;
  while (at < token.size()) {
    const CodePoint c = DecodeAt(token, at);
    const bool punctuation = c.value == '.' || c.value == ',' || c.value == '-';
    if (!IsDecimal(c.value) && !(digit_seen && punctuation)) return false;
    digit_seen = true;
    at += c.size_bytes;
  }
  return digit_seen;
}

// `[^\W\d]\.$`
bool IsInitial(std::string_view token) {
  const CodePoint c = DecodeAt(token, 0);
  return token.size() == c.size_bytes + 1 && token.back() == '.' && IsWord(c.value) &&
         !IsDecimal(c.value);
}

// A PunktToken. One object is reused for many tokens, so that its string rarely allocates.
struct Token {
  std::string_view text;
  std::string lower;
  bool is_number = false;
  bool ends_in_period = false;
  bool is_abbreviation = false;
  bool is_ellipsis = false;
  bool ends_sentence = false;
  // Of TypeWithoutPeriod(), once something has asked for them.
  std::optional<unsigned> flags;

  [[nodiscard]] unsigned FlagsWithoutPeriod() {
    if (!flags) flags = FlagsOf(TypeWithoutPeriod());
    return *flags;
  }
  [[nodiscard]] std::string_view Type() const {
    return is_number ? std::string_view("##number##") : std::string_view(lower);
  }
  [[nodiscard]] std::string_view TypeWithoutPeriod() const {
    std::string_view type = Type();
    if (type.size() > 1 && type.back() == '.') type.remove_suffix(1);
    return type;
  }
  [[nodiscard]] std::string_view TypeWithoutSentencePeriod() const {
    return ends_sentence ? TypeWithoutPeriod() : Type();
  }
  [[nodiscard]] bool FirstIsUpper() const { return IsUpper(DecodeAt(text, 0).value); }
  [[nodiscard]] bool FirstIsLower() const { return IsLower(DecodeAt(text, 0).value); }
};

void LowerInto(std::string_view text, std::string& lower) {
  lower.assign(text);
  for (char& c : lower) {
    if (static_cast<unsigned char>(c) >= 0x80) {
      lower = Lower(text);
      return;
    }
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
}

bool IsKnownAbbreviation(Token& token) {
  const std::string_view lower = std::string_view(token.lower).substr(0, token.lower.size() - 1);
  const unsigned flags = token.is_number ? FlagsOf(lower) : token.FlagsWithoutPeriod();
  if ((flags & kPunktAbbreviation) != 0) return true;
  const std::size_t dash = lower.rfind('-');
  return dash != kNone && (FlagsOf(lower.substr(dash + 1)) & kPunktAbbreviation) != 0;
}

// _first_pass_annotation: what the token alone tells.
void Annotate(std::string_view text, Token& token) {
  token.text = text;
  LowerInto(text, token.lower);
  token.flags.reset();
  token.is_number = IsNumber(text);
  token.ends_in_period = text.back() == '.';
  token.is_abbreviation = token.is_ellipsis = token.ends_sentence = false;
  if (text.size() == 1 && Is(text[0], kMark)) {
    token.ends_sentence = true;
  } else if (RunLength(text, 0, '.') == text.size()) {
    token.is_ellipsis = true;
  } else if (token.ends_in_period && text[text.size() - 2] != '.') {
    token.is_abbreviation = IsKnownAbbreviation(token);
    token.ends_sentence = !token.is_abbreviation;
  }
}

// _ortho_heuristic: does `token` begin a sentence? nullopt: unknown.
std::optional<bool> StartsSentence(const Token& token, unsigned flags) {
  constexpr unsigned kUpper = kPunktBeginUpper | kPunktMiddleUpper | kPunktUnknownUpper;
  constexpr unsigned kLower = kPunktBeginLower | kPunktMiddleLower | kPunktUnknownLower;
  constexpr std::string_view kPunctuation = ";:,.!?";
  if (token.text.size() == 1 && kPunctuation.find(token.text[0]) != kNone) return false;
  if ((flags & kLower) != 0 && (flags & kPunktMiddleUpper) == 0 && token.FirstIsUpper()) {
    return true;
  }
  if (((flags & kUpper) != 0 || (flags & kPunktBeginLower) == 0) && token.FirstIsLower()) {
    return false;
  }
  return std::nullopt;
}

bool AreCollocated(Token& first, std::string_view second) {
  if ((first.FlagsWithoutPeriod() & kPunktCollocationFirst) == 0) return false;
  std::string pair(first.TypeWithoutPeriod());
  pair += '\n';
  pair += second;
  return (FlagsOf(pair) & kPunktCollocation) != 0;
}

// _second_pass_annotation: whether the first token ends a sentence, given the one behind it.
bool EndsSentence(Token& token, const Token& next) {
  if (!token.ends_in_period) return token.ends_sentence;
  const std::string_view next_type = next.TypeWithoutSentencePeriod();
  if (AreCollocated(token, next_type)) return false;

  constexpr unsigned kSeenLower = kPunktBeginLower | kPunktMiddleLower | kPunktUnknownLower;
  const unsigned next_flags = FlagsOf(next_type);
  const std::optional<bool> next_starts = StartsSentence(next, next_flags);
  const bool is_initial = IsInitial(token.text);
  if ((token.is_abbreviation || token.is_ellipsis) && !is_initial) {
    if (next_starts == true) return true;
    if ((next_flags & kPunktSentenceStarter) != 0 && next.FirstIsUpper()) return true;
  }
  if (is_initial || token.is_number) {
    if (next_starts == false) return false;
    const bool never_lower = (next_flags & kSeenLower) == 0;
    if (!next_starts.has_value() && is_initial && never_lower && next.FirstIsUpper()) return false;
  }
  return token.ends_sentence;
}

// A place where a sentence may end: a match of period_context_re() with the word before it.
struct Candidate {
  std::size_t word = 0;      // where the text to judge begins
  std::size_t mark = 0;      // the full stop, question or exclamation mark
  std::size_t next = kNone;  // the token behind white space, kNone if punctuation follows directly
};

class SentenceSplitter {
 public:
  explicit SentenceSplitter(std::string_view text)
      : text_(text), next_marks_{{{'.', First('.')}, {'?', First('?')}, {'!', First('!')}}} {}

  void AppendTo(std::vector<std::string_view>& sentences) {
    sentences_ = &sentences;
    std::optional<Candidate> previous;
    for (std::size_t mark = FindMark(0); mark < text_.size(); mark = FindMark(mark + 1)) {
      Candidate candidate{0, mark, kNone};
      if (!FindNext(candidate)) continue;
      candidate.word = WordBefore(mark, previous);
      // Of marks within one word only the last counts.
      if (previous && previous->mark <= candidate.word) BreakAtIfSentenceEnds(*previous);
      previous = candidate;
    }
    if (previous) BreakAtIfSentenceEnds(*previous);
    AddSlice(slice_begin_, StripRight(text_).size());
    Emit(pending_begin_, pending_end_);
  }

 private:
  [[nodiscard]] std::size_t First(char mark) const {
    return std::min(text_.find(mark), text_.size());
  }

  // The next mark from `at` on, text_.size() if there is none. Each kind is searched by itself, as
  // fast as memchr is: two of the three are rare.
  [[nodiscard]] std::size_t FindMark(std::size_t at) {
    std::size_t nearest = text_.size();
    for (auto& [mark, next] : next_marks_) {
      if (next < at) next = std::min(text_.find(mark, at), text_.size());
      nearest = std::min(nearest, next);
    }
    return nearest;
  }

  // The look-ahead of period_context_re(): other punctuation, or white space and a token.
  bool FindNext(Candidate& candidate) const {
    const std::size_t after = candidate.mark + 1;
    if (after == text_.size()) return false;
    if (Is(text_[after], kNonWord)) return true;
    const std::size_t next = SkipSpace(text_, after);
    if (next == after || next == text_.size()) return false;
    candidate.next = next;
    return true;
  }

  // Behind the last ASCII white space before `mark`, but no further back than the previous mark;
  // without white space the previous candidate's word goes on.
  [[nodiscard]] std::size_t WordBefore(std::size_t mark,
                                       const std::optional<Candidate>& previous) const {
    const std::size_t limit = previous ? previous->mark : 0;
    for (std::size_t at = mark; at > limit + 1; --at) {
      const char c = text_[at - 1];
      if (c == ' ' || (c >= '\t' && c <= '\r')) return at;
    }
    return previous ? previous->word : 0;
  }

  void BreakAtIfSentenceEnds(const Candidate& candidate) {
    const std::size_t behind_mark = candidate.mark + 1;
    const bool spaced = candidate.next != kNone;
    const std::size_t end = spaced ? SkipNonSpace(text_, candidate.next) : behind_mark + 1;
    if (!ContainsBreak(text_.substr(candidate.word, end - candidate.word))) return;
    AddSlice(slice_begin_, behind_mark);
    slice_begin_ = spaced ? candidate.next : behind_mark;
  }

  // text_contains_sentbreak(): does a token other than the last one end a sentence?
  bool ContainsBreak(std::string_view context) {
    std::size_t at = 0;
    std::string_view word = NextWord(context, at);
    if (word.empty()) return false;
    Annotate(word, token_);
    while (!(word = NextWord(context, at)).empty()) {
      Annotate(word, next_token_);
      if (EndsSentence(token_, next_token_)) return true;
      std::swap(token_, next_token_);
    }
    return false;
  }

  // _realign_boundaries(): closing quotes and brackets at the beginning of a slice belong to the
  // sentence before, and so does the white space behind them.
  void AddSlice(std::size_t begin, std::size_t end) {
    if (!has_pending_) {
      has_pending_ = true;
      pending_begin_ = begin;
      pending_end_ = end;
      return;
    }
    const std::string_view slice = text_.substr(begin, end - begin);
    std::size_t closers = 0;
    while (closers < slice.size() && Is(slice[closers], kCloser)) ++closers;
    const std::size_t behind = SkipSpace(slice, closers);
    const bool realigned = closers > 0 && (behind > closers || closers == slice.size() ||
                                           slice.substr(closers, 2) == "--");
    if (realigned) {
      sentences_->push_back(text_.substr(pending_begin_, begin + closers - pending_begin_));
    } else {
      Emit(pending_begin_, pending_end_);
    }
    pending_begin_ = realigned ? begin + behind : begin;
    pending_end_ = end;
  }

  void Emit(std::size_t begin, std::size_t end) {
    if (begin < end) sentences_->push_back(text_.substr(begin, end - begin));
  }

  struct NextMark {
    char mark;
    std::size_t next;  // where it stands, from where it was asked for last
  };

  std::string_view text_;
  std::array<NextMark, 3> next_marks_;
  std::vector<std::string_view>* sentences_ = nullptr;
  Token token_;
  Token next_token_;
  std::size_t slice_begin_ = 0;
  // The last slice, held back because the next one may give it its closing quotes.
  bool has_pending_ = false;
  std::size_t pending_begin_ = 0;
  std::size_t pending_end_ = 0;
};

}  // namespace

void AppendSentences(std::string_view text, std::vector<std::string_view>& sentences) {
  SentenceSplitter(text).AppendTo(sentences);
}

}  // namespace assay
