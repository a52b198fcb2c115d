#include "tokenizer/nfc.h"

#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

namespace assay::tok {
namespace {

// Expected: unicodedata.normalize("NFC", ...) of CPython 3.11; the last one: Unicode 9.0 had no
// composition for U+11935 U+11930 yet.
TEST(ToNfc, ComposesAndOrders) {
  for (const auto& [text, expected] : std::vector<std::pair<std::string, std::string>>{
           {"e\u0301", "\u00E9"},
           {"a\u0323\u0302", "\u1EAD"},
           {"a\u0302\u0323", "\u1EAD"},
           {"q\u0307\u0323", "q\u0323\u0307"},
           {"a\u0300\u0301", "\u00E0\u0301"},
           {"\u212B", "\u00C5"},
           {"\u0958", "\u0915\u093C"},
           {"\u1100\u1161\u11A8", "\uAC01"},
           {"\uAC00\u11A8", "\uAC01"},
           {"e\xFF\u0301", "e\xFF\u0301"},
           {"\U00011935\U00011930", "\U00011935\U00011930"}}) {
    EXPECT_EQ(ToNfc(text).value_or(text), expected) << text;
  }
}

TEST(ToNfc, LeavesWhatIsNormalized) {
  for (const char* text : {"", "plain", "\u00E9t\u00E9", "\uAC01", "\u65E5\u672C", "\xFF"}) {
    EXPECT_EQ(ToNfc(text), std::nullopt) << text;
  }
}

}  // namespace
}  // namespace assay::tok
