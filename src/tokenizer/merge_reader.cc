#include "tokenizer/merge_reader.h"

#include <array>
#include <utility>

#include "base/format.h"
#include "tokenizer/byte_level.h"

namespace assay::tok {

std::vector<MergePart> PartsOf(simdjson::dom::array merges) {
  constexpr std::size_t kPart = 4096;
  std::vector<MergePart> parts;
  std::size_t index = 0;
  for (auto merge = merges.begin(); merge != merges.end(); ++merge, ++index) {
    if (index % kPart == 0) parts.push_back({.begin = merge, .index = index});
    ++parts.back().count;
  }
  return parts;
}

Result<std::vector<MergeIds>> MergeReader::Read(const MergePart& part) {
  constexpr std::size_t kTogether = 64;
  std::vector<MergeIds> ids;
  ids.reserve(part.count);
  std::array<Pending, kTogether> pending;
  std::size_t count = 0;
  auto element = part.begin;
  for (std::size_t i = 0; i < part.count; ++i, ++element) {
    Pending& merge = pending[count];
    merge = {.index = part.index + i};
    ASSAY_RETURN_IF_ERROR(ReadTexts(*element, &merge));
    if (merge.left.starts_with("#version")) continue;
    if (++count < kTogether) continue;
    ASSAY_RETURN_IF_ERROR(Resolve(pending, &ids));
    count = 0;
  }
  ASSAY_RETURN_IF_ERROR(Resolve(std::span(pending).first(count), &ids));
  return ids;
}

Status MergeReader::ReadTexts(simdjson::dom::element element, Pending* merge) const {
  std::string_view line;
  simdjson::dom::array pair;
  if (element.get(line) == simdjson::SUCCESS) {
    const std::size_t space = line.find(' ');
    merge->left = line.substr(0, space);
    merge->right = space == std::string_view::npos ? "" : line.substr(space + 1);
    if (merge->right.empty() || merge->right.find(' ') != std::string_view::npos) {
      return Bad(merge->index, "expected two tokens with one space between them");
    }
  } else if (element.get(pair) != simdjson::SUCCESS || pair.size() != 2 ||
             pair.at(0).get(merge->left) != simdjson::SUCCESS ||
             pair.at(1).get(merge->right) != simdjson::SUCCESS) {
    return Bad(merge->index, "expected a string or an array of two strings");
  }
  return Ok{};
}

Status MergeReader::Resolve(std::span<Pending> merges, std::vector<MergeIds>* ids) {
  std::size_t room = 0;
  for (const Pending& merge : merges) {
    room += merge.left.size() + merge.right.size() + kSpellingRoom;
  }
  if (spelled_.size() < room) spelled_.resize(room);
  char* to = spelled_.data();
  for (Pending& merge : merges) {
    to = Spell(&merge, to);
    if (!merge.is_spelled) continue;
    vocabulary_.words.Prefetch(merge.left_key);
    vocabulary_.words.Prefetch(merge.right_key);
  }
  for (const Pending& merge : merges) {
    const MergeIds found = merge.is_spelled ? FindSpelled(merge) : FindUnspelled(merge);
    if (found.left < 0 || found.right < 0 || found.merged < 0) {
      const std::string both = std::string(merge.left).append(merge.right);
      const std::string_view missing = found.left < 0    ? merge.left
                                       : found.right < 0 ? merge.right
                                                         : std::string_view(both);
      return Bad(merge.index, fmt::format("\"{}\" is not in the vocabulary", missing));
    }
    ids->push_back(found);
  }
  return Ok{};
}

char* MergeReader::Spell(Pending* merge, char* to) {
  char* const middle = SpellBytes(merge->left, to);
  char* const end = middle == nullptr ? nullptr : SpellBytes(merge->right, middle);
  merge->is_spelled = end != nullptr;
  if (!merge->is_spelled) return to;
  merge->spelled = {to, static_cast<std::size_t>(end - to)};
  merge->left_size = static_cast<std::size_t>(middle - to);
  merge->left_key = WordTable::KeyOf(merge->spelled.substr(0, merge->left_size));
  merge->right_key = WordTable::KeyOf(merge->spelled.substr(merge->left_size));
  return end;
}

MergeIds MergeReader::FindSpelled(const Pending& merge) {
  const WordTable& words = vocabulary_.words;
  last_merged_ = FindJoined(merge.spelled);
  return {words.Find(merge.spelled.substr(0, merge.left_size), merge.left_key),
          words.Find(merge.spelled.substr(merge.left_size), merge.right_key), last_merged_};
}

// Merges stand in the order of the tokens that they make: it is mostly the one of the merge before
// or the next. A token outside the byte alphabet could have the same bytes.
TokenId MergeReader::FindJoined(std::string_view joined) const {
  if (last_merged_ >= 0 && unspelled_.empty()) {
    for (const TokenId guess : {last_merged_, last_merged_ + 1}) {
      if (vocabulary_.bytes[guess] == joined) return guess;
    }
  }
  return vocabulary_.words.Find(joined);
}

MergeIds MergeReader::FindUnspelled(const Pending& merge) const {
  const std::string joined = std::string(merge.left).append(merge.right);
  return {FindText(merge.left), FindText(merge.right), FindText(joined)};
}

TokenId MergeReader::FindText(std::string_view text) const {
  std::string spelled;
  if (AppendSpelledBytes(text, &spelled)) return vocabulary_.words.Find(spelled);
  const auto found = unspelled_.find(std::string(text));
  return found == unspelled_.end() ? -1 : found->second;
}

Error MergeReader::Bad(std::size_t index, std::string_view what) const {
  return MakeError(ErrorCode::kParse, "{}[{}]: {}", path_, index, what);
}

}  // namespace assay::tok
