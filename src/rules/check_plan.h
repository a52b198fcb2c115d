// The linter: what can be judged of a run before anything is measured.

#ifndef ASSAY_RULES_CHECK_PLAN_H_
#define ASSAY_RULES_CHECK_PLAN_H_

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "assay/record.h"

#include "load/user_conf.h"
#include "record/run_config.h"
#include "rules/check_accuracy.h"
#include "rules/evidence.h"
#include "rules/findings.h"

namespace assay {

// The prompts that will be asked.
struct PromptFacts {
  std::uint64_t count = 0;
  std::uint64_t without_bos = 0;  // though the tokenizer adds one
  std::uint64_t two_bos = 0;      // begin with more than one
  // Samples whose data set gives the prompt's ids, and those of them that got others.
  std::uint64_t with_ids = 0;
  std::uint64_t other_ids = 0;
  // Samples whose data set gives an instruction, and those of them whose is not the benchmark's.
  std::uint64_t with_instruction = 0;
  std::uint64_t other_instruction = 0;
};

struct PlanFacts {
  const RunConfig* config = nullptr;
  DatasetFacts dataset;
  PromptFacts prompts;
  // Does the run's tokenizer make of the prompts what the model's own makes? Absent: the model's is
  // not at hand.
  std::optional<bool> models_tokenizer;
  std::vector<UserConfEntry> user_conf;
  // An audit.config in the working directory; empty: there is none.
  std::string audit_config;
};

// Data set, prompts, tokenizer, lengths, coverage, duration, user.conf, a stale audit.config, the
// LoadGen that is built in (`loadgen_version`). REQUIRES: scope.scenario is known.
void CheckPlan(const PlanFacts& facts, const std::string& loadgen_version, const Scope& scope,
               Findings& findings);

// A server that puts its chat template around the prompts, or makes their ids itself.
void CheckPrompting(const RunConfig& config, Findings& findings);

// Length limits of answers other than the benchmark's.
void CheckLengths(const RunConfig& config, Findings& findings);

// Model and sampling, as the engine tells them.
void CheckEngine(const EngineInfo& engine, const RunConfig& config, Findings& findings);

// Is it one of those that --accept-unofficial lets pass before a run: data set or model are not
// the benchmark's?
[[nodiscard]] bool IsUnofficial(const Finding& finding);

}  // namespace assay

#endif  // ASSAY_RULES_CHECK_PLAN_H_
