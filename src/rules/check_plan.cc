#include "rules/check_plan.h"

#include <algorithm>
#include <array>
#include <string_view>
#include <utility>

#include "base/format.h"
#include "rules/check_run.h"
#include "rules/lint_user_conf.h"

namespace assay {
namespace {

constexpr std::array<const Rule*, 4> kUnofficial{&rule::kDatasetIdentity, &rule::kNearDuplicates,
                                                 &rule::kCoverage, &rule::kModel};

void CheckPrompts(const PlanFacts& facts, Findings& findings) {
  const PromptFacts& p = facts.prompts;
  const auto report = [&](const Rule& rule, std::uint64_t count, std::string what,
                          std::string needed, std::string fix) {
    if (count == 0) return;
    findings.Breach(rule, {.message = fmt::format("{} of {} prompts {}.", Grouped(count),
                                                  Grouped(p.count), what),
                           .needed = std::move(needed),
                           .fix = std::move(fix),
                           .file = facts.dataset.file});
  };
  report(rule::kPromptBos, p.two_bos, "begin with two BOS tokens", "one, as the tokenizer adds it",
         "take the BOS out of the articles, or its addition out of the tokenizer's settings");
  report(rule::kPromptBos, p.without_bos, "begin without the BOS that the tokenizer adds", "one",
         "let the tokenizer add it");
  report(rule::kPromptTemplate, p.other_instruction,
         "have another instruction in the data set than the benchmark's, which is asked",
         "the benchmark's instruction", "use the official data set");
  if (p.other_ids == 0) return;
  findings.Breach(
      rule::kTokenizer,
      {.message = fmt::format("{} of {} prompts have other token ids than the data set gives.",
                              Grouped(p.other_ids), Grouped(p.with_ids)),
       .needed = "the ids in tok_input",
       .fix = fmt::format("--tokenizer with that of {}", kModel),
       .file = facts.config->tokenizer});
}

void CheckTokenizer(const PlanFacts& facts, Findings& findings) {
  if (!facts.models_tokenizer) {
    findings.NotRun("that the tokenizer is the model's", "the model's own is not at hand");
  } else if (!*facts.models_tokenizer) {
    findings.Breach(rule::kTokenizer,
                    {.message = "The tokenizer makes other prompts than the model's own.",
                     .found = facts.config->tokenizer,
                     .needed = "the model's tokenizer",
                     .fix = "leave --tokenizer out",
                     .file = facts.config->tokenizer});
  }
}

// The effective minimum: the option, then user.conf, then the round's or none.
void CheckDuration(const PlanFacts& facts, const Scope& scope, Findings& findings) {
  const RunConfig& config = *facts.config;
  const bool measures = std::find(config.tests.begin(), config.tests.end(),
                                  TestKind::kPerformance) != config.tests.end();
  if (!measures) return;
  const UserConfEntry* entry = Effective(facts.user_conf, *scope.scenario, "min_duration");
  constexpr double kNeeded = static_cast<double>(kMinDurationMs) / 1e3;
  double seconds = config.rules ? kNeeded : 0.0;
  if (entry != nullptr) seconds = std::stod(entry->value) / 1e3;
  if (config.min_duration_s) seconds = *config.min_duration_s;
  // A value of user.conf has a finding of its own.
  if (seconds >= kNeeded || (entry != nullptr && !config.min_duration_s)) return;
  findings.Breach(
      rule::kMinDuration,
      {.message = fmt::format("The performance test is to last {:.4g} s at least, not {:.0f} s.",
                              seconds, kNeeded),
       .found = fmt::format("{:.4g} s", seconds),
       .needed = fmt::format("at least {:.0f} s", kNeeded),
       .fix = config.rules
                  ? "leave --min-duration out"
                  : fmt::format("--rules {} or --min-duration {:.0f}", scope.round->name, kNeeded),
       .file = "run.json"});
}

void CheckSampleCount(const PlanFacts& facts, const Scope& scope, Findings& findings) {
  const std::uint64_t asked = facts.config->samples;
  const std::uint64_t needed = scope.benchmark->sample_count;
  if (asked == needed) return;
  findings.Breach(
      rule::kCoverage,
      {.message = fmt::format("{} of the benchmark's {} samples are to be asked.", Grouped(asked),
                              Grouped(needed)),
       .found = fmt::format("{} samples", Grouped(asked)),
       .needed = fmt::format("{} samples", Grouped(needed)),
       .fix = facts.dataset.count == needed ? "leave --samples out"
                                            : fmt::format("use {}", scope.benchmark->dataset_file),
       .file = facts.dataset.file});
}

// A warning: a later round's LoadGen with this round's seeds runs as well, for oneself.
void CheckLoadgen(const std::string& version, const Scope& scope, Findings& findings) {
  const auto release = ParseLoadgenRelease(version);
  if (!findings.round_asked() || (release && IsOfRound(*release, *scope.round))) return;
  findings.Warning(
      rule::kLoadgenRelease,
      {.message = fmt::format("The built-in LoadGen is not a release of round {}: the verdict will "
                              "say so.",
                              scope.round->name),
       .found = version,
       .needed = fmt::format("{}.{}.{} or a later release of that round",
                             scope.round->first_loadgen.major, scope.round->first_loadgen.minor,
                             scope.round->first_loadgen.patch),
       .fix = "build Assay with that round's LoadGen for a result to hand in"});
}

const std::string* SettingOf(const EngineInfo& engine, std::string_view name) {
  const auto it = std::find_if(engine.settings.begin(), engine.settings.end(),
                               [name](const auto& s) { return s.first == name; });
  return it == engine.settings.end() ? nullptr : &it->second;
}

}  // namespace

void CheckPlan(const PlanFacts& facts, const std::string& loadgen_version, const Scope& scope,
               Findings& findings) {
  CheckDataset(facts.dataset, scope, findings);
  CheckSampleCount(facts, scope, findings);
  CheckPrompts(facts, findings);
  CheckTokenizer(facts, findings);
  CheckPrompting(*facts.config, findings);
  CheckLengths(*facts.config, findings);
  CheckDuration(facts, scope, findings);
  LintUserConf(facts.user_conf, *facts.config, scope, findings);
  CheckLoadgen(loadgen_version, scope, findings);
  if (facts.audit_config.empty()) return;
  findings.Breach(rule::kAuditSettings,
                  {.message = "An audit.config stands in the working directory. Assay does not let "
                              "LoadGen read it; any other harness would.",
                   .found = facts.audit_config,
                   .needed = "no such file",
                   .fix = "remove it; --mode compliance needs none",
                   .file = facts.audit_config});
}

void CheckPrompting(const RunConfig& config, Findings& findings) {
  if (!config.endpoint) return;
  if (config.endpoint->path == kChatPath) {
    findings.Breach(
        rule::kPromptTemplate,
        {.message = "The server puts its chat template around each prompt.",
         .found = config.endpoint->path,
         .needed = fmt::format("{}: the benchmark's prompt and nothing else", kCompletionsPath),
         .fix = "leave --endpoint out",
         .file = "run.json"});
  } else if (!config.endpoint->prompt_ids) {
    findings.NotRun("that a prompt begins with one BOS",
                    "the prompts go as texts, and the server makes their ids");
  }
}

void CheckLengths(const RunConfig& config, Findings& findings) {
  if (config.max_tokens == kMaxNewTokens && config.min_tokens == kMinNewTokens) return;
  findings.Breach(
      rule::kLengths,
      {.message = "Answers have other length limits than the benchmark's.",
       .found = fmt::format("from {} to {} tokens", config.min_tokens, config.max_tokens),
       .needed = fmt::format("from {} to {} tokens", kMinNewTokens, kMaxNewTokens),
       .fix = "leave --min-tokens and --max-tokens out",
       .file = "run.json"});
}

void CheckEngine(const EngineInfo& engine, const RunConfig& config, Findings& findings) {
  CheckModel(engine, config, findings);
  if (const std::string* sampling = SettingOf(engine, "sampling");
      sampling != nullptr && !sampling->starts_with("greedy")) {
    findings.Breach(rule::kSampling, {.message = "Sampling is not greedy.",
                                      .found = *sampling,
                                      .needed = "the largest logit, always",
                                      .fix = "leave --extra-body out",
                                      .file = "run.json"});
  }
}

bool IsUnofficial(const Finding& finding) {
  return std::any_of(kUnofficial.begin(), kUnofficial.end(),
                     [&](const Rule* rule) { return rule->id == finding.rule; });
}

}  // namespace assay
