#include "base/json_keys.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace assay {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

TEST(RepeatedKeys, EachIsToldOnce) {
  EXPECT_THAT(RepeatedKeys(R"({"a":1,"b":2,"b":{"a":1,"a":1},"a":3,"b":4})"),
              ElementsAre("b", "a"));
  EXPECT_THAT(RepeatedKeys(R"({"a":[{"b":1,"b":2}],"c":1})"), IsEmpty());
}

TEST(RepeatedKeys, WhatIsNoObjectHasNone) {
  for (const char* text : {"", "{", "[]", R"([{"a":1,"a":2}])", R"({"a":1,"a":)", "3"}) {
    EXPECT_THAT(RepeatedKeys(text), IsEmpty()) << text;
  }
}

}  // namespace
}  // namespace assay
