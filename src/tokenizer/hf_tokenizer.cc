#include "tokenizer/hf_tokenizer.h"

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/json_node.h"
#include "tokenizer/hf_added_tokens.h"
#include "tokenizer/hf_document.h"
#include "tokenizer/hf_model.h"

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

  // The step that spells the text in the byte alphabet; nullopt: none was read.
  [[nodiscard]] const std::optional<JsonNode>& byte_level() const { return byte_level_; }
  std::vector<SplitStep> TakeSteps() { return std::move(steps_); }

 private:
  Status ReadByteLevel(const JsonNode& node) {
    byte_level_ = node;
    ASSAY_ASSIGN_OR_RETURN(const bool prefix_space, node.Flag("add_prefix_space"));
    ASSAY_ASSIGN_OR_RETURN(const bool use_regex, node.Flag("use_regex", true));
    if (prefix_space) steps_.push_back({PrefixSpaceStep{}});
    if (use_regex) steps_.push_back({ScanStep{ScanPattern::kGpt2, CaseFolding::kUnicode}});
    return Ok{};
  }

  Status ReadDigits(const JsonNode& node) {
    ASSAY_ASSIGN_OR_RETURN(const bool individual, node.Flag("individual_digits"));
    steps_.push_back({NumberStep{}, UnicodeVersion::kV15,
                      individual ? SplitBehavior::kIsolated : SplitBehavior::kContiguous});
    return Ok{};
  }

  Status ReadSplit(const JsonNode& node) {
    SplitStep step;
    ASSAY_ASSIGN_OR_RETURN(step.behavior, ReadBehavior(node));
    ASSAY_ASSIGN_OR_RETURN(step.invert, node.Flag("invert"));
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
  std::optional<JsonNode> byte_level_;
};

// Value: its ByteLevel step.
Result<JsonNode> ReadPreTokenizer(const JsonNode& root, TokenizerParts* parts) {
  const auto node = root.Find("pre_tokenizer");
  if (!node) return root.Unsupported("a file without pre_tokenizer (byte-level BPE has one)");
  PreTokenizerReader reader;
  ASSAY_RETURN_IF_ERROR(reader.Read(*node));
  if (!reader.byte_level()) {
    return node->Unsupported("a pre-tokenizer without ByteLevel (only byte-level BPE is read)");
  }
  parts->pre_tokenizer.emplace(reader.TakeSteps());
  return *reader.byte_level();
}

