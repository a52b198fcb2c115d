#include "tokenizer/gguf_tokenizer.h"

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <iterator>
#include <set>
#include <span>
#include <unordered_map>
#include <utility>

#include "base/format.h"
#include "tokenizer/byte_level.h"

namespace assay::tok {
namespace {

// How llama.cpp splits texts for a value of tokenizer.ggml.pre.
struct PreType {
  std::string_view name;
  ScanPattern pattern;
  bool single_numbers;  // each \p{N} is cut out before
  bool ignore_merges;
  bool add_bos;  // unless tokenizer.ggml.add_bos_token says otherwise
};
constexpr PreType kPreTypes[] = {
    {"llama3", ScanPattern::kLlama3, false, true, true},
    {"llama-v3", ScanPattern::kLlama3, false, true, true},
    {"llama-bpe", ScanPattern::kLlama3, false, true, true},
    {"falcon3", ScanPattern::kLlama3, false, true, true},
    {"falcon-h1", ScanPattern::kLlama3, false, true, true},
    {"pixtral", ScanPattern::kLlama3, false, true, true},
    {"midm-2.0", ScanPattern::kLlama3, false, true, true},
    {"lfm2", ScanPattern::kLlama3, false, true, true},
    {"jina-v5-nano", ScanPattern::kLlama3, false, true, true},
    {"dbrx", ScanPattern::kLlama3, false, false, false},
    {"smaug-bpe", ScanPattern::kLlama3, false, false, false},
    {"chatglm-bpe", ScanPattern::kLlama3, false, false, false},
    {"glm4", ScanPattern::kLlama3, false, true, false},
    {"glm5", ScanPattern::kLlama3, false, true, false},
    {"qwen2", ScanPattern::kQwen2, false, false, false},
    {"deepseek-r1-qwen", ScanPattern::kQwen2, false, false, false},
    {"kormo", ScanPattern::kQwen2, false, false, false},
    {"f2llmv2", ScanPattern::kQwen2, false, false, false},
    {"megrez", ScanPattern::kQwen2, false, false, false},
    {"stablelm2", ScanPattern::kQwen2, false, false, false},
    {"hunyuan", ScanPattern::kQwen2, false, false, false},
    {"solar-open", ScanPattern::kQwen2, false, false, false},
    {"grok-2", ScanPattern::kQwen2, false, false, false},
    {"qwen35", ScanPattern::kQwen35, false, false, false},
    {"gpt-2", ScanPattern::kGpt2, false, false, false},
    {"phi-2", ScanPattern::kGpt2, false, false, false},
    {"gigachat", ScanPattern::kGpt2, false, false, false},
    {"a.x-4.0", ScanPattern::kGpt2, false, false, false},
    {"mellum", ScanPattern::kGpt2, false, false, false},
    {"mpt", ScanPattern::kGpt2, false, false, false},
    {"olmo", ScanPattern::kGpt2, false, false, false},
    {"jais", ScanPattern::kGpt2, false, false, false},
    {"trillion", ScanPattern::kGpt2, false, false, false},
    {"granite-docling", ScanPattern::kGpt2, false, false, false},
    {"exaone4", ScanPattern::kGpt2, false, false, false},
    {"smollm", ScanPattern::kGpt2, true, false, false},
    {"starcoder", ScanPattern::kGpt2, true, false, false},
    {"refact", ScanPattern::kGpt2, true, false, false},
    {"command-r", ScanPattern::kGpt2, true, false, false},
    {"codeshell", ScanPattern::kGpt2, true, false, false},
    {"exaone", ScanPattern::kGpt2, true, false, false},
    {"minerva-7b", ScanPattern::kGpt2, true, false, false},
    {"mellum2", ScanPattern::kGpt2, true, false, false},
};

// What kinds of vocabulary there are besides "gpt2", byte-level BPE.
constexpr std::pair<std::string_view, std::string_view> kOtherModels[] = {
    {"llama", "SentencePiece"}, {"bert", "WordPiece"}, {"t5", "Unigram"}, {"rwkv", "RWKV"}};

// Attributes of a token, as llama.cpp's LLAMA_TOKEN_ATTR_*.
enum Attribute : unsigned {
  kUnknown = 1,
  kUnused = 2,
  kNormal = 4,
  kControl = 8,
  kUserDefined = 16,
  kByte = 32,
};

unsigned AttributeOfType(std::int64_t type) {
  switch (type) {
    case 1:
      return kNormal;
    case 2:
      return kUnknown;
    case 3:
      return kControl;
    case 4:
      return kUserDefined;
    case 5:
      return kUnused;
    case 6:
      return kByte;
    default:
      return 0;
  }
}

using Texts = std::span<const std::string_view>;

// Tokens that end a generation wherever they occur.
constexpr std::string_view kEndTexts[] = {"<|eot_id|>",
                                          "<|im_end|>",
                                          "<|end|>",
                                          "<|return|>",
                                          "<|call|>",
                                          "<|flush|>",
                                          "<|calls|>",
                                          "<end_of_turn>",
                                          "<|endoftext|>",
                                          "</s>",
                                          "<|eom_id|>",
                                          "<EOT>",
                                          "_<EOT>",
                                          "[EOT]",
                                          "[EOS]",
                                          "<|end_of_text|>",
                                          "<eos>",
                                          "<turn|>",
                                          "<end_of_utterance>",
                                          "[e~[",
                                          "<|tool_response>",
                                          "<｜end▁of▁sentence｜>"};
// Parts of fill-in-the-middle prompts: their keys and, where a file has no such key, their texts.
constexpr std::string_view kFimPrefix[] = {"<|fim_prefix|>",  "<fim-prefix>", "<fim_prefix>",
                                           "<｜fim▁begin｜>", "<PRE>",        "▁<PRE>",
                                           "<|code_prefix|>", "<|prefix|>"};
constexpr std::string_view kFimSuffix[] = {"<|fim_suffix|>",  "<fim-suffix>", "<fim_suffix>",
                                           "<｜fim▁hole｜>",  "<SUF>",        "▁<SUF>",
                                           "<|code_suffix|>", "<|suffix|>"};
constexpr std::string_view kFimMiddle[] = {"<|fim_middle|>",  "<fim-middle>", "<fim_middle>",
                                           "<｜fim▁end｜>",   "<MID>",        "▁<MID>",
                                           "<|code_middle|>", "<|middle|>"};
constexpr std::string_view kFimPad[] = {"<|fim_pad|>", "<fim-pad>", "<fim_pad>", "<PAD>", "[PAD]"};
constexpr std::string_view kFimRepository[] = {"<|fim_repo|>", "<|repo_name|>", "<fim-repo>",
                                               "<REPO>", "<reponame>"};
constexpr std::string_view kFimSeparator[] = {"<|file_sep|>"};

struct FimRole {
  std::initializer_list<std::string_view> keys;  // a later one counts
  Texts texts;
  bool ends_generation;
};
const FimRole kFimRoles[] = {
    {{"fim_pre_token_id", "prefix_token_id"}, kFimPrefix, false},
    {{"fim_suf_token_id", "suffix_token_id"}, kFimSuffix, false},
    {{"fim_mid_token_id", "middle_token_id"}, kFimMiddle, false},
    {{"fim_pad_token_id"}, kFimPad, true},
    {{"fim_rep_token_id"}, kFimRepository, true},
    {{"fim_sep_token_id"}, kFimSeparator, true},
};

class Builder {
 public:
  Builder(const GgufMetadata& metadata, std::string_view where)
      : metadata_(metadata), where_(where) {}

