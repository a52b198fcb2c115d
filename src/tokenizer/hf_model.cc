#include "tokenizer/hf_model.h"

#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

#include "base/format.h"
#include "tokenizer/byte_level.h"
#include "tokenizer/merge_lookups.h"

namespace assay::tok {
namespace {

Error Twice(std::string_view path, std::string_view text) {
  return MakeError(ErrorCode::kParse, "{}: the token \"{}\" stands there twice", path, text);
}

}  // namespace

Status HfModelReader::Read() {
  auto finding = helper_.Start([this] { return FindMerges(); });
  Status words = ReadVocabulary();
  Status merges = finding.get();
  ASSAY_RETURN_IF_ERROR(std::move(words));
  ASSAY_RETURN_IF_ERROR(std::move(merges));
  ASSAY_RETURN_IF_ERROR(ReadMerges());
  ASSAY_ASSIGN_OR_RETURN(settings_.ignore_merges, model_.Flag("ignore_merges", false));
  ASSAY_RETURN_IF_ERROR(ReadUnknown());
  parts_->bpe =
      std::make_unique<Bpe>(&vocabulary_.bytes, &vocabulary_.words, std::move(merges_), settings_);
  return Ok{};
}

Status HfModelReader::CheckKind() const {
  if (const auto type_node = model_.Find("type")) {
    ASSAY_ASSIGN_OR_RETURN(const std::string_view type, type_node->String());
    if (type != "BPE") return type_node->Unsupported(fmt::format("the model \"{}\"", type));
  } else if (!model_.Find("merges")) {
    return model_.Unsupported("a model without type and merges");
  }
  for (const std::string_view affix : {"continuing_subword_prefix", "end_of_word_suffix"}) {
    const auto node = model_.Find(affix);
    if (!node) continue;
    ASSAY_ASSIGN_OR_RETURN(const std::string_view text, node->String());
    if (!text.empty()) return node->Unsupported(fmt::format("\"{}\"", text));
  }
  if (const auto dropout = model_.Find("dropout")) {
    double p = 0.0;
    if (dropout->element().get(p) != simdjson::SUCCESS) return dropout->Expected("a number");
    if (p != 0.0) return dropout->Unsupported("random merging");
  }
  return Ok{};
}

Status HfModelReader::ReadVocabulary() {
  ASSAY_ASSIGN_OR_RETURN(const JsonNode node, model_.Get("vocab"));
  ASSAY_ASSIGN_OR_RETURN(const simdjson::dom::object left, node.Object());
  if (left.size() > 0) return node.Unsupported("a name that is written with escapes");
  constexpr std::size_t kMeanBytes = 8;
  constexpr std::size_t kMostAdded = 1024;  // tokens beside the model's, in most files
  const std::size_t words = document_.WordCount();
  vocabulary_.bytes.Reserve(words + kMostAdded, words * kMeanBytes);
  vocabulary_.words.Reserve(words);
  ASSAY_RETURN_IF_ERROR(
      document_.ForEachWord([&](std::string_view text, std::optional<std::uint64_t> id) {
        return AddToken(text, id, node.path());
      }));
  return InsertWords(node.path());
}

Status HfModelReader::AddToken(std::string_view text, std::optional<std::uint64_t> number,
                               std::string_view path) {
  if (!number || *number >= kMaxVocabulary) {
    return MakeError(ErrorCode::kParse, "{}: the id of token \"{}\" must be an integer below {}",
                     path, text, kMaxVocabulary);
  }
  const auto id = static_cast<TokenId>(*number);
  const std::size_t room = text.size() + kSpellingRoom;
  if (spelled_.size() < room) spelled_.resize(room);
  const char* const end = SpellBytes(text, spelled_.data());
  const bool word = end != nullptr && end != spelled_.data();
  const std::string_view spelled(spelled_.data(), word ? end : spelled_.data());
  if (!vocabulary_.bytes.Add(id, word ? spelled : text)) {
    return MakeError(ErrorCode::kParse, "{}: two tokens have the id {}, one of them \"{}\"", path,
                     id, text);
  }
  ++size_;
  if (!word) return unspelled_.emplace(text, id).second ? Status(Ok{}) : Twice(path, text);
  // Inserted together, their accesses to memory overlap.
  constexpr std::size_t kTogether = 64;
  new_words_.push_back({id, WordTable::KeyOfReadable(spelled)});
  vocabulary_.words.Prefetch(new_words_.back().key);
  return new_words_.size() < kTogether ? Status(Ok{}) : InsertWords(path);
}

Status HfModelReader::InsertWords(std::string_view path) {
  for (const NewWord& word : new_words_) {
    if (vocabulary_.words.Insert(word.id, word.key)) {
      return Twice(path, vocabulary_.bytes[word.id]);
    }
  }
  new_words_.clear();
  return Ok{};
}

// What can be done for the merges while the vocabulary is read.
Status HfModelReader::FindMerges() {
  ASSAY_RETURN_IF_ERROR(document_.FindMerges());
  merges_.Reserve(document_.MergeCount());
  return Ok{};
}

// Looking up the merges is most of the work of reading a file: another thread helps. This one
// inserts them, in their order, as soon as they have been looked up.
Status HfModelReader::ReadMerges() {
  ASSAY_ASSIGN_OR_RETURN(const JsonNode node, model_.Get("merges"));
  ASSAY_ASSIGN_OR_RETURN(const simdjson::dom::array left, node.Array());
  if (left.size() > 0) return node.Unsupported("a name that is written with escapes");
  MergeLookups lookups(MergeReader(document_, vocabulary_, unspelled_, node.path()),
                       document_.MergeCount(), &helper_);
  while (true) {
    ASSAY_ASSIGN_OR_RETURN(const std::span<const MergeIds> ids, lookups.Next());
    if (ids.empty()) return Ok{};
    InsertMerges(ids);
  }
}

// Of two merges of a pair the later one counts in the Hugging Face tokenizers.
void HfModelReader::InsertMerges(std::span<const MergeIds> ids) {
  constexpr std::size_t kAhead = 32;
  for (std::size_t i = 0; i < ids.size(); ++i) {
    if (i + kAhead < ids.size()) merges_.Prefetch(ids[i + kAhead].left, ids[i + kAhead].right);
    merges_.Insert(ids[i].left, ids[i].right, {rank_++, ids[i].merged}, /*replace=*/true);
  }
}

// What becomes of bytes that are not in the vocabulary, if there are any.
Status HfModelReader::ReadUnknown() {
  bool complete = true;
  for (int byte = 0; byte < 256; ++byte) {
    const auto c = static_cast<char>(byte);
    complete = complete && vocabulary_.words.Find({&c, 1}) >= 0;
  }
  if (complete) return Ok{};
  ASSAY_ASSIGN_OR_RETURN(const bool byte_fallback, model_.Flag("byte_fallback", false));
  if (byte_fallback) {
    return model_.Unsupported("byte_fallback with a vocabulary that lacks some bytes");
  }
  const auto unknown = model_.Find("unk_token");
  if (!unknown) return Ok{};
  ASSAY_ASSIGN_OR_RETURN(const std::string_view text, unknown->String());
  settings_.missing.policy = MissingByte::Policy::kUnknown;
  settings_.missing.unknown = Find(text);
  if (settings_.missing.unknown < 0) return unknown->Expected("a token of the vocabulary");
  ASSAY_ASSIGN_OR_RETURN(settings_.missing.fuse, model_.Flag("fuse_unk", false));
  return Ok{};
}

}  // namespace assay::tok
