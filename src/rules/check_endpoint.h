// What only a run of an endpoint has: settings that a server may have its own idea of, and requests
// on their way over a connection.

#ifndef ASSAY_RULES_CHECK_ENDPOINT_H_
#define ASSAY_RULES_CHECK_ENDPOINT_H_

#include <span>

#include "rules/findings.h"
#include "rules/run_evidence.h"

namespace assay {

// Model, streaming and certificates as they were asked for; nothing for other engines. Prompts and
// sampling: check_plan.h.
void CheckEndpointSettings(const EngineInfo& engine, const RunConfig& config, Findings& findings);

// Lengths of prompts as the server counts them, answers that end too early, retries, connections;
// nothing for other engines. `end_tokens`: of the tokenizer; empty: not known.
void CheckEndpointRequests(const TestEvidence& test, const RunConfig& config,
                           std::span<const TokenId> end_tokens, Findings& findings);

}  // namespace assay

#endif  // ASSAY_RULES_CHECK_ENDPOINT_H_