  Result<TokenizerParts> Run() {
    ASSAY_RETURN_IF_ERROR(CheckModel());
    ASSAY_RETURN_IF_ERROR(FindPreType());
    ASSAY_RETURN_IF_ERROR(ReadTokens());
    ASSAY_RETURN_IF_ERROR(FindSpecialTokens());
    AddTokens();
    ASSAY_RETURN_IF_ERROR(ReadMerges());
    ASSAY_RETURN_IF_ERROR(FindAffixes());
    return std::move(parts_);
  }

 private:
  static std::string Key(std::string_view name) { return fmt::format("tokenizer.ggml.{}", name); }

  [[nodiscard]] Error Bad(std::string_view name, std::string_view expected) const {
    return MakeError(ErrorCode::kParse, "{}: {}: expected {}", where_, Key(name), expected);
  }

  template <typename T>
  Result<const T*> Get(std::string_view name, std::string_view expected) const {
    const T* const value = metadata_.Find<T>(Key(name));
    if (value == nullptr) return Bad(name, expected);
    return value;
  }

  Status CheckModel() const {
    ASSAY_ASSIGN_OR_RETURN(const auto* model, Get<std::string>("model", "a string"));
    if (*model == "gpt2") return Ok{};
    std::string_view kind = "unknown";
    for (const auto& [name, what] : kOtherModels) {
      if (*model == name) kind = what;
    }
    return MakeError(ErrorCode::kUnsupported,
                     "{}: the vocabulary is of kind \"{}\" ({}); only \"gpt2\" (byte-level BPE) is "
                     "supported",
                     where_, *model, kind);
  }

