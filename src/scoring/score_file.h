// Scores of files of any size: an accuracy log, or pairs of texts. Held in memory are the scores
// and a few thousand answers at a time, never a file.

#ifndef ASSAY_SCORING_SCORE_FILE_H_
#define ASSAY_SCORING_SCORE_FILE_H_

#include <cstdint>
#include <functional>
#include <optional>
#include <vector>

#include "assay/result.h"
#include "assay/scoring.h"
#include "assay/tokenizer.h"

#include "base/file.h"
#include "base/json.h"
#include "record/accuracy_log.h"
#include "scoring/score_log.h"

namespace assay {

// Called with a line of samples.jsonl for each sample, in order. Its error ends the scoring.
using SampleSink = std::function<Status(const Json& sample)>;

struct FileScore {
  CorpusScore corpus;
  std::vector<SampleScore> scores;  // of the samples, in order
  std::uint64_t repeated = 0;       // later records of a sample, which do not count
  std::uint64_t first_repeated_line = 0;
  std::uint64_t empty = 0;   // answers without a token
  std::uint64_t tokens = 0;  // of the answers
  // Answers that the clean-up of spaces changed, and, if there are any, the figures without it.
  std::uint64_t cleaned_up = 0;
  std::optional<CorpusScore> without_clean_up;
  // What a log's records look like, which need not be what they were read as; nullopt: neither
  // width fits all of them.
  std::optional<TokenWidth> looks_like;
};

// What the integers of a log look like. Reads all of it.
// Errors: those of AccuracyLogStream and TokenWidthFinder; kParse if the log was truncated.
[[nodiscard]] Result<TokenWidth> FindTokenWidth(const fs::path& log);

// `width`  of the log's integers; nullopt: found out, which reads the file once more.
// `sink`   may be empty.
// Errors: those of AccuracyLogStream and TokenWidthFinder; kParse, naming file and line of the
// first, if an answer cannot be scored (a mean over the rest would be another figure under the same
// name), if the log was truncated or holds no answer.
[[nodiscard]] Result<FileScore> ScoreAccuracyLog(const fs::path& log,
                                                 std::optional<TokenWidth> width,
                                                 const References& references,
                                                 const Tokenizer& tokenizer,
                                                 const SampleSink& sink);

// One JSON object with "prediction" and "reference" a line; blank lines are skipped.
// Errors: kIo; kParse naming file and line.
[[nodiscard]] Result<FileScore> ScorePairs(const fs::path& pairs, const SampleSink& sink);

}  // namespace assay

#endif  // ASSAY_SCORING_SCORE_FILE_H_
