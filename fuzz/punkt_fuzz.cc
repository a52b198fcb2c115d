// Sentences of any bytes: the fast splitter equals NLTK's regular expressions run one by one.

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/check.h"
#include "text/plain_punkt.h"
#include "text/punkt.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  constexpr std::size_t kMaxSize = 1024;  // the plain path recurses by character
  const std::string_view text(reinterpret_cast<const char*>(data), std::min(size, kMaxSize));
  std::vector<std::string_view> sentences;
  assay::AppendSentences(text, sentences);
  const std::vector<std::string> plain = assay::PlainSentences(text);
  ASSAY_CHECK(std::equal(sentences.begin(), sentences.end(), plain.begin(), plain.end()));
  return 0;
}
