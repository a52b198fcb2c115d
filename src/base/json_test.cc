#include "base/json.h"

#include <vector>

#include <gtest/gtest.h>

namespace assay {
namespace {

TEST(ParseJson, KeepsUnsigned64BitIntegersExact) {
  const auto v = ParseJson(R"({"seed":18446744073709551615})", "t");
  ASSERT_TRUE(v.has_value());
  EXPECT_EQ(*JsonReader::Of(*v, "t")->Uint("seed"), 18446744073709551615ULL);
}

TEST(ParseJson, SaysLineAndColumn) {
  const auto v = ParseJson("{\n  \"a\": ?\n}", "f.json");
  ASSERT_FALSE(v.has_value());
  EXPECT_EQ(v.error().code, ErrorCode::kParse);
  EXPECT_EQ(v.error().message.find("f.json: not valid JSON at line 2, column 8"), 0U)
      << v.error().message;
}

TEST(JsonReader, NamesMemberAndExpectation) {
  const auto v = ParseJson(R"({"n":-1,"s":3,"big":9223372036854775808})", "f");
  const auto reader = JsonReader::Of(*v, "f");
  EXPECT_EQ(reader->Uint("n").error().message,
            "f: \"n\" must be an integer of at least 0, found number");
  EXPECT_EQ(reader->String("s").error().message, "f: \"s\" must be a string, found number");
  EXPECT_EQ(reader->String("t").error().message, "f: \"t\" must be a string, found nothing");
  EXPECT_FALSE(reader->Int("big").has_value());
  EXPECT_EQ(*reader->OptInt("absent"), std::nullopt);
}

TEST(ToJsonLine, SurvivesBrokenUtf8) {
  Json v;
  v["t"] = std::string("a\xff");
  EXPECT_EQ(ToJsonLine(v), "{\"t\":\"a\xEF\xBF\xBD\"}");
}

std::vector<std::string> Walk(std::string_view text, std::string* error = nullptr) {
  JsonArrayWalker walker(text, "f");
  std::vector<std::string> found;
  while (true) {
    auto next = walker.Next();
    if (!next) {
      if (error != nullptr) *error = next.error().message;
      return found;
    }
    if (!next->has_value()) return found;
    found.emplace_back(std::to_string((*next)->line) + ":" + std::string((*next)->text));
  }
}

TEST(JsonArrayWalker, YieldsElementsWithTheirLines) {
  EXPECT_EQ(Walk("[]").size(), 0U);
  EXPECT_EQ(Walk("[\n{\"a\":\"],\\\"\"} ,\n [1,[2]],3\n]\n"),
            (std::vector<std::string>{"2:{\"a\":\"],\\\"\"}", "3:[1,[2]]", "3:3"}));
}

TEST(JsonArrayWalker, RefusesWhatIsNoArray) {
  for (const auto& [text, message] : std::vector<std::pair<std::string, std::string>>{
           {"{}", "f:1: expected a JSON array: '['"},
           {"", "f:1: expected a JSON array: '['"},
           {"[1,", "f:1: the file ends inside the array element that starts here"},
           {"[\n{\"a\":1", "f:2: the file ends inside the array element that starts here"},
           {"[1,]", "f:1: expected a JSON value"},
           {"[1] x", "f:1: expected the end of the file after the JSON array"}}) {
    std::string error;
    Walk(text, &error);
    EXPECT_EQ(error, message) << text;
  }
}

}  // namespace
}  // namespace assay
