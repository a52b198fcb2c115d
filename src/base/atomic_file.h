// A file that is written piece by piece and appears whole or not at all.

#ifndef ASSAY_BASE_ATOMIC_FILE_H_
#define ASSAY_BASE_ATOMIC_FILE_H_

#include <fstream>
#include <string_view>

#include "assay/result.h"

#include "base/file.h"
#include "base/write_target.h"

namespace assay {

class AtomicFile {
 public:
  // Writes to a file beside `path`; or to `path` itself, if it is no file that can be replaced
  // (WriteTarget). Errors: kIo.
  [[nodiscard]] static Result<AtomicFile> Create(const fs::path& path);
  AtomicFile(AtomicFile&&) = default;
  AtomicFile& operator=(AtomicFile&&) = delete;
  AtomicFile(const AtomicFile&) = delete;
  AtomicFile& operator=(const AtomicFile&) = delete;
  // Without Commit `path` is as it was.
  ~AtomicFile();

  // Errors, both: kIo.
  [[nodiscard]] Status Write(std::string_view bytes);
  // Replaces `path`. Nothing is written afterwards.
  [[nodiscard]] Status Commit();

 private:
  AtomicFile(std::ofstream file, WriteTarget target, fs::path written)
      : file_(std::move(file)), target_(std::move(target)), written_(std::move(written)) {}

  void RemovePartial() const;

  std::ofstream file_;
  WriteTarget target_;
  fs::path written_;
};

}  // namespace assay

#endif  // ASSAY_BASE_ATOMIC_FILE_H_
