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

// Servers that know no min_tokens end where the model ends: with nothing but an end token, maybe.
void CheckMinimum(const TestEvidence& test, std::int32_t least, std::span<const TokenId> end_tokens,
                  Findings& findings) {
  if (end_tokens.empty()) return;
  Named early;
  for (const RequestRecord& request : test.journal->requests) {
    const RequestOutcome& o = request.outcome;
    if (o.error) continue;
    const auto ends = std::count_if(o.token_ids.begin(), o.token_ids.end(), [&](TokenId id) {
      return std::find(end_tokens.begin(), end_tokens.end(), id) != end_tokens.end();
    });
    if (static_cast<std::ptrdiff_t>(o.token_ids.size()) - ends < least) early.Add(o.id);
  }
  if (early.count == 0) return;
  findings.Breach(
      rule::kEndpointMinimum,
      {.message = fmt::format("{} of {} answers end before the least number of "
                              "tokens that was asked for.",
                              Grouped(early.count), Grouped(test.journal->requests.size())),
       .found = early.Ids(),
       .needed = fmt::format("an end token after at least {} others", least),
       .fix = "a server that keeps to min_tokens, or --min-tokens 0",
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

void CheckEndpointRequests(const TestEvidence& test, const RunConfig& config,
                           std::span<const TokenId> end_tokens, Findings& findings) {
  if (!config.endpoint || !test.journal || !test.record) return;
  CheckMinimum(test, config.min_tokens, end_tokens, findings);
  if (config.endpoint->path != kChatPath) CheckPromptLengths(test, findings);
  CheckRetries(test, findings);
  if (test.record->client) CheckConnections(test, findings);
}

}  // namespace assay
