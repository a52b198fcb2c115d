// Checks of the data set, its coverage, and the five accuracy limits.

#ifndef ASSAY_RULES_CHECK_ACCURACY_H_
#define ASSAY_RULES_CHECK_ACCURACY_H_

#include <cstdint>
#include <optional>
#include <string>

#include "rules/accuracy_limits.h"
#include "rules/evidence.h"
#include "rules/findings.h"

namespace assay {

struct DatasetFacts {
  std::string file = {};      // as findings name it
  std::string identity = {};  // DatasetRecord::identity
  std::string sha256 = {};
  std::uint64_t count = 0;  // records
  bool bundled_sample = false;
  std::uint64_t articles = 0;  // among which near-duplicates were looked for
  std::uint64_t near_duplicates = 0;
  std::uint64_t near_duplicate_clusters = 0;
};

void CheckDataset(const DatasetFacts& dataset, const Scope& scope, Findings& findings);

// `asked` of the benchmark's samples took part. `file` says so.
void CheckCoverage(std::uint64_t asked, TestKind test, const std::string& file, const Scope& scope,
                   Findings& findings);

struct AccuracyEvidence {
  AccuracyFigures figures;
  std::uint64_t samples = 0;                 // gen_num
  std::optional<std::uint64_t> tokens = {};  // that these samples' answers hold
  std::string file = {};                     // where the figures, or the answers behind them, stand
  // The right data set at full count. Otherwise the limits are shown, not judged, and why.
  bool judged = false;
  std::string why_not_judged = {};
};

void CheckAccuracy(const AccuracyEvidence& evidence, const Scope& scope, Findings& findings);

}  // namespace assay

#endif  // ASSAY_RULES_CHECK_ACCURACY_H_
