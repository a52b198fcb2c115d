// Text formatting for the whole project: fmt, which never looks at the locale.

#ifndef ASSAY_BASE_FORMAT_H_
#define ASSAY_BASE_FORMAT_H_

#include <fmt/format.h>

#include "assay/result.h"

namespace assay {

// Error{code, fmt::format(...)}: the one-line errors that every reader returns.
template <typename... Args>
[[nodiscard]] Error MakeError(ErrorCode code, fmt::format_string<Args...> format, Args&&... args) {
  return Error{code, fmt::format(format, std::forward<Args>(args)...)};
}

}  // namespace assay

#endif  // ASSAY_BASE_FORMAT_H_