// --- normalizer, post_processor, decoder ------------------------------------------------------

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
    const bool is_template = type == "TemplateProcessing";
    if (is_template || type == "RobertaProcessing") {
      if (std::exchange(wraps_, true)) return node.Unsupported("a second step that adds tokens");
      return is_template ? ReadTemplate(node) : ReadRoberta(node);
    }
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
      if (const auto text = piece.Find("Sequence")) {
        if (std::exchange(seen_text, true)) return piece.Unsupported("the text a second time");
        ASSAY_RETURN_IF_ERROR(CheckIsFirstText(*text));
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

  // "B" is the second text of a pair.
  static Status CheckIsFirstText(const JsonNode& text) {
    ASSAY_ASSIGN_OR_RETURN(const JsonNode id, text.Get("id"));
    ASSAY_ASSIGN_OR_RETURN(const std::string_view name, id.String());
    return name == "A" ? Status(Ok{}) : id.Expected("\"A\"");
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
  bool wraps_ = false;  // a step has been read that adds tokens
};

// --- what transformers' class changes ---------------------------------------------------------

// Some classes put BOS and EOS around a text as the settings say, whatever the tokenizer says.
// Source: update_post_processor of transformers 4.46.2.
Status ApplyFrame(const TokenizerSettings& settings, TokenizerParts* parts) {
  using Frame = TokenizerClass::Frame;
  const TokenizerClass* const of = settings.tokenizer_class;
  if (of == nullptr || of->frame == Frame::kNone) return Ok{};
  if (of->frame == Frame::kNoneNorBosTold) {
    if (!settings.add_bos_token.value_or(false)) return Ok{};
    return MakeError(ErrorCode::kUnsupported,
                     "tokenizer_config.json: tokenizer_class \"{}\" with add_bos_token is not "
                     "supported",
                     of->name);
  }
  const auto read = [&](bool add, std::string_view what, const std::optional<std::string>& text,
                        std::vector<TokenId>* ids) -> Status {
    ids->clear();
    if (!add) return Ok{};
    for (const TokenId id : parts->special) {
      if (text && parts->vocabulary->bytes[id] == *text) ids->push_back(id);
    }
    if (!ids->empty()) return Ok{};
    return MakeError(ErrorCode::kUnsupported,
                     "tokenizer_config.json: tokenizer_class \"{}\" without {} is not supported",
                     of->name, what);
  };
  ASSAY_RETURN_IF_ERROR(read(settings.add_bos_token.value_or(of->frame == Frame::kBosUnlessTold),
                             "bos_token", settings.bos_token, &parts->prefix));
  return read(settings.add_eos_token.value_or(false), "eos_token", settings.eos_token,
              &parts->suffix);
}

// Would the class change add_prefix_space of `byte_level`?
Status CheckPrefixSpace(const JsonNode& root, const JsonNode& byte_level,
                        const TokenizerSettings& settings) {
  using PrefixSpace = TokenizerClass::PrefixSpace;
  const TokenizerClass* const of = settings.tokenizer_class;
  if (of == nullptr || of->prefix_space == PrefixSpace::kNone) return Ok{};
  if (of->prefix_space == PrefixSpace::kRebuilds) {
    if (!settings.add_prefix_space) return Ok{};
    return root.Unsupported(
        fmt::format("\"add_prefix_space\" in tokenizer_config.json, for which the class {} makes "
                    "another tokenizer,",
                    of->name));
  }
  const bool asked = settings.add_prefix_space.value_or(false);
  const bool stands_alone = byte_level.path() == root.path() + ".pre_tokenizer";
  const bool concerned = of->prefix_space == PrefixSpace::kReplaced ? stands_alone : asked;
  ASSAY_ASSIGN_OR_RETURN(const bool own, byte_level.Flag("add_prefix_space"));
  if (!concerned || own == asked) return Ok{};
  return byte_level.Unsupported(fmt::format(
      "\"add_prefix_space\": {}, which the class {} of the settings beside it changes to {},", own,
      of->name, asked));
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

// The one version of the format that there is.
Status CheckVersion(const JsonNode& root) {
  const auto node = root.Find("version");
  if (!node) return Ok{};
  ASSAY_ASSIGN_OR_RETURN(const std::string_view version, node->String());
  return version == "1.0" ? Status(Ok{}) : node->Unsupported(fmt::format("\"{}\"", version));
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
  if (!settings.unsupported.empty()) return Error{ErrorCode::kUnsupported, settings.unsupported};
  ASSAY_ASSIGN_OR_RETURN(const std::unique_ptr<HfDocument> document,
                         HfDocument::Parse(json, where));
  const JsonNode& root = document->Root();
  if (!root.IsObject()) return root.Expected("an object");
  ASSAY_RETURN_IF_ERROR(CheckMembers(root));
  ASSAY_RETURN_IF_ERROR(CheckVersion(root));
  TokenizerParts parts;
  ASSAY_ASSIGN_OR_RETURN(const JsonNode model_node, root.Get("model"));
  HfModelReader model(document.get(), model_node, helper, &parts);
  ASSAY_RETURN_IF_ERROR(model.CheckKind());
  if (const auto normalizer = root.Find("normalizer")) {
    ASSAY_RETURN_IF_ERROR(ReadNormalizer(*normalizer, &parts));
  }
  ASSAY_RETURN_IF_ERROR(CheckDecoder(root));
  ASSAY_ASSIGN_OR_RETURN(const JsonNode byte_level, ReadPreTokenizer(root, &parts));
  ASSAY_RETURN_IF_ERROR(CheckPrefixSpace(root, byte_level, settings));
  ASSAY_RETURN_IF_ERROR(model.Read());
  ASSAY_RETURN_IF_ERROR(ReadAddedTokens(root, settings, &model, &parts));
  if (const auto post_processor = root.Find("post_processor")) {
    ASSAY_RETURN_IF_ERROR(PostProcessorReader(&parts).Read(*post_processor));
  }
  ASSAY_RETURN_IF_ERROR(ApplyFrame(settings, &parts));
  return parts;
}

}  // namespace assay::tok
