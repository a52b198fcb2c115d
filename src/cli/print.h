// What the verbs print.

#ifndef ASSAY_CLI_PRINT_H_
#define ASSAY_CLI_PRINT_H_

#include <cstdio>
#include <string>
#include <utility>

#include "base/format.h"

namespace assay {

// To standard output. Whether all of it got there is asked at the program's end (app.cc).
template <typename... T>
void Print(fmt::format_string<T...> format, T&&... arguments) {
  const std::string text = fmt::format(format, std::forward<T>(arguments)...);
  std::fwrite(text.data(), 1, text.size(), stdout);
}

// To standard error. Nothing depends on it: where it is closed or full, the work goes on.
template <typename... T>
void Tell(fmt::format_string<T...> format, T&&... arguments) {
  const std::string text = fmt::format(format, std::forward<T>(arguments)...);
  std::fwrite(text.data(), 1, text.size(), stderr);
}

}  // namespace assay

#endif  // ASSAY_CLI_PRINT_H_
