#include "dataset/bundled_sample.h"

#include <system_error>

#include "base/file.h"
#include "base/format.h"

namespace assay {

Result<fs::path> BundledSamplePathFor(const fs::path& executable, const fs::path& source_dir) {
  const fs::path installed =
      executable.parent_path().parent_path() / "share" / "assay" / "sample" / "articles.jsonl";
  const fs::path in_source = source_dir / "data" / "sample" / "articles.jsonl";
  std::error_code ignored;
  for (const fs::path& path : {installed, in_source}) {
    if (fs::is_regular_file(path, ignored)) return path;
  }
  return MakeError(ErrorCode::kIo, "the bundled sample is neither at {} nor at {}",
                   installed.string(), in_source.string());
}

Result<fs::path> BundledSamplePath() {
  std::error_code error;
  const fs::path executable = fs::read_symlink("/proc/self/exe", error);
  if (error) {
    return MakeError(ErrorCode::kIo, "/proc/self/exe: cannot be read: {}", error.message());
  }
  return BundledSamplePathFor(executable, ASSAY_SOURCE_DIR);
}

}  // namespace assay
