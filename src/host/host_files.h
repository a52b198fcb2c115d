// Small files of the kernel, for the checks of this module.

#ifndef ASSAY_HOST_HOST_FILES_H_
#define ASSAY_HOST_HOST_FILES_H_

#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/file.h"

namespace assay {

// Paths are below `root`.
class HostFiles {
 public:
  explicit HostFiles(fs::path root) : root_(std::move(root)) {}

  // Without blanks around it. Value: nullopt if there is no such file.
  [[nodiscard]] std::optional<std::string> Text(const fs::path& path) const;
  // That it begins with. Value: nullopt if there is none.
  [[nodiscard]] std::optional<std::uint64_t> Number(const fs::path& path) const;
  // What stands behind `key`, and a colon where there is one, in a file of such lines.
  [[nodiscard]] std::optional<std::string> Value(const fs::path& path, std::string_view key) const;
  // Entries of `folder` of this name with a number behind it.
  [[nodiscard]] std::vector<fs::path> Numbered(const fs::path& folder,
                                               std::string_view prefix) const;
  // The different texts of `file` in the CPUs' folders.
  [[nodiscard]] std::set<std::string> OfCpus(const fs::path& file) const;

 private:
  fs::path root_;
};

}  // namespace assay

#endif  // ASSAY_HOST_HOST_FILES_H_
