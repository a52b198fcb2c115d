#include "tokenizer/hf_added_tokens.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "base/format.h"
#include "tokenizer/byte_level.h"
#include "tokenizer/nfc.h"

namespace assay::tok {
namespace {

// The added vocabulary of the Hugging Face tokenizers as it grows.
class AddedTokenList {
 public:
  // `where` names the file in errors.
  AddedTokenList(HfModelReader* model, TokenizerParts* parts, std::string_view where)
      : model_(*model), parts_(*parts), where_(where) {}

  // A token of the file. Its id must be the one that it gets, whatever the file says.
  Status Read(const JsonNode& item) {
    AddedToken token;
    ASSAY_ASSIGN_OR_RETURN(const JsonNode content_node, item.Get("content"));
    ASSAY_ASSIGN_OR_RETURN(const std::string_view content, content_node.String());
    ASSAY_ASSIGN_OR_RETURN(const JsonNode id_node, item.Get("id"));
    ASSAY_ASSIGN_OR_RETURN(const std::uint64_t id, id_node.Uint());
    token.content = content;
    ASSAY_ASSIGN_OR_RETURN(token.special, item.Flag("special"));
    ASSAY_ASSIGN_OR_RETURN(token.single_word, item.Flag("single_word"));
    ASSAY_ASSIGN_OR_RETURN(token.lstrip, item.Flag("lstrip"));
    ASSAY_ASSIGN_OR_RETURN(token.rstrip, item.Flag("rstrip"));
    ASSAY_ASSIGN_OR_RETURN(token.normalized, item.Flag("normalized"));
    if (content.empty()) return content_node.Expected("a text that is not empty");
    if (Find(content) != nullptr) return content_node.Expected("no token that stood there before");
    ASSAY_ASSIGN_OR_RETURN(const TokenId given, Add(std::move(token)));
    if (id != static_cast<std::uint64_t>(given)) {
      return id_node.Expected(fmt::format("{}, the id that this token gets", given));
    }
    return Ok{};
  }

  // A token of tokenizer_config.json: a new one, or other flags for one that is there.
  Status Override(const AddedToken& token) {
    AddedToken* const known = Find(token.content);
    const auto refuse = [&](std::string_view what) {
      return MakeError(ErrorCode::kUnsupported,
                       "tokenizer_config.json: added_tokens_decoder: \"{}\" {}", token.content,
                       what);
    };
    if (token.content.empty()) return refuse("is empty");
    if (known == nullptr) {
      ASSAY_ASSIGN_OR_RETURN(const TokenId given, Add(token));
      if (given != token.id) {
        return refuse(fmt::format("has the id {}, but it gets {}", token.id, given));
      }
      return Ok{};
    }
    if (token.id >= 0 && known->id != token.id) {
      return refuse(fmt::format("has the id {}, but the tokenizer has {}", token.id, known->id));
    }
    if (known->normalized != token.normalized) {
      return refuse("is normalized there and not in the tokenizer, or the other way round");
    }
    known->special = known->special || token.special;
    known->single_word = token.single_word;
    known->lstrip = token.lstrip;
    known->rstrip = token.rstrip;
    return Ok{};
  }

  // A token of added_tokens.json: counts where the tokenizer does not list it.
  Status AddOlder(const AddedToken& token) {
    if (Find(token.content) != nullptr) return Ok{};
    ASSAY_ASSIGN_OR_RETURN(const TokenId given, Add(token));
    if (given == token.id) return Ok{};
    return MakeError(ErrorCode::kUnsupported,
                     "added_tokens.json: \"{}\" has the id {}, but it gets {}", token.content,
                     token.id, given);
  }

  // A special token that tokenizer_config.json names. `lists`: that file lists added tokens, and
  // those have been looked at.
  Status AddSpecial(const SpecialToken& special, bool lists) {
    const std::string& text = special.token.content;
    AddedToken* const known = Find(text);
    if (text.empty()) return Ok{};
    if (known == nullptr) {
      ASSAY_RETURN_IF_ERROR(Add(special.token));
      return Ok{};
    }
    // An additional one keeps the flags that it is named with, any other one those of the
    // tokenizer.
    if (special.has_flags && (lists ? !known->special : special.is_additional)) {
      return Override(special.token);
    }
    if (!lists) known->special = true;
    return Ok{};
  }
  [[nodiscard]] bool Knows(const std::string& text) {
    return Find(text) != nullptr || model_.Find(text) >= 0;
  }

