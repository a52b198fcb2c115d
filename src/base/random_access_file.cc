#include "base/random_access_file.h"

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <cstddef>
#include <memory>
#include <mutex>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/format.h"
#include "base/io_error.h"

namespace assay {
Result<RandomAccessFile> RandomAccessFile::Open(const std::filesystem::path& path) {
  // Without O_NONBLOCK, a pipe that nobody writes to would be waited for.
  FileDescriptor fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
  if (fd.get() < 0) return IoError(path, "cannot be opened");
  struct stat info {};
  if (::fstat(fd.get(), &info) != 0) return IoError(path, "cannot stat");
  if (!S_ISREG(info.st_mode)) {
    return MakeError(ErrorCode::kIo, "{}: is no regular file", path.string());
  }
  return RandomAccessFile(std::move(fd), static_cast<std::uint64_t>(info.st_size), path.string());
}

Status RandomAccessFile::ReadAt(std::uint64_t offset, std::span<char> into) const {
  while (!into.empty()) {
    const ssize_t n = ::pread(fd_.get(), into.data(), into.size(), static_cast<off_t>(offset));
    if (n < 0) {
      if (errno == EINTR) continue;
      return IoError(path_, "cannot be read");
    }
    if (n == 0) {
      return MakeError(ErrorCode::kIo, "{}: ends at byte {}, and had {} when it was opened", path_,
                       offset, size_);
    }
    offset += static_cast<std::uint64_t>(n);
    into = into.subspan(static_cast<std::size_t>(n));
  }
  return Ok{};
}

struct SharedRead::Pieces {
  static constexpr std::size_t kSize = std::size_t{1} << 18U;

  Pieces(const RandomAccessFile& from, std::span<char> to)
      : file(from), into(to), count((to.size() + kSize - 1) / kSize) {}

  // Reads pieces until there are none left. With none left, touches neither file nor memory.
  void Read() {
    while (true) {
      const std::size_t piece = begun.fetch_add(1);
      if (piece >= count) return;
      const std::size_t offset = piece * kSize;
      Status read =
          file.ReadAt(offset, into.subspan(offset, std::min(kSize, into.size() - offset)));
      if (!read) {
        const std::scoped_lock lock(mutex);
        status = std::move(read);
      }
      ++ended;
      ended.notify_one();
    }
  }

  const RandomAccessFile& file;
  const std::span<char> into;
  const std::size_t count;
  std::atomic<std::size_t> begun{0};
  std::atomic<std::size_t> ended{0};
  std::mutex mutex;
  Status status = Ok{};  // guarded by mutex
};

SharedRead::SharedRead(const RandomAccessFile& file, std::span<char> into, WorkerThreads* helper)
    : pieces_(std::make_shared<Pieces>(file, into)) {
  const auto helping = helper->Start([pieces = pieces_] { pieces->Read(); });
}

Status SharedRead::Finish() {
  pieces_->Read();
  for (std::size_t ended = pieces_->ended; ended < pieces_->count; ended = pieces_->ended) {
    pieces_->ended.wait(ended);
  }
  const std::scoped_lock lock(pieces_->mutex);
  return pieces_->status;
}

}  // namespace assay
