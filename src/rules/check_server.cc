#include "rules/check_server.h"

#include <algorithm>
#include <cmath>
#include <optional>
#include <utility>

#include "base/format.h"

namespace assay {
namespace {

constexpr const char* kCachingFix =
    "vllm serve --no-enable-prefix-caching; Assay switches it off for llama-server by itself";

std::string EndOf(const StartedServer& server) {
  if (server.end == ServerEnd::kKeeperKilled) return "the process that kept it was killed";
  if (server.signal) return fmt::format("signal {}", *server.signal);
  if (server.exit_code) return fmt::format("exit code {}", *server.exit_code);
  return "";
}

// What the answers themselves say, each of its own prompt. nullopt: none says it.
std::optional<double> CachedByAnswers(const TestEvidence& test) {
  if (!test.journal) return std::nullopt;
  std::optional<double> cached;
  for (const RequestRecord& request : test.journal->requests) {
    const auto& tokens = request.outcome.cached_tokens;
    if (tokens) cached = cached.value_or(0.0) + static_cast<double>(*tokens);
  }
  return cached;
}

void CheckCachedTokens(const TestEvidence& test, Findings& findings) {
  const TestRecord& record = *test.record;
  std::optional<double> cached =
      CounterGrowth(record.server_counters, &ServerCounters::cached_prompt_tokens);
  if (!cached) cached = CounterGrowth(record.server_counters, &ServerCounters::prefix_hits);
  cached = std::max(cached, CachedByAnswers(test));
  if (cached.value_or(0.0) <= 0.0) return;
  const auto prompt = CounterGrowth(record.server_counters, &ServerCounters::prompt_tokens);
  findings.Breach(rule::kPrefixCaching,
                  {.message = fmt::format("The server took prompt tokens of the {} test from its "
                                          "prefix cache instead of computing them.",
                                          TestDirectoryName(test.test)),
                   .found = prompt ? fmt::format("{:.0f} of {:.0f} tokens", *cached, *prompt)
                                   : fmt::format("{:.0f} tokens", *cached),
                   .needed = "0",
                   .fix = kCachingFix,
                   .file = test.loadgen.directory + "test.json"});
}

// Is there anything by which prefix caching would have shown?
bool CachingWouldShow(const RunEvidence& run, const EndpointFacts& endpoint) {
  const bool counted =
      std::any_of(run.tests.begin(), run.tests.end(), [](const TestEvidence& test) {
        return CachedByAnswers(test) ||
               (test.record &&
                CounterGrowth(test.record->server_counters, &ServerCounters::cached_prompt_tokens));
      });
  return counted || endpoint.prefix_caching.has_value();
}

void CheckConfiguredCaching(const RunEvidence& run, const EndpointFacts& endpoint,
                            Findings& findings) {
  if (!CachingWouldShow(run, endpoint)) {
    findings.NotRun(
        fmt::format("that the server at {} caches no prefixes between requests", endpoint.url),
        "it does not tell");
  }
  if (!endpoint.prefix_caching.value_or(false)) return;
  findings.Breach(rule::kPrefixCaching,
                  {.message = fmt::format("Prefix caching is on in the server at {}: an answer "
                                          "may use what another request computed.",
                                          endpoint.url),
                   .found = "enable_prefix_caching True",
                   .needed = "off",
                   .fix = kCachingFix,
                   .file = "run.json"});
}

// As the answers tell it, where they all do: a chat's template adds tokens that we do not send.
std::optional<std::uint64_t> PromptTokensOf(const TestEvidence& test) {
  std::uint64_t sum = 0;
  if (!test.journal) return test.metrics->total_input_tokens;
  for (const RequestRecord& request : test.journal->requests) {
    const auto& told = request.outcome.server_prompt_tokens;
    if (!told) return test.metrics->total_input_tokens;
    sum += *told;
  }
  return sum;
}

void CompareTokens(std::string_view what, std::optional<double> counted,
                   std::optional<std::uint64_t> journal, const TestEvidence& test,
                   Findings& findings) {
  if (!counted || !journal) return;
  if (std::llround(*counted) == static_cast<long long>(*journal)) return;
  findings.Warning(
      rule::kServerCounters,
      {.message = fmt::format("The servers' counters have another number of {} tokens for the {} "
                              "test than the journal.",
                              what, TestDirectoryName(test.test)),
       .found = fmt::format("{:.0f}", *counted),
       .needed = fmt::format("{}", *journal),
       .fix = "let nothing else use the server meanwhile",
       .file = test.loadgen.directory + "test.json"});
}

}  // namespace

void CheckServerEnd(const RunEvidence& run, Findings& findings) {
  if (!run.record.server || !run.record.server->started) return;
  const StartedServer& server = *run.record.server->started;
  if (server.end == ServerEnd::kByItself || server.end == ServerEnd::kKeeperKilled) {
    findings.Error(rule::kServerEnded,
                   {.message = "The server that the run started ended before it was stopped.",
                    .found = EndOf(server),
                    .needed = "a server that runs until the last test has ended",
                    .fix = fmt::format("see why in {}", server.log),
                    .file = "run.json"});
  }
  if (server.processes_left > 0) {
    findings.Warning(rule::kServerEnded,
                     {.message = "Processes of the server could not be ended, not even by SIGKILL.",
                      .found = fmt::format("{} left", server.processes_left),
                      .needed = "none",
                      .fix = "end them by hand before the next run: they may hold the "
                             "accelerator's memory and the port",
                      .file = "run.json"});
  }
}

void CheckPrefixCaching(const RunEvidence& run, Findings& findings) {
  if (!run.record.server) return;
  for (const EndpointFacts& endpoint : run.record.server->endpoints) {
    CheckConfiguredCaching(run, endpoint, findings);
  }
  for (const TestEvidence& test : run.tests) {
    if (test.record) CheckCachedTokens(test, findings);
  }
}

void CheckServerCounters(const TestEvidence& test, Findings& findings) {
  if (!test.record || !test.metrics || test.record->server_counters.empty()) return;
  const Metrics& m = *test.metrics;
  // What a failed request had computed is not known in full.
  if (m.counts.failed > 0) return;
  CompareTokens("output",
                CounterGrowth(test.record->server_counters, &ServerCounters::generation_tokens),
                m.total_output_tokens, test, findings);
  CompareTokens("prompt",
                CounterGrowth(test.record->server_counters, &ServerCounters::prompt_tokens),
                PromptTokensOf(test), test, findings);
  const auto preempted = CounterGrowth(test.record->server_counters, &ServerCounters::preemptions);
  if (preempted.value_or(0.0) <= 0.0) return;
  findings.Note(rule::kPreemptions,
                {.message = "The server took requests out of its batch and computed them anew.",
                 .found = fmt::format("{:.0f} times in the {} test", *preempted,
                                      TestDirectoryName(test.test)),
                 .needed = "a KV cache that holds all requests that run at once",
                 .fix = "more memory for the KV cache, or fewer requests at once",
                 .file = test.loadgen.directory + "test.json"});
}

}  // namespace assay
