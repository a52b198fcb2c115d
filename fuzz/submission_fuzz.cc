// Whatever stands in a submission's small files, reading them ends in findings: accuracy.txt,
// user.conf, and any file of a tree, descriptions among them. The first byte says which.

#include <array>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>

#include <unistd.h>

#include "base/check.h"
#include "base/file.h"
#include "base/format.h"
#include "base/json.h"
#include "rules/check_claims.h"
#include "rules/check_plan.h"
#include "rules/judge_tree.h"
#include "rules/printed_scores.h"
#include "rules/render_judgement.h"

namespace assay {
namespace {

constexpr std::array<std::string_view, 10> kFiles{
    "closed/A/systems/S.json",
    "closed/A/results/S/llama3.1-8b/Offline/measurements.json",
    "closed/A/results/S/llama3.1-8b/Offline/user.conf",
    "closed/A/results/S/llama3.1-8b/Offline/accuracy/accuracy.txt",
    "closed/A/results/S/llama3.1-8b/Offline/TEST06/verify_accuracy.txt",
    "closed/A/results/S/llama3.1-8b/Offline/accuracy/mlperf_log_accuracy.json",
    "closed/A/results/S/llama3.1-8b/Offline/performance/run_1/mlperf_log_detail.txt",
    "closed/A/results/S/llama3.1-8b/Offline/performance/run_1/mlperf_log_summary.txt",
    "closed/A/results/S/llama3.1-8b/Server/TEST06/accuracy/mlperf_log_accuracy.json",
    "open/A/measurements/S/llama3.1-8b/Offline/S_Offline.json"};

// One tree for the process; only the file that the input is changes.
const fs::path& Root() {
  static const fs::path root = fs::temp_directory_path() / fmt::format("submission_{}", ::getpid());
  return root;
}

void JudgeWith(std::string_view file, std::string_view bytes) {
  const fs::path path = Root() / file;
  ASSAY_CHECK(MakeDirectories(path.parent_path()).has_value());
  ASSAY_CHECK(WriteFileAtomically(path, bytes).has_value());
  const std::string_view division = file.substr(0, file.find('/'));
  ASSAY_CHECK(MakeDirectories(Root() / division / "A/results/S/llama3.1-8b/Offline").has_value());
  const auto judgement = JudgeTree(Root(), {});
  fs::remove_all(Root());
  ASSAY_CHECK(judgement.has_value());
  ASSAY_CHECK(judgement->verdict == Verdict::kInvalid);
  for (const Finding& finding : judgement->findings) {
    ASSAY_CHECK(finding.severity == Severity::kNote || !finding.fix.empty());
  }
  ASSAY_CHECK(ParseJson(ToJsonLine(ToJson(*judgement)), "findings").has_value());
}

void CheckTexts(std::string_view bytes) {
  const PrintedScores printed = ParseAccuracyTxt(bytes, "accuracy.txt");
  for (const auto& score : printed.scores) ASSAY_CHECK(!score || score->line >= 1);
  if (printed.hash) ASSAY_CHECK(printed.hash->find('\n') == std::string::npos);
  const RoundRules& round = RulesOf(Round::kV61);
  const BenchmarkRules& benchmark = round.benchmarks.front();
  const Scope scope{&round, &benchmark, benchmark.scenarios.data(), false, true};
  Findings findings(round, true);
  LoadgenEvidence evidence;
  evidence.detail = LoadgenDetailLog::Parse("");
  CheckUserConf(bytes, "user.conf", evidence, scope, findings);
  const auto entries = ParseUserConf(bytes, "user.conf");
  ASSAY_CHECK(entries.has_value() || entries.error().message.rfind("user.conf:", 0) == 0);
  if (!entries) return;
  RunConfig config;
  config.tests = {TestKind::kPerformance};
  PlanFacts facts;
  facts.config = &config;
  facts.user_conf = *entries;
  for (const ScenarioRules& scenario : benchmark.scenarios) {
    Scope plan = scope;
    plan.scenario = &scenario;
    CheckPlan(facts, "6.0.17 @ NA", plan, findings);
  }
  for (const Finding& finding : findings.all()) ASSAY_CHECK(!finding.message.empty());
}

}  // namespace
}  // namespace assay

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const std::string_view bytes(reinterpret_cast<const char*>(data) + 1, size - 1);
  assay::CheckTexts(bytes);
  assay::JudgeWith(assay::kFiles.at(data[0] % assay::kFiles.size()), bytes);
  return 0;
}
