#include <cstddef>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "base/format.h"
#include "report/report.h"
#include "report/safe_text.h"
#include "report/sections.h"

namespace assay {
namespace {

std::string Inline(const Text& text) {
  if (text.text.empty()) return {};
  const std::string body = text.foreign ? MarkdownCode(text.text) : MarkdownEscaped(text.text);
  const bool strong = text.tone == Tone::kStrong || text.tone == Tone::kBad;
  return strong ? fmt::format("**{}**", body) : body;
}

std::string Joined(const std::vector<Text>& parts, std::string_view separator) {
  std::string out;
  for (const Text& part : parts) {
    const std::string text = Inline(part);
    if (text.empty()) continue;
    if (!out.empty()) out += separator;
    out += text;
  }
  return out;
}

class Page {
 public:
  void Title(const std::string& title, const Text& subtitle) {
    out_ += fmt::format("# {}\n\n{}\n", MarkdownEscaped(title), Inline(subtitle));
  }

  void Heading(const Section& section) {
    if (!section.title.empty()) out_ += fmt::format("\n## {}\n", MarkdownEscaped(section.title));
    if (!section.subtitle.text.empty()) out_ += fmt::format("\n{}\n", Inline(section.subtitle));
  }

  void Add(const Fields& fields) {
    out_ += "\n| | |\n|---|---|\n";
    for (const Field& field : fields.fields) {
      out_ +=
          fmt::format("| {} | {} |\n", MarkdownEscaped(field.label), Joined(field.parts, " · "));
    }
  }

  void Add(const Table& table) {
    std::string titles = "|";
    std::string rule = "|";
    for (const Column& column : table.columns) {
      titles += fmt::format(" {} |", MarkdownEscaped(column.title));
      rule += column.right ? "---:|" : "---|";
    }
    out_ += fmt::format("\n{}\n{}\n", titles, rule);
    for (const std::vector<Text>& row : table.rows) {
      out_ += '|';
      for (const Text& cell : row) out_ += fmt::format(" {} |", Inline(cell));
      out_ += '\n';
    }
  }

  void Add(const Paragraph& paragraph) {
    out_ += fmt::format("\n{}\n", Joined(paragraph.parts, " "));
  }

  void Add(const Items& items) {
    out_ += fmt::format("\n**{}**\n\n", MarkdownEscaped(items.title.text));
    for (const Item& item : items.items) {
      // A finding's sentence is ours though it names what is not: escaped, and no code.
      out_ += fmt::format("1. {}\n", MarkdownEscaped(item.heading.text));
      for (const Field& field : item.details) {
        out_ +=
            fmt::format("   - {}: {}\n", MarkdownEscaped(field.label), Joined(field.parts, " · "));
      }
    }
  }

  [[nodiscard]] std::string Take() { return std::move(out_); }

 private:
  std::string out_;
};

}  // namespace

std::string RenderMarkdown(const ReportModel& model) {
  const Document document = BuildDocument(model);
  Page page;
  page.Title(document.title, document.subtitle);
  for (const Section& section : document.sections) {
    page.Heading(section);
    for (const Block& block : section.blocks) {
      std::visit([&page](const auto& b) { page.Add(b); }, block);
    }
  }
  return page.Take();
}

}  // namespace assay
