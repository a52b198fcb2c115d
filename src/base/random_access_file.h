// A regular file that is open to be read in any order, and by two threads.

#ifndef ASSAY_BASE_RANDOM_ACCESS_FILE_H_
#define ASSAY_BASE_RANDOM_ACCESS_FILE_H_

#include <cstdint>
#include <filesystem>
#include <memory>
#include <span>
#include <string>
#include <utility>

#include "assay/result.h"

#include "base/file_descriptor.h"
#include "base/worker_threads.h"

namespace assay {

class RandomAccessFile {
 public:
  // Errors, all of this class: kIo, naming the path. Here if it cannot be opened or is something
  // else than a regular file, a pipe for instance.
  static Result<RandomAccessFile> Open(const std::filesystem::path& path);

  // Bytes that it held when it was opened.
  [[nodiscard]] std::uint64_t size() const { return size_; }

  // Fills `into` with the bytes from `offset` on. Thread-safe. Errors: the file ends before.
  [[nodiscard]] Status ReadAt(std::uint64_t offset, std::span<char> into) const;

 private:
  RandomAccessFile(FileDescriptor fd, std::uint64_t size, std::string path)
      : fd_(std::move(fd)), size_(size), path_(std::move(path)) {}

  FileDescriptor fd_;
  std::uint64_t size_;
  std::string path_;
};

// The start of a file, read by two threads, which also get the memory from the kernel for it where
// nobody has touched it yet; this takes as long as reading.
class SharedRead {
 public:
  // Fills `into`. `helper` begins as soon as it is free; nothing is left to it after Finish. All
  // outlive the value.
  SharedRead(const RandomAccessFile& file, std::span<char> into, WorkerThreads* helper);

  // Reads what the helper has not begun to, and waits for what it has: a helper that is busy with
  // something else is not waited for. Once. Errors: those of RandomAccessFile::ReadAt.
  [[nodiscard]] Status Finish();

 private:
  struct Pieces;
  std::shared_ptr<Pieces> pieces_;  // the helper may come to them when all is over
};

}  // namespace assay

#endif  // ASSAY_BASE_RANDOM_ACCESS_FILE_H_
