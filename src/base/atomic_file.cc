#include "base/atomic_file.h"

#include <cstddef>
#include <cstdio>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "base/format.h"
#include "base/io_error.h"

namespace assay {
namespace {

constexpr mode_t kMode = 0644;

fs::path NameBeside(const fs::path& target) {
  fs::path name = target;
  name += fmt::format(".partial-{}", ::getpid());
  return name;
}

// Is `fd` a file on a disk, which can be told to keep it? Pipes and devices are not.
bool IsFile(const FileDescriptor& fd) {
  struct stat info {};
  return ::fstat(fd.get(), &info) == 0 && S_ISREG(info.st_mode);
}

// What cannot be replaced. A file that standard output leads to is written from where that stands:
// opened again it would be written from its beginning, and what is printed later over that.
FileDescriptor OpenInPlace(const fs::path& path) {
  FileDescriptor opened(::open(path.c_str(), O_WRONLY | O_CLOEXEC));
  struct stat info {};
  struct stat standard {};
  const bool both = ::fstat(opened.get(), &info) == 0 && ::fstat(STDOUT_FILENO, &standard) == 0;
  const bool same = both && info.st_dev == standard.st_dev && info.st_ino == standard.st_ino;
  if (!same) return opened;
  return FileDescriptor(::fcntl(STDOUT_FILENO, F_DUPFD_CLOEXEC, 0));
}

}  // namespace

Result<AtomicFile> AtomicFile::Create(const fs::path& path) {
  WriteTarget target = FindWriteTarget(path);
  if (!target.is_replaceable) {
    FileDescriptor opened = OpenInPlace(target.path);
    if (opened.get() < 0) return IoError(path, "cannot write");
    return AtomicFile(std::move(opened), std::move(target), "");
  }
  const fs::path folder = target.path.has_parent_path() ? target.path.parent_path() : ".";
  FileDescriptor unnamed(::open(folder.c_str(), O_TMPFILE | O_WRONLY | O_CLOEXEC, kMode));
  if (unnamed.get() < 0) return CreateNamed(path);
  return AtomicFile(std::move(unnamed), std::move(target), "");
}

Result<AtomicFile> AtomicFile::CreateNamed(const fs::path& path) {
  WriteTarget target = FindWriteTarget(path);
  fs::path name = NameBeside(target.path);
  FileDescriptor named(::open(name.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, kMode));
  if (named.get() < 0) return IoError(path, "cannot write");
  return AtomicFile(std::move(named), std::move(target), std::move(name));
}

AtomicFile::~AtomicFile() {
  const bool moved_away = fd_.get() < 0;
  if (!moved_away && !name_.empty()) ::unlink(name_.c_str());
}

Status AtomicFile::Write(std::string_view bytes) {
  constexpr std::size_t kEnough = std::size_t{1} << 16U;
  if (bytes.size() >= kEnough) {
    ASSAY_RETURN_IF_ERROR(Flush());
    return WriteAll(fd_, bytes, target_.path);
  }
  waiting_ += bytes;
  return waiting_.size() < kEnough ? Status(Ok{}) : Flush();
}

Status AtomicFile::Commit() {
  ASSAY_RETURN_IF_ERROR(Flush());
  if (IsFile(fd_) && ::fsync(fd_.get()) != 0) return IoError(target_.path, "cannot write");
  if (!target_.is_replaceable || MoveToTarget()) return Ok{};
  return IoError(target_.path, "cannot write");
}

Status AtomicFile::Flush() {
  ASSAY_RETURN_IF_ERROR(WriteAll(fd_, waiting_, target_.path));
  waiting_.clear();
  return Ok{};
}

bool AtomicFile::MoveToTarget() {
  if (name_.empty()) {
    // A link takes no other file's place, a new name does.
    const fs::path name = NameBeside(target_.path);
    ::unlink(name.c_str());  // what another process of this number may have left
    const std::string open_file = fmt::format("/proc/self/fd/{}", fd_.get());
    if (::linkat(AT_FDCWD, open_file.c_str(), AT_FDCWD, name.c_str(), AT_SYMLINK_FOLLOW) != 0) {
      return false;
    }
    name_ = name;
  }
  if (std::rename(name_.c_str(), target_.path.c_str()) != 0) return false;
  name_.clear();
  return true;
}

}  // namespace assay
