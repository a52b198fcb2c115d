// Whatever the bytes of LoadGen's logs are, reading them ends in what loadgen_log.h promises or in
// an error of one line that names the file, and every check of such a log ends in findings.

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/check.h"
#include "base/json.h"
#include "record/loadgen_log.h"
#include "rules/check_answers.h"
#include "rules/check_authenticity.h"
#include "rules/check_claims.h"
#include "rules/check_log.h"
#include "rules/check_validity.h"
#include "rules/render_judgement.h"
#include "rules/scope.h"
#include "rules/test06.h"
#include "rules/test06_verifier.h"

namespace assay {
namespace {

void ReadAccuracy(std::string_view bytes, LoadgenEvidence& evidence) {
  const auto any = VerifyTest06(bytes, "f", Scenario::kServer);
  ASSAY_CHECK(any.has_value() || any.error().code == ErrorCode::kParse);
  auto log = ParseAccuracyLog(bytes, "f");
  if (!log) {
    ASSAY_CHECK(log.error().code == ErrorCode::kParse);
    ASSAY_CHECK(log.error().message.rfind("f:", 0) == 0);
    ASSAY_CHECK(log.error().message.find('\n') == std::string::npos);
    return;
  }
  ASSAY_CHECK(!log->truncated || log->records.empty());
  for (const TokenWidth width : {TokenWidth::kInt32, TokenWidth::kInt64}) {
    for (const AccuracyRecord& record : log->records) {
      const auto tokens = TokensOf(record.data, width);
      if (tokens) {
        ASSAY_CHECK(tokens->size() == record.data.size() / (width == TokenWidth::kInt32 ? 4 : 8));
      }
    }
    if (log->truncated) continue;
    // Read in two ways, judged alike.
    for (const Scenario scenario : {Scenario::kServer, Scenario::kOffline}) {
      const auto verified = VerifyTest06(*log, scenario, width);
      const auto from_bytes = VerifyTest06(bytes, "f", scenario, width);
      ASSAY_CHECK(verified.has_value() == from_bytes.has_value());
      if (verified) ASSAY_CHECK(Test06Text(*verified) == Test06Text(*from_bytes));
    }
  }
  evidence.accuracy = std::move(*log);
  const auto width = InferTokenWidth(*evidence.accuracy, "f");
  if (!width) return;
  auto answers = AnswersOf(*evidence.accuracy, *width, "f");
  if (!answers) return;
  evidence.width = *width;
  evidence.answers = std::move(*answers);
}

void JudgeAnyLog(const LoadgenEvidence& evidence) {
  const RoundRules& round = RulesOf(Round::kV61);
  for (const BenchmarkRules& benchmark : round.benchmarks) {
    for (const ScenarioRules& scenario : benchmark.scenarios) {
      const Scope scope{&round, &benchmark, &scenario, false, true};
      Findings findings(round, true);
      CheckLogs(evidence, findings);
      CheckSettings(evidence, TestKind::kPerformance, scope, findings);
      CheckLoadgenResult(evidence, scope, findings);
      CheckFigures(evidence, scope, findings);
      CheckUserConf("*.*.min_duration = 600000\n", "user.conf", evidence, scope, findings);
      CheckTokens(evidence.answers, "f", LlamaTokens(), false, findings);
      CheckTokenCounts(evidence, findings);
      CheckTest06({}, evidence, scenario.scenario, false, findings);
      CheckIndices(evidence.answers, benchmark.sample_count, "f", findings);
      for (const Finding& finding : findings.all()) {
        ASSAY_CHECK(finding.severity == Severity::kNote || !finding.fix.empty());
      }
      const Judgement judgement{VerdictOf(findings.all()), {}, findings.Sorted()};
      ASSAY_CHECK(ParseJson(ToJsonLine(ToJson(judgement)), "findings").has_value());
      ASSAY_CHECK(!RenderText(judgement).empty());
      ASSAY_CHECK(!RenderJUnit(judgement, "f").empty());
    }
  }
  Findings findings(round, true);
  CheckAuthenticity(evidence, findings);
}

void CheckAnyBytes(std::string_view bytes) {
  LoadgenEvidence evidence;
  evidence.directory = "performance/";
  evidence.detail = LoadgenDetailLog::Parse(bytes);
  evidence.summary = LoadgenSummaryLog::Parse(bytes);
  for (const LoadgenEntry& entry : evidence.detail->entries()) {
    ASSAY_CHECK(evidence.detail->Find(entry.key) != nullptr);
    ASSAY_CHECK(entry.line >= 1);
  }
  ReadAccuracy(bytes, evidence);
  JudgeAnyLog(evidence);
}

}  // namespace
}  // namespace assay

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  assay::CheckAnyBytes(std::string_view(reinterpret_cast<const char*>(data), size));
  return 0;
}
