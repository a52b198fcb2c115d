#include "base/atomic_file.h"

#include <cerrno>
#include <system_error>
#include <utility>

#include <unistd.h>

#include "base/format.h"

namespace assay {
namespace {

Error IoError(const fs::path& path, std::string_view what) {
  return MakeError(ErrorCode::kIo, "{}: {}: {}", path.string(), what,
                   std::generic_category().message(errno));
}

}  // namespace

Result<AtomicFile> AtomicFile::Create(const fs::path& path) {
  fs::path partial = path;
  partial += fmt::format(".partial-{}", ::getpid());
  std::ofstream file(partial, std::ios::binary | std::ios::trunc);
  if (!file) return IoError(path, "cannot write");
  return AtomicFile(std::move(file), path, std::move(partial));
}

AtomicFile::~AtomicFile() {
  if (!file_.is_open()) return;
  file_.close();
  std::error_code ignored;
  fs::remove(partial_, ignored);
}

Status AtomicFile::Write(std::string_view bytes) {
  file_.write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
  if (!file_) return IoError(path_, "cannot write");
  return Ok{};
}

Status AtomicFile::Commit() {
  file_.close();
  std::error_code error;
  if (!file_.fail()) fs::rename(partial_, path_, error);
  if (!file_.fail() && !error) return Ok{};
  const Error failed = IoError(path_, "cannot write");
  fs::remove(partial_, error);
  return failed;
}

}  // namespace assay
