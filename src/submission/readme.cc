#include "submission/readme.h"

#include <string_view>

#include "base/format.h"
#include "report/safe_text.h"

namespace assay {
namespace {

std::string Cell(std::string_view text) {
  return text.empty() ? "n/a" : MarkdownEscaped(text);
}

void Row(std::string& text, std::string_view name, std::string_view value) {
  text += fmt::format("| {} | {} |\n", Cell(name), Cell(value));
}

std::string ModelOf(const EngineInfo& engine) {
  std::string text = fmt::format("{}, {}", engine.model_name, engine.precision);
  if (!engine.model_sha256.empty()) text += fmt::format(", SHA-256 {}", engine.model_sha256);
  return text;
}

void AddAccepted(std::string& text, const PlannedResult& result) {
  if (result.accepted.empty()) return;
  text += "\n## Not official\nPacked all the same, because its submitter asked for it:\n\n";
  for (const Finding& finding : result.accepted) {
    text += fmt::format("- {} Found: {}. Needed: {}. (`{}`)\n", Cell(finding.message),
                        Cell(finding.found), Cell(finding.needed), finding.rule);
  }
}

}  // namespace

std::string ResultReadme(Round round, const PlannedResult& result) {
  const RunRecord& record = result.performance->record;
  const TestRecord& test = *Find(*result.performance, TestKind::kPerformance);
  const EngineInfo& engine = *test.engine;
  const OfficialMetric& metric = result.performance->metric;
  std::string text = fmt::format("# {} {}\n\n{}\n\n", BenchmarkName(result.benchmark),
                                 ScenarioTitle(result.scenario), kUnverified);
  text += "| | |\n|---|---|\n";
  Row(text, "rules", RulesOf(round).name);
  if (metric.value) {
    Row(text, fmt::format("{} (unverified)", metric.name), fmt::format("{}", *metric.value));
  }
  Row(text, "model", ModelOf(engine));
  Row(text, "engine", fmt::format("{} {} on {}", engine.engine, engine.version, engine.device));
  for (const auto& [name, value] : engine.settings) {
    // Addresses of machines are nobody else's business.
    if (value.find("://") == std::string::npos) Row(text, name, value);
  }
  Row(text, "LoadGen", test.loadgen_version);
  Row(text, "data set",
      fmt::format("{} samples, SHA-256 {}", record.config.samples, record.dataset.sha256));
  Row(text, "tokenizer", fmt::format("SHA-256 {}", record.tokenizer.sha256));
  for (const auto& [name, sha256] : record.tokenizer.settings) {
    Row(text, "beside the tokenizer", fmt::format("{}, SHA-256 {}", name, sha256));
  }
  Row(text, "new tokens",
      fmt::format("{} to {}", record.config.min_tokens, record.config.max_tokens));
  Row(text, "sampling", "greedy");
  Row(text, "made with", fmt::format("Assay {}, {}", record.assay_version, record.build));
  Row(text, "run", record.started_utc);
  AddAccepted(text, result);
  return text;
}

}  // namespace assay
