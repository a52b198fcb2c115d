#include "tokenizer/hf_model.h"

#include <atomic>
#include <cstdint>
#include <future>
#include <memory>
#include <optional>
#include <thread>
#include <vector>

#include "base/format.h"
#include "tokenizer/byte_level.h"

namespace assay::tok {
namespace {

Error Twice(std::string_view path, std::string_view text) {
  return MakeError(ErrorCode::kParse, "{}: the token \"{}\" stands there twice", path, text);
}

}  // namespace

Status HfModelReader::Read() {
  ASSAY_RETURN_IF_ERROR(CheckKind());
  {
    const std::future<void> room = ReserveMerges();
    ASSAY_RETURN_IF_ERROR(ReadVocabulary());
  }
  ASSAY_RETURN_IF_ERROR(ReadMerges());
  ASSAY_ASSIGN_OR_RETURN(settings_.ignore_merges, model_.Flag("ignore_merges", false));
  ASSAY_RETURN_IF_ERROR(ReadUnknown());
  parts_->bpe =
      std::make_unique<Bpe>(&vocabulary_.bytes, &vocabulary_.words, std::move(merges_), settings_);
  return Ok{};
}

TokenId HfModelReader::Find(std::string_view text) {
  spelled_.clear();
  if (AppendSpelledBytes(text, &spelled_)) return vocabulary_.words.Find(spelled_);
  const auto found = unspelled_.find(std::string(text));
  return found == unspelled_.end() ? -1 : found->second;
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
  ASSAY_ASSIGN_OR_RETURN(const simdjson::dom::object vocab, node.Object());
  vocabulary_.bytes.Reserve(vocab.size(), vocab.size() * 8);
  vocabulary_.words.Reserve(vocab.size());
  constexpr std::size_t kTogether = 64;
  std::vector<NewWord> words;
  for (const auto [text, value] : vocab) {
    std::uint64_t number = 0;
    if (value.get(number) != simdjson::SUCCESS || number >= kMaxVocabulary) {
      return MakeError(ErrorCode::kParse, "{}: the id of token \"{}\" must be an integer below {}",
                       node.path(), text, kMaxVocabulary);
    }
    const auto id = static_cast<TokenId>(number);
    spelled_.clear();
    const bool word = AppendSpelledBytes(text, &spelled_) && !spelled_.empty();
    if (!vocabulary_.bytes.Add(id, word ? std::string_view(spelled_) : text)) {
      return MakeError(ErrorCode::kParse, "{}: two tokens have the id {}, one of them \"{}\"",
                       node.path(), id, text);
    }
    ++size_;
    if (!word) {
      if (!unspelled_.emplace(text, id).second) return Twice(node.path(), text);
      continue;
    }
    words.push_back({id, text, WordTable::KeyOf(spelled_)});
    vocabulary_.words.Prefetch(words.back().key);
    if (words.size() < kTogether) continue;
    ASSAY_RETURN_IF_ERROR(AddWords(words, node.path()));
    words.clear();
  }
  return AddWords(words, node.path());
}

Status HfModelReader::AddWords(std::span<const NewWord> words, std::string_view path) {
  for (const NewWord& word : words) {
    if (vocabulary_.words.Insert(word.id, word.key)) return Twice(path, word.text);
  }
  return Ok{};
}

// The memory of the merges is cleared while the vocabulary is read.
std::future<void> HfModelReader::ReserveMerges() {
  simdjson::dom::array merges;
  const auto node = model_.Find("merges");
  const bool readable = node && node->element().get(merges) == simdjson::SUCCESS;
  const std::size_t count = readable ? merges.size() : 0;
  return std::async(std::launch::async, [this, count] { merges_.Reserve(count); });
}

// Looking up the merges is most of the work of reading a file: two threads do it, a part at a time.
// This one also inserts them, in their order, as soon as the next part has been looked up.
Status HfModelReader::ReadMerges() {
  struct Lookup {
    std::atomic<bool> done = false;
    Result<std::vector<MergeIds>> ids = std::vector<MergeIds>();
  };
  ASSAY_ASSIGN_OR_RETURN(const JsonNode node, model_.Get("merges"));
  ASSAY_ASSIGN_OR_RETURN(const simdjson::dom::array merges, node.Array());
  const std::vector<MergePart> parts = PartsOf(merges);
  std::vector<Lookup> lookups(parts.size());
  std::atomic<std::size_t> next{0};
  const auto look_up = [&](MergeReader* reader) {
    const std::size_t i = next.fetch_add(1);
    if (i >= parts.size()) return false;
    lookups[i].ids = reader->Read(parts[i]);
    lookups[i].done.store(true, std::memory_order_release);
    lookups[i].done.notify_one();
    return true;
  };
  MergeReader reader(vocabulary_, unspelled_, node.path());
  const std::jthread other([&, their_reader = reader]() mutable {
    while (look_up(&their_reader)) {
    }
  });
  for (Lookup& lookup : lookups) {
    while (!lookup.done.load(std::memory_order_acquire)) {
      if (!look_up(&reader)) lookup.done.wait(false);
    }
    if (!lookup.ids) {
      next = parts.size();
      return lookup.ids.error();
    }
    InsertMerges(*lookup.ids);
    lookup.ids = std::vector<MergeIds>();
  }
  return Ok{};
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
