#include "tokenizer/hf_tokenizer.h"

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "base/json_node.h"
#include "tokenizer/byte_level.h"
#include "tokenizer/hf_document.h"
#include "tokenizer/hf_model.h"
#include "tokenizer/nfc.h"

namespace assay::tok {
namespace {

// --- pre_tokenizer ---------------------------------------------------------------------------

class PreTokenizerReader {
 public:
  Status Read(const JsonNode& node) {
    ASSAY_ASSIGN_OR_RETURN(const JsonNode type_node, node.Get("type"));
    ASSAY_ASSIGN_OR_RETURN(const std::string_view type, type_node.String());
    if (type == "Sequence") {
      ASSAY_ASSIGN_OR_RETURN(const JsonNode list, node.Get("pretokenizers"));
      ASSAY_ASSIGN_OR_RETURN(const std::vector<JsonNode> items, list.Items());
      for (const JsonNode& item : items) ASSAY_RETURN_IF_ERROR(Read(item));
      return Ok{};
    }
    // From there on the text is spelled in the byte alphabet, which later steps would see.
    if (byte_level_) return node.Unsupported("a step after ByteLevel");
    if (type == "ByteLevel") return ReadByteLevel(node);
    if (type == "Split") return ReadSplit(node);
    if (type == "Digits") return ReadDigits(node);
    return node.Unsupported(fmt::format("the pre-tokenizer \"{}\"", type));
  }

  [[nodiscard]] bool byte_level() const { return byte_level_; }
  std::vector<SplitStep> TakeSteps() { return std::move(steps_); }

 private:
  Status ReadByteLevel(const JsonNode& node) {
    byte_level_ = true;
    ASSAY_ASSIGN_OR_RETURN(const bool prefix_space, node.Flag("add_prefix_space", true));
    ASSAY_ASSIGN_OR_RETURN(const bool use_regex, node.Flag("use_regex", true));
    if (prefix_space) steps_.push_back({PrefixSpaceStep{}});
    if (use_regex) steps_.push_back({ScanStep{ScanPattern::kGpt2, CaseFolding::kUnicode}});
    return Ok{};
  }

  Status ReadDigits(const JsonNode& node) {
    ASSAY_ASSIGN_OR_RETURN(const bool individual, node.Flag("individual_digits", false));
    steps_.push_back({NumberStep{}, UnicodeVersion::kV15,
                      individual ? SplitBehavior::kIsolated : SplitBehavior::kContiguous});
    return Ok{};
  }

  Status ReadSplit(const JsonNode& node) {
    SplitStep step;
    ASSAY_ASSIGN_OR_RETURN(step.behavior, ReadBehavior(node));
    ASSAY_ASSIGN_OR_RETURN(step.invert, node.Flag("invert", false));
    ASSAY_ASSIGN_OR_RETURN(const JsonNode pattern, node.Get("pattern"));
    if (const auto literal = pattern.Find("String")) {
      ASSAY_ASSIGN_OR_RETURN(const std::string_view text, literal->String());
      if (text.empty()) return literal->Unsupported("an empty pattern");
      step.what = LiteralStep{std::string(text)};
    } else {
      ASSAY_ASSIGN_OR_RETURN(const JsonNode regex_node, pattern.Get("Regex"));
      ASSAY_ASSIGN_OR_RETURN(const std::string_view regex, regex_node.String());
      if (const auto known = ScanPatternOf(regex)) {
        step.what = ScanStep{*known, CaseFolding::kUnicode};
      } else {
        ASSAY_ASSIGN_OR_RETURN(SplitRegex compiled,
                               SplitRegex::Compile(regex, step.unicode, regex_node.path()));
        step.what = RegexStep{std::move(compiled)};
      }
    }
    steps_.push_back(std::move(step));
    return Ok{};
  }

  static Result<SplitBehavior> ReadBehavior(const JsonNode& node) {
    constexpr std::array<std::string_view, 5> kNames = {"Removed", "Isolated", "MergedWithPrevious",
                                                        "MergedWithNext", "Contiguous"};
    ASSAY_ASSIGN_OR_RETURN(const JsonNode behavior, node.Get("behavior"));
    ASSAY_ASSIGN_OR_RETURN(const std::string_view name, behavior.String());
    const auto* const found = std::find(kNames.begin(), kNames.end(), name);
    if (found == kNames.end()) return behavior.Unsupported(fmt::format("\"{}\"", name));
    return static_cast<SplitBehavior>(found - kNames.begin());
  }

