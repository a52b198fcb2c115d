#include "text/unicode.h"

#include <gtest/gtest.h>

namespace assay {
namespace {

using namespace std::string_view_literals;

TEST(Unicode, DecodesOneCodePoint) {
  EXPECT_EQ(DecodeAt("a\u00E9\u4E2D\U0001F600", 6).value, char32_t{0x1F600});
  EXPECT_EQ(DecodeAt("\u4E2D", 0).size_bytes, 3U);
}

TEST(Unicode, IllFormedBytesAreReplacedOneByOne) {
  for (const std::string_view bytes :
       {"\x80"sv, "\xC3"sv, "\xC0\x80"sv, "\xE2\x84"sv, "\xED\xA0\x80"sv, "\xE0\x80\x80"sv,
        "\xF4\x90\x80\x80"sv, "\xF8\x88\x80\x80"sv, "\xFF"sv, "\xC3\xC3"sv}) {
    const std::string copy(bytes);  // a heap copy, so that a sanitizer sees a read past its end
    EXPECT_EQ(DecodeAt(copy, 0).value, char32_t{0xFFFD}) << testing::PrintToString(bytes);
    EXPECT_EQ(DecodeAt(copy, 0).size_bytes, 1U) << testing::PrintToString(bytes);
  }
}

// Expected values: CPython 3.11, and The Unicode Standard 14.0, SpecialCasing.txt.
TEST(Unicode, LowerKnowsTheSpecialCases) {
  EXPECT_EQ(Lower("ABC-\u00C9\u0416\U00010400"), "abc-\u00E9\u0436\U00010428");
  EXPECT_EQ(Lower("\u212A"), "k");
  EXPECT_EQ(Lower("\u0130X"), "i\u0307x");
  EXPECT_EQ(Lower("\u01C5"), "\u01C6");
  EXPECT_EQ(Lower("\xFF\x41"), "\xFF\x61");
}

TEST(Unicode, CapitalSigmaIsFinalAtTheEndOfAWord) {
  EXPECT_EQ(Lower("\u039F\u03A3"), "\u03BF\u03C2");
  EXPECT_EQ(Lower("\u039F\u03A3."), "\u03BF\u03C2.");
  EXPECT_EQ(Lower("\u039F\u03A3\u0391"), "\u03BF\u03C3\u03B1");
  EXPECT_EQ(Lower("\u039F\u0301\u03A3'\u0391"), "\u03BF\u0301\u03C3'\u03B1");
  EXPECT_EQ(Lower("\u03A3"), "\u03C3");
  EXPECT_EQ(Lower("1\u03A3"), "1\u03C3");
}

TEST(Unicode, Classes) {
  EXPECT_TRUE(IsSpace(0x1C) && IsSpace(0x85) && IsSpace(0xA0) && IsSpace(0x3000));
  EXPECT_FALSE(IsSpace(0x200B) || IsSpace(0x1B) || IsSpace(0xFEFF));
  EXPECT_TRUE(IsDecimal('7') && IsDecimal(0x663));
  EXPECT_FALSE(IsDecimal(0xB2) || IsDecimal(0xBD));
  EXPECT_TRUE(IsWord(0xB2) && IsWord('_') && IsWord(0x4E2D));
  EXPECT_FALSE(IsWord(0x301) || IsWord('-'));
  EXPECT_TRUE(IsUpper('A') && IsUpper(0x24B6) && IsLower(0xAA));
  EXPECT_FALSE(IsUpper(0x1C5) || IsLower(0x1C5) || IsUpper('1'));
}

TEST(Unicode, StripTakesAllWhiteSpaceOffBothEnds) {
  EXPECT_EQ(Strip("\u3000\x1C\u0085 a \u200B\u2028\u00A0"), "a \u200B");
  EXPECT_EQ(Strip(" \t\n\u00A0"), "");
  EXPECT_EQ(Strip(""), "");
  EXPECT_EQ(StripRight(" a\u202F"), " a");
  // A stray continuation byte is not the end of a white-space character.
  EXPECT_EQ(StripRight("a\xA0"), "a\xA0");
}

}  // namespace
}  // namespace assay
