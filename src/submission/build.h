// A submission package, from run directories and two description files.

#ifndef ASSAY_SUBMISSION_BUILD_H_
#define ASSAY_SUBMISSION_BUILD_H_

#include <optional>
#include <string>
#include <vector>

#include "assay/finding.h"
#include "assay/result.h"

#include "base/file.h"
#include "base/json.h"
#include "rules/rounds.h"

namespace assay {

struct BuildOptions {
  std::vector<fs::path> runs;
  fs::path system_file;     // the system's description
  fs::path submitter_file;  // the submission's
  fs::path output;          // the tree; must not exist
  fs::path backup;          // the whole accuracy logs; must not exist, outside `output`
  std::optional<Round> round;
  std::optional<fs::path> tokenizer;  // absent: the runs' own
  bool accept_unofficial = false;
};

struct Package {
  // Why there is none, a line each. Otherwise everything below is filled.
  std::vector<std::string> problems;
  bool unofficial = false;          // accept_unofficial would let some of them pass
  bool descriptions_fault = false;  // they are about the description files

  Round round = Round::kV61;
  std::string division, submitter, system;
  std::vector<std::string> files;  // of the tree, sorted
  std::vector<Finding> accepted;   // what was let pass, once each
  Judgement judgement;             // of the tree, as `assay submission check` gives it
};

// Packs what the records say, in the layout of the runs' round, and judges the tree before it comes
// to its place. Tree and backup appear whole or not at all; nothing is overwritten.
//
// The tree holds what the official checkers ask for: LoadGen's logs (accuracy logs truncated),
// accuracy.txt with scores recomputed from the record and the SHA-256 of the whole log,
// measurements.json, user.conf and README.md for each scenario, TEST06 where a run holds it, the
// system's description, calibration, and where the source is.
//
// Errors: kInvalidArgument: a place that is taken, a directory that is no run; kParse: a record
// that does not hold; kIo, e.g. a full disk.
[[nodiscard]] Result<Package> BuildPackage(const BuildOptions& options);

// build --format json.
[[nodiscard]] Json ToJson(const Package& package, const BuildOptions& options);
// For people. Scores and figures of a package are unreviewed, and this says so.
[[nodiscard]] std::string RenderText(const Package& package, const BuildOptions& options);

}  // namespace assay

#endif  // ASSAY_SUBMISSION_BUILD_H_
