#include "base/utf8.h"

#include <string>

#include <gtest/gtest.h>

namespace assay {
namespace {

TEST(FirstInvalidUtf8, FindsTheOffset) {
  EXPECT_EQ(FirstInvalidUtf8("a\u00e9\u20ac\U0001F600"), std::nullopt);
  EXPECT_EQ(FirstInvalidUtf8("ab\xff"), 2U);
  EXPECT_EQ(FirstInvalidUtf8("\xC0\x80"), 0U) << "overlong";
  EXPECT_EQ(FirstInvalidUtf8("\xED\xA0\x80"), 0U) << "surrogate";
  EXPECT_EQ(FirstInvalidUtf8("\xF4\x90\x80\x80"), 0U) << "above U+10FFFF";
  EXPECT_EQ(FirstInvalidUtf8("x\xE2\x82"), 1U) << "cut off";
  EXPECT_EQ(FirstInvalidUtf8("\xE2\x28\xA1"), 0U) << "bad second byte";
}

TEST(CountCodePoints, CountsCharactersNotBytes) {
  EXPECT_EQ(CountCodePoints(""), 0U);
  EXPECT_EQ(CountCodePoints("a\u00e9\u20ac\U0001F600"), 4U);
}

}  // namespace
}  // namespace assay
