#include "dataset/dataset_source.h"

#include <algorithm>
#include <string_view>

#include "base/count_newlines.h"

namespace assay {

Result<std::optional<DatasetSource::Beginning>> DatasetSource::Begin() {
  const auto read = [this](std::span<char> into) { return ReadHashed(into); };
  while (start_.size() < kByteOrderMark.size()) {
    ASSAY_ASSIGN_OR_RETURN(const bool more, ReadOn(read, &start_));
    if (!more) break;
  }
  Beginning beginning;
  beginning.byte_order_mark = start_.starts_with(kByteOrderMark);
  given_ = beginning.byte_order_mark ? kByteOrderMark.size() : 0;
  std::size_t first = start_.find_first_not_of(kJsonBlanks, given_);
  while (first == std::string::npos) {
    const std::size_t searched = start_.size();
    ASSAY_ASSIGN_OR_RETURN(const bool more, ReadOn(read, &start_));
    if (!more) return std::optional<Beginning>();
    first = start_.find_first_not_of(kJsonBlanks, searched);
  }
  beginning.first = start_[first];
  beginning.line += CountNewlines(std::string_view(start_).substr(0, first));
  return std::optional(beginning);
}

Result<std::size_t> DatasetSource::Read(std::span<char> into) {
  const std::size_t held = std::min(into.size(), start_.size() - given_);
  if (held == 0) return ReadHashed(into);
  start_.copy(into.data(), held, given_);
  given_ += held;
  return held;
}

Result<std::size_t> DatasetSource::ReadHashed(std::span<char> into) {
  ASSAY_ASSIGN_OR_RETURN(const std::size_t got, read_(into));
  hash_.Update({into.data(), got});
  size_bytes_ += got;
  return got;
}

}  // namespace assay
