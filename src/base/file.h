// Files: read whole, written atomically, appended to as a journal. Every error names the path.

#ifndef ASSAY_BASE_FILE_H_
#define ASSAY_BASE_FILE_H_

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <utility>

#include "assay/result.h"

#include "base/file_descriptor.h"

namespace assay {

namespace fs = std::filesystem;

inline constexpr std::uint64_t kMaxInputFileBytes = std::uint64_t{2} << 30U;  // 2 GiB

// The bytes of a regular file.
// Errors: kIo if it cannot be opened or read, is a directory, or is larger than `max_bytes`.
[[nodiscard]] Result<std::string> ReadFile(const fs::path& path,
                                           std::uint64_t max_bytes = kMaxInputFileBytes);

// Bytes that come piece by piece: fills the beginning of `into`. Value: how many there are now; 0
// at their end. Errors: kIo.
using ReadBytes = std::function<Result<std::size_t>(std::span<char> into)>;

// Appends some more of them to `bytes`. Value: false at their end. Errors: those of `read`.
[[nodiscard]] Result<bool> ReadOn(const ReadBytes& read, std::string* bytes);

// Those of a regular file; for one thread at a time. Errors: as ReadFile's.
[[nodiscard]] Result<ReadBytes> OpenToRead(const fs::path& path,
                                           std::uint64_t max_bytes = kMaxInputFileBytes);

// All of `bytes`. `path` names what is open in errors. Errors: kIo.
[[nodiscard]] Status WriteAll(const FileDescriptor& fd, std::string_view bytes,
                              const fs::path& path);

// An AtomicFile (base/atomic_file.h) in one step. Errors: kIo.
[[nodiscard]] Status WriteFileAtomically(const fs::path& path, std::string_view bytes);

// Creates the directory and its parents; succeeds if it exists.
[[nodiscard]] Status MakeDirectories(const fs::path& path);

// A file that only grows. Each Append is one write(2) to an O_APPEND descriptor: when it returns,
// the kernel has the bytes, and a SIGKILL of this process loses nothing.
class AppendFile {
 public:
  // Creates the file; it must not exist.
  static Result<AppendFile> Create(const fs::path& path);
  // Thread-safe for lines of any size as far as O_APPEND is; callers that need whole lines hold a
  // lock. Errors: kIo, e.g. disk full.
  [[nodiscard]] Status Append(std::string_view bytes);

 private:
  AppendFile(FileDescriptor fd, fs::path path) : fd_(std::move(fd)), path_(std::move(path)) {}

  FileDescriptor fd_;
  fs::path path_;
};

}  // namespace assay

#endif  // ASSAY_BASE_FILE_H_
