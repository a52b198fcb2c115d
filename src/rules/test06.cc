#include "rules/test06.h"

#include <algorithm>
#include <array>
#include <string>
#include <utility>

#include "base/format.h"
#include "rules/submission_rules.h"
#include "rules/test06_verifier.h"

namespace assay {
namespace {

// What the checks that did not pass ask for.
std::string FixOf(const Test06Result& result) {
  const std::array<bool, kTest06Fixes.size()> passed{result.first_token.value_or(true), result.eos,
                                                     result.sample_length};
  std::string fix;
  for (std::size_t i = 0; i < passed.size(); ++i) {
    if (!passed.at(i)) fix += fmt::format("{}{}", fix.empty() ? "" : "; ", kTest06Fixes.at(i));
  }
  return fix + "; then repeat TEST06";
}

void DidNotPass(const Result<Test06Result>& verified, const std::string& file, Findings& findings) {
  findings.Error(rule::kTest06Verdict,
                 {.message = "The answers of TEST06 do not pass its verification.",
                  .found = verified ? Test06Text(*verified) : verified.error().message,
                  .needed = "three passes, or two where the first token is skipped",
                  .fix = verified ? FixOf(*verified)
                                  : "log each record as LoadGen writes it, and repeat TEST06",
                  .file = file});
}

// What the official verifier, which reads less of a log than we do, says of one that we cannot.
void CheckUnreadable(const fs::path& root, const std::string& file, Scenario scenario,
                     Findings& findings) {
  const auto bytes = ReadFile(root / file);
  const Result<Test06Result> verified =
      bytes ? VerifyTest06(*bytes, file, scenario) : Result<Test06Result>(bytes.error());
  if (!verified) {
    findings.NotRun("TEST06", "its accuracy log cannot be read");
  } else if (verified->Pass()) {
    findings.Note(rule::kTest06Verdict,
                  {.message = "TEST06's official verification passes a log that LoadGen cannot "
                              "have written.",
                   .found = Test06Text(*verified),
                   .file = file});
  } else {
    DidNotPass(verified, file, findings);
  }
}

}  // namespace

void CheckTest06(const fs::path& root, const LoadgenEvidence& evidence, Scenario scenario,
                 bool own_run, Findings& findings) {
  if (!evidence.accuracy) {
    const auto is_log = [&](const UnreadableFile& u) { return u.file == evidence.AccuracyFile(); };
    const auto& unreadable = evidence.unreadable;
    if (std::any_of(unreadable.begin(), unreadable.end(), is_log)) {
      CheckUnreadable(root, evidence.AccuracyFile(), scenario, findings);
      return;
    }
    findings.Error(rule::kTest06Missing, {.message = "TEST06 has no accuracy log.",
                                          .needed = evidence.AccuracyFile(),
                                          .fix = "run TEST06 (assay run --mode compliance)",
                                          .file = evidence.AccuracyFile()});
    return;
  }
  const std::vector<AccuracyRecord>& records = evidence.accuracy->records;
  if (records.size() < kTest06.records) {
    FindingText text{.message = fmt::format(
                         "TEST06 logged {} of {} answers: {}.", records.size(), kTest06.records,
                         records.empty() ? "nothing was verified" : "too little was verified"),
                     .found = fmt::format("{} records", records.size()),
                     .needed = fmt::format("at least {} records", kTest06.records),
                     .fix = "repeat TEST06 with its settings in force",
                     .file = evidence.AccuracyFile()};
    if (own_run) {
      findings.Error(rule::kTest06Records, std::move(text));
    } else {
      findings.Warning(rule::kTest06Records, std::move(text));
    }
  }
  if (records.empty()) return;
  const auto verified =
      VerifyTest06(*evidence.accuracy, scenario, evidence.width.value_or(TokenWidth::kInt32));
  if (!verified || !verified->Pass()) {
    DidNotPass(verified, evidence.AccuracyFile(), findings);
  }
  if (own_run && verified && verified->Pass()) {
    findings.Note(rule::kTest06Verdict,
                  {.message = fmt::format("TEST06's {} answers pass its official verification.",
                                          records.size()),
                   .file = evidence.AccuracyFile()});
  }
  if (scenario == Scenario::kOffline) return;
  const auto without = std::find_if(records.begin(), records.end(), [](const AccuracyRecord& r) {
    return r.token_data && r.token_data->empty();
  });
  if (without == records.end()) return;
  FindingText text{.message = "An answer of TEST06 has no first token to compare.",
                   .found = fmt::format("sample {}", without->qsl_idx),
                   .needed = "at least one token",
                   .fix = "hand the first token's id to FirstTokenComplete",
                   .file = evidence.AccuracyFile(),
                   .line = without->line};
  if (own_run) {
    findings.Error(rule::kTest06FirstToken, std::move(text));
  } else {
    findings.Warning(rule::kTest06FirstToken, std::move(text));
  }
}

}  // namespace assay
