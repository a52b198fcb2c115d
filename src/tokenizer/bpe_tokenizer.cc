#include "tokenizer/bpe_tokenizer.h"

#include <algorithm>
#include <utility>

#include "base/check.h"
#include "base/format.h"
#include "tokenizer/decode.h"
#include "tokenizer/nfc.h"

namespace assay::tok {

BpeTokenizer::BpeTokenizer(TokenizerParts parts)
    : parts_(std::move(parts)), is_special_(parts_.vocabulary->bytes.size()) {
  ASSAY_CHECK(parts_.bpe != nullptr && parts_.pre_tokenizer.has_value());
  for (const TokenId id : parts_.special) is_special_[static_cast<std::size_t>(id)] = true;
  std::vector<TokenId>& ends = parts_.end_tokens;
  std::sort(ends.begin(), ends.end());
  ends.erase(std::unique(ends.begin(), ends.end()), ends.end());
}

std::vector<Segment> BpeTokenizer::Cut(std::string_view text, bool keep_special_as_text,
                                       std::deque<std::string>* normalized) const {
  std::vector<Segment> segments;
  if (const auto* partition = std::get_if<PartitionTokens>(&parts_.added)) {
    partition->Split(text, keep_special_as_text, &segments);
    return segments;
  }
  const auto& added = std::get<AddedTokens>(parts_.added);
  std::vector<Segment> raw;
  added.Split(text, AddedTokens::Pass::kRaw, keep_special_as_text, &raw);
  for (const Segment& segment : raw) {
    if (segment.token) {
      segments.push_back(segment);
      continue;
    }
    std::string_view part = segment.text;
    if (parts_.normalize) {
      if (auto changed = ToNfc(part)) part = normalized->emplace_back(*std::move(changed));
    }
    added.Split(part, AddedTokens::Pass::kNormalized, keep_special_as_text, &segments);
  }
  return segments;
}

std::vector<TokenId> BpeTokenizer::Encode(std::string_view text,
                                          const EncodeOptions& options) const {
  std::vector<TokenId> ids;
  ids.reserve(text.size() / 3 + 8);
  if (options.add_special_tokens) ids = parts_.prefix;
  Words words;
  std::deque<std::string> normalized;
  for (const Segment& segment : Cut(text, !options.parse_special_tokens, &normalized)) {
    if (segment.token) {
      ids.push_back(*segment.token);
      continue;
    }
    parts_.pre_tokenizer->Split(segment.text, &words);
    for (const std::string_view word : words.pieces) parts_.bpe->Encode(word, &ids);
  }
  if (options.add_special_tokens) {
    ids.insert(ids.end(), parts_.suffix.begin(), parts_.suffix.end());
  }
  return ids;
}

Result<std::string> BpeTokenizer::Decode(std::span<const TokenId> ids,
                                         const DecodeOptions& options) const {
  std::string bytes;
  for (std::size_t i = 0; i < ids.size(); ++i) {
    if (!parts_.vocabulary->bytes.Has(ids[i])) {
      return MakeError(ErrorCode::kInvalidArgument,
                       "token id {} at position {} is not in the vocabulary of {} ids", ids[i], i,
                       VocabularySize());
    }
    if (!options.skip_special_tokens || !IsSpecial(ids[i])) bytes += TokenBytes(ids[i]);
  }
  std::string text;
  Utf8Repair repair;
  repair.Feed(bytes, &text);
  repair.Finish(&text);
  if (!options.clean_up_spaces.value_or(parts_.identity.clean_up_spaces)) return text;
  std::string clean;
  SpaceCleaner cleaner;
  cleaner.Feed(text, &clean);
  cleaner.Finish(&clean);
  return clean;
}

std::string_view BpeTokenizer::TokenBytes(TokenId id) const {
  return parts_.vocabulary->bytes[id];
}

std::size_t BpeTokenizer::VocabularySize() const {
  return parts_.vocabulary->bytes.size();
}

bool BpeTokenizer::IsSpecial(TokenId id) const {
  return id >= 0 && static_cast<std::size_t>(id) < is_special_.size() &&
         is_special_[static_cast<std::size_t>(id)];
}

std::optional<TokenId> BpeTokenizer::Bos() const {
  return parts_.prefix.empty() ? std::nullopt : std::optional(parts_.prefix.front());
}

std::span<const TokenId> BpeTokenizer::EndTokens() const {
  return parts_.end_tokens;
}

const Tokenizer::Identity& BpeTokenizer::identity() const {
  return parts_.identity;
}

}  // namespace assay::tok
