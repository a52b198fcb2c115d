#include "rules/special_files.h"

#include <system_error>

#include "base/format.h"

namespace assay {

Status CheckNoSpecialFiles(const fs::path& dir) {
  std::error_code error;
  fs::recursive_directory_iterator it(dir, fs::directory_options::skip_permission_denied, error);
  for (const fs::recursive_directory_iterator end; !error && it != end; it.increment(error)) {
    std::error_code no_status;
    switch (it->status(no_status).type()) {
      case fs::file_type::block:
      case fs::file_type::character:
      case fs::file_type::fifo:
      case fs::file_type::socket:
        return MakeError(ErrorCode::kInvalidArgument,
                         "{}: is a pipe, a socket or a device; expected files and directories",
                         it->path().string());
      default:
        break;
    }
  }
  return Ok{};
}

}  // namespace assay
