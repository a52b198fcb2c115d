#include "dataset/dataset_source.h"

#include <algorithm>
#include <string_view>

#include "base/count_newlines.h"

namespace assay {

Result<std::optional<DatasetSource::Beginning>> DatasetSource::Begin() {
  constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";
  constexpr std::size_t kChunk = std::size_t{1} << 16U;
  Beginning beginning;
  while (true) {
    const std::size_t held = start_.size();
    start_.resize(held + kChunk);
    ASSAY_ASSIGN_OR_RETURN(const std::size_t got, ReadOn(std::span(start_).subspan(held)));
    start_.resize(held + got);
    beginning.byte_order_mark = start_.starts_with(kByteOrderMark);
    given_ = beginning.byte_order_mark ? kByteOrderMark.size() : 0;
    const bool may_be_mark = got > 0 && kByteOrderMark.starts_with(start_);
    const std::size_t searched = held < kByteOrderMark.size() ? given_ : held;
    const std::size_t first = start_.find_first_not_of(" \t\r\n", searched);
    if (first != std::string::npos && !may_be_mark) {
      beginning.first = start_[first];
      beginning.line += CountNewlines(std::string_view(start_).substr(0, first));
      return std::optional(beginning);
    }
    if (got == 0) return std::optional<Beginning>();
  }
}

Result<std::size_t> DatasetSource::Read(std::span<char> into) {
  const std::size_t held = std::min(into.size(), start_.size() - given_);
  if (held == 0) return ReadOn(into);
  start_.copy(into.data(), held, given_);
  given_ += held;
  return held;
}

Result<std::size_t> DatasetSource::ReadOn(std::span<char> into) {
  ASSAY_ASSIGN_OR_RETURN(const std::size_t got, read_(into));
  hash_.Update({into.data(), got});
  size_bytes_ += got;
  return got;
}

}  // namespace assay
