// ROUGE of any two byte strings, the input cut at its first zero byte: the fast path equals the
// plain one in every bit.

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "assay/scoring.h"

#include "base/check.h"
#include "scoring/plain_rouge.h"
#include "text/unicode.h"

namespace {

bool Same(const assay::RougeScore& a, const assay::RougeScore& b) {
  return a.precision == b.precision && a.recall == b.recall && a.fmeasure == b.fmeasure;
}

bool Same(const assay::SampleScore& a, const assay::SampleScore& b) {
  return Same(a.rouge1, b.rouge1) && Same(a.rouge2, b.rouge2) && Same(a.rougeL, b.rougeL) &&
         Same(a.rougeLsum, b.rougeLsum);
}

// What ScoreSample does with a text before it scores lines.
std::string OneSentenceALine(std::string_view text) {
  std::string lines;
  for (const std::string_view sentence : assay::SplitSentences(assay::Strip(text))) {
    if (!lines.empty()) lines += '\n';
    lines += sentence;
  }
  return lines;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view input(reinterpret_cast<const char*>(data), size);
  const std::size_t cut = std::min(input.find('\0'), input.size());
  const std::string_view prediction = input.substr(0, cut);
  const std::string_view reference = input.substr(std::min(cut + 1, input.size()));
  ASSAY_CHECK(Same(assay::ScoreLines(prediction, reference),
                   assay::PlainScoreLines(prediction, reference)));
  const assay::SampleScore sample = assay::ScoreSample(prediction, reference);
  const assay::SampleScore lines =
      assay::ScoreLines(OneSentenceALine(prediction), OneSentenceALine(reference));
  ASSAY_CHECK(Same(sample, lines));
  ASSAY_CHECK(sample.gen_len == lines.gen_len);
  return 0;
}
