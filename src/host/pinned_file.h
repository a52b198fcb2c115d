// A small file of /proc or /sys that is read again and again.

#ifndef ASSAY_HOST_PINNED_FILE_H_
#define ASSAY_HOST_PINNED_FILE_H_

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "assay/result.h"

#include "base/file.h"
#include "base/file_descriptor.h"

namespace assay {

// Opened once; each Read is one pread(2) into the same memory, so that sampling opens nothing and,
// once the buffer is as large as the file, allocates nothing.
class PinnedFile {
 public:
  // Errors: kIo, naming file and reason, if it cannot be opened or read.
  static Result<PinnedFile> Open(const fs::path& path);

  // The bytes now. Value: empty if it can no longer be read (a process that ended). The view is
  // valid until the next Read.
  [[nodiscard]] std::string_view Read();

 private:
  explicit PinnedFile(FileDescriptor fd) : fd_(std::move(fd)) {}

  FileDescriptor fd_;
  std::string buffer_;
};

// Value: the decimal number that `text` begins with, after blanks; nullopt if there is none.
[[nodiscard]] std::optional<std::uint64_t> LeadingNumber(std::string_view text);
// Takes the line that `text` begins with, without its line feed.
[[nodiscard]] std::string_view TakeLine(std::string_view& text);
// Takes the word that `text` begins with, after blanks; empty at the end.
[[nodiscard]] std::string_view TakeWord(std::string_view& text);

}  // namespace assay

#endif  // ASSAY_HOST_PINNED_FILE_H_
