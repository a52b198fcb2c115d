#include "verify/verify.h"

#include <algorithm>
#include <set>
#include <utility>

#include "base/format.h"
#include "rules/rule_table.h"
#include "verify/check_derived.h"
#include "verify/check_record.h"

namespace assay {
namespace {

constexpr std::size_t kShownDiscrepancies = 20;

void ReportManifest(const ManifestCheck& manifest, Verification& out) {
  const auto each = [&out](const std::vector<std::string>& files, const char* message) {
    for (const std::string& file : files) out.Differs(file, "", "", "", message);
  };
  each(manifest.changed, "The file is not the one in manifest.json (SHA-256 or size).");
  each(manifest.missing, "The file stands in manifest.json and is missing.");
  each(manifest.added, "The file is not in manifest.json.");
}

// False: the manifest could not be read, which is told.
void CheckManifestFile(const fs::path& run_dir, Verification& out) {
  const auto manifest = CheckManifest(run_dir);
  if (!manifest) {
    out.Differs("manifest.json", "", manifest.error().message, "", "It cannot be read.");
    return;
  }
  if (manifest->present) {
    ReportManifest(*manifest, out);
    out.checked.emplace_back("manifest.json");
  }
}

void CheckManifestPresent(const RunEvidence& run, Verification& out) {
  if (run.manifest.present) return;
  if (run.record.ended_utc) {
    out.Differs("manifest.json", "", "absent", "", "The run ended, and its manifest is missing.");
  } else {
    out.not_checked.push_back(
        {"that the record is unchanged", "the run did not end and has no manifest", false});
  }
}

void CheckEngine(const RunEvidence& run, const TestEvidence& test, Verification& out) {
  if (!test.record || !test.record->engine) return;
  const std::string& stated = run.record.config.engine;
  const std::string& ran = test.record->engine->engine;
  if (stated == ran) return;
  out.Differs("run.json", "/config/engine", stated, ran, "The test's own record names another.");
}

void CheckRecord(const RunEvidence& run, Verification& out) {
  for (const UnreadableFile& file : run.unreadable) {
    out.Differs(file.file, "", file.reason, "", "It cannot be read.");
  }
  CheckManifestPresent(run, out);
  CheckMoments(run, out);
  CheckInputs(run, out);
  for (const TestEvidence& test : run.tests) {
    CheckJournal(run, test, out);
    CheckLoadgen(run, test, out);
    CheckTelemetry(run, test, out);
    CheckEngine(run, test, out);
    out.checked.emplace_back(TestDirectoryName(test.test));
  }
  for (const TestEnd& end : run.record.tests) {
    const TestEvidence* test = Find(run, end.test);
    if (test == nullptr || !test->record) continue;
    const std::string& status = test->record->status;
    const bool crashed = end.outcome == "crashed" || end.outcome == "running";
    if (crashed || status == end.outcome) continue;
    out.Differs("run.json", fmt::format("/tests/{}/outcome", TestDirectoryName(end.test)),
                end.outcome, status, "The test's own record tells another end.");
  }
}

// What decides between true and forged here is the settings of a verdict; the others repeat the
// checks above.
void CheckFindings(const Judgement& judgement, Verification& out) {
  static const std::set<std::string, std::less<>> authenticity{
      std::string(rule::kLoadedSet.id), std::string(rule::kGenerated.id),
      std::string(rule::kIssueOrder.id), std::string(rule::kSchedule.id),
      std::string(rule::kDamagedLog.id)};
  for (const Finding& finding : judgement.findings) {
    if (!authenticity.contains(finding.rule)) continue;
    out.Differs(finding.file, finding.line ? fmt::format("line {}", *finding.line) : "",
                finding.found, finding.needed, finding.message);
  }
}

std::string Line(const Discrepancy& d) {
  std::string text = d.file;
  if (!d.where.empty()) text += (d.where.front() == '/' ? "" : ", ") + d.where;
  return text;
}

std::string Indented(const char* name, const std::string& value) {
  return value.empty() ? "" : fmt::format("    {:<11}{}\n", name, value);
}

bool LeavesNumbersOpen(const Verification& v) {
  return std::any_of(v.not_checked.begin(), v.not_checked.end(),
                     [](const NotChecked& n) { return n.leaves_numbers_open; });
}

}  // namespace

Result<Verification> VerifyRun(const fs::path& run_dir, const VerifyOptions& options) {
  Verification out;
  CheckManifestFile(run_dir, out);
  CheckOptions check;
  check.tokenizer = options.tokenizer;
  Result<Derived> derived = Derive(run_dir, check);
  if (!derived) {
    if (out.discrepancies.empty()) return derived.error();
    out.not_checked.push_back({"everything else", derived.error().message, true});
    return out;
  }
  const std::string& version = derived->evidence.record.assay_version;
  if (version != options.assay_version) {
    out.not_checked.push_back(
        {"by the version that ran",
         fmt::format("the run was made by {}, this is {}: a definition may have changed between "
                     "them (CHANGELOG.md)",
                     version, options.assay_version),
         false});
  }
  CheckRecord(derived->evidence, out);
  CheckFindings(derived->judgement, out);
  CheckDerived(std::move(*derived), out);
  return out;
}

Verification VerifyRecord(const RunEvidence& run, const Judgement& judgement) {
  Verification out;
  ReportManifest(run.manifest, out);
  CheckRecord(run, out);
  CheckFindings(judgement, out);
  return out;
}

Json ToJson(const Verification& v) {
  Json discrepancies = Json::array();
  for (const Discrepancy& d : v.discrepancies) {
    discrepancies.push_back(Json{{"file", d.file},
                                 {"where", d.where},
                                 {"stated", d.stated},
                                 {"recomputed", d.recomputed},
                                 {"message", d.message}});
  }
  Json not_checked = Json::array();
  for (const NotChecked& n : v.not_checked) {
    not_checked.push_back(
        Json{{"what", n.what}, {"why", n.why}, {"leaves_numbers_open", n.leaves_numbers_open}});
  }
  const char* answer = !v.discrepancies.empty() ? "does not follow"
                       : LeavesNumbersOpen(v)   ? "open"
                                                : "follows";
  return Json{{"schema_version", 1},
              {"answer", answer},
              {"discrepancies", discrepancies},
              {"not_checked", not_checked},
              {"checked", v.checked}};
}

std::string RenderText(const Verification& v, const std::string& run_dir) {
  std::string text;
  if (v.discrepancies.empty()) {
    text += LeavesNumbersOpen(v)
                ? fmt::format("{}: OPEN. Not every number could be recomputed.\n", run_dir)
                : fmt::format("{}: every number follows from the record.\n", run_dir);
  } else {
    const Discrepancy& first = v.discrepancies.front();
    text += fmt::format("{}: DOES NOT FOLLOW. {} places; the first:\n\n  {}\n", run_dir,
                        v.discrepancies.size(), Line(first));
    text += Indented("", first.message) + Indented("stated", first.stated) +
            Indented("recomputed", first.recomputed);
  }
  if (v.discrepancies.size() > 1) text += "\nThe others:\n";
  for (std::size_t i = 1; i < std::min(v.discrepancies.size(), kShownDiscrepancies); ++i) {
    const Discrepancy& d = v.discrepancies[i];
    text += fmt::format("  {}: {}\n", Line(d), d.message);
  }
  if (v.discrepancies.size() > kShownDiscrepancies) {
    text += fmt::format("  and {} more\n", v.discrepancies.size() - kShownDiscrepancies);
  }
  if (!v.not_checked.empty()) text += "\nNot checked:\n";
  for (const NotChecked& n : v.not_checked) text += fmt::format("  {}: {}\n", n.what, n.why);
  return text;
}

}  // namespace assay
