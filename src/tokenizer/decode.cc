#include "tokenizer/decode.h"

#include <algorithm>
#include <array>
#include <cstddef>
#include <utility>

namespace assay::tok {
namespace {

constexpr std::string_view kReplacementCharacter = "\xEF\xBF\xBD";

// The longest start of `bytes` that is a start of a well-formed sequence, and the length of that
// sequence. A byte that can start none has both 1 and 0.
struct SequenceStart {
  std::size_t size;
  std::size_t whole;
};

SequenceStart StartOfSequence(std::string_view bytes) {
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(bytes[i]); };
  const unsigned lead = byte(0);
  if (lead < 0x80) return {1, 1};
  if (lead < 0xC2 || lead > 0xF4) return {1, 0};
  const std::size_t whole = lead < 0xE0 ? 2 : lead < 0xF0 ? 3 : 4;
  const unsigned low = lead == 0xE0 ? 0xA0 : lead == 0xF0 ? 0x90 : 0x80;
  const unsigned high = lead == 0xED ? 0x9F : lead == 0xF4 ? 0x8F : 0xBF;
  std::size_t size = 1;
  while (size < whole && size < bytes.size()) {
    const bool second = size == 1;
    if (byte(size) < (second ? low : 0x80U) || byte(size) > (second ? high : 0xBFU)) break;
    ++size;
  }
  return {size, whole};
}

}  // namespace

void Utf8Repair::Feed(std::string_view bytes, std::string* out) {
  std::string joined;
  if (!held_.empty()) {
    joined = std::exchange(held_, {});
    joined += bytes;
    bytes = joined;
  }
  while (!bytes.empty()) {
    const auto ascii = static_cast<std::size_t>(
        std::find_if(bytes.begin(), bytes.end(), [](char c) { return (c & 0x80) != 0; }) -
        bytes.begin());
    *out += bytes.substr(0, ascii);
    bytes.remove_prefix(ascii);
    if (bytes.empty()) return;
    const SequenceStart start = StartOfSequence(bytes);
    if (start.size == start.whole) {
      *out += bytes.substr(0, start.size);
    } else if (start.size == bytes.size() && start.whole != 0) {
      held_ = bytes;
      return;
    } else {
      *out += kReplacementCharacter;
    }
    bytes.remove_prefix(start.size);
  }
}

void Utf8Repair::Finish(std::string* out) {
  if (!held_.empty()) *out += kReplacementCharacter;
  held_.clear();
}

SpaceCleaner::SpaceCleaner()
    : chain_{{" .", ".", {}},     {" ?", "?", {}},     {" !", "!", {}},   {" ,", ",", {}},
             {" ' ", "'", {}},    {" n't", "n't", {}}, {" 'm", "'m", {}}, {" 's", "'s", {}},
             {" 've", "'ve", {}}, {" 're", "'re", {}}} {}

void SpaceCleaner::Replacement::Feed(std::string_view text, std::string* out) {
  std::string joined;
  if (!held.empty()) {
    joined = std::exchange(held, {});
    joined += text;
    text = joined;
  }
  for (std::size_t at = text.find(from); at != std::string_view::npos; at = text.find(from)) {
    *out += text.substr(0, at);
    *out += to;
    text.remove_prefix(at + from.size());
  }
  std::size_t keep = std::min(text.size(), from.size() - 1);
  while (keep > 0 && !from.starts_with(text.substr(text.size() - keep))) --keep;
  *out += text.substr(0, text.size() - keep);
  held = text.substr(text.size() - keep);
}

void SpaceCleaner::Feed(std::string_view text, std::string* out) {
  std::string current(text);
  for (Replacement& replacement : chain_) {
    std::string next;
    replacement.Feed(current, &next);
    current = std::move(next);
  }
  *out += current;
}

void SpaceCleaner::Finish(std::string* out) {
  std::string current;
  for (Replacement& replacement : chain_) {
    std::string next;
    replacement.Feed(current, &next);
    next += std::exchange(replacement.held, {});
    current = std::move(next);
  }
  *out += current;
}

// Everything that is replaced begins with a blank and one of these, of which the marks are rarer
// than blanks.
bool MayNeedCleanUp(std::string_view text) {
  constexpr std::array<bool, 256> kMarks = [] {
    std::array<bool, 256> marks{};
    for (const char mark : std::string_view(".?!,'")) {
      marks[static_cast<unsigned char>(mark)] = true;
    }
    return marks;
  }();
  for (std::size_t i = 1; i < text.size(); ++i) {
    if (kMarks[static_cast<unsigned char>(text[i])] && text[i - 1] == ' ') return true;
  }
  return text.find(" n't") != std::string_view::npos;
}

}  // namespace assay::tok
