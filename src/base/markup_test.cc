#include "base/markup.h"

#include <gtest/gtest.h>

namespace assay {
namespace {

TEST(Markup, WhatIsMarkupBecomesAnEntity) {
  EXPECT_EQ(MarkupEscaped("a<b> & \"c\" 'd'", Apostrophe::kKept),
            "a&lt;b&gt; &amp; &quot;c&quot; 'd'");
  EXPECT_EQ(MarkupEscaped("'&#39;'", Apostrophe::kEscaped), "&#39;&amp;#39;&#39;");
  EXPECT_EQ(MarkupEscaped("", Apostrophe::kEscaped), "");
}

TEST(Markup, OtherBytesStay) {
  EXPECT_EQ(MarkupEscaped("\xc3\xa9\n\t\x01\xff", Apostrophe::kEscaped), "\xc3\xa9\n\t\x01\xff");
}

}  // namespace
}  // namespace assay