  std::vector<SplitStep> steps_;
  bool byte_level_ = false;
};

Status ReadPreTokenizer(const JsonNode& root, TokenizerParts* parts) {
  const auto node = root.Find("pre_tokenizer");
  if (!node) return root.Unsupported("a file without pre_tokenizer (byte-level BPE has one)");
  PreTokenizerReader reader;
  ASSAY_RETURN_IF_ERROR(reader.Read(*node));
  if (!reader.byte_level()) {
    return node->Unsupported("a pre-tokenizer without ByteLevel (only byte-level BPE is read)");
  }
  parts->pre_tokenizer.emplace(reader.TakeSteps());
  return Ok{};
}

// --- added_tokens, post_processor, decoder ----------------------------------------------------

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
    ASSAY_ASSIGN_OR_RETURN(token.special, item.Flag("special", false));
    ASSAY_ASSIGN_OR_RETURN(token.single_word, item.Flag("single_word", false));
    ASSAY_ASSIGN_OR_RETURN(token.lstrip, item.Flag("lstrip", false));
    ASSAY_ASSIGN_OR_RETURN(token.rstrip, item.Flag("rstrip", false));
    ASSAY_ASSIGN_OR_RETURN(token.normalized, item.Flag("normalized", !token.special));
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
  std::set<std::string_view> named;
  for (const SpecialToken& special : settings.special_tokens) {
    const std::string& text = special.token.content;
    if (!named.insert(text).second) continue;
    // transformers would add an unknown end token too, one that no model of this vocabulary makes.
    if (text == settings.eos_token && !tokens.Knows(text)) continue;
    ASSAY_RETURN_IF_ERROR(tokens.AddSpecial(special, settings.lists_added_tokens));
  }
  tokens.Finish();
  return Ok{};
}

// The one normalizer there is, NFC, possibly within sequences.
Status ReadNormalizer(const JsonNode& node, TokenizerParts* parts) {
  ASSAY_ASSIGN_OR_RETURN(const JsonNode type_node, node.Get("type"));
  ASSAY_ASSIGN_OR_RETURN(const std::string_view type, type_node.String());
  if (type == "Sequence") {
    ASSAY_ASSIGN_OR_RETURN(const JsonNode list, node.Get("normalizers"));
    ASSAY_ASSIGN_OR_RETURN(const std::vector<JsonNode> items, list.Items());
    for (const JsonNode& item : items) ASSAY_RETURN_IF_ERROR(ReadNormalizer(item, parts));
    return Ok{};
  }
  if (type != "NFC") return node.Unsupported(fmt::format("the normalizer \"{}\"", type));
  parts->normalize = true;
  return Ok{};
}

class PostProcessorReader {
 public:
  explicit PostProcessorReader(TokenizerParts* parts) : parts_(parts) {}

  Status Read(const JsonNode& node) {
    ASSAY_ASSIGN_OR_RETURN(const JsonNode type_node, node.Get("type"));
    ASSAY_ASSIGN_OR_RETURN(const std::string_view type, type_node.String());
    if (type == "ByteLevel") return Ok{};  // adjusts offsets, which nothing here has
    if (type == "Sequence") {
      ASSAY_ASSIGN_OR_RETURN(const JsonNode list, node.Get("processors"));
      ASSAY_ASSIGN_OR_RETURN(const std::vector<JsonNode> items, list.Items());
      for (const JsonNode& item : items) ASSAY_RETURN_IF_ERROR(Read(item));
      return Ok{};
    }
    if (type == "TemplateProcessing") return ReadTemplate(node);
    if (type == "RobertaProcessing") return ReadRoberta(node);
    return node.Unsupported(fmt::format("the post-processor \"{}\"", type));
  }

