#include "report/html_text.h"

#include <algorithm>
#include <cstddef>

#include "base/format.h"
#include "base/markup.h"
#include "report/safe_text.h"

namespace assay {
namespace {

std::string_view ClassOf(Tone tone) {
  switch (tone) {
    case Tone::kPlain:
      return "";
    case Tone::kStrong:
      return "strong";
    case Tone::kGood:
      return "good";
    case Tone::kBad:
      return "bad";
    case Tone::kCaution:
      return "caution";
    case Tone::kQuiet:
      return "quiet";
  }
  return "";
}

}  // namespace

std::string HtmlText(std::string_view text) {
  std::string out;
  out.reserve(text.size() + text.size() / 8);
  while (true) {
    const std::size_t end = std::min(text.find_first_of("\n\t"), text.size());
    out += MarkupEscaped(Printable(text.substr(0, end)), Apostrophe::kEscaped);
    if (end == text.size()) return out;
    out += text[end];
    text.remove_prefix(end + 1);
  }
}

std::string ScriptJson(const Json& data) {
  const std::string json = ToJsonLine(data);
  std::string out;
  out.reserve(json.size());
  for (std::size_t i = 0; i < json.size(); ++i) {
    const char c = json[i];
    if (c == '<' || c == '>' || c == '&') {
      out += fmt::format("\\u{:04x}", static_cast<unsigned>(c));
    } else if (json.compare(i, 3, "\u2028") == 0 || json.compare(i, 3, "\u2029") == 0) {
      out += json[i + 2] == '\xa8' ? "\\u2028" : "\\u2029";
      i += 2;
    } else {
      out += c;
    }
  }
  return out;
}

std::string HtmlSpan(const Text& text) {
  const std::string_view name = ClassOf(text.tone);
  if (name.empty()) return "<span>" + HtmlText(text.text) + "</span>";
  return fmt::format("<span class=\"{}\">{}</span>", name, HtmlText(text.text));
}

}  // namespace assay
