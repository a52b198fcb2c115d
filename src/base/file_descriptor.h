// An open file of the kernel's.

#ifndef ASSAY_BASE_FILE_DESCRIPTOR_H_
#define ASSAY_BASE_FILE_DESCRIPTOR_H_

#include <utility>

#include <unistd.h>

namespace assay {

// Closes what it owns. Movable.
class FileDescriptor {
 public:
  FileDescriptor() = default;
  // `fd`  negative: none.
  explicit FileDescriptor(int fd) : fd_(fd) {}
  FileDescriptor(FileDescriptor&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  FileDescriptor& operator=(FileDescriptor&& other) noexcept {
    std::swap(fd_, other.fd_);
    return *this;
  }
  FileDescriptor(const FileDescriptor&) = delete;
  FileDescriptor& operator=(const FileDescriptor&) = delete;
  ~FileDescriptor() {
    if (fd_ >= 0) ::close(fd_);
  }

  [[nodiscard]] int get() const { return fd_; }

 private:
  int fd_ = -1;
};

}  // namespace assay

#endif  // ASSAY_BASE_FILE_DESCRIPTOR_H_
