// The findings of one check, as they are collected.

#ifndef ASSAY_RULES_FINDINGS_H_
#define ASSAY_RULES_FINDINGS_H_

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "assay/finding.h"

#include "rules/rule_table.h"

namespace assay {

// The parts of a finding that its rule does not give.
struct FindingText {
  std::string message = {};
  std::string found = {};
  std::string needed = {};
  std::string fix = {};
  std::string file = {};
  std::optional<std::uint64_t> line = std::nullopt;
};

class Findings {
 public:
  // `round_asked`  the round was asked for, by --rules or by being a submission to it: breaches of
  // its rules are errors. Otherwise they only make the result not comparable.
  Findings(const RoundRules& round, bool round_asked) : round_(&round), asked_(round_asked) {}

  void Error(const Rule& rule, FindingText text) { Add(Severity::kError, false, rule, text); }
  void Warning(const Rule& rule, FindingText text) { Add(Severity::kWarning, false, rule, text); }
  void Note(const Rule& rule, FindingText text) { Add(Severity::kNote, false, rule, text); }
  void Breach(const Rule& rule, FindingText text) {
    Add(asked_ ? Severity::kError : Severity::kWarning, !asked_, rule, text);
  }
  // Makes the result not comparable, whatever was asked for.
  void NotComparable(const Rule& rule, FindingText text) {
    Add(Severity::kWarning, true, rule, text);
  }
  // What could not be checked, and why.
  void NotRun(const std::string& check, const std::string& why);

  [[nodiscard]] bool round_asked() const { return asked_; }
  [[nodiscard]] const std::vector<Finding>& all() const { return findings_; }
  // Errors first, then what makes the result not comparable, warnings, notes; otherwise in the
  // order in which they were found.
  [[nodiscard]] std::vector<Finding> Sorted() const;

 private:
  void Add(Severity severity, bool comparability, const Rule& rule, FindingText& text);

  const RoundRules* round_;
  bool asked_;
  std::vector<Finding> findings_;
};

// 13368 -> "13,368".
[[nodiscard]] std::string Grouped(std::uint64_t number);

}  // namespace assay

#endif  // ASSAY_RULES_FINDINGS_H_
