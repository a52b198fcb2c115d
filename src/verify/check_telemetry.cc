#include <algorithm>
#include <string>

#include "base/format.h"
#include "metrics/metrics.h"
#include "verify/check_record.h"

namespace assay {
namespace {

// Every line as the writer writes it: whoever changed a number by hand wrote it otherwise, or must
// have known how.
void CheckLines(const RunEvidence& run, const TestEvidence& test, Verification& out) {
  const std::string file = test.TelemetryFile();
  const auto bytes = ReadFile(run.directory / file);
  if (!bytes) {
    out.Differs(file, "", bytes.error().message, "", "It cannot be read.");
    return;
  }
  std::string rewritten = ToTelemetryLine(test.telemetry->header);
  std::string line;
  for (const TelemetrySample& sample : test.telemetry->samples) {
    ToTelemetryLine(sample, line);
    rewritten += line;
  }
  // A last line that was cut off is no line.
  const std::string whole = bytes->substr(0, bytes->rfind('\n') + 1);
  if (whole == rewritten) return;
  const auto [a, b] = std::mismatch(whole.begin(), whole.end(), rewritten.begin(), rewritten.end());
  const auto number = 1 + std::count(whole.begin(), a, '\n');
  out.Differs(file, fmt::format("line {}", number), "", "",
              "A line is not as the sampler writes it.");
}

void CheckTimes(const TestEvidence& test, Verification& out) {
  const std::vector<TelemetrySample>& samples = test.telemetry->samples;
  if (samples.empty() || !test.record) return;
  const std::string file = test.TelemetryFile();
  const std::int64_t start = test.record->clocks_start.steady_ns;
  if (samples.front().t_ns > start) {
    out.Differs(file, "line 2 /t_ns", fmt::format("{}", samples.front().t_ns),
                fmt::format("at most {}", start), "Sampling begins before the test does.");
  }
  if (!test.record->clocks_end) return;
  const std::int64_t end = test.record->clocks_end->steady_ns;
  if (samples.back().t_ns > end) {
    out.Differs(file, fmt::format("line {} /t_ns", samples.size() + 1),
                fmt::format("{}", samples.back().t_ns), fmt::format("at most {}", end),
                "Sampling ends before the test does.");
  }
}

// Every token of an answer but the first comes of a step of generation; the first of a prompt.
void CheckWork(const TestEvidence& test, Verification& out) {
  if (!test.record || !test.record->work || !test.journal) return;
  std::uint64_t prompts = 0;
  std::uint64_t generated = 0;
  for (const RequestRecord& request : test.journal->requests) {
    if (!Completed(request.outcome)) return;  // what a failed one computed is not in the journal
    prompts += request.outcome.prompt_tokens;
    generated += request.outcome.token_ids.size() - 1;
  }
  const std::string file = test.loadgen.directory + "test.json";
  const auto compare = [&](const char* part, std::uint64_t stated, std::uint64_t follows) {
    if (stated == follows) return;
    const Json::json_pointer where = Json::json_pointer() / "work" / part / "tokens";
    out.Differs(file, where.to_string(), fmt::format("{}", stated), fmt::format("{}", follows),
                "The engine's count of its work is not the journal's.");
  };
  compare("prompts", test.record->work->prompts.tokens, prompts);
  compare("generation", test.record->work->generation.tokens, generated);
}

}  // namespace

void CheckTelemetry(const RunEvidence& run, const TestEvidence& test, Verification& out) {
  CheckWork(test, out);
  const double rate_hz = run.record.config.telemetry_hz;
  if (test.telemetry) {
    if (test.telemetry->header.rate_hz != rate_hz) {
      out.Differs(test.TelemetryFile(), "line 1 /rate_hz",
                  fmt::format("{}", test.telemetry->header.rate_hz), fmt::format("{}", rate_hz),
                  "The rate is not the one that was asked for.");
    }
    CheckLines(run, test, out);
    CheckTimes(test, out);
  } else if (rate_hz > 0.0 && test.record && test.record->status == "completed") {
    out.Differs(test.TelemetryFile(), "", "absent", "", "Telemetry was asked for.");
  }
}

}  // namespace assay
