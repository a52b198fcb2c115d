#include "report/html_blocks.h"

#include <cstddef>
#include <variant>

#include "base/format.h"
#include "report/html_text.h"

namespace assay {
namespace {

void Append(const Fields& fields, std::string& page) {
  page += "<dl class=\"fields\">\n";
  for (const Field& field : fields.fields) {
    page += "<dt>" + HtmlText(field.label) + "</dt><dd>";
    for (const Text& part : field.parts) page += HtmlSpan(part) + " ";
    page += "</dd>\n";
  }
  page += "</dl>\n";
}

void Append(const Paragraph& paragraph, std::string& page) {
  page += "<p>";
  for (const Text& part : paragraph.parts) page += HtmlSpan(part) + " ";
  page += "</p>\n";
}

void Append(const Items& items, std::string& page) {
  page += "<h3 class=\"items\">" + HtmlSpan(items.title) + "</h3>\n<ol class=\"items\">\n";
  for (const Item& item : items.items) {
    page += "<li><p>" + HtmlSpan(item.heading) + "</p>\n";
    if (!item.details.empty()) Append(Fields{item.details}, page);
    page += "</li>\n";
  }
  page += "</ol>\n";
}

}  // namespace

void AppendTable(const Table& table, std::string_view caption, std::string& page) {
  // A table that is wider than the screen is scrolled, by keys too.
  page += fmt::format(
      "<div class=\"scroll\" tabindex=\"0\" role=\"region\" aria-label=\"{0}\"><table>"
      "<caption class=\"unseen\">{0}</caption>\n<thead><tr>",
      HtmlText(caption));
  for (const Column& column : table.columns) {
    page += fmt::format("<th scope=\"col\"{}>{}</th>", column.right ? " class=\"n\"" : "",
                        HtmlText(column.title));
  }
  page += "</tr></thead>\n<tbody>\n";
  for (const std::vector<Text>& row : table.rows) {
    page += "<tr>";
    for (std::size_t i = 0; i < row.size(); ++i) {
      const char* number = table.columns[i].right ? " class=\"n\"" : "";
      page += i == 0 ? fmt::format("<th scope=\"row\"{}>{}</th>", number, HtmlSpan(row[i]))
                     : fmt::format("<td{}>{}</td>", number, HtmlSpan(row[i]));
    }
    page += "</tr>\n";
  }
  page += "</tbody></table></div>\n";
}

void AppendBlocks(const std::vector<Block>& blocks, std::string_view caption, std::string& page) {
  for (const Block& block : blocks) {
    const auto append = [&](const auto& one) {
      if constexpr (std::is_same_v<std::decay_t<decltype(one)>, Table>) {
        AppendTable(one, caption, page);
      } else {
        Append(one, page);
      }
    };
    std::visit(append, block);
  }
}

}  // namespace assay