  void Finish() {
    std::vector<std::string> contents;
    for (const AddedToken& token : tokens_) {
      if (token.special) parts_.special.push_back(token.id);
      std::optional<std::string> changed;
      if (token.normalized && parts_.normalize) changed = ToNfc(token.content);
      contents.push_back(changed.value_or(token.content));
    }
    parts_.added = AddedTokens(std::move(tokens_), contents);
  }

 private:
  AddedToken* Find(std::string_view content) {
    const auto found = index_.find(std::string(content));
    return found == index_.end() ? nullptr : &tokens_[found->second];
  }

  // Value: its id: that of the model's vocabulary, or else the next free one.
  Result<TokenId> Add(AddedToken token) {
    token.id = model_.Find(token.content);
    if (token.id < 0) {
      token.id = std::max(highest_ + 1, static_cast<TokenId>(model_.size()));
      std::string spelled;
      const bool word = AppendSpelledBytes(token.content, &spelled);
      const std::string_view bytes = word ? std::string_view(spelled) : token.content;
      if (static_cast<std::size_t>(token.id) >= kMaxVocabulary ||
          !parts_.vocabulary->bytes.Add(token.id, bytes)) {
        return MakeError(ErrorCode::kUnsupported,
                         "{}: the added token \"{}\" gets the id {}, which another token has",
                         where_, token.content, token.id);
      }
    }
    highest_ = std::max(highest_, token.id);
    index_.emplace(token.content, tokens_.size());
    tokens_.push_back(std::move(token));
    return tokens_.back().id;
  }

  HfModelReader& model_;
  TokenizerParts& parts_;
  std::string_view where_;
  std::vector<AddedToken> tokens_;
  std::unordered_map<std::string, std::size_t> index_;  // by content
  TokenId highest_ = -1;
};

// Those of the settings, and the padding token that the file names where it counts.
Result<std::vector<SpecialToken>> SpecialTokensOf(const JsonNode& root,
                                                  const TokenizerSettings& settings) {
  std::vector<SpecialToken> tokens = settings.special_tokens;
  const auto padding = root.Find("padding");
  if (!padding || !settings.padding_place) return tokens;
  ASSAY_ASSIGN_OR_RETURN(const JsonNode node, padding->Get("pad_token"));
  ASSAY_ASSIGN_OR_RETURN(const std::string_view text, node.String());
  tokens.insert(tokens.begin() + static_cast<std::ptrdiff_t>(*settings.padding_place),
                UnnamedToken(text));
  return tokens;
}

}  // namespace

Status ReadAddedTokens(const JsonNode& root, const TokenizerSettings& settings,
                       HfModelReader* model, TokenizerParts* parts) {
  AddedTokenList tokens(model, parts, root.path());
  if (const auto list = root.Find("added_tokens")) {
    ASSAY_ASSIGN_OR_RETURN(const std::vector<JsonNode> items, list->Items());
    for (const JsonNode& item : items) ASSAY_RETURN_IF_ERROR(tokens.Read(item));
  }
  for (const AddedToken& token : settings.added_tokens) {
    ASSAY_RETURN_IF_ERROR(settings.lists_added_tokens ? tokens.Override(token)
                                                      : tokens.AddOlder(token));
  }
  ASSAY_ASSIGN_OR_RETURN(const std::vector<SpecialToken> specials, SpecialTokensOf(root, settings));
  std::set<std::string_view> named;
  for (const SpecialToken& special : specials) {
    const std::string& text = special.token.content;
    if (!named.insert(text).second) continue;
    // transformers would add an unknown end token too, one that no model of this vocabulary makes.
    const bool is_end = !special.is_default && text == settings.eos_token;
    if (is_end && !tokens.Knows(text)) continue;
    ASSAY_RETURN_IF_ERROR(tokens.AddSpecial(special, settings.lists_added_tokens));
  }
  tokens.Finish();
  return Ok{};
}

}  // namespace assay::tok