 private:
  Status ReadTemplate(const JsonNode& node) {
    ASSAY_ASSIGN_OR_RETURN(const JsonNode single, node.Get("single"));
    ASSAY_ASSIGN_OR_RETURN(const std::vector<JsonNode> pieces, single.Items());
    std::vector<TokenId> before;
    std::vector<TokenId> after;
    bool seen_text = false;
    for (const JsonNode& piece : pieces) {
      if (piece.Find("Sequence")) {
        if (std::exchange(seen_text, true)) return piece.Unsupported("the text a second time");
        continue;
      }
      ASSAY_ASSIGN_OR_RETURN(const JsonNode special, piece.Get("SpecialToken"));
      ASSAY_ASSIGN_OR_RETURN(const JsonNode name_node, special.Get("id"));
      ASSAY_ASSIGN_OR_RETURN(const std::string_view name, name_node.String());
      ASSAY_ASSIGN_OR_RETURN(const JsonNode table, node.Get("special_tokens"));
      ASSAY_ASSIGN_OR_RETURN(const JsonNode entry, table.Get(name));
      ASSAY_ASSIGN_OR_RETURN(const JsonNode ids, entry.Get("ids"));
      ASSAY_ASSIGN_OR_RETURN(const std::vector<JsonNode> items, ids.Items());
      for (const JsonNode& item : items) {
        ASSAY_ASSIGN_OR_RETURN(const TokenId id, ReadId(item));
        (seen_text ? after : before).push_back(id);
      }
    }
    if (!seen_text) return single.Unsupported("a template without the text");
    Wrap(before, after);
    return Ok{};
  }

  Status ReadRoberta(const JsonNode& node) {
    const auto id_of = [&](std::string_view key) -> Result<TokenId> {
      ASSAY_ASSIGN_OR_RETURN(const JsonNode pair, node.Get(key));
      ASSAY_ASSIGN_OR_RETURN(const std::vector<JsonNode> items, pair.Items());
      if (items.size() != 2) return pair.Expected("a token and its id");
      return ReadId(items[1]);
    };
    ASSAY_ASSIGN_OR_RETURN(const TokenId cls, id_of("cls"));
    ASSAY_ASSIGN_OR_RETURN(const TokenId sep, id_of("sep"));
    Wrap({cls}, {sep});
    return Ok{};
  }

  [[nodiscard]] Result<TokenId> ReadId(const JsonNode& node) const {
    ASSAY_ASSIGN_OR_RETURN(const std::uint64_t id, node.Uint());
    if (id >= kMaxVocabulary || !parts_->vocabulary->bytes.Has(static_cast<TokenId>(id))) {
      return node.Expected("the id of a token");
    }
    return static_cast<TokenId>(id);
  }

  void Wrap(const std::vector<TokenId>& before, const std::vector<TokenId>& after) {
    parts_->prefix.insert(parts_->prefix.begin(), before.begin(), before.end());
    parts_->suffix.insert(parts_->suffix.end(), after.begin(), after.end());
  }

