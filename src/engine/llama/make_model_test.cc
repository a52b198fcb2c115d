#include "engine/llama/make_model.h"

#include <filesystem>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include "base/file.h"
#include "base/format.h"
#include "engine/llama/gguf_file.h"
#include "engine/llama/tiny_model.h"

namespace assay {
namespace {

class MakeModelTest : public testing::Test {
 protected:
  MakeModelTest() : folder_(fs::temp_directory_path() / fmt::format("assay-make-{}", getpid())) {
    fs::create_directories(folder_);
    WriteTinyModel(folder_ / "source.gguf");
  }
  void TearDown() override { fs::remove_all(folder_); }
  fs::path folder_;
};

TEST_F(MakeModelTest, SaysWhatItWasMadeFrom) {
  EXPECT_EQ(*CheckGgufFile(folder_ / "source.gguf"), "F32");
  ASSERT_TRUE(MakeModel(folder_ / "source.gguf", folder_ / "half.gguf", "F16"));
  EXPECT_EQ(*CheckGgufFile(folder_ / "half.gguf"), "F16 made from F32");
  ASSERT_TRUE(MakeModel(folder_ / "half.gguf", folder_ / "single.gguf", "F32"));
  EXPECT_EQ(*CheckGgufFile(folder_ / "single.gguf"), "F32 made from F16 made from F32");
  EXPECT_LT(fs::file_size(folder_ / "half.gguf"), fs::file_size(folder_ / "source.gguf"));
}

TEST_F(MakeModelTest, FailureLeavesNothing) {
  EXPECT_EQ(MakeModel(folder_ / "source.gguf", folder_ / "x.gguf", "Q8_0").error().message,
            "precision Q8_0: expected F16 or F32");
  ASSERT_TRUE(WriteFileAtomically(folder_ / "bad.gguf", "GGUF, but no more"));
  EXPECT_THAT(MakeModel(folder_ / "bad.gguf", folder_ / "x.gguf", "F16").error().message,
              testing::HasSubstr("bad.gguf: GGUF metadata damaged"));
  EXPECT_THAT(MakeModel(folder_ / "source.gguf", folder_ / "no" / "x.gguf", "F16").error().message,
              testing::HasSubstr("cannot be converted"));
  EXPECT_EQ(std::distance(fs::directory_iterator(folder_), fs::directory_iterator()), 2);
}

}  // namespace
}  // namespace assay
