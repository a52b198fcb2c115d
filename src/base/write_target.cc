#include "base/write_target.h"

#include <system_error>

namespace assay {
namespace {

namespace fs = std::filesystem;

// The kernel's directories of devices and open descriptors, whose entries look like links to files.
bool IsOfTheKernel(const fs::path& path) {
  const fs::path absolute = path.lexically_normal();
  auto part = absolute.begin();
  if (part == absolute.end() || *part != "/" || ++part == absolute.end()) return false;
  return *part == "dev" || *part == "proc";
}

}  // namespace

WriteTarget FindWriteTarget(const fs::path& path) {
  constexpr int kMostLinks = 40;  // as the kernel
  fs::path at = path;
  std::error_code error;
  for (int links = 0; links < kMostLinks; ++links) {
    if (!fs::is_symlink(fs::symlink_status(at, error))) break;
    if (IsOfTheKernel(at)) return {at, false};
    const fs::path target = fs::read_symlink(at, error);
    at = target.is_absolute() ? target : at.parent_path() / target;
  }
  const fs::file_status status = fs::status(at, error);
  const bool other =
      fs::exists(status) && !fs::is_regular_file(status) && !fs::is_directory(status);
  return {at, !other};
}

}  // namespace assay
