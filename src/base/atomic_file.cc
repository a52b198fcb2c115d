#include "base/atomic_file.h"

#include <system_error>
#include <utility>

#include <unistd.h>

#include "base/format.h"
#include "base/io_error.h"

namespace assay {
Result<AtomicFile> AtomicFile::Create(const fs::path& path) {
  WriteTarget target = FindWriteTarget(path);
  fs::path written = target.path;
  if (target.is_replaceable) written += fmt::format(".partial-{}", ::getpid());
  std::ofstream file(written, std::ios::binary | std::ios::trunc);
  if (!file) return IoError(path, "cannot write");
  return AtomicFile(std::move(file), std::move(target), std::move(written));
}

AtomicFile::~AtomicFile() {
  if (!file_.is_open()) return;
  file_.close();
  RemovePartial();
}

Status AtomicFile::Write(std::string_view bytes) {
  file_.write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
  if (!file_) return IoError(target_.path, "cannot write");
  return Ok{};
}

Status AtomicFile::Commit() {
  file_.close();
  std::error_code error;
  if (!file_.fail() && target_.is_replaceable) fs::rename(written_, target_.path, error);
  if (!file_.fail() && !error) return Ok{};
  const Error failed = IoError(target_.path, "cannot write");
  RemovePartial();
  return failed;
}

void AtomicFile::RemovePartial() const {
  std::error_code ignored;
  if (target_.is_replaceable) fs::remove(written_, ignored);
}

}  // namespace assay
