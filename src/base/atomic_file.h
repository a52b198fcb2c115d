// A file that is written piece by piece and appears whole or not at all.

#ifndef ASSAY_BASE_ATOMIC_FILE_H_
#define ASSAY_BASE_ATOMIC_FILE_H_

#include <fstream>
#include <string_view>

#include "assay/result.h"

#include "base/file.h"

namespace assay {

class AtomicFile {
 public:
  // Writes to a file beside `path`. Errors: kIo.
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
  AtomicFile(std::ofstream file, fs::path path, fs::path partial)
      : file_(std::move(file)), path_(std::move(path)), partial_(std::move(partial)) {}

  std::ofstream file_;
  fs::path path_;
  fs::path partial_;
};

}  // namespace assay

#endif  // ASSAY_BASE_ATOMIC_FILE_H_
