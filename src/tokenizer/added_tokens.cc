#include "tokenizer/added_tokens.h"

#include <algorithm>

#include "base/check.h"
#include "tokenizer/unicode.h"

namespace assay::tok {
namespace {

std::uint8_t ClassesAt(const char* p, const char* end) {
  return CharClasses::Of(UnicodeVersion::kV15)[DecodeUtf8(p, end).code_point];
}

// Where the last character of text begins. REQUIRES: not empty.
std::size_t LastCharacter(std::string_view text) {
  std::size_t at = text.size() - 1;
  for (std::size_t back = 1; back < 4 && at > 0; ++back) {
    if ((static_cast<unsigned char>(text[at]) & 0xC0U) != 0x80) break;
    --at;
  }
  const DecodedChar c = DecodeUtf8(text.data() + at, text.data() + text.size());
  return at + c.size == text.size() ? at : text.size() - 1;
}

std::size_t SpaceAtEnd(std::string_view text) {
  std::size_t begin = text.size();
  while (begin > 0) {
    const std::size_t last = LastCharacter(text.substr(0, begin));
    if ((ClassesAt(text.data() + last, text.data() + begin) & kSpace) == 0) break;
    begin = last;
  }
  return begin;
}

std::size_t SpaceAtStart(std::string_view text) {
  const char* const end = text.data() + text.size();
  const char* p = text.data();
  while (p != end && (ClassesAt(p, end) & kSpace) != 0) p += DecodeUtf8(p, end).size;
  return static_cast<std::size_t>(p - text.data());
}

bool TouchesWord(std::string_view before, std::string_view after) {
  const auto word_at = [](const char* p, const char* end) {
    return IsWordCharacter(DecodeUtf8(p, end).code_point);
  };
  if (!before.empty() &&
      word_at(before.data() + LastCharacter(before), before.data() + before.size())) {
    return true;
  }
  return !after.empty() && word_at(after.data(), after.data() + after.size());
}

// `parts` with `token` taken out of those that are text.
std::vector<Segment> SplitAt(const AddedToken& token, const std::vector<Segment>& parts) {
  std::vector<Segment> next;
  for (const Segment& part : parts) {
    if (part.token) {
      next.push_back(part);
      continue;
    }
    std::string_view rest = part.text;
    for (std::size_t at = rest.find(token.content); at != std::string_view::npos;
         at = rest.find(token.content)) {
      if (at > 0) next.push_back({rest.substr(0, at), std::nullopt});
      next.push_back({{}, token.id});
      rest.remove_prefix(at + token.content.size());
    }
    if (!rest.empty()) next.push_back({rest, std::nullopt});
  }
  return next;
}

}  // namespace

void StringMatcher::Add(std::string_view text, std::size_t value) {
  ASSAY_CHECK(!text.empty());
  begins_[static_cast<unsigned char>(text[0])] = true;
  std::uint32_t node = 0;
  for (const char c : text) {
    auto& children = nodes_[node].children;
    const auto child = std::find_if(children.begin(), children.end(),
                                    [c](const auto& entry) { return entry.first == c; });
    if (child != children.end()) {
      node = child->second;
    } else {
      const auto added = static_cast<std::uint32_t>(nodes_.size());
      children.emplace_back(c, added);
      nodes_.emplace_back();
      node = added;
    }
  }
  if (!nodes_[node].value) nodes_[node].value = value;
}

std::optional<StringMatcher::Match> StringMatcher::Find(std::string_view text,
                                                        std::size_t from) const {
  if (nodes_.size() == 1) return std::nullopt;
  for (std::size_t begin = from; begin < text.size(); ++begin) {
    if (!begins_[static_cast<unsigned char>(text[begin])]) continue;
    std::optional<Match> longest;
    std::uint32_t node = 0;
    for (std::size_t i = begin; i < text.size(); ++i) {
      const auto& children = nodes_[node].children;
      const auto child =
          std::find_if(children.begin(), children.end(),
                       [c = text[i]](const auto& entry) { return entry.first == c; });
      if (child == children.end()) break;
      node = child->second;
      if (nodes_[node].value) longest = Match{begin, i + 1 - begin, *nodes_[node].value};
    }
    if (longest) return longest;
  }
  return std::nullopt;
}

AddedTokens::AddedTokens(std::vector<AddedToken> tokens,
                         const std::vector<std::string>& matched_contents)
    : tokens_(std::move(tokens)) {
  ASSAY_CHECK(tokens_.size() == matched_contents.size());
  // Among equal strings the special token wins.
  for (const bool special : {true, false}) {
    for (std::size_t i = 0; i < tokens_.size(); ++i) {
      if (tokens_[i].special != special || matched_contents[i].empty()) continue;
      (tokens_[i].normalized ? normalized_ : raw_).Add(matched_contents[i], i);
    }
  }
}

void AddedTokens::Split(std::string_view text, Pass pass, bool keep_special_as_text,
                        std::vector<Segment>* segments) const {
  const StringMatcher& matcher = pass == Pass::kRaw ? raw_ : normalized_;
  std::size_t done = 0;
  std::size_t from = 0;
  while (const auto match = matcher.Find(text, from)) {
    std::size_t begin = match->begin;
    std::size_t end = begin + match->size;
    from = end;
    const AddedToken& token = tokens_[match->value];
    if (keep_special_as_text && token.special) continue;
    if (token.single_word && TouchesWord(text.substr(0, begin), text.substr(end))) continue;
    // An earlier token may already have taken the white space before this one.
    if (token.lstrip) begin = std::max(SpaceAtEnd(text.substr(0, begin)), done);
    if (token.rstrip) end += SpaceAtStart(text.substr(end));
    if (begin > done) segments->push_back({text.substr(done, begin - done), std::nullopt});
    // A token of white space of which an earlier one has taken all is none.
    if (begin < end) segments->push_back({{}, token.id});
    done = end;
  }
  if (done < text.size()) segments->push_back({text.substr(done), std::nullopt});
}

PartitionTokens::PartitionTokens(std::vector<AddedToken> tokens) : tokens_(std::move(tokens)) {
  // The original sorts this sequence with std::sort too, so that equally long texts, which its
  // order leaves open, come out alike.
  std::sort(tokens_.begin(), tokens_.end(), [](const AddedToken& a, const AddedToken& b) {
    return a.content.size() > b.content.size();
  });
  for (std::size_t i = 0; i < tokens_.size(); ++i) any_.Add(tokens_[i].content, i);
}

void PartitionTokens::Split(std::string_view text, bool keep_special_as_text,
                            std::vector<Segment>* segments) const {
  if (text.empty()) return;
  std::vector<Segment> parts = {{text, std::nullopt}};
  if (any_.Find(text, 0)) {
    for (const AddedToken& token : tokens_) {
      if (keep_special_as_text && token.special) continue;
      if (text.find(token.content) != std::string_view::npos) parts = SplitAt(token, parts);
    }
  }
  segments->insert(segments->end(), parts.begin(), parts.end());
}

}  // namespace assay::tok
