// Values that may be absent, as JSON: null, never 0 or "".

#ifndef ASSAY_BASE_JSON_OR_NULL_H_
#define ASSAY_BASE_JSON_OR_NULL_H_

#include <optional>
#include <string>

#include "base/json.h"

namespace assay {

template <typename T>
[[nodiscard]] Json OrNull(const std::optional<T>& value) {
  return value ? Json(*value) : Json(nullptr);
}

// `text`  empty: absent.
[[nodiscard]] inline Json OrNull(const std::string& text) {
  return text.empty() ? Json(nullptr) : Json(text);
}

}  // namespace assay

#endif  // ASSAY_BASE_JSON_OR_NULL_H_
