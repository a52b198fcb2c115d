// A file that is written piece by piece and appears whole or not at all.

#ifndef ASSAY_BASE_ATOMIC_FILE_H_
#define ASSAY_BASE_ATOMIC_FILE_H_

#include <filesystem>
#include <string>
#include <string_view>
#include <utility>

#include "assay/result.h"

#include "base/file_descriptor.h"
#include "base/write_target.h"

namespace assay {

// Until Commit a reader sees the old file, if there was one, and so it stays if the process is
// killed or the disk is full; afterwards the new one.
class AtomicFile {
 public:
  // Writes to a file without a name, of which a killed process leaves nothing; or to `path` itself,
  // if it is no file that can be replaced (WriteTarget). Errors: kIo.
  [[nodiscard]] static Result<AtomicFile> Create(const std::filesystem::path& path);
  // What Create does where the file system has no files without a name: writes to one beside the
  // target. Errors: kIo.
  [[nodiscard]] static Result<AtomicFile> CreateNamed(const std::filesystem::path& path);
  AtomicFile(AtomicFile&&) = default;
  AtomicFile& operator=(AtomicFile&&) = delete;
  AtomicFile(const AtomicFile&) = delete;
  AtomicFile& operator=(const AtomicFile&) = delete;
  // Without Commit the target is as it was.
  ~AtomicFile();

  // Errors, both: kIo.
  [[nodiscard]] Status Write(std::string_view bytes);
  // Replaces the target. Nothing is written afterwards.
  [[nodiscard]] Status Commit();

 private:
  AtomicFile(FileDescriptor fd, WriteTarget target, std::filesystem::path name)
      : fd_(std::move(fd)), target_(std::move(target)), name_(std::move(name)) {}

  [[nodiscard]] Status Flush();
  // Gives the file its name, if it has none, and then the target's.
  [[nodiscard]] bool MoveToTarget();

  FileDescriptor fd_;
  WriteTarget target_;
  std::filesystem::path name_;  // that the file has now; empty: none, or the target's
  std::string waiting_;         // not yet written
};

}  // namespace assay

#endif  // ASSAY_BASE_ATOMIC_FILE_H_
