#include "base/file.h"

#include <algorithm>
#include <cerrno>
#include <cstddef>
#include <memory>
#include <system_error>
#include <utility>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/atomic_file.h"
#include "base/format.h"
#include "base/io_error.h"

namespace assay {
namespace {

constexpr std::size_t kMinChunk = std::size_t{1} << 14U;
constexpr std::size_t kMaxChunk = std::size_t{1} << 20U;

class InputFile {
 public:
  InputFile(fs::path path, std::uint64_t max_bytes)
      : path_(std::move(path)), max_bytes_(max_bytes) {}

  // Value: how large it says that it is; pipes and files of /proc say 0.
  Result<std::size_t> Open() {
    fd_ = FileDescriptor(::open(path_.c_str(), O_RDONLY | O_CLOEXEC));
    if (fd_.get() < 0) return IoError(path_, "cannot open");
    struct stat info {};
    if (::fstat(fd_.get(), &info) != 0) return IoError(path_, "cannot stat");
    if (S_ISDIR(info.st_mode)) {
      return MakeError(ErrorCode::kIo, "{}: is a directory, expected a file", path_.string());
    }
    if (static_cast<std::uint64_t>(info.st_size) > max_bytes_) {
      return MakeError(ErrorCode::kIo, "{}: is {} bytes, more than the {} that can be right",
                       path_.string(), info.st_size, max_bytes_);
    }
    return static_cast<std::size_t>(info.st_size);
  }

  Result<std::size_t> Read(std::span<char> into) {
    ssize_t n = 0;
    do {
      n = ::read(fd_.get(), into.data(), into.size());
    } while (n < 0 && errno == EINTR);
    if (n < 0) return IoError(path_, "cannot read");
    read_bytes_ += static_cast<std::uint64_t>(n);
    if (read_bytes_ > max_bytes_) {
      return MakeError(ErrorCode::kIo, "{}: holds more than the {} bytes that can be right",
                       path_.string(), max_bytes_);
    }
    return static_cast<std::size_t>(n);
  }

 private:
  fs::path path_;
  std::uint64_t max_bytes_;
  std::uint64_t read_bytes_ = 0;
  FileDescriptor fd_;
};

}  // namespace

Result<ReadBytes> OpenToRead(const fs::path& path, std::uint64_t max_bytes) {
  // A std::function must be copyable.
  const auto file = std::make_shared<InputFile>(path, max_bytes);
  ASSAY_RETURN_IF_ERROR(file->Open());
  return ReadBytes([file](std::span<char> into) { return file->Read(into); });
}

Result<bool> ReadOn(const ReadBytes& read, std::string* bytes) {
  constexpr std::size_t kChunk = std::size_t{1} << 18U;
  const std::size_t before = bytes->size();
  bytes->resize(before + std::max(kChunk, before));  // twice as much each time: linear in all
  ASSAY_ASSIGN_OR_RETURN(const std::size_t got, read(std::span(*bytes).subspan(before)));
  bytes->resize(before + got);
  return got > 0;
}

Result<std::string> ReadFile(const fs::path& path, std::uint64_t max_bytes) {
  InputFile file(path, max_bytes);
  // The read that finds the end needs room too.
  ASSAY_ASSIGN_OR_RETURN(const std::size_t expected, file.Open());
  const std::size_t chunk = std::clamp<std::size_t>(expected, kMinChunk, kMaxChunk);
  std::string bytes;
  bytes.reserve(expected + chunk);
  while (true) {
    const std::size_t have = bytes.size();
    bytes.resize(have + chunk);
    ASSAY_ASSIGN_OR_RETURN(const std::size_t n, file.Read(std::span(bytes).subspan(have)));
    bytes.resize(have + n);
    if (n == 0) return bytes;
  }
}

Status WriteAll(const FileDescriptor& fd, std::string_view bytes, const fs::path& path) {
  while (!bytes.empty()) {
    const ssize_t n = ::write(fd.get(), bytes.data(), bytes.size());
    if (n < 0) {
      if (errno == EINTR) continue;
      return IoError(path, "cannot write");
    }
    bytes.remove_prefix(static_cast<std::size_t>(n));
  }
  return Ok{};
}

Status WriteFileAtomically(const fs::path& path, std::string_view bytes) {
  ASSAY_ASSIGN_OR_RETURN(AtomicFile file, AtomicFile::Create(path));
  ASSAY_RETURN_IF_ERROR(file.Write(bytes));
  return file.Commit();
}

Status MakeDirectories(const fs::path& path) {
  std::error_code error;
  fs::create_directories(path, error);
  if (error) {
    return MakeError(ErrorCode::kIo, "{}: cannot create the directory: {}", path.string(),
                     error.message());
  }
  return Ok{};
}

Result<AppendFile> AppendFile::Create(const fs::path& path) {
  FileDescriptor fd(::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_APPEND | O_CLOEXEC, 0644));
  if (fd.get() < 0) return IoError(path, "cannot create");
  return AppendFile(std::move(fd), path);
}

Status AppendFile::Append(std::string_view bytes) {
  return WriteAll(fd_, bytes, path_);
}

}  // namespace assay