  Status FindPreType() {
    ASSAY_ASSIGN_OR_RETURN(const auto* pre, Get<std::string>("pre", "a string"));
    const auto* const found = std::find_if(std::begin(kPreTypes), std::end(kPreTypes),
                                           [&](const PreType& type) { return type.name == *pre; });
    if (found == std::end(kPreTypes)) {
      return MakeError(ErrorCode::kUnsupported, "{}: {}: \"{}\" is not supported", where_,
                       Key("pre"), *pre);
    }
    pre_ = found;
    std::vector<SplitStep> steps;
    if (pre_->single_numbers) steps.push_back({NumberStep{}, UnicodeVersion::kV15});
    steps.push_back({ScanStep{pre_->pattern, CaseFolding::kAscii}, UnicodeVersion::kV15});
    parts_.pre_tokenizer.emplace(std::move(steps));
    return Ok{};
  }

  Status ReadTokens() {
    ASSAY_ASSIGN_OR_RETURN(const auto* tokens,
                           Get<std::vector<std::string>>("tokens", "an array of strings"));
    if (tokens->size() >= kMaxVocabulary) {
      return Bad("tokens", fmt::format("fewer than {} tokens", kMaxVocabulary));
    }
    texts_ = *tokens;
    attributes_.assign(texts_.size(), kNormal);
    if (metadata_.Has(Key("token_type"))) {
      ASSAY_ASSIGN_OR_RETURN(const auto* types,
                             Get<std::vector<std::int64_t>>("token_type", "an array of integers"));
      if (types->size() < texts_.size()) return Bad("token_type", "one for each token");
      for (std::size_t i = 0; i < texts_.size(); ++i) {
        attributes_[i] = AttributeOfType((*types)[i]);
      }
    }
    for (std::size_t i = 0; i < texts_.size(); ++i) {
      if (texts_[i].empty()) texts_[i] = fmt::format("[EMPTY_{}]", i);
      if (!ids_.emplace(texts_[i], static_cast<TokenId>(i)).second) {
        return Bad("tokens", fmt::format("no second token \"{}\" (at {})", texts_[i], i));
      }
    }
    return Ok{};
  }

  // The token that the key `name` names, if the file has it.
  Result<std::optional<TokenId>> TokenOfKey(std::string_view name) const {
    if (!metadata_.Has(Key(name))) return std::optional<TokenId>();
    std::uint64_t id = texts_.size();
    if (const auto* u = metadata_.Find<std::uint64_t>(Key(name))) id = *u;
    if (const auto* i = metadata_.Find<std::int64_t>(Key(name)); i != nullptr && *i >= 0) {
      id = static_cast<std::uint64_t>(*i);
    }
    if (id >= texts_.size()) return Bad(name, fmt::format("an id below {}", texts_.size()));
    return std::optional(static_cast<TokenId>(id));
  }

