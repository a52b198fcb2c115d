// What the operating system says of a file.

#ifndef ASSAY_BASE_IO_ERROR_H_
#define ASSAY_BASE_IO_ERROR_H_

#include <cerrno>
#include <filesystem>
#include <string_view>
#include <system_error>

#include "assay/result.h"

#include "base/format.h"

namespace assay {

// kIo, "PATH: WHAT: REASON" with errno's reason. `what`: "cannot open", for one.
[[nodiscard]] inline Error IoError(const std::filesystem::path& path, std::string_view what) {
  return MakeError(ErrorCode::kIo, "{}: {}: {}", path.string(), what,
                   std::generic_category().message(errno));
}

}  // namespace assay

#endif  // ASSAY_BASE_IO_ERROR_H_
