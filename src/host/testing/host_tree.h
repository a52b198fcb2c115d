// A tree of proc, sys and etc files for the tests of this module, removed at the end.

#ifndef ASSAY_HOST_TESTING_HOST_TREE_H_
#define ASSAY_HOST_TESTING_HOST_TREE_H_

#include <string_view>

#include <gtest/gtest.h>
#include <unistd.h>

#include "base/file.h"
#include "base/format.h"

namespace assay {

class HostTree {
 public:
  HostTree() : root_(fs::path(::testing::TempDir()) / fmt::format("assay_host_{}", ::getpid())) {
    fs::remove_all(root_);
  }
  HostTree(const HostTree&) = delete;
  HostTree& operator=(const HostTree&) = delete;
  ~HostTree() { fs::remove_all(root_); }

  // Creates or overwrites. The file keeps its inode, as those of the kernel do: who has it open
  // sees the new bytes.
  void Add(const fs::path& path, std::string_view bytes) {
    const fs::path full = root_ / path;
    ASSERT_TRUE(MakeDirectories(full.parent_path()).has_value());
    std::FILE* file = std::fopen(full.c_str(), "w");
    ASSERT_NE(file, nullptr);
    EXPECT_EQ(std::fwrite(bytes.data(), 1, bytes.size(), file), bytes.size());
    EXPECT_EQ(std::fclose(file), 0);
  }
  void Remove(const fs::path& path) { fs::remove_all(root_ / path); }
  [[nodiscard]] const fs::path& root() const { return root_; }

 private:
  fs::path root_;
};

}  // namespace assay

#endif  // ASSAY_HOST_TESTING_HOST_TREE_H_