  TokenizerParts* parts_;
};

// --- what transformers' class changes ---------------------------------------------------------

bool IsOneOf(std::string_view name, std::span<const std::string_view> names) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

// Some classes put BOS and EOS around a text as tokenizer_config.json says, whatever the tokenizer
// says. Source: update_post_processor of transformers 4.46.2.
Status ApplyClass(const TokenizerSettings& settings, TokenizerParts* parts) {
  constexpr std::array<std::string_view, 4> kWithBos = {"LlamaTokenizer", "CodeLlamaTokenizer",
                                                        "GemmaTokenizer", "CohereTokenizer"};
  const bool with_bos = IsOneOf(settings.tokenizer_class, kWithBos);
  if (!with_bos && settings.tokenizer_class != "GPTNeoXTokenizer") return Ok{};
  const auto read = [&](bool add, std::string_view what, const std::optional<std::string>& text,
                        std::vector<TokenId>* ids) -> Status {
    ids->clear();
    if (!add && text) return Ok{};
    for (const TokenId id : parts->special) {
      if (text && parts->vocabulary->bytes[id] == *text) ids->push_back(id);
    }
    if (!ids->empty()) return Ok{};
    return MakeError(ErrorCode::kUnsupported,
                     "tokenizer_config.json: tokenizer_class \"{}\" without {} is not supported",
                     settings.tokenizer_class, what);
  };
  ASSAY_RETURN_IF_ERROR(read(settings.add_bos_token.value_or(with_bos), "bos_token",
                             settings.bos_token, &parts->prefix));
  return read(settings.add_eos_token.value_or(false), "eos_token", settings.eos_token,
              &parts->suffix);
}

// Some classes change add_prefix_space of a tokenizer that has it. Source: their __init__ in
// transformers 4.46.2.
Status CheckPrefixSpace(const JsonNode& root, const TokenizerSettings& settings) {
  constexpr std::array<std::string_view, 13> kClasses = {
      "BartTokenizer",       "BlenderbotTokenizer", "CodeGenTokenizer", "DebertaTokenizer",
      "GPT2Tokenizer",       "GPTNeoXTokenizer",    "LEDTokenizer",     "LayoutLMv3Tokenizer",
      "LongformerTokenizer", "MarkupLMTokenizer",   "MvpTokenizer",     "RobertaTokenizer",
      "WhisperTokenizer"};
  if (!IsOneOf(settings.tokenizer_class, kClasses)) return Ok{};
  ASSAY_ASSIGN_OR_RETURN(const JsonNode node, root.Get("pre_tokenizer"));
  ASSAY_ASSIGN_OR_RETURN(const JsonNode type, node.Get("type"));
  ASSAY_ASSIGN_OR_RETURN(const std::string_view name, type.String());
  if (name != "ByteLevel") return Ok{};
  ASSAY_ASSIGN_OR_RETURN(const bool own, node.Flag("add_prefix_space", true));
  const bool asked = settings.add_prefix_space.value_or(false);
  if (own == asked) return Ok{};
  return node.Unsupported(
      fmt::format("\"add_prefix_space\": {}, which tokenizer_config.json's class {} changes to {},",
                  own, settings.tokenizer_class, asked));
}

// Of two members of one name, parsers take one or the other.
Status CheckMembers(const JsonNode& node) {
  simdjson::dom::array items;
  if (node.element().get(items) == simdjson::SUCCESS) {
    std::size_t i = 0;
    for (const simdjson::dom::element item : items) {
      ASSAY_RETURN_IF_ERROR(CheckMembers({item, fmt::format("{}[{}]", node.path(), i++)}));
    }
    return Ok{};
  }
  simdjson::dom::object members;
  if (node.element().get(members) != simdjson::SUCCESS) return Ok{};
  std::set<std::string_view> seen;
  for (const auto [name, value] : members) {
    if (!seen.insert(name).second) {
      return MakeError(ErrorCode::kParse, "{}: \"{}\" stands there twice", node.path(), name);
    }
    ASSAY_RETURN_IF_ERROR(CheckMembers({value, fmt::format("{}.{}", node.path(), name)}));
  }
  return Ok{};
}

Status CheckDecoder(const JsonNode& root) {
  const auto decoder = root.Find("decoder");
  if (!decoder) return root.Unsupported("a file without decoder (byte-level BPE has ByteLevel)");
  ASSAY_ASSIGN_OR_RETURN(const JsonNode type_node, decoder->Get("type"));
  ASSAY_ASSIGN_OR_RETURN(const std::string_view type, type_node.String());
  if (type != "ByteLevel") return decoder->Unsupported(fmt::format("the decoder \"{}\"", type));
  return Ok{};
}

}  // namespace

Result<TokenizerParts> ParseHfTokenizer(const simdjson::padded_string& json,
                                        const TokenizerSettings& settings, std::string_view where,
                                        WorkerThreads* helper) {
  ASSAY_ASSIGN_OR_RETURN(const std::unique_ptr<HfDocument> document,
                         HfDocument::Parse(json, where));
  const JsonNode& root = document->Root();
  if (!root.IsObject()) return root.Expected("an object");
  ASSAY_RETURN_IF_ERROR(CheckMembers(root));
  TokenizerParts parts;
  if (const auto normalizer = root.Find("normalizer")) {
    ASSAY_RETURN_IF_ERROR(ReadNormalizer(*normalizer, &parts));
  }
  ASSAY_RETURN_IF_ERROR(CheckDecoder(root));
  ASSAY_RETURN_IF_ERROR(ReadPreTokenizer(root, &parts));
  ASSAY_RETURN_IF_ERROR(CheckPrefixSpace(root, settings));
  ASSAY_ASSIGN_OR_RETURN(const JsonNode model_node, root.Get("model"));
  HfModelReader model(document.get(), model_node, helper, &parts);
  ASSAY_RETURN_IF_ERROR(model.Read());
  ASSAY_RETURN_IF_ERROR(ReadAddedTokens(root, settings, &model, &parts));
  if (const auto post_processor = root.Find("post_processor")) {
    ASSAY_RETURN_IF_ERROR(PostProcessorReader(&parts).Read(*post_processor));
  }
  ASSAY_RETURN_IF_ERROR(ApplyClass(settings, &parts));
  return parts;
}

}  // namespace assay::tok
