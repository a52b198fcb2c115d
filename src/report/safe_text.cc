#include "report/safe_text.h"

#include <algorithm>
#include <array>
#include <cstdint>

#include "base/check.h"
#include "base/format.h"
#include "base/utf8.h"

namespace assay {
namespace {

struct Range {
  std::uint32_t first;
  std::uint32_t last;
};

template <std::size_t N>
bool IsIn(const std::array<Range, N>& ranges, std::uint32_t c) {
  return std::any_of(ranges.begin(), ranges.end(),
                     [c](const Range& r) { return c >= r.first && c <= r.last; });
}

// C0 with DEL and C1; then invisible characters that can hide or reorder text. The joiners U+200C
// and U+200D stay: scripts and emoji need them.
constexpr std::array<Range, 9> kUnprintable{{{0x00, 0x1F},
                                             {0x7F, 0x9F},
                                             {0x00AD, 0x00AD},
                                             {0x200B, 0x200B},
                                             {0x200E, 0x200F},
                                             {0x2028, 0x202E},
                                             {0x2060, 0x206F},
                                             {0xFEFF, 0xFEFF},
                                             {0xE0000, 0xE0FFF}}};
// Source: The Unicode Standard, East_Asian_Width W and F, rounded to whole blocks.
constexpr std::array<Range, 12> kWide{{{0x1100, 0x115F},
                                       {0x231A, 0x231B},
                                       {0x2E80, 0x303E},
                                       {0x3041, 0xA4CF},
                                       {0xA960, 0xA97F},
                                       {0xAC00, 0xD7A3},
                                       {0xF900, 0xFAFF},
                                       {0xFE30, 0xFE6F},
                                       {0xFF00, 0xFF60},
                                       {0xFFE0, 0xFFE6},
                                       {0x1F000, 0x1FAFF},
                                       {0x20000, 0x3FFFD}}};
constexpr std::array<Range, 7> kZeroWidth{{{0x0300, 0x036F},
                                           {0x0483, 0x0489},
                                           {0x0591, 0x05BD},
                                           {0x200C, 0x200D},
                                           {0x20D0, 0x20F0},
                                           {0xFE00, 0xFE0F},
                                           {0xFE20, 0xFE2F}}};

// Takes the first code point off well-formed UTF-8.
std::uint32_t TakeCodePoint(std::string_view& text) {
  const auto lead = static_cast<unsigned char>(text.front());
  std::size_t length = 1;
  if (lead >= 0xC0U) length = lead < 0xE0U ? 2 : (lead < 0xF0U ? 3 : 4);
  ASSAY_CHECK(length <= text.size());
  constexpr std::array<std::uint32_t, 5> kLeadBits{0, 0x7FU, 0x1FU, 0x0FU, 0x07U};
  std::uint32_t c = lead & kLeadBits[length];
  for (std::size_t i = 1; i < length; ++i) {
    c = (c << 6U) | (static_cast<unsigned char>(text[i]) & 0x3FU);
  }
  text.remove_prefix(length);
  return c;
}

std::size_t WidthOf(std::uint32_t c) {
  if (IsIn(kZeroWidth, c)) return 0;
  return IsIn(kWide, c) ? 2 : 1;
}

std::string EscapeOf(std::uint32_t c) {
  if (c == '\n') return "\\n";
  if (c == '\t') return "\\t";
  if (c == '\r') return "\\r";
  if (c < 0x100U) return fmt::format("\\x{:02x}", c);
  return c < 0x10000U ? fmt::format("\\u{:04x}", c) : fmt::format("\\U{:08x}", c);
}

void AppendWellFormed(std::string_view text, std::string& out) {
  while (!text.empty()) {
    const std::string_view before = text;
    const std::uint32_t c = TakeCodePoint(text);
    if (IsIn(kUnprintable, c)) {
      out += EscapeOf(c);
    } else {
      out += before.substr(0, before.size() - text.size());
    }
  }
}

// The longest beginning of `text` that fits `width` columns; at least one character.
std::string_view Fitting(std::string_view text, std::size_t width) {
  std::string_view rest = text;
  std::size_t used = 0;
  std::size_t bytes = 0;
  while (!rest.empty()) {
    const std::size_t w = WidthOf(TakeCodePoint(rest));
    if (used + w > width && bytes > 0) break;
    used += w;
    bytes = text.size() - rest.size();
  }
  return text.substr(0, bytes);
}

}  // namespace

std::string Printable(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  while (true) {
    const auto bad = FirstInvalidUtf8(text);
    AppendWellFormed(text.substr(0, bad.value_or(text.size())), out);
    if (!bad) return out;
    out += "\uFFFD";
    text.remove_prefix(*bad + 1);
  }
}

std::size_t DisplayWidth(std::string_view printable) {
  std::size_t width = 0;
  while (!printable.empty()) width += WidthOf(TakeCodePoint(printable));
  return width;
}

std::vector<std::string> WrapText(std::string_view printable, std::size_t width) {
  ASSAY_CHECK(width >= 2);
  std::vector<std::string> lines;
  std::string line;
  std::size_t used = 0;
  const auto flush = [&] {
    if (!line.empty()) lines.push_back(std::move(line));
    line.clear();
    used = 0;
  };
  while (!printable.empty()) {
    const std::size_t end = std::min(printable.find(' '), printable.size());
    std::string_view word = printable.substr(0, end);
    printable.remove_prefix(std::min(end + 1, printable.size()));
    if (word.empty()) continue;
    if (used > 0 && used + 1 + DisplayWidth(word) > width) flush();
    for (std::string_view head = Fitting(word, width); head.size() < word.size();
         head = Fitting(word, width)) {
      lines.emplace_back(head);
      word.remove_prefix(head.size());
    }
    if (used > 0) line += ' ';
    line += word;
    used = DisplayWidth(line);
  }
  flush();
  return lines;
}

std::string Shortened(std::string_view printable, std::size_t width) {
  if (DisplayWidth(printable) <= width) return std::string(printable);
  if (width == 1) return "…";
  std::string_view head = Fitting(printable, width - 1);
  if (DisplayWidth(head) > width - 1) head = {};  // a single wide character
  return std::string(head) + "…";
}

std::string MarkdownEscaped(std::string_view text) {
  const std::string printable = Printable(text);
  std::string out;
  for (std::size_t i = 0; i < printable.size(); ++i) {
    const char c = printable[i];
    if (c == '<') {
      out += "&lt;";
    } else if (c == '>') {
      out += "&gt;";
    } else if (c == '&') {
      out += "&amp;";
    } else if (c == '@') {  // a mention
      out += "&#64;";
    } else if (printable.compare(i, 3, "://") == 0) {  // a link made of bare text
      out += "&#58;";
    } else {
      if (std::string_view("\\`*_[]#|~$").find(c) != std::string_view::npos) out += '\\';
      out += c;
    }
  }
  return out;
}

std::string MarkdownCode(std::string_view text) {
  if (text.empty()) return {};
  const std::string printable = Printable(text);
  std::size_t longest = 0;
  std::size_t run = 0;
  for (const char c : printable) {
    run = c == '`' ? run + 1 : 0;
    longest = std::max(longest, run);
  }
  const std::string fence(longest + 1, '`');
  std::string body;
  for (const char c : printable) {
    if (c == '|') body += '\\';
    body += c;
  }
  // A blank on both sides is taken off again by whoever reads it.
  const bool pad = body.front() == '`' || body.back() == '`' || body.front() == ' ';
  return pad ? fmt::format("{} {} {}", fence, body, fence) : fence + body + fence;
}

}  // namespace assay
