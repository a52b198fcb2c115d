#include "verify/json_difference.h"

#include <gtest/gtest.h>

namespace assay {
namespace {

Json Parsed(const char* text) {
  return *ParseJson(text, "test");
}

TEST(JsonDifference, EqualValuesHaveNoneInAnyOrderOfMembers) {
  EXPECT_FALSE(
      FirstDifference(Parsed(R"({"a":1,"b":[1.5,null]})"), Parsed(R"({"b":[1.5,null],"a":1})"))
          .has_value());
}

TEST(JsonDifference, NamesThePlaceAndBothValues) {
  const auto found = FirstDifference(Parsed(R"({"a":{"b/c":[1,2,3]},"z":1})"),
                                     Parsed(R"({"a":{"b/c":[1,7,3]},"z":2})"));
  ASSERT_TRUE(found.has_value());
  EXPECT_EQ(found->pointer, "/a/b~1c/1");
  EXPECT_EQ(found->stated, "2");
  EXPECT_EQ(found->recomputed, "7");
}

TEST(JsonDifference, SeesTheLastDigitOfADouble) {
  const auto found = FirstDifference(Parsed("0.1"), Parsed("0.10000000000000002"));
  ASSERT_TRUE(found.has_value());
  EXPECT_EQ(found->pointer, "");
}

TEST(JsonDifference, MissingAndSurplusMembersAndElements) {
  EXPECT_EQ(FirstDifference(Parsed("{}"), Parsed(R"({"a":null})"))->stated, "absent");
  EXPECT_EQ(FirstDifference(Parsed(R"({"a":null})"), Parsed("{}"))->recomputed, "absent");
  EXPECT_EQ(FirstDifference(Parsed("[1]"), Parsed("[1,2]"))->pointer, "/1");
  EXPECT_EQ(FirstDifference(Parsed("[1,2]"), Parsed("[1]"))->stated, "2");
  EXPECT_TRUE(FirstDifference(Parsed("null"), Parsed("0")).has_value());
}

}  // namespace
}  // namespace assay
