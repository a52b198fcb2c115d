// Where the file that a path names is written.

#ifndef ASSAY_BASE_WRITE_TARGET_H_
#define ASSAY_BASE_WRITE_TARGET_H_

#include <filesystem>

namespace assay {

struct WriteTarget {
  std::filesystem::path path;  // what symbolic links lead to
  // Whether another file may take its place. A pipe, a device and what an open descriptor stands
  // for (/dev/stdout) are written to as they are.
  bool is_replaceable = true;
};

// Errors: none; what cannot be looked at is found out by writing.
[[nodiscard]] WriteTarget FindWriteTarget(const std::filesystem::path& path);

}  // namespace assay

#endif  // ASSAY_BASE_WRITE_TARGET_H_
