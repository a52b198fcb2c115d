// Foreign text and data in an HTML page.

#ifndef ASSAY_REPORT_HTML_TEXT_H_
#define ASSAY_REPORT_HTML_TEXT_H_

#include <string>
#include <string_view>

#include "base/json.h"
#include "report/document.h"

namespace assay {

// Value: `text` for the content of an element or a quoted attribute: nothing in it is markup. Line
// feeds and tabs stay; other controls and what hides or reorders text are written out as by
// Printable; ill-formed bytes become U+FFFD.
[[nodiscard]] std::string HtmlText(std::string_view text);

// Value: one line of JSON for a <script type="application/json">: without "<", ">", "&" and line
// separators, which are written as \u escapes, so that nothing in it can end the element or open a
// comment.
[[nodiscard]] std::string ScriptJson(const Json& data);

// A text in an element of its own, of the class that its tone asks for.
[[nodiscard]] std::string HtmlSpan(const Text& text);

}  // namespace assay

#endif  // ASSAY_REPORT_HTML_TEXT_H_
