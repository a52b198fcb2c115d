// Directories that appear whole or not at all.

#ifndef ASSAY_SUBMISSION_WRITE_TREE_H_
#define ASSAY_SUBMISSION_WRITE_TREE_H_

#include <map>
#include <string>
#include <utility>

#include "assay/result.h"

#include "base/file.h"

namespace assay {

// Is `path` the directory, or something below it? Neither needs to exist.
[[nodiscard]] bool LiesInside(const fs::path& path, const fs::path& directory);

// Errors: kInvalidArgument: something stands at `place` already.
[[nodiscard]] Status CheckFree(const fs::path& place);

// A directory under another name beside its place, removed unless it was moved there.
class PendingDirectory {
 public:
  // Errors: those of CheckFree; kIo.
  static Result<PendingDirectory> Create(const fs::path& place);
  PendingDirectory(PendingDirectory&& other) noexcept;
  PendingDirectory& operator=(PendingDirectory&&) = delete;
  PendingDirectory(const PendingDirectory&) = delete;
  PendingDirectory& operator=(const PendingDirectory&) = delete;
  ~PendingDirectory();

  [[nodiscard]] const fs::path& path() const { return path_; }
  // `files`: relative path -> bytes. Errors: kIo, e.g. a full disk.
  [[nodiscard]] Status Write(const std::map<std::string, std::string>& files) const;
  // Gives the directory its name, in one step. Errors: kIo, if something has come there meanwhile.
  [[nodiscard]] Status Place();

 private:
  PendingDirectory(fs::path path, fs::path place)
      : path_(std::move(path)), place_(std::move(place)) {}

  fs::path path_;  // empty: it was moved
  fs::path place_;
};

}  // namespace assay

#endif  // ASSAY_SUBMISSION_WRITE_TREE_H_
