#include <algorithm>
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

constexpr std::size_t kIndent = 2;
constexpr std::size_t kColumnGap = 2;
constexpr std::size_t kLabelWidth = 12;  // "performance" and a blank
constexpr std::string_view kSeparator = " · ";

std::string_view ColourOf(Tone tone) {
  switch (tone) {
    case Tone::kPlain:
      return "";
    case Tone::kStrong:
      return "\x1b[1m";
    case Tone::kGood:
      return "\x1b[32m";
    case Tone::kBad:
      return "\x1b[1;31m";
    case Tone::kCaution:
      return "\x1b[33m";
    case Tone::kQuiet:
      return "\x1b[2m";
  }
  return "";
}

class Page {
 public:
  Page(std::size_t width, bool colour) : width_(width), colour_(colour) {}

  void Title(const std::string& title, const Text& subtitle) {
    Flow({Text(title, Tone::kStrong)}, "", 0);
    Flow({subtitle}, "", 0);
  }

  void Heading(const Section& section) {
    out_ += '\n';
    if (section.title.empty()) return;
    std::vector<Text> parts{Text(section.title, Tone::kStrong)};
    if (!section.subtitle.text.empty()) {
      parts.emplace_back(section.subtitle.text, Tone::kQuiet, section.subtitle.foreign);
    }
    Flow(parts, " — ", 0);
  }

  void Add(const Fields& fields, std::size_t indent = kIndent) {
    for (const Field& field : fields.fields) {
      const std::string label = Printable(field.label);
      const std::size_t columns = std::max(kLabelWidth, DisplayWidth(label) + 1);
      std::string lead(indent, ' ');
      lead += label + std::string(columns - DisplayWidth(label), ' ');
      Flow(field.parts, kSeparator, indent + columns, lead);
    }
  }

  void Space() { out_ += '\n'; }

  void Add(const Paragraph& paragraph) { Flow(paragraph.parts, " ", kIndent); }

  void Add(const Items& items) {
    Flow({items.title}, " ", kIndent);
    std::size_t number = 0;
    for (const Item& item : items.items) {
      const std::string lead = fmt::format("{:>4}  ", ++number);
      Flow({item.heading}, " ", lead.size(), lead);
      Add(Fields{item.details}, lead.size());
    }
  }

  void Add(const Table& table) {
    const std::vector<std::size_t> widths = ColumnWidths(table);
    std::vector<Text> titles;
    for (const Column& column : table.columns) titles.emplace_back(column.title, Tone::kQuiet);
    AddRow(table, titles, widths);
    for (const std::vector<Text>& row : table.rows) AddRow(table, row, widths);
  }

  [[nodiscard]] std::string Take() { return std::move(out_); }

 private:
  // The parts one after another with `separator` between them, broken at blanks; lines after the
  // first begin at column `indent`. `lead`: what stands before the first line, `indent` columns; as
  // many blanks, if empty.
  void Flow(const std::vector<Text>& parts, std::string_view separator, std::size_t indent,
            std::string lead = {}) {
    if (lead.empty()) lead.assign(indent, ' ');
    const std::size_t room = width_ - indent;
    Line line;
    line.text = std::move(lead);
    for (std::size_t i = 0; i < parts.size(); ++i) {
      const std::string text = Printable(parts[i].text);
      // A part of a field stays on one line where one line can hold it.
      const bool whole = separator == kSeparator && DisplayWidth(text) <= room;
      std::string_view between = i == 0 ? "" : separator;
      Tone between_tone = Tone::kPlain;
      for (const std::string& word : whole ? std::vector{text} : WordsOf(text, room)) {
        if (line.used > 0 && line.used + DisplayWidth(between) + DisplayWidth(word) > room) {
          EndLine(line);
          line.text.assign(indent, ' ');
        } else if (line.used > 0) {
          Append(between, between_tone, line);
        }
        Append(word, parts[i].tone, line);
        between = " ";
        between_tone = parts[i].tone;
      }
    }
    EndLine(line);
  }

  // A line that grows, and the end of it that has one tone and is not painted yet.
  struct Line {
    std::string text;
    std::size_t used = 0;  // columns behind the indent
    std::string run;
    Tone tone = Tone::kPlain;
  };

  void Append(std::string_view text, Tone tone, Line& line) {
    if (tone != line.tone) {
      line.text += Painted(line.run, line.tone);
      line.run.clear();
      line.tone = tone;
    }
    line.run += text;
    line.used += DisplayWidth(text);
  }

  void EndLine(Line& line) {
    line.text += Painted(line.run, line.tone);
    line.text.erase(line.text.find_last_not_of(' ') + 1);
    out_ += line.text + '\n';
    line = {};
  }

  // The words of a text, those longer than a line cut.
  static std::vector<std::string> WordsOf(const std::string& text, std::size_t room) {
    std::vector<std::string> words;
    for (std::size_t begin = 0; begin < text.size();) {
      const std::size_t end = std::min(text.find(' ', begin), text.size());
      for (std::string& piece : WrapText(std::string_view(text).substr(begin, end - begin), room)) {
        words.push_back(std::move(piece));
      }
      begin = end + 1;
    }
    return words;
  }

  [[nodiscard]] std::vector<std::size_t> ColumnWidths(const Table& table) const {
    std::vector<std::size_t> widths;
    for (const Column& column : table.columns) widths.push_back(DisplayWidth(column.title));
    for (const std::vector<Text>& row : table.rows) {
      for (std::size_t i = 0; i < row.size(); ++i) {
        widths[i] = std::max(widths[i], DisplayWidth(Printable(row[i].text)));
      }
    }
    const auto total = [&] {
      std::size_t sum = kIndent;
      for (const std::size_t w : widths) sum += w + kColumnGap;
      return sum - kColumnGap;
    };
    while (total() > width_) --*std::max_element(widths.begin(), widths.end());
    return widths;
  }

  void AddRow(const Table& table, const std::vector<Text>& cells,
              const std::vector<std::size_t>& widths) {
    std::string line(kIndent, ' ');
    for (std::size_t i = 0; i < cells.size(); ++i) {
      const std::string text = Shortened(Printable(cells[i].text), widths[i]);
      const std::string pad(widths[i] - DisplayWidth(text), ' ');
      const std::string painted = Painted(text, cells[i].tone);
      line += table.columns[i].right ? pad + painted : painted + pad;
      if (i + 1 < cells.size()) line.append(kColumnGap, ' ');
    }
    line.erase(line.find_last_not_of(' ') + 1);
    out_ += line + '\n';
  }

  [[nodiscard]] std::string Painted(std::string_view text, Tone tone) const {
    const std::string_view code = colour_ ? ColourOf(tone) : "";
    if (code.empty() || text.empty()) return std::string(text);
    return fmt::format("{}{}\x1b[0m", code, text);
  }

  std::size_t width_;
  bool colour_;
  std::string out_;
};

}  // namespace

std::string RenderTerminal(const ReportModel& model, std::size_t width, bool colour) {
  const Document document = BuildDocument(model);
  Page page(std::max(width, kLeastTerminalWidth), colour);
  page.Title(document.title, document.subtitle);
  for (const Section& section : document.sections) {
    page.Heading(section);
    for (std::size_t i = 0; i < section.blocks.size(); ++i) {
      const bool table = std::holds_alternative<Table>(section.blocks[i]);
      if (i > 0 && (table || std::holds_alternative<Table>(section.blocks[i - 1]))) page.Space();
      std::visit([&page](const auto& block) { page.Add(block); }, section.blocks[i]);
    }
  }
  return page.Take();
}

}  // namespace assay