  unsigned& AttributesOf(TokenId id) { return attributes_[static_cast<std::size_t>(id)]; }
  [[nodiscard]] std::optional<TokenId> IdOf(std::string_view text) const {
    const auto found = ids_.find(text);
    return found == ids_.end() ? std::nullopt : std::optional(found->second);
  }

  Status FindSpecialTokens() {
    std::set<TokenId> ends;
    for (const FimRole& role : kFimRoles) {
      std::optional<TokenId> id;
      for (const std::string_view key : role.keys) {
        ASSAY_ASSIGN_OR_RETURN(const auto named, TokenOfKey(key));
        if (named) id = named;
      }
      if (!id) id = FirstOf(role.texts);
      if (id && role.ends_generation) ends.insert(*id);
    }
    for (const std::string_view text : kEndTexts) {
      if (const auto id = IdOf(text)) {
        ends.insert(*id);
        AttributesOf(*id) |= kControl;
      }
    }
    for (const std::string_view text :
         {"<|channel|>", "<|message|>", "<|start|>", "<|constrain|>"}) {
      if (const auto id = IdOf(text)) AttributesOf(*id) = kUserDefined;
    }
    ASSAY_ASSIGN_OR_RETURN(const auto eos, TokenOfKey("eos_token_id"));
    if (!eos) return Bad("eos_token_id", "the id of a token");
    ends.insert(*eos);
    for (const std::string_view key : {"eot_token_id", "eom_token_id"}) {
      ASSAY_ASSIGN_OR_RETURN(const auto id, TokenOfKey(key));
      if (id) ends.insert(*id);
    }
    RemoveFalseEnds(&ends);
    parts_.end_tokens.assign(ends.begin(), ends.end());
    return Ok{};
  }

  // The token of a role that no key names, by its text; it is a control token then. Of several
  // llama.cpp takes whichever its hash table yields first; here it is the first in `texts`.
  std::optional<TokenId> FirstOf(Texts texts) {
    for (const std::string_view text : texts) {
      if (const auto id = IdOf(text)) {
        AttributesOf(*id) |= kControl;
        return id;
      }
    }
    return std::nullopt;
  }

  // Vocabularies in which a text of kEndTexts does not end a generation.
  void RemoveFalseEnds(std::set<TokenId>* ends) {
    const auto ends_with = [&](std::string_view text) {
      const auto id = IdOf(text);
      return id && ends->contains(*id);
    };
    const bool call = ends_with("<|call|>") || ends_with("<|calls|>");
    if (call && (ends_with("<|return|>") || ends_with("<|flush|>")) && ends_with("<|end|>")) {
      ends->erase(*IdOf("<|end|>"));
      AttributesOf(*IdOf("<|end|>")) = kUserDefined;
    }
    if ((ends_with("<|tool_response>") || ends_with("<|plamo:eos|>")) && ends_with("</s>")) {
      ends->erase(*IdOf("</s>"));
      AttributesOf(*IdOf("</s>")) = kNormal;
    }
  }

  void AddTokens() {
    Vocabulary& vocabulary = *parts_.vocabulary;
    vocabulary.words.Reserve(texts_.size());
    std::vector<AddedToken> cut_out;
    for (std::size_t i = 0; i < texts_.size(); ++i) {
      const auto id = static_cast<TokenId>(i);
      const unsigned attributes = attributes_[i];
      std::string spelled;
      const bool word = AppendSpelledBytes(texts_[i], &spelled);
      const std::string bytes = BytesOf(texts_[i], attributes, word ? spelled : texts_[i]);
      static_cast<void>(vocabulary.bytes.Add(id, bytes));  // ids are distinct
      if (word && bytes == spelled) vocabulary.words.Insert(id);
      const bool special = (attributes & (kControl | kUnknown)) != 0;
      if (special) parts_.special.push_back(id);
      if (special || (attributes & kUserDefined) != 0) {
        cut_out.push_back({.id = id, .content = texts_[i], .special = special});
      }
    }
    parts_.added = PartitionTokens(std::move(cut_out));
  }

