#include "dataset/plain_sample.h"

#include <cstddef>
#include <cstdint>
#include <string>
#include <utility>

#include <simdjson.h>

#include "base/format.h"
#include "dataset/prompt.h"

namespace assay {
namespace {

namespace dom = simdjson::dom;

// One record's members as they are taken; each function is false where the other reader decides.
class Taker {
 public:
  Taker(const SampleLayout& layout, Keep keep) : layout_(layout), keep_(keep) {}

  bool Take(std::string_view key, dom::element value) {
    if (key == layout_.article_key) return Article(value);
    if (key == layout_.reference_key) return Text(value, &read_.sample.reference);
    if (key == "id") return Id(value);
    if (key == "tok_input") return PromptIds(value);
    if (key == "instruction") return Instruction(value);
    return true;
  }

  std::optional<ReadSample> Finish() && {
    if (!has_article_ || read_.sample.reference.empty()) return std::nullopt;
    return std::move(read_);
  }

 private:
  static bool IsText(dom::element value, std::string_view* text) {
    return value.get(*text) == simdjson::SUCCESS &&
           text->find_first_not_of(" \t\r\n\v\f") != std::string_view::npos;
  }

  static bool Text(dom::element value, std::string* into) {
    std::string_view text;
    if (!into->empty() || !IsText(value, &text)) return false;
    *into = text;
    return true;
  }

  bool Article(dom::element value) {
    std::string_view text;
    if (std::exchange(has_article_, true) || !IsText(value, &text)) return false;
    if (keep_ == Keep::kAll) read_.sample.article = text;
    return true;
  }

  bool Id(dom::element value) {
    std::int64_t number = 0;
    if (value.get(number) != simdjson::SUCCESS) return Text(value, &read_.sample.id);
    if (!read_.sample.id.empty()) return false;
    read_.sample.id = fmt::format("{}", number);
    return true;
  }

  bool PromptIds(dom::element value) {
    dom::array array;
    if (read_.sample.prompt_ids || value.get(array) != simdjson::SUCCESS || array.size() == 0) {
      return false;
    }
    std::vector<TokenId>& ids = read_.sample.prompt_ids.emplace();
    if (keep_ == Keep::kAll) ids.reserve(array.size());
    for (const dom::element item : array) {
      std::int64_t id = 0;
      if (item.get(id) != simdjson::SUCCESS || id < 0 || !std::in_range<TokenId>(id)) return false;
      if (keep_ == Keep::kAll) ids.push_back(static_cast<TokenId>(id));
    }
    return true;
  }

  bool Instruction(dom::element value) {
    if (std::exchange(read_.has_instruction, true)) return false;
    std::string_view text;
    if (value.get(text) == simdjson::SUCCESS) {
      read_.has_benchmark_instruction = text == kPromptTemplate;
      return true;
    }
    dom::object object;
    if (value.get(object) != simdjson::SUCCESS) return false;
    for (const auto [key, member] : object) {
      if (member.get(text) != simdjson::SUCCESS) return false;
      if (key == "llama") read_.has_benchmark_instruction = text == kPromptTemplate;
    }
    return true;
  }

  const SampleLayout& layout_;
  Keep keep_;
  bool has_article_ = false;
  ReadSample read_;
};

bool MayEscapeSurrogate(std::string_view text) {
  for (std::size_t at = text.find('\\'); at != text.npos; at = text.find('\\', at + 1)) {
    const std::string_view escape = text.substr(at, 3);
    if (escape == "\\ud" || escape == "\\uD") return true;
  }
  return false;
}

}  // namespace

std::optional<ReadSample> ReadPlainSample(std::string_view text, const SampleLayout& layout,
                                          Keep keep) {
  thread_local dom::parser parser;
  // This parser lets half a pair of surrogates pass.
  if (MayEscapeSurrogate(text)) return std::nullopt;
  dom::object object;
  if (parser.parse(text.data(), text.size()).get(object) != simdjson::SUCCESS) return std::nullopt;
  Taker taker(layout, keep);
  for (const auto [key, value] : object) {
    if (!taker.Take(key, value)) return std::nullopt;
  }
  return std::move(taker).Finish();
}

}  // namespace assay
