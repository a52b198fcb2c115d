// The elements of a top-level JSON array in a file of any size, in memory of one of them.

#ifndef ASSAY_BASE_JSON_ARRAY_STREAM_H_
#define ASSAY_BASE_JSON_ARRAY_STREAM_H_

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "assay/result.h"

#include "base/file.h"
#include "base/json.h"

namespace assay {

class JsonArrayStream {
 public:
  // Errors: kIo if the file cannot be opened or is a directory.
  [[nodiscard]] static Result<JsonArrayStream> Open(const fs::path& path);
  // `where` names the bytes in errors.
  JsonArrayStream(ReadBytes read, std::string where)
      : read_(std::move(read)), where_(std::move(where)) {}

  // The next element, as JsonArrayWalker gives it; nullopt behind the last one. Its text is valid
  // until the next call.
  // Errors: kIo; kParse with file and line: no array, cut off inside an element, something after
  // the array, an element of more than kMaxElementBytes.
  [[nodiscard]] Result<std::optional<JsonSlice>> Next();

  static constexpr std::size_t kMaxElementBytes = std::size_t{64} << 20U;

 private:
  // What has been read and not yet given away.
  [[nodiscard]] std::string_view Rest() const { return std::string_view(buffer_).substr(pos_); }
  // Reads on. Value: false at the end of the file.
  [[nodiscard]] Result<bool> ReadMore();
  // Goes to the next character that is no blank. Value: nullopt at the end of the file.
  [[nodiscard]] Result<std::optional<char>> Peek();
  [[nodiscard]] Result<JsonSlice> ReadElement();
  void Skip(std::size_t size);
  [[nodiscard]] Error At(std::string_view what) const;

  ReadBytes read_;
  std::string where_;
  std::string buffer_;
  std::size_t pos_ = 0;      // in buffer_
  std::size_t dropped_ = 0;  // bytes of the file that buffer_ no longer holds
  std::size_t line_ = 1;     // of pos_
  bool started_ = false;
  bool ended_ = false;
};

}  // namespace assay

#endif  // ASSAY_BASE_JSON_ARRAY_STREAM_H_
