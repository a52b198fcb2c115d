#include "base/json_array_stream.h"

#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/format.h"

namespace assay {
namespace {

using ::testing::HasSubstr;

// All elements with offset and line, then "end" or the error without the file's name.
template <typename Source>
std::vector<std::string> All(Source& source, const std::string& name) {
  std::vector<std::string> all;
  while (true) {
    const auto slice = source.Next();
    if (!slice) {
      all.push_back(slice.error().message.substr(name.size()));
      return all;
    }
    if (!*slice) break;
    all.push_back(fmt::format("{}:{}:{}", (*slice)->offset, (*slice)->line, (*slice)->text));
  }
  all.emplace_back("end");
  return all;
}

class JsonArrayStreamTest : public ::testing::Test {
 protected:
  void TearDown() override { fs::remove(path_); }
  std::vector<std::string> Stream(std::string_view bytes) {
    EXPECT_TRUE(WriteFileAtomically(path_, bytes).has_value());
    auto stream = JsonArrayStream::Open(path_);
    EXPECT_TRUE(stream.has_value());
    return All(*stream, path_.string());
  }

  fs::path path_ = fs::path(::testing::TempDir()) /
                   (std::string("assay_json_array_stream_") +
                    ::testing::UnitTest::GetInstance()->current_test_info()->name());
};

TEST_F(JsonArrayStreamTest, GivesWhatTheWalkerGives) {
  for (const std::string bytes :
       {"[]", " [ ]\n", "[1]", "[1,2]", "[\n{\"a\":[1,\"]\"]},\n\n {\"b\":\"\\\"\\\\\"}\n]\n",
        "[1,]", "[,1]", "[1 2]", "[1", "[\"a", "[\"a\\", "[1]x", "x", "", "[[[]]]]", "[1,\n\n",
        "[\"\\\n\"]", "[{\"a\":1}\n{\"b\":2}]"}) {
    JsonArrayWalker walker(bytes, "f");
    EXPECT_EQ(Stream(bytes), All(walker, "f")) << bytes;
  }
}

// Elements across the borders of what is read at once.
TEST_F(JsonArrayStreamTest, ElementsLongerThanAChunk) {
  std::string bytes = "[\n";
  for (int i = 0; i < 40; ++i) {
    bytes += fmt::format("{}\"{}\\\\\"", i == 0 ? "" : ",\n",
                         std::string(static_cast<std::size_t>(i) * 40'000, 'x'));
  }
  bytes += "\n]\n";
  JsonArrayWalker walker(bytes, "f");
  const std::vector<std::string> expected = All(walker, "f");
  ASSERT_EQ(expected.size(), 41U);
  EXPECT_EQ(Stream(bytes), expected);
}

TEST_F(JsonArrayStreamTest, SaysWhatCannotBeOpened) {
  const auto missing = JsonArrayStream::Open("/no/such/file");
  ASSERT_FALSE(missing.has_value());
  EXPECT_THAT(missing.error().message, HasSubstr("/no/such/file: cannot open: No such file"));
  EXPECT_THAT(JsonArrayStream::Open(::testing::TempDir()).error().message,
              HasSubstr("is a directory"));
}

}  // namespace
}  // namespace assay
