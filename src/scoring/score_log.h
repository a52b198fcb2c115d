// Scores of what a test answered: an accuracy log, or a run's own journal, against the references.

#ifndef ASSAY_SCORING_SCORE_LOG_H_
#define ASSAY_SCORING_SCORE_LOG_H_

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "assay/result.h"
#include "assay/scoring.h"
#include "assay/tokenizer.h"

#include "base/json.h"
#include "record/loadgen_log.h"

namespace assay {

// One answer to one sample.
struct Answer {
  std::uint64_t index = 0;  // of the sample in the data set
  std::vector<TokenId> tokens;
  std::uint64_t line = 0;  // in the file that it comes from
};

// The reference summary of a sample; nullopt: the data set has no such sample. Thread-safe.
using References = std::function<std::optional<std::string_view>(std::uint64_t index)>;

struct ScoredAnswer {
  Answer answer;
  std::string prediction;  // the decoded text, as the tokenizer's settings clean it up
  SampleScore score;
  // Of the text as it was decoded, if the clean-up of spaces changed it: newer versions of the
  // reference's library do not clean up.
  std::optional<SampleScore> score_without_clean_up = std::nullopt;
};

// An answer that has no score, and why.
struct UnscoredAnswer {
  std::uint64_t index = 0;
  std::uint64_t line = 0;
  enum class Reason { kNoReference, kOutsideVocabulary } reason = Reason::kNoReference;
  std::string detail;  // what the tokenizer said; empty for kNoReference
};

// kParse, about `count` (at least 1) answers of `file`, of which `first` is the first.
[[nodiscard]] Error CannotBeScored(const std::string& file, std::uint64_t count,
                                   const UnscoredAnswer& first);

struct LogScore {
  // The reference's figures. Absent if an answer could not be scored (the reference fails on such a
  // log) or if there are no answers.
  std::optional<CorpusScore> corpus;
  std::vector<ScoredAnswer> answers;  // the first for each index, in the order of the log
  std::vector<UnscoredAnswer> unscored;
  std::vector<Answer> repeated;  // later answers for an index that had one: not scored
  std::uint64_t empty = 0;       // scored answers without a token
  std::uint64_t tokens = 0;      // of the scored answers
};

// `answers`     in the order of the log; the mean's last bit depends on it.
// `references`  called once per index.
// `threads`     0: as many as the machine has. The value does not depend on it.
//
// Value: what mlcommons/inference, language/llama3.1-8b/evaluation.py computes at its pinned
// versions.
[[nodiscard]] LogScore ScoreAnswers(std::vector<Answer> answers, const References& references,
                                    const Tokenizer& tokenizer, unsigned threads = 0);

// The answers of an accuracy log, in its order.
// Errors: kParse with `where`, line and reason for data that are no tokens of this width.
[[nodiscard]] Result<std::vector<Answer>> AnswersOf(const AccuracyLog& log, TokenWidth width,
                                                    const std::string& where);

// "{'rouge1': '38.7792', ..., 'gen_len': 8167644, 'gen_num': 13368}": the Python dictionary that
// the reference prints and the submission checker reads.
[[nodiscard]] std::string ReferenceDict(const CorpusScore& score);
// The same six as a JSON object: strings and integers.
[[nodiscard]] Json ReferenceJson(const CorpusScore& score);
// One line of samples.jsonl: index, the four F-measures (they read back as the same doubles),
// gen_len, the number of tokens and the prediction.
[[nodiscard]] Json SampleJson(const ScoredAnswer& answer);

}  // namespace assay

#endif  // ASSAY_SCORING_SCORE_LOG_H_
