#include "dataset/bundled_sample.h"

#include <cstdlib>
#include <fstream>

#include <gtest/gtest.h>

#include "base/file.h"

namespace assay {
namespace {

class BundledSample : public ::testing::Test {
 protected:
  BundledSample() {
    std::string name = (fs::temp_directory_path() / "assay-sample-XXXXXX").string();
    root_ = ::mkdtemp(name.data());
  }
  void TearDown() override { fs::remove_all(root_); }

  fs::path Touch(const fs::path& name) {
    fs::create_directories((root_ / name).parent_path());
    std::ofstream(root_ / name) << "{}";
    return root_ / name;
  }

  fs::path root_;
};

TEST_F(BundledSample, IsTheInstallationsRatherThanTheSourceTrees) {
  const fs::path program = root_ / "prefix/bin/assay";
  const auto none = BundledSamplePathFor(program, root_ / "source");
  ASSERT_FALSE(none.has_value());
  EXPECT_EQ(none.error().message,
            "the bundled sample is neither at " +
                (root_ / "prefix/share/assay/sample/articles.jsonl").string() + " nor at " +
                (root_ / "source/data/sample/articles.jsonl").string());

  const fs::path in_source = Touch("source/data/sample/articles.jsonl");
  EXPECT_EQ(*BundledSamplePathFor(program, root_ / "source"), in_source);

  const fs::path installed = Touch("prefix/share/assay/sample/articles.jsonl");
  EXPECT_EQ(*BundledSamplePathFor(program, root_ / "source"), installed);
}

}  // namespace
}  // namespace assay
