// What a check found, and the verdict that follows.

#ifndef ASSAY_FINDING_H_
#define ASSAY_FINDING_H_

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace assay {

enum class Severity { kError, kWarning, kNote };

struct Finding {
  Severity severity = Severity::kNote;
  std::string rule;     // stable id, "dataset.identity"; listed in docs/rules.md
  std::string message;  // one sentence for people
  std::string found;    // what is there; empty: does not apply
  std::string needed;   // what the rule asks for
  std::string file;     // where, relative to what was checked; empty: does not apply
  std::optional<std::uint64_t> line;
  std::string source;          // the rule's source and version
  std::string fix;             // what to change; empty: nothing to do
  bool comparability = false;  // if true, the result stands but compares with nothing official
};

enum class Verdict { kValid, kNotComparable, kInvalid };

// Value: kInvalid if any finding has severity error; else kNotComparable if any is about
// comparability; else kValid.
[[nodiscard]] Verdict VerdictOf(const std::vector<Finding>& findings);

// One judged result of a tree (a run directory has one).
struct JudgedResult {
  std::string division, submitter, system, benchmark, scenario;  // empty: not known
  std::string metric;           // the official metric's name and unit
  std::optional<double> value;  // absent is not zero
  Verdict verdict = Verdict::kInvalid;
};

struct Judgement {
  Verdict verdict = Verdict::kInvalid;
  std::vector<JudgedResult> results;
  std::vector<Finding> findings;
};

}  // namespace assay

#endif  // ASSAY_FINDING_H_
