// Text inside HTML and XML.

#ifndef ASSAY_BASE_MARKUP_H_
#define ASSAY_BASE_MARKUP_H_

#include <string>
#include <string_view>

namespace assay {

enum class Apostrophe {
  kKept,    // attributes stand between quotation marks only
  kEscaped  // between either
};

// Value: `text` with "&", "<", ">", the quotation mark and, where `apostrophe` says so, "'" written
// as entities: nothing in it is markup in an element's content or a quoted attribute. Other bytes
// stay as they are; controls, which XML forbids, are the caller's to remove.
[[nodiscard]] std::string MarkupEscaped(std::string_view text, Apostrophe apostrophe);

}  // namespace assay

#endif  // ASSAY_BASE_MARKUP_H_
