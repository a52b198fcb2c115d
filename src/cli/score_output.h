// What `assay score` shows.

#ifndef ASSAY_CLI_SCORE_OUTPUT_H_
#define ASSAY_CLI_SCORE_OUTPUT_H_

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "assay/scoring.h"

#include "base/json.h"
#include "rules/accuracy_forecast.h"
#include "rules/rounds.h"

namespace assay {

// What a form of the verb found.
struct Scored {
  CorpusScore corpus;
  std::vector<SampleScore> scores;  // of the samples
  std::string what;                 // the heading: what was scored
  std::optional<std::uint64_t> tokens;
  std::uint64_t cleaned_up = 0;  // answers that the clean-up of spaces changed
  std::optional<CorpusScore> without_clean_up;
  std::vector<std::string> notes;        // what a reader must know beside the figures
  bool judged = false;                   // on the official data set at full count
  std::optional<BenchmarkId> benchmark;  // of the run that was scored
};

// Both against the newest round's limits.
[[nodiscard]] std::string ScoreText(const Scored& scored, BenchmarkId benchmark);
// The reference's six keys and what else is known: docs/formats.md.
[[nodiscard]] Json ScoreJson(const Scored& scored, BenchmarkId benchmark);

}  // namespace assay

#endif  // ASSAY_CLI_SCORE_OUTPUT_H_
