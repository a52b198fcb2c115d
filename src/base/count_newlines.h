// Line feeds in bytes.

#ifndef ASSAY_BASE_COUNT_NEWLINES_H_
#define ASSAY_BASE_COUNT_NEWLINES_H_

#include <cstddef>
#include <string_view>

namespace assay {

// Fast where lines are long, as they are in files of machines.
[[nodiscard]] inline std::size_t CountNewlines(std::string_view bytes) {
  std::size_t count = 0;
  for (std::size_t at = bytes.find('\n'); at != std::string_view::npos;
       at = bytes.find('\n', at + 1)) {
    ++count;
  }
  return count;
}

}  // namespace assay

#endif  // ASSAY_BASE_COUNT_NEWLINES_H_
