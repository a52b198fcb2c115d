// What a comparison looks at in one run.

#ifndef ASSAY_COMPARE_RUN_VIEW_H_
#define ASSAY_COMPARE_RUN_VIEW_H_

#include <array>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "assay/result.h"
#include "assay/tokenizer.h"

#include "base/file.h"
#include "record/journal.h"
#include "record/run_directory.h"

namespace assay {

// One request of the measured test, in seconds after the first scheduled time.
struct TimedRequest {
  std::uint64_t sample = 0;
  double scheduled_s = 0.0;
  double first_token_s = 0.0;
  double last_token_s = 0.0;
  double done_s = 0.0;
  double tokens = 0.0;
};

inline constexpr std::array<std::string_view, 4> kRougeNames{"rouge1", "rouge2", "rougeL",
                                                             "rougeLsum"};

// What a sample was answered, and how good that is.
struct ScoredOutput {
  std::vector<TokenId> tokens;
  std::string text;
  std::array<double, kRougeNames.size()> scores{};  // F-measures in percent
};

struct RunView {
  std::string name;  // the directory as it was given
  // Configuration and identity as "place" -> value, one line each; what says only when is not here.
  std::map<std::string, std::string> facts;
  std::string verdict;
  std::string incomplete;                 // how a test ended before its end; empty: none did
  std::vector<TimedRequest> requests;     // completed ones, in the order of issue
  std::uint64_t failed = 0;               // of the measured test
  std::map<std::string, double> figures;  // metrics.json's names; positive ones
  std::map<std::uint64_t, ScoredOutput> outputs;  // by sample
  std::string not_scored;                         // why `outputs` is empty
};

// Reads, scores and measures the run in `run_dir`; writes nothing.
// Errors: those of Derive.
[[nodiscard]] Result<RunView> LoadRunView(const fs::path& run_dir);

// The timed requests of a journal: completed ones in the order of issue.
[[nodiscard]] std::vector<TimedRequest> TimedRequests(
    const std::vector<RequestRecord>& requests, std::optional<std::int64_t> origin_not_before_ns);

}  // namespace assay

#endif  // ASSAY_COMPARE_RUN_VIEW_H_
