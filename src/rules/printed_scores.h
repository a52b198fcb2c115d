// Scores that somebody printed: accuracy.txt of a submission, or a JSON object with the reference's
// six keys.

#ifndef ASSAY_RULES_PRINTED_SCORES_H_
#define ASSAY_RULES_PRINTED_SCORES_H_

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/file.h"
#include "base/json.h"
#include "rules/accuracy_limits.h"

namespace assay {

// In the order of AccuracyLimits.
inline constexpr std::array<std::string_view, 5> kScoreNames{"rouge1", "rouge2", "rougeL",
                                                             "rougeLsum", "gen_len"};

struct PrintedScore {
  double value = 0.0;
  std::uint64_t line = 0;  // from 1
};

struct PrintedScores {
  std::string file;
  std::array<std::optional<PrintedScore>, 5> scores;  // by kScoreNames; the first of each
  // Other values of a score (index in kScoreNames) that stand before the place where the checker
  // stops reading: it rejects the file for any of them that misses its limit.
  std::vector<std::pair<std::size_t, PrintedScore>> repeated;
  std::optional<std::uint64_t> gen_num;
  std::optional<std::string> hash;  // of the whole accuracy log, as accuracy.txt gives it first
  struct OtherHash {
    std::string hash;
    std::uint64_t line = 0;  // from 1
  };
  std::optional<OtherHash> other_hash;  // the first that differs from `hash`

  // All five, if they are there.
  [[nodiscard]] std::optional<AccuracyFigures> Figures() const;
};

// Reads as the submission checker does: the last match on a line counts; ROUGE values quoted or
// not, gen_len bare after exactly one blank. Source: accuracy_check.py and constants.py
// ACC_PATTERN.
[[nodiscard]] PrintedScores ParseAccuracyTxt(std::string_view bytes, std::string file);

// nullopt: the object has not all six keys, or with values that are no numbers.
[[nodiscard]] std::optional<PrintedScores> ScoresFromJson(const Json& json, std::string file);

// accuracy.txt in `directory`, otherwise the first *.json there, by name, that is an object with
// the six keys. nullopt: neither.
[[nodiscard]] std::optional<PrintedScores> FindPrintedScores(const fs::path& root,
                                                             const std::string& directory);

}  // namespace assay

#endif  // ASSAY_RULES_PRINTED_SCORES_H_
