#include "rules/check_claims.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <optional>
#include <system_error>
#include <utility>
#include <vector>

#include "base/format.h"
#include "load/user_conf.h"

namespace assay {
namespace {

// LoadGen prints doubles with six digits in the detail log and two decimals in the summary.
constexpr double kSixDigits = 1e-5;
constexpr double kTwoDecimals = 0.0051;

struct SummaryFigure {
  std::string_view name;
  std::string_view key;
  double scale = 1.0;  // the summary's value times this is the detail log's
};

constexpr std::array<SummaryFigure, 14> kSummaryFigures{{
    {"Samples per second", "result_samples_per_second"},
    {"Tokens per second", "result_tokens_per_second"},
    {"Completed samples per second", "result_completed_samples_per_sec"},
    {"Completed tokens per second", "result_completed_tokens_per_second"},
    {"Scheduled samples per second", "result_scheduled_samples_per_sec"},
    {"Min latency (ns)", "result_min_latency_ns"},
    {"Max latency (ns)", "result_max_latency_ns"},
    {"Mean latency (ns)", "result_mean_latency_ns"},
    {"90.00 percentile latency (ns)", "result_90.00_percentile_latency_ns"},
    {"99.00 percentile latency (ns)", "result_99.00_percentile_latency_ns"},
    {"99.00 percentile first token latency (ns)", "result_first_token_99.00_percentile_latency_ns"},
    {"99.00 percentile time to output token (ns)",
     "result_time_per_output_token_99.00_percentile_ns"},
    {"target_qps", "effective_target_qps"},
    {"min_duration (ms)", "effective_min_duration_ms"},
}};

std::optional<double> NumberOf(std::string_view text) {
  double value = 0.0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value;
}

bool Near(double a, double b, double absolute) {
  return std::abs(a - b) <= std::max(absolute, kSixDigits * std::max(std::abs(a), std::abs(b)));
}

std::optional<std::uint64_t> LineOf(const LoadgenDetailLog& log, std::string_view key) {
  const LoadgenEntry* entry = log.Find(key);
  return entry == nullptr ? std::nullopt : std::optional<std::uint64_t>(entry->line);
}

void CheckSummaryFigures(const LoadgenEvidence& evidence, Findings& findings) {
  if (!evidence.summary) return;
  for (const SummaryFigure& figure : kSummaryFigures) {
    const LoadgenSummaryField* field = evidence.summary->Find(figure.name);
    const auto detail = evidence.detail->Number(figure.key);
    if (field == nullptr || !detail) continue;
    const auto told = NumberOf(field->value);
    if (told && Near(*told, *detail, kTwoDecimals)) continue;
    findings.Error(
        rule::kLogsDiffer,
        {.message = fmt::format("Summary and detail log tell another \"{}\".", figure.name),
         .found = fmt::format("summary: {}, detail: {}", field->value, *detail),
         .needed = "the same figure",
         .fix = "hand in both logs of one test, as LoadGen wrote them",
         .file = evidence.SummaryFile(),
         .line = field->line});
  }
}

// A rate that follows from other figures of the same log.
void CheckRate(const LoadgenEvidence& evidence, std::string_view key,
               std::optional<double> expected, std::string_view from, Findings& findings) {
  const auto found = evidence.detail->Number(key);
  if (!found || !expected || Near(*found, *expected, 0.0)) return;
  findings.Error(rule::kFigures, {.message = fmt::format("{} does not follow from {}.", key, from),
                                  .found = fmt::format("{}", *found),
                                  .needed = fmt::format("{:.6g}", *expected),
                                  .fix = "hand in the log as LoadGen wrote it",
                                  .file = evidence.DetailFile(),
                                  .line = LineOf(*evidence.detail, key)});
}

void CheckRates(const LoadgenEvidence& evidence, Findings& findings) {
  const LoadgenDetailLog& log = *evidence.detail;
  const auto scenario = log.Text("effective_scenario");
  if (scenario == "Offline") {
    const auto samples = log.Number("generated_samples_per_query");
    const auto last_ns = log.Number("result_max_latency_ns");
    if (samples && last_ns && *last_ns > 0) {
      CheckRate(evidence, "result_samples_per_second", *samples / (*last_ns / 1e9),
                "the samples and the last answer's time", findings);
    }
  } else if (scenario == "SingleStream") {
    const auto mean_ns = log.Number("result_mean_latency_ns");
    if (mean_ns && *mean_ns > 0) {
      CheckRate(evidence, "result_qps_without_loadgen_overhead", 1e9 / *mean_ns, "the mean latency",
                findings);
    }
  }
}

// How LoadGen calls the figures of one quantity; percentile p is `before` p `after`.
struct QuantityKeys {
  std::string_view low;
  std::string_view before;
  std::string_view after;
  std::string_view high;
  std::string_view mean;
};

constexpr std::array<QuantityKeys, 3> kQuantities{
    {{"result_min_latency_ns", "result_", "_percentile_latency_ns", "result_max_latency_ns",
      "result_mean_latency_ns"},
     {"result_first_token_min_latency_ns", "result_first_token_", "_percentile_latency_ns",
      "result_first_token_max_latency_ns", "result_first_token_mean_latency_ns"},
     {"result_time_to_output_token_min", "result_time_per_output_token_", "_percentile_ns",
      "result_time_to_output_token_max", "result_time_to_output_token_mean"}}};

// min, the percentiles and max of one quantity must ascend; the mean lies between the ends.
void CheckAscending(const LoadgenEvidence& evidence, const QuantityKeys& quantity,
                    Findings& findings) {
  const LoadgenDetailLog& log = *evidence.detail;
  std::vector<std::string> keys{std::string(quantity.low)};
  for (const std::string_view p : {"50.00", "90.00", "95.00", "97.00", "99.00", "99.90"}) {
    keys.push_back(fmt::format("{}{}{}", quantity.before, p, quantity.after));
  }
  keys.emplace_back(quantity.high);
  std::optional<double> last;
  std::string last_key;
  const auto report = [&](const std::string& key, double value, std::string needed) {
    findings.Error(rule::kFigures,
                   {.message = fmt::format("{} does not fit the other figures of its log.", key),
                    .found = fmt::format("{}", value),
                    .needed = std::move(needed),
                    .fix = "hand in the log as LoadGen wrote it",
                    .file = evidence.DetailFile(),
                    .line = LineOf(log, key)});
  };
  for (const std::string& key : keys) {
    const auto value = log.Number(key);
    if (!value) continue;
    if (last && *value < *last) {
      report(key, *value, fmt::format("at least {}, which is {}", *last, last_key));
    }
    last = value;
    last_key = key;
  }
  const auto least = log.Number(quantity.low);
  const auto most = log.Number(quantity.high);
  const auto average = log.Number(quantity.mean);
  if (least && most && average && (*average < *least || *average > *most)) {
    report(std::string(quantity.mean), *average, fmt::format("between {} and {}", *least, *most));
  }
}

// Tokens that a sample counts on average, as the log's two rates tell.
std::optional<double> TokensPerSample(const LoadgenDetailLog& log) {
  const auto scenario = log.Text("effective_scenario");
  std::string_view tokens_key = "result_completed_tokens_per_second";
  std::string_view samples_key = "result_completed_samples_per_sec";
  double share = 1.0;
  if (scenario == "Offline") {
    tokens_key = "result_tokens_per_second";
    samples_key = "result_samples_per_second";
  } else if (scenario == "SingleStream") {
    samples_key = "result_qps_with_loadgen_overhead";
  } else if (const auto n = log.Number("result_query_count"); n && *n > 1) {
    share = (*n - 1) / *n;  // completed samples a second are (n - 1) / T, tokens are sum / T
  }
  const auto tokens = log.Number(tokens_key);
  const auto samples = log.Number(samples_key);
  if (!tokens || !samples || *samples <= 0) return std::nullopt;
  return *tokens / *samples * share;
}

void CheckTokensPerSample(const LoadgenEvidence& evidence, const Scope& scope, Findings& findings) {
  const auto mean = TokensPerSample(*evidence.detail);
  constexpr double kMost = kMaxNewTokens * (1 + 2 * kSixDigits);
  if (!mean || *mean <= kMost) return;
  FindingText text{
      .message = fmt::format("{:.4g} tokens a sample are counted, where {} are the maximum: the "
                             "rate is {:.2g} % too high.",
                             *mean, kMaxNewTokens, 100 * (*mean / kMaxNewTokens - 1)),
      .found = fmt::format("{:.3f} tokens a sample", *mean),
      .needed = fmt::format("at most {}", kMaxNewTokens),
      .fix = fmt::format("log the generated tokens alone, and stop at {}", kMaxNewTokens),
      .file = evidence.DetailFile()};
  if (scope.own_run) {
    findings.Error(rule::kTokensPerSample, std::move(text));
  } else {
    findings.Warning(rule::kTokensPerSample, std::move(text));
  }
}

// What a key of user.conf becomes in the detail log, as LoadGen logs what was requested.
struct LoggedSetting {
  std::string_view scenario;
  std::string_view key;
  std::string_view logged;
  double scale;
};
constexpr std::array<LoggedSetting, 11> kLogged{{
    {"Offline", "target_qps", "requested_offline_expected_qps", 1.0},
    {"Server", "target_qps", "requested_server_target_qps", 1.0},
    {"SingleStream", "target_latency", "requested_single_stream_expected_latency_ns", 1e6},
    {"Server", "ttft_latency", "requested_server_ttft_latency", 1e6},
    {"Server", "tpot_latency", "requested_server_tpot_latency", 1e6},
    {"*", "min_duration", "requested_min_duration_ms", 1.0},
    {"*", "max_duration", "requested_max_duration_ms", 1.0},
    {"*", "min_query_count", "requested_min_query_count", 1.0},
    {"*", "max_query_count", "requested_max_query_count", 1.0},
    {"*", "performance_sample_count_override", "requested_performance_sample_count_override", 1.0},
    {"Server", "max_async_queries", "requested_server_max_async_queries", 1.0},
}};

std::vector<UserConfEntry> ReadUserConf(std::string_view text, const std::string& file,
                                        Findings& findings) {
  std::vector<UserConfEntry> entries;
  std::uint64_t line = 0;
  while (!text.empty()) {
    ++line;
    const std::size_t end = std::min(text.find('\n'), text.size());
    auto parsed = ParseUserConf(text.substr(0, end), file);
    text.remove_prefix(std::min(end + 1, text.size()));
    if (!parsed) {
      std::string reason = parsed.error().message;
      const std::string head = fmt::format("{}:1: ", file);
      if (reason.starts_with(head)) reason.erase(0, head.size());
      findings.Warning(rule::kUserConf,
                       {.message = "LoadGen does not read this line of user.conf as it stands.",
                        .found = std::move(reason),
                        .fix = "correct the line, or remove it",
                        .file = file,
                        .line = line});
      continue;
    }
    for (UserConfEntry& entry : *parsed) {
      entry.line = line;
      entries.push_back(std::move(entry));
    }
  }
  return entries;
}

bool IsForModel(const UserConfEntry& entry, const Scope& scope) {
  if (entry.model == "*" || entry.model == BenchmarkName(scope.benchmark->benchmark) ||
      entry.model == scope.benchmark->alias) {
    return true;
  }
  return scope.scenario != nullptr && entry.model == scope.scenario->loadgen_model;
}

}  // namespace

void CheckFigures(const LoadgenEvidence& evidence, const Scope& scope, Findings& findings) {
  if (!evidence.detail) return;
  CheckSummaryFigures(evidence, findings);
  CheckRates(evidence, findings);
  for (const QuantityKeys& quantity : kQuantities) CheckAscending(evidence, quantity, findings);
  CheckTokensPerSample(evidence, scope, findings);
}

void CheckUserConf(std::string_view text, const std::string& file, const LoadgenEvidence& evidence,
                   const Scope& scope, Findings& findings) {
  const std::vector<UserConfEntry> entries = ReadUserConf(text, file, findings);
  if (!evidence.detail) return;
  const auto ran = evidence.detail->Text("requested_scenario");
  for (const LoggedSetting& setting : kLogged) {
    if (!ran || (setting.scenario != "*" && setting.scenario != *ran)) continue;
    const UserConfEntry* last = nullptr;  // the most specific one; LoadGen prefers the model's own
    for (const UserConfEntry& entry : entries) {
      if (entry.key != setting.key || !IsForModel(entry, scope)) continue;
      if (entry.scenario != "*" && entry.scenario != *ran) continue;
      if (last == nullptr || last->model == "*" || entry.model != "*") last = &entry;
    }
    const auto logged = evidence.detail->Number(setting.logged);
    if (last == nullptr || !logged) continue;
    const auto value = NumberOf(last->value);
    if (value && Near(*value * setting.scale, *logged, 0.0)) continue;
    findings.Warning(
        rule::kUserConfAgrees,
        {.message = fmt::format("user.conf sets another {} than the log ran with.", setting.key),
         .found = fmt::format("user.conf: {}, {}: {}", last->value, setting.logged, *logged),
         .needed = "the configuration of the run",
         .fix = "hand in the user.conf that the run used",
         .file = file,
         .line = last->line});
  }
}

void CheckTestsDiffer(const LoadgenEvidence& performance, const LoadgenEvidence& accuracy,
                      Findings& findings) {
  if (!performance.detail || !accuracy.detail) return;
  constexpr std::array<std::string_view, 10> kShared{"loadgen_version",
                                                     "sut_name",
                                                     "qsl_name",
                                                     "qsl_reported_total_count",
                                                     "effective_scenario",
                                                     "effective_qsl_rng_seed",
                                                     "effective_sample_index_rng_seed",
                                                     "effective_schedule_rng_seed",
                                                     "requested_server_ttft_latency",
                                                     "requested_use_token_latencies"};
  for (const std::string_view key : kShared) {
    const LoadgenEntry* in_performance = performance.detail->Find(key);
    const LoadgenEntry* in_accuracy = accuracy.detail->Find(key);
    if (in_performance == nullptr || in_accuracy == nullptr) continue;
    if (in_performance->value == in_accuracy->value) continue;
    findings.Warning(
        rule::kTestsDiffer,
        {.message = fmt::format("Performance and accuracy test differ in {}.", key),
         .found = fmt::format("performance: {}, accuracy: {}", ToJsonLine(in_performance->value),
                              ToJsonLine(in_accuracy->value)),
         .needed = "the same in both",
         .fix = "run both tests with one system and one configuration",
         .file = accuracy.DetailFile(),
         .line = in_accuracy->line});
  }
}

}  // namespace assay
