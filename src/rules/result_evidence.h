// A LoadGen result that is no run directory, alone or in a submission tree: its logs, the texts
// they can be scored with, and the rules that it is judged by.

#ifndef ASSAY_RULES_RESULT_EVIDENCE_H_
#define ASSAY_RULES_RESULT_EVIDENCE_H_

#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include "assay/result.h"
#include "assay/tokenizer.h"

#include "base/file.h"
#include "dataset/dataset.h"
#include "rules/evidence.h"
#include "rules/run_evidence.h"
#include "rules/scope.h"
#include "rules/submission_tree.h"

namespace assay {

struct ResultEvidence {
  fs::path root;                                            // what the files' names are relative to
  std::vector<std::pair<TestKind, LoadgenEvidence>> tests;  // one of a kind at most
  std::optional<Dataset> dataset;
  std::shared_ptr<const Tokenizer> tokenizer;  // null: none was given
  std::vector<UnreadableFile> unreadable;      // data sets beside a log
  RoundChoice choice;
  Scope scope;
  bool inferred = false;  // Offline from SingleStream, as edge systems may: judged as the latter

  // nullptr: there is no such test.
  [[nodiscard]] const LoadgenEvidence* Find(TestKind kind) const;
};

// The data set is `options.dataset` or, where there is none, an official file's name beside a log.
// Benchmark and scenario are told by names in `dir`, otherwise by a log.
// Errors: kInvalidArgument: `dir` is no LoadGen result; those of an option's file.
[[nodiscard]] Result<ResultEvidence> LoadResult(const fs::path& dir, const CheckOptions& options);

// What is unreadable in the tree is in the evidence. Errors: those of an option's file.
[[nodiscard]] Result<ResultEvidence> LoadSubmittedResult(const SubmittedPlace& place,
                                                         const CheckOptions& options);

}  // namespace assay

#endif  // ASSAY_RULES_RESULT_EVIDENCE_H_
