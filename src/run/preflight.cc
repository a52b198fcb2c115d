#include "run/preflight.h"

#include <algorithm>
#include <optional>
#include <system_error>
#include <utility>

#include "base/format.h"
#include "load/loadgen_test.h"
#include "rules/check_plan.h"
#include "rules/check_server.h"
#include "rules/lint_user_conf.h"
#include "rules/rounds.h"

namespace assay {
namespace {

// So many prompts are encoded by both tokenizers.
constexpr std::size_t kComparedPrompts = 100;

struct Applied {
  Scope scope;
  Findings findings;
};

Result<Applied> ApplyRules(const RunConfig& config) {
  const RoundRules* round = &AllRounds().back();
  if (config.rules) {
    ASSAY_ASSIGN_OR_RETURN(const Round asked, ParseRound(*config.rules));
    round = &RulesOf(asked);
  }
  Scope scope;
  scope.round = round;
  scope.benchmark = &RulesOf(*round, config.benchmark);
  scope.scenario = RulesOf(*scope.benchmark, config.scenario);
  if (scope.scenario == nullptr) {
    return MakeError(ErrorCode::kInvalidArgument, "{}: {} has no scenario {}", round->name,
                     BenchmarkName(config.benchmark), ScenarioTitle(config.scenario));
  }
  scope.own_run = true;
  return Applied{scope, Findings(*round, config.rules.has_value())};
}

PromptFacts PromptFactsOf(const RunInputs& inputs) {
  PromptFacts facts;
  facts.count = inputs.prompts.size();
  facts.with_instruction = inputs.dataset.instructions;
  facts.other_instruction = inputs.dataset.instructions - inputs.dataset.benchmark_instructions;
  const std::optional<TokenId> bos = inputs.tokenizer->Bos();
  for (const PromptSample& prompt : inputs.prompts) {
    const std::vector<TokenId>& ids = prompt.ids;
    if (bos) {
      if (ids.empty() || ids[0] != *bos) ++facts.without_bos;
      if (ids.size() > 1 && ids[0] == *bos && ids[1] == *bos) ++facts.two_bos;
    }
    const auto& given = inputs.dataset.samples[prompt.index].prompt_ids;
    if (!given) continue;
    ++facts.with_ids;
    if (*given != ids) ++facts.other_ids;
  }
  return facts;
}

// Absent: the model has no tokenizer that can be read here.
std::optional<bool> HasModelsTokenizer(const RunConfig& config, const RunInputs& inputs) {
  if (config.engine != "llama") return std::nullopt;
  if (config.tokenizer == config.model) return true;
  const auto own = LoadTokenizer(config.model);
  if (!own) return std::nullopt;
  const std::size_t count = std::min(inputs.prompts.size(), kComparedPrompts);
  return std::all_of(inputs.prompts.begin(),
                     inputs.prompts.begin() + static_cast<std::ptrdiff_t>(count),
                     [&](const PromptSample& prompt) {
                       return (*own)->Encode(prompt.text, kPromptEncoding) == prompt.ids;
                     });
}

DatasetFacts DatasetFactsOf(const DatasetRecord& record, std::uint64_t articles) {
  return {.file = record.path,
          .identity = record.identity,
          .sha256 = record.sha256,
          .count = record.count,
          .bundled_sample = record.bundled_sample,
          .articles = articles,
          .near_duplicates = record.near_duplicates,
          .near_duplicate_clusters = record.near_duplicate_clusters};
}

std::string AuditConfigHere() {
  constexpr const char* kName = "audit.config";
  std::error_code error;
  return fs::exists(kName, error) ? fs::absolute(kName, error).string() : "";
}

}  // namespace

Result<std::vector<UserConfEntry>> ReadUserConf(const RunConfig& config) {
  if (config.user_conf.empty()) return std::vector<UserConfEntry>{};
  ASSAY_ASSIGN_OR_RETURN(const std::string text, ReadFile(config.user_conf));
  return ParseUserConf(text, config.user_conf);
}

Result<bool> LacksRate(const RunConfig& config) {
  if (!config.rules) return false;
  ASSAY_ASSIGN_OR_RETURN(const Applied rules, ApplyRules(config));
  ASSAY_ASSIGN_OR_RETURN(const std::vector<UserConfEntry> user_conf, ReadUserConf(config));
  const bool single_stream = config.scenario == Scenario::kSingleStream;
  const bool given =
      single_stream ? config.expected_latency_ms.has_value() : config.target_qps.has_value();
  const std::string_view key = single_stream ? "target_latency" : "target_qps";
  return !given && Effective(user_conf, *rules.scope.scenario, key) == nullptr;
}

Result<std::vector<Finding>> CheckBeforeRun(const RunRecord& record, const RunInputs& inputs) {
  const RunConfig& config = record.config;
  ASSAY_ASSIGN_OR_RETURN(Applied rules, ApplyRules(config));
  PlanFacts facts;
  facts.config = &config;
  facts.dataset = DatasetFactsOf(record.dataset, inputs.prompts.size());
  facts.prompts = PromptFactsOf(inputs);
  facts.models_tokenizer = HasModelsTokenizer(config, inputs);
  ASSAY_ASSIGN_OR_RETURN(facts.user_conf, ReadUserConf(config));
  facts.audit_config = AuditConfigHere();
  CheckPlan(facts, BuiltInLoadgen(), rules.scope, rules.findings);
  return rules.findings.Sorted();
}

Result<std::vector<Finding>> CheckEngineBeforeRun(const RunRecord& record,
                                                  const EngineInfo& engine) {
  ASSAY_ASSIGN_OR_RETURN(Applied rules, ApplyRules(record.config));
  CheckEngine(engine, record.config, rules.findings);
  RunEvidence run;  // without tests: nothing was measured yet
  run.record = record;
  CheckPrefixCaching(run, rules.findings);
  return rules.findings.Sorted();
}

bool Forbid(const std::vector<Finding>& findings, const RunConfig& config) {
  return std::any_of(findings.begin(), findings.end(), [&](const Finding& f) {
    return f.severity == Severity::kError && !(config.accept_unofficial && IsUnofficial(f));
  });
}

std::string RenderBeforeRun(const std::vector<Finding>& findings) {
  std::string text;
  for (const Finding& f : findings) {
    if (f.severity == Severity::kNote) continue;
    const std::string where = f.line ? fmt::format(" ({}:{})", f.file, *f.line) : std::string();
    const std::string_view kind = f.severity == Severity::kError ? "error"
                                  : f.comparability              ? "not comparable"
                                                                 : "warning";
    text += fmt::format("assay: {}: {}{} [{}]\n", kind, f.message, where, f.rule);
    if (!f.fix.empty()) text += fmt::format("       change: {}\n", f.fix);
  }
  return text;
}

}  // namespace assay
