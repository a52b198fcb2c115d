#include "rules/check_endpoint.h"

#include <algorithm>
#include <string>
#include <vector>

#include "base/format.h"

namespace assay {
namespace {

constexpr std::size_t kNamed = 5;

// Requests of which something is to be said.
struct Named {
  std::uint64_t count = 0;
  std::vector<std::uint64_t> first;

  void Add(std::uint64_t id) {
    if (count++ < kNamed) first.push_back(id);
  }
  [[nodiscard]] std::string Ids() const {
    return fmt::format("requests {}{}", fmt::join(first, ", "),
                       count > first.size() ? ", ..." : "");
  }
};

void CheckStream(const RunConfig& config, Findings& findings) {
  if (config.endpoint->stream) return;
  FindingText text{.message = "Whole answers were asked for: when a first token came is not known.",
                   .found = "--no-stream",
                   .needed = "streaming",
                   .fix = "leave --no-stream out",
                   .file = "run.json"};
  if (config.scenario == Scenario::kOffline) {
    findings.Note(rule::kEndpointStream, std::move(text));
  } else {
    findings.Breach(rule::kEndpointStream, std::move(text));
  }
}

void CheckPromptLengths(const TestEvidence& test, Findings& findings) {
  Named other;
  std::uint64_t ours = 0;
  std::uint64_t theirs = 0;
  for (const RequestRecord& request : test.journal->requests) {
    const RequestOutcome& o = request.outcome;
    if (!o.server_prompt_tokens || *o.server_prompt_tokens == o.prompt_tokens) continue;
    if (other.count == 0) {
      ours = o.prompt_tokens;
      theirs = *o.server_prompt_tokens;
    }
    other.Add(o.id);
  }
  if (other.count == 0) return;
  findings.Breach(rule::kEndpointPrompt,
                  {.message = fmt::format("The server counts other lengths of {} prompts than were "
                                          "sent.",
                                          Grouped(other.count)),
                   .found = fmt::format("{} tokens for {}, {}", theirs, ours, other.Ids()),
                   .needed = "the tokens that were sent",
                   .fix = "--prompt-format ids",
                   .file = test.JournalFile()});
}

void CheckRetries(const TestEvidence& test, Findings& findings) {
  Named retried;
  for (const RequestRecord& request : test.journal->requests) {
    if (!request.outcome.retries.empty()) retried.Add(request.outcome.id);
  }
  if (retried.count == 0) return;
  findings.Warning(rule::kEndpointRetries,
                   {.message = fmt::format("{} requests were sent again after they had failed.",
                                           Grouped(retried.count)),
                    .found = retried.Ids(),
                    .needed = "an answer to the first request",
                    .fix = "leave --retries out",
                    .file = test.JournalFile()});
}

void CheckConnections(const TestEvidence& test, Findings& findings) {
  for (const EndpointConnections& c : test.record->client->connections) {
    const std::uint64_t anew = std::min(c.closed_by_server, c.opened_during);
    if (c.opened_during == 0) continue;
    findings.Note(
        rule::kEndpointConnections,
        {.message = fmt::format("{} connections to {} were opened during the {} test.",
                                Grouped(c.opened_during), c.endpoint, TestDirectoryName(test.test)),
         .found = fmt::format("{} of them because the server had closed others", anew),
         .needed = fmt::format("the {} that were opened before", c.opened_before),
         .file = test.loadgen.directory + "test.json"});
  }
}

}  // namespace

void CheckEndpointSettings(const EngineInfo& engine, const RunConfig& config, Findings& findings) {
  if (!config.endpoint) return;
  const EndpointConfig& e = *config.endpoint;
  findings.NotComparable(
      rule::kEndpointModel,
      {.message = "A server's word is all there is for its model, precision and hardware.",
       .found = engine.model_name,
       .needed = "weights whose hash is on record",
       .fix = "describe the server's system where the result is shown",
       .file = "run.json"});
  CheckStream(config, findings);
  if (!e.insecure) return;
  findings.Warning(rule::kEndpointInsecure,
                   {.message = "The server's certificate was not verified.",
                    .found = "--insecure",
                    .needed = "a certificate that is trusted",
                    .fix = "--ca-file with the server's authority",
                    .file = "run.json"});
}

void CheckEndpointRequests(const TestEvidence& test, const RunConfig& config, Findings& findings) {
  if (!config.endpoint || !test.journal || !test.record) return;
  if (config.endpoint->path != kChatPath) CheckPromptLengths(test, findings);
  CheckRetries(test, findings);
  if (test.record->client) CheckConnections(test, findings);
}

}  // namespace assay