  // What a token says: token_to_piece of llama.cpp.
  static std::string BytesOf(const std::string& text, unsigned attributes,
                             const std::string& spelled) {
    if ((attributes & (kControl | kUnknown | kUserDefined)) != 0) return text;
    if ((attributes & kNormal) != 0) return spelled;
    if ((attributes & kByte) != 0) return ByteOf(text);
    return {};
  }

  // "<0x0A>" is a line feed.
  static std::string ByteOf(std::string_view text) {
    constexpr std::string_view kDigits = "0123456789ABCDEF";
    if (text.size() != 6 || !text.starts_with("<0x") || text[5] != '>') return {};
    const std::size_t high = kDigits.find(text[3]);
    const std::size_t low = kDigits.find(text[4]);
    if (high == std::string_view::npos || low == std::string_view::npos) return {};
    return std::string(1, static_cast<char>(high * 16 + low));
  }

  Status ReadMerges() {
    ASSAY_ASSIGN_OR_RETURN(const auto* merges,
                           Get<std::vector<std::string>>("merges", "an array of strings"));
    MergeTable table;
    table.Reserve(merges->size());
    const auto find = [&](std::string_view text) {
      std::string spelled;
      return AppendSpelledBytes(text, &spelled) ? parts_.vocabulary->words.Find(spelled) : -1;
    };
    for (std::size_t i = 0; i < merges->size(); ++i) {
      const std::string_view line = (*merges)[i];
      const std::size_t space = line.find(' ', 1);
      if (space == std::string_view::npos) {
        return Bad("merges", fmt::format("two tokens with a space between them (at {})", i));
      }
      const std::string_view left = line.substr(0, space);
      const std::string_view right = line.substr(space + 1);
      const std::string joined = std::string(left) + std::string(right);
      const TokenId left_id = find(left);
      const TokenId right_id = find(right);
      const TokenId merged = find(joined);
      if (left_id < 0 || right_id < 0 || merged < 0) {
        return Bad("merges", fmt::format("tokens of the vocabulary (at {}: \"{}\")", i, line));
      }
      // Of two merges of a pair the earlier one counts in llama.cpp.
      table.Insert(left_id, right_id, {static_cast<std::uint32_t>(i), merged}, /*replace=*/false);
    }
    BpeSettings settings;
    settings.ignore_merges = pre_->ignore_merges;
    settings.missing.policy = MissingByte::Policy::kDropAfter;
    parts_.bpe = std::make_unique<Bpe>(&parts_.vocabulary->bytes, &parts_.vocabulary->words,
                                       std::move(table), settings);
    return Ok{};
  }

  Status FindAffixes() {
    const auto flag = [&](std::string_view name, bool absent) -> Result<bool> {
      if (!metadata_.Has(Key(name))) return absent;
      ASSAY_ASSIGN_OR_RETURN(const auto* value, Get<bool>(name, "a boolean"));
      return *value;
    };
    ASSAY_ASSIGN_OR_RETURN(const bool add_bos, flag("add_bos_token", pre_->add_bos));
    ASSAY_ASSIGN_OR_RETURN(const bool add_eos, flag("add_eos_token", false));
    if (add_bos) {
      ASSAY_ASSIGN_OR_RETURN(const auto bos, TokenOfKey("bos_token_id"));
      if (!bos) return Bad("bos_token_id", "the id of a token, which is to be added");
      parts_.prefix.push_back(*bos);
    }
    if (add_eos) {
      ASSAY_ASSIGN_OR_RETURN(const auto eos, TokenOfKey("eos_token_id"));
      parts_.suffix.push_back(eos.value());
    }
    return Ok{};
  }

  const GgufMetadata& metadata_;
  std::string_view where_;
  const PreType* pre_ = nullptr;
  TokenizerParts parts_;
  std::vector<std::string> texts_;
  std::vector<unsigned> attributes_;
  std::unordered_map<std::string_view, TokenId> ids_;  // by text, views into texts_
};

}  // namespace

bool IsTokenizerKey(std::string_view key) {
  return key.starts_with("tokenizer.");
}

Result<TokenizerParts> BuildGgufTokenizer(const GgufMetadata& metadata, std::string_view where) {
  return Builder(metadata, where).Run();
}

}  // namespace assay::tok
