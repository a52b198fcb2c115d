#include "base/json_array_stream.h"

#include <algorithm>
#include <limits>
#include <utility>

#include "base/count_newlines.h"
#include "base/format.h"

namespace assay {
namespace {

bool IsBlank(char c) {
  return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

}  // namespace

Result<JsonArrayStream> JsonArrayStream::Open(const fs::path& path) {
  ASSAY_ASSIGN_OR_RETURN(ReadBytes read,
                         OpenToRead(path, std::numeric_limits<std::uint64_t>::max()));
  return JsonArrayStream(std::move(read), path.string());
}

Error JsonArrayStream::At(std::string_view what) const {
  return MakeError(ErrorCode::kParse, "{}:{}: {}", where_, line_, what);
}

void JsonArrayStream::Skip(std::size_t size) {
  line_ += CountNewlines(Rest().substr(0, size));
  pos_ += size;
}

Result<bool> JsonArrayStream::ReadMore() {
  buffer_.erase(0, pos_);
  dropped_ += pos_;
  pos_ = 0;
  return ReadOn(read_, &buffer_);
}

Result<std::optional<char>> JsonArrayStream::Peek() {
  while (true) {
    const std::string_view rest = Rest();
    const auto* const found = std::find_if_not(rest.begin(), rest.end(), IsBlank);
    Skip(static_cast<std::size_t>(found - rest.begin()));
    if (pos_ < buffer_.size()) return std::optional<char>(buffer_[pos_]);
    ASSAY_ASSIGN_OR_RETURN(const bool more, ReadMore());
    if (!more) return std::optional<char>();
  }
}

Result<JsonSlice> JsonArrayStream::ReadElement() {
  ASSAY_RETURN_IF_ERROR(Peek());
  ElementEnd end;
  std::size_t size = end.Find(Rest());
  while (size == Rest().size()) {
    if (size > kMaxElementBytes) {
      return At(fmt::format("an array element of more than {} bytes", kMaxElementBytes));
    }
    ASSAY_ASSIGN_OR_RETURN(const bool more, ReadMore());
    if (!more) return At("the file ends inside the array element that starts here");
    size = end.Find(Rest());
  }
  const JsonSlice slice{WithoutBlankEnd(Rest().substr(0, size)), dropped_ + pos_, line_};
  Skip(size);
  if (slice.text.empty()) return At("expected a JSON value");
  return slice;
}

Result<std::optional<JsonSlice>> JsonArrayStream::Next() {
  if (ended_) return std::optional<JsonSlice>();
  ASSAY_ASSIGN_OR_RETURN(std::optional<char> next, Peek());
  bool first = false;
  if (!started_) {
    if (next != '[') return At("expected a JSON array: '['");
    started_ = first = true;
    Skip(1);
    ASSAY_ASSIGN_OR_RETURN(next, Peek());
  }
  if (next == ']') {
    Skip(1);
    ended_ = true;
    ASSAY_ASSIGN_OR_RETURN(next, Peek());
    if (next) return At("expected the end of the file after the JSON array");
    return std::optional<JsonSlice>();
  }
  if (!first && next == ',') Skip(1);
  ASSAY_ASSIGN_OR_RETURN(const JsonSlice slice, ReadElement());
  return std::optional<JsonSlice>(slice);
}

}  // namespace assay
