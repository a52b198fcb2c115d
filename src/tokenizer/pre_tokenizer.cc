#include "tokenizer/pre_tokenizer.h"

#include <algorithm>
#include <cstddef>
#include <utility>

namespace assay::tok {
namespace {

using Pieces = std::vector<std::string_view>;

// A stretch of a text, and whether the pattern matched it.
struct Stretch {
  std::string_view text;
  bool match;
};

void FindNumbers(std::string_view text, UnicodeVersion unicode, Pieces* matches) {
  const CharClasses& classes = CharClasses::Of(unicode);
  const char* const end = text.data() + text.size();
  for (const char* p = text.data(); p != end;) {
    const DecodedChar c = DecodeUtf8(p, end);
    if ((classes[c.code_point] & kNumber) != 0) matches->emplace_back(p, c.size);
    p += c.size;
  }
}

void FindLiteral(std::string_view text, std::string_view literal, Pieces* matches) {
  for (std::size_t at = text.find(literal); at != std::string_view::npos;
       at = text.find(literal, at + literal.size())) {
    matches->push_back(text.substr(at, literal.size()));
  }
}

void FindMatches(const SplitStep& step, std::string_view text, Pieces* matches) {
  if (const auto* scan = std::get_if<ScanStep>(&step.what)) {
    Scan(scan->pattern, CharClasses::Of(step.unicode), scan->folding, text, matches);
  } else if (std::holds_alternative<NumberStep>(step.what)) {
    FindNumbers(text, step.unicode, matches);
  } else if (const auto* literal = std::get_if<LiteralStep>(&step.what)) {
    FindLiteral(text, literal->text, matches);
  } else if (const auto* regex = std::get_if<RegexStep>(&step.what)) {
    regex->regex.FindMatches(text, matches);
  }
}

// The matches and what lies between them: all of `text`, in order.
std::vector<Stretch> Stretches(std::string_view text, const Pieces& matches, bool invert) {
  std::vector<Stretch> out;
  const char* at = text.data();
  const char* const end = at + text.size();
  const auto gap_up_to = [&](const char* to) {
    if (to != at) out.push_back({{at, static_cast<std::size_t>(to - at)}, invert});
  };
  for (const std::string_view match : matches) {
    gap_up_to(match.data());
    out.push_back({match, !invert});
    at = match.data() + match.size();
  }
  gap_up_to(end);
  return out;
}

// Neighbours in a text become one.
std::string_view Join(std::string_view left, std::string_view right) {
  return {left.data(), left.size() + right.size()};
}

void Apply(SplitBehavior behavior, const std::vector<Stretch>& stretches, Pieces* out) {
  const std::size_t first = out->size();
  bool previous = false;
  for (const Stretch& s : stretches) {
    const bool follows = out->size() > first;
    const bool joins =
        follows && ((behavior == SplitBehavior::kContiguous && s.match == previous) ||
                    (behavior == SplitBehavior::kMergedWithPrevious && s.match && !previous));
    if (joins) {
      out->back() = Join(out->back(), s.text);
    } else if (behavior != SplitBehavior::kRemoved || !s.match) {
      out->push_back(s.text);
    }
    previous = s.match;
  }
}

// A match goes to what follows it. Seen from the end, as the original does it.
void ApplyMergedWithNext(const std::vector<Stretch>& stretches, Pieces* out) {
  const auto first = static_cast<std::ptrdiff_t>(out->size());
  bool next = false;
  for (auto s = stretches.rbegin(); s != stretches.rend(); ++s) {
    if (s->match && !next && std::ssize(*out) > first) {
      out->back() = Join(s->text, out->back());
    } else {
      out->push_back(s->text);
    }
    next = s->match;
  }
  std::reverse(out->begin() + first, out->end());
}

void SplitPiece(const SplitStep& step, std::string_view piece, Pieces* out) {
  if (step.behavior == SplitBehavior::kIsolated && std::holds_alternative<ScanStep>(step.what)) {
    FindMatches(step, piece, out);
    return;
  }
  Pieces matches;
  FindMatches(step, piece, &matches);
  const std::vector<Stretch> stretches = Stretches(piece, matches, step.invert);
  if (step.behavior == SplitBehavior::kMergedWithNext) {
    ApplyMergedWithNext(stretches, out);
  } else {
    Apply(step.behavior, stretches, out);
  }
}

}  // namespace

void PreTokenizer::Split(std::string_view text, Words* words) const {
  words->pieces.clear();
  words->storage.clear();
  if (text.empty()) return;
  words->pieces.push_back(text);
  for (const SplitStep& step : steps_) {
    if (std::holds_alternative<PrefixSpaceStep>(step.what)) {
      for (std::string_view& piece : words->pieces) {
        if (piece[0] != ' ') piece = words->storage.emplace_back(" " + std::string(piece));
      }
      continue;
    }
    const Pieces pieces = std::exchange(words->pieces, {});
    for (const std::string_view piece : pieces) SplitPiece(step, piece, &words->pieces);
  }
}

}  // namespace assay::tok
