#include "tokenizer/merge_reader.h"

#include <utility>

#include "base/format.h"
#include "tokenizer/byte_level.h"
#include "tokenizer/load_bytes.h"

namespace assay::tok {

TokenId FindToken(const Vocabulary& vocabulary, const UnspelledTokens& unspelled,
                  std::string_view text) {
  std::string spelled;
  if (AppendSpelledBytes(text, &spelled)) return vocabulary.words.Find(spelled);
  const auto found = unspelled.find(std::string(text));
  return found == unspelled.end() ? -1 : found->second;
}

Result<std::size_t> MergeReader::Read(std::size_t first, std::span<MergeIds> ids) {
  std::size_t waiting = 0;
  std::size_t done = 0;
  for (std::size_t i = 0; i < ids.size(); ++i) {
    Pending& merge = pending_[waiting];
    merge.index = first + i;
    ASSAY_RETURN_IF_ERROR(ReadTexts(&merge));
    if (merge.is_line && merge.left.starts_with("#version")) continue;
    if (++waiting < pending_.size()) continue;
    ASSAY_RETURN_IF_ERROR(Resolve(pending_, ids.subspan(done, waiting)));
    done += waiting;
    waiting = 0;
  }
  ASSAY_RETURN_IF_ERROR(Resolve(std::span(pending_).first(waiting), ids.subspan(done, waiting)));
  return done + waiting;
}

Status MergeReader::ReadTexts(Pending* merge) const {
  const MergeAt at = document_.Merge(merge->index);
  ASSAY_ASSIGN_OR_RETURN(merge->left, document_.TextAt(at.left, &merge->left_room));
  merge->is_line = at.right == 0;
  if (!merge->is_line) {
    ASSAY_ASSIGN_OR_RETURN(merge->right, document_.TextAt(at.right, &merge->right_room));
    return Ok{};
  }
  const std::string_view line = merge->left;
  const std::size_t space = line.find(' ');
  merge->left = line.substr(0, space);
  merge->right = space == std::string_view::npos ? "" : line.substr(space + 1);
  return Ok{};
}

Status MergeReader::Resolve(std::span<Pending> merges, std::span<MergeIds> ids) {
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
  for (std::size_t i = 0; i < merges.size(); ++i) {
    const Pending& merge = merges[i];
    if (merge.is_line && !HasTwoTokens(merge)) {
      return Bad(merge.index, "expected two tokens with one space between them");
    }
    const MergeIds found = merge.is_spelled ? FindSpelled(merge) : FindUnspelled(merge);
    if (found.left < 0 || found.right < 0 || found.merged < 0) {
      const std::string both = std::string(merge.left).append(merge.right);
      const std::string_view missing = found.left < 0    ? merge.left
                                       : found.right < 0 ? merge.right
                                                         : std::string_view(both);
      return Bad(merge.index, fmt::format("\"{}\" is not in the vocabulary", missing));
    }
    ids[i] = found;
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
  merge->left_key = WordTable::KeyOfReadable(merge->spelled.substr(0, merge->left_size));
  merge->right_key = WordTable::KeyOfReadable(merge->spelled.substr(merge->left_size));
  return end;
}

// What is spelled has no space.
bool MergeReader::HasTwoTokens(const Pending& merge) {
  return !merge.right.empty() &&
         (merge.is_spelled || merge.right.find(' ') == std::string_view::npos);
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
      if (AreEqual(vocabulary_.bytes[guess], joined)) return guess;
    }
  }
  return vocabulary_.words.Find(joined);
}

MergeIds MergeReader::FindUnspelled(const Pending& merge) const {
  const std::string joined = std::string(merge.left).append(merge.right);
  const auto find = [this](std::string_view text) {
    return FindToken(vocabulary_, unspelled_, text);
  };
  return {find(merge.left), find(merge.right), find(joined)};
}

Error MergeReader::Bad(std::size_t index, std::string_view what) const {
  return MakeError(ErrorCode::kParse, "{}[{}]: {}", path_, index, what);
}

}  // namespace assay::tok
