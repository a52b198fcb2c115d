#include "tokenizer/decode.h"

#include <algorithm>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <utility>

#include "tokenizer/load_bytes.h"

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

constexpr std::string_view kMarks = ".?!,'";

// text.find(from) for one of the texts that are replaced, all of which have a mark: marks are rarer
// than the blank that they begin with.
std::size_t Find(std::string_view text, std::string_view from) {
  const std::size_t before = from.find_first_of(kMarks);
  for (std::size_t mark = text.find(from[before], before); mark != std::string_view::npos;
       mark = text.find(from[before], mark + 1)) {
    if (text.substr(mark - before).starts_with(from)) return mark - before;
  }
  return std::string_view::npos;
}

// Bytes before the first that is none.
std::size_t CountAscii(std::string_view bytes) {
  constexpr std::uint64_t kHighBits = 0x80 * kEachByte;
  std::size_t i = 0;
  for (; i + sizeof(kHighBits) <= bytes.size(); i += sizeof(kHighBits)) {
    if (const std::uint64_t high = Load64(bytes.data() + i) & kHighBits; high != 0) {
      return i + static_cast<std::size_t>(std::countr_zero(high)) / 8;
    }
  }
  while (i < bytes.size() && (static_cast<unsigned char>(bytes[i]) & 0x80U) == 0) ++i;
  return i;
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
    const std::size_t ascii = CountAscii(bytes);
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
  for (std::size_t at = Find(text, from); at != std::string_view::npos; at = Find(text, from)) {
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

std::string CleanUp(std::string_view text) {
  std::string clean;
  SpaceCleaner cleaner;
  cleaner.Feed(text, &clean);
  cleaner.Finish(&clean);
  return clean;
}

// Everything that is replaced is a blank and a mark, or " n't".
bool MayNeedCleanUp(std::string_view text) {
  for (const char mark : kMarks) {
    for (std::size_t at = text.find(mark); at != std::string_view::npos;
         at = text.find(mark, at + 1)) {
      if (at > 0 && text[at - 1] == ' ') return true;
    }
  }
  return Find(text, " n't") != std::string_view::npos;
}

}  // namespace assay::tok
