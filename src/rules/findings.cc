#include "rules/findings.h"

#include <algorithm>
#include <utility>

#include "base/format.h"

namespace assay {
namespace {

int Order(const Finding& finding) {
  if (finding.severity == Severity::kError) return 0;
  if (finding.comparability) return 1;
  return finding.severity == Severity::kWarning ? 2 : 3;
}

}  // namespace

void Findings::NotRun(const std::string& check, const std::string& why) {
  Note(rule::kNotRun, {.message = fmt::format("Not checked: {}: {}.", check, why)});
}

std::vector<Finding> Findings::Sorted() const {
  std::vector<Finding> sorted = findings_;
  std::stable_sort(sorted.begin(), sorted.end(),
                   [](const Finding& a, const Finding& b) { return Order(a) < Order(b); });
  return sorted;
}

void Findings::Add(Severity severity, bool comparability, const Rule& rule, FindingText& text) {
  Finding finding;
  finding.severity = severity;
  finding.comparability = comparability;
  finding.rule = rule.id;
  finding.message = std::move(text.message);
  finding.found = std::move(text.found);
  finding.needed = std::move(text.needed);
  finding.file = std::move(text.file);
  finding.line = text.line;
  finding.source = rule.source == source::kAssay ? std::string(rule.source)
                                                 : fmt::format("{}: {}", round_->name, rule.source);
  finding.fix = std::move(text.fix);
  findings_.push_back(std::move(finding));
}

std::string Grouped(std::uint64_t number) {
  std::string digits = fmt::format("{}", number);
  for (std::size_t at = digits.size(); at > 3;) {
    at -= 3;
    digits.insert(at, 1, ',');
  }
  return digits;
}

}  // namespace assay
