// Foreign text on a page: models, data sets and servers can send anything.

#ifndef ASSAY_REPORT_SAFE_TEXT_H_
#define ASSAY_REPORT_SAFE_TEXT_H_

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace assay {

// Value: one line of well-formed UTF-8 that moves no cursor and turns no reading direction.
// Controls (C0, DEL, C1), line and paragraph separators, bidirectional and other invisible format
// characters are written as "\n", "\t", "\x1b", "\u202e"; ill-formed bytes become U+FFFD.
[[nodiscard]] std::string Printable(std::string_view text);

// Columns that a terminal needs. Value: East Asian wide characters and emoji 2, combining marks and
// joiners 0, all others 1. REQUIRES: a result of Printable.
[[nodiscard]] std::size_t DisplayWidth(std::string_view printable);

// Value: lines of at most `width` columns, broken at blanks where there are any and inside words
// longer than a line. No line for an empty text. REQUIRES: a result of Printable; width >= 2.
[[nodiscard]] std::vector<std::string> WrapText(std::string_view printable, std::size_t width);

// Value: `printable`, or its beginning and "…" where it needs more than `width` columns.
// REQUIRES: width >= 1.
[[nodiscard]] std::string Shortened(std::string_view printable, std::size_t width);

// Printable(text) for the middle of a line of Markdown: what Markdown or HTML could take for
// markup, a link or a mention is escaped.
[[nodiscard]] std::string MarkdownEscaped(std::string_view text);
// Printable(text) as a Markdown code span that also stands in a table: nothing in it is markup, a
// link or a mention. Value: "" for an empty text.
[[nodiscard]] std::string MarkdownCode(std::string_view text);

}  // namespace assay

#endif  // ASSAY_REPORT_SAFE_TEXT_H_
