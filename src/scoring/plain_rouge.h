// ROUGE once more, for tests: rouge_score's steps with strings, maps and whole tables.

#ifndef ASSAY_SCORING_PLAIN_ROUGE_H_
#define ASSAY_SCORING_PLAIN_ROUGE_H_

#include <string_view>

#include "assay/scoring.h"

namespace assay {

// Value: as ScoreLines, by other means; gen_len is left 0.
[[nodiscard]] SampleScore PlainScoreLines(std::string_view prediction, std::string_view reference);

}  // namespace assay

#endif  // ASSAY_SCORING_PLAIN_ROUGE_H_
