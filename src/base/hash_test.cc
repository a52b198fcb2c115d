#include "base/hash.h"

#include <gtest/gtest.h>

#include "base/file.h"

namespace assay {
namespace {

// FIPS 180-4 example values.
TEST(Sha256, MatchesTheStandardsExamples) {
  EXPECT_EQ(Sha256Hex(""), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  EXPECT_EQ(Sha256Hex("abc"), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
}

TEST(Sha256, OfAFileSpanningBlocks) {
  const fs::path path = fs::path(testing::TempDir()) / "assay_hash_test";
  const std::string bytes(1000000, 'a');
  ASSERT_TRUE(WriteFileAtomically(path, bytes));
  EXPECT_EQ(*Sha256OfFile(path),
            "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0");
}

}  // namespace
}  // namespace assay
