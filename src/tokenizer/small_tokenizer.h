// A small tokenizer.json for tests: the 256 bytes and a few merges.

#ifndef ASSAY_TOKENIZER_SMALL_TOKENIZER_H_
#define ASSAY_TOKENIZER_SMALL_TOKENIZER_H_

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/json.h"

namespace assay::tok {

// The character that stands for a byte in GPT-2's alphabet. Written from the definition, apart from
// the table under test.
inline std::string Spell(std::string_view bytes) {
  std::string out;
  for (const char c : bytes) {
    const auto byte = static_cast<unsigned char>(c);
    unsigned code = byte;
    if (byte <= 0x20) code = 0x100U + byte;
    if (byte >= 0x7F && byte <= 0xA0) code = 0x100U + 0x21 + (byte - 0x7FU);
    if (byte == 0xAD) code = 0x143;
    if (code >= 0x80) {
      out += static_cast<char>(0xC0U | (code >> 6U));
      out += static_cast<char>(0x80U | (code & 0x3FU));
    } else {
      out += static_cast<char>(code);
    }
  }
  return out;
}

// Ids: byte b has b; merge i makes 256 + i. Special tokens "<s>" and "</s>" follow. GPT-2's split
// pattern; "<s>" is put before a text.
inline Json SmallTokenizer(const std::vector<std::pair<std::string, std::string>>& merges) {
  Json vocab = Json::object();
  Json lines = Json::array();
  for (int byte = 0; byte < 256; ++byte) {
    vocab[Spell(std::string(1, static_cast<char>(byte)))] = byte;
  }
  for (const auto& [left, right] : merges) {
    vocab[Spell(left + right)] = vocab.size();
    lines.push_back(Spell(left) + " " + Spell(right));
  }
  const auto special = [&](std::string_view content, std::size_t id) {
    return Json{{"id", id},        {"content", content},  {"single_word", false}, {"lstrip", false},
                {"rstrip", false}, {"normalized", false}, {"special", true}};
  };
  const std::size_t bos = vocab.size();
  Json root;
  root["added_tokens"] = Json::array({special("<s>", bos), special("</s>", bos + 1)});
  root["normalizer"] = nullptr;
  root["pre_tokenizer"] = {{"type", "ByteLevel"}, {"add_prefix_space", false}};
  root["post_processor"] = {
      {"type", "TemplateProcessing"},
      {"single", Json::array({Json{{"SpecialToken", {{"id", "<s>"}, {"type_id", 0}}}},
                              Json{{"Sequence", {{"id", "A"}, {"type_id", 0}}}}})},
      {"special_tokens", {{"<s>", {{"id", "<s>"}, {"ids", Json::array({bos})}}}}}};
  root["decoder"] = {{"type", "ByteLevel"}};
  root["model"] = {{"type", "BPE"}, {"vocab", vocab}, {"merges", lines}};
  return root;
}

}  // namespace assay::tok

#endif  // ASSAY_TOKENIZER_SMALL_TOKENIZER_H_
