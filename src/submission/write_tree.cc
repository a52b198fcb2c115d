#include "submission/write_tree.h"

#include <cerrno>
#include <cstdlib>
#include <system_error>
#include <utility>

#include "base/format.h"

namespace assay {

namespace {

// Absolute, and without the slash at the end with which it would name no file.
fs::path Plain(const fs::path& path) {
  std::error_code error;
  const fs::path absolute = fs::absolute(path, error).lexically_normal();
  return absolute.has_filename() ? absolute : absolute.parent_path();
}

}  // namespace

bool LiesInside(const fs::path& path, const fs::path& directory) {
  std::error_code error;
  const auto plain = [&error](const fs::path& p) {
    return fs::weakly_canonical(fs::absolute(p, error), error);
  };
  const fs::path relative = plain(path).lexically_relative(plain(directory));
  return !relative.empty() && *relative.begin() != "..";
}

Status CheckFree(const fs::path& place) {
  std::error_code error;
  if (!fs::exists(fs::symlink_status(Plain(place), error))) return Ok{};
  return MakeError(ErrorCode::kInvalidArgument, "{}: is there already; nothing is overwritten",
                   place.string());
}

Result<PendingDirectory> PendingDirectory::Create(const fs::path& place) {
  ASSAY_RETURN_IF_ERROR(CheckFree(place));
  std::error_code error;
  const fs::path target = Plain(place);
  ASSAY_RETURN_IF_ERROR(MakeDirectories(target.parent_path()));
  std::string name =
      (target.parent_path() / fmt::format(".{}.XXXXXX", target.filename().string())).string();
  if (::mkdtemp(name.data()) == nullptr) {
    return MakeError(ErrorCode::kIo, "{}: cannot create a directory: {}",
                     target.parent_path().string(), std::generic_category().message(errno));
  }
  fs::permissions(name, fs::perms(0755), error);
  return PendingDirectory(name, target);
}

PendingDirectory::PendingDirectory(PendingDirectory&& other) noexcept
    : path_(std::exchange(other.path_, fs::path())), place_(std::move(other.place_)) {}

PendingDirectory::~PendingDirectory() {
  std::error_code error;
  if (!path_.empty()) fs::remove_all(path_, error);
}

Status PendingDirectory::Write(const std::map<std::string, std::string>& files) const {
  for (const auto& [name, bytes] : files) {
    ASSAY_RETURN_IF_ERROR(MakeDirectories((path_ / name).parent_path()));
    ASSAY_RETURN_IF_ERROR(WriteFileAtomically(path_ / name, bytes));
  }
  return Ok{};
}

Status PendingDirectory::Place() {
  std::error_code error;
  if (!fs::exists(fs::symlink_status(place_, error))) fs::rename(path_, place_, error);
  if (error || fs::exists(path_, error)) {
    return MakeError(ErrorCode::kIo, "{}: cannot be created: {}", place_.string(),
                     error ? error.message() : "something has come there meanwhile");
  }
  path_.clear();
  return Ok{};
}

}  // namespace assay
