#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <cstdlib>
#include <map>
#include <string_view>
#include <utility>

#include "base/format.h"
#include "metrics/metrics.h"
#include "rules/rule_table.h"
#include "rules/test06_verifier.h"
#include "verify/check_record.h"

namespace assay {
namespace {

// LoadGen prints a floating-point number with six significant digits in both of its logs.
constexpr double kPrintedPrecision = 1.01e-5;

std::optional<double> Number(std::string_view text) {
  double value = 0.0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return value;
}

// The same number, as far as the digits go that were printed.
bool SamePrinted(std::string_view text, double value) {
  const auto printed = Number(text);
  if (!printed) return false;
  const std::size_t dot = text.find('.');
  const bool whole = dot == std::string_view::npos && text.find('e') == std::string_view::npos;
  if (whole && value == std::floor(value)) return *printed == value;
  const double decimals =
      dot == std::string_view::npos ? 0.0 : static_cast<double>(text.size() - dot - 1);
  return std::abs(*printed - value) <=
         0.51 * std::pow(10.0, -decimals) + kPrintedPrecision * std::abs(value);
}

std::optional<double> AsNumber(const Json& value) {
  if (value.is_boolean()) return value.get<bool>() ? 1.0 : 0.0;
  if (value.is_number()) return value.get<double>();
  return std::nullopt;
}

// "99.00 percentile first token latency (ns)" -> "result_first_token_99.00_percentile_latency_ns".
std::optional<std::string> PercentileKey(std::string_view name) {
  constexpr std::array<std::pair<std::string_view, std::pair<std::string_view, std::string_view>>,
                       3>
      kFamilies{{{" percentile latency (ns)", {"result_", "_percentile_latency_ns"}},
                 {" percentile first token latency (ns)",
                  {"result_first_token_", "_percentile_latency_ns"}},
                 {" percentile time to output token (ns)",
                  {"result_time_per_output_token_", "_percentile_ns"}}}};
  for (const auto& [suffix, key] : kFamilies) {
    if (!name.ends_with(suffix)) continue;
    return fmt::format("{}{}{}", key.first, name.substr(0, name.size() - suffix.size()),
                       key.second);
  }
  return std::nullopt;
}

// The detail log's key for a line of the summary; nullopt: it has none.
std::optional<std::string> DetailKey(const std::string& name) {
  static const std::map<std::string, std::string, std::less<>> keys{
      {"SUT name", "sut_name"},
      {"Scenario", "effective_scenario"},
      {"Mode", "effective_test_mode"},
      {"Result is", "result_validity"},
      {"Samples per second", "result_samples_per_second"},
      {"Tokens per second", "result_tokens_per_second"},
      {"Completed samples per second", "result_completed_samples_per_sec"},
      {"Scheduled samples per second", "result_scheduled_samples_per_sec"},
      {"Completed tokens per second", "result_completed_tokens_per_second"},
      {"Min latency (ns)", "result_min_latency_ns"},
      {"Max latency (ns)", "result_max_latency_ns"},
      {"Mean latency (ns)", "result_mean_latency_ns"},
      {"Min First Token latency (ns)", "result_first_token_min_latency_ns"},
      {"Max First Token latency (ns)", "result_first_token_max_latency_ns"},
      {"Mean First Token latency (ns)", "result_first_token_mean_latency_ns"},
      {"Min Time per Output Token (ns)", "result_time_to_output_token_min"},
      {"Max Time per Output Token (ns)", "result_time_to_output_token_max"},
      {"Mean Time per Output Token (ns)", "result_time_to_output_token_mean"},
      {"min_duration (ms)", "effective_min_duration_ms"},
      {"max_duration (ms)", "effective_max_duration_ms"},
      {"ttft_latency (ns)", "requested_server_ttft_latency"},
      {"tpot_latency (ns)", "requested_server_tpot_latency"}};
  if (const auto it = keys.find(name); it != keys.end()) return it->second;
  if (auto key = PercentileKey(name)) return key;
  return "effective_" + name;
}

class LoadgenCheck {
 public:
  LoadgenCheck(const RunEvidence& run, const TestEvidence& test, Verification& out)
      : run_(run), test_(test), log_(*test.loadgen.detail), out_(out) {}

  void Check() {
    CheckSummary();
    if (test_.record) CheckSettings();
    CheckConfiguration();
    CheckFigures();
    CheckTold();
    CheckAccuracyLog();
    CheckTest06Text();
  }

 private:
  void CheckSummary() {
    const auto bytes = ReadFile(run_.directory / test_.loadgen.SummaryFile());
    if (!bytes) {
      out_.Differs(test_.loadgen.SummaryFile(), "", "absent", "", "LoadGen's summary is missing.");
      return;
    }
    std::string_view rest = *bytes;
    for (std::size_t line = 1; !rest.empty(); ++line) {
      const std::size_t end = std::min(rest.find('\n'), rest.size());
      CheckSummaryLine(rest.substr(0, end), line);
      rest.remove_prefix(std::min(end + 1, rest.size()));
    }
    const auto& summary = test_.loadgen.summary;
    const auto errors = log_.Unsigned("num_errors");
    if (summary && summary->errors() && errors && *summary->errors() != *errors) {
      out_.Differs(test_.loadgen.SummaryFile(), "errors", fmt::format("{}", *summary->errors()),
                   fmt::format("{}", *errors), "The summary counts other errors than the log.");
    }
  }

  void CheckSummaryLine(std::string_view text, std::size_t line) {
    const std::size_t colon = text.find(':');
    if (colon == std::string_view::npos) return;
    const auto trimmed = [](std::string_view part) {
      const std::size_t first = part.find_first_not_of(" \t\r");
      if (first == std::string_view::npos) return std::string();
      return std::string(part.substr(first, part.find_last_not_of(" \t\r") - first + 1));
    };
    const std::string name = trimmed(text.substr(0, colon));
    const std::string value = trimmed(text.substr(colon + 1));
    const auto key = DetailKey(name);
    const LoadgenEntry* entry = key ? log_.Find(*key) : nullptr;
    if (entry == nullptr || entry->value.is_null()) return;
    const auto number = AsNumber(entry->value);
    const bool same = number ? SamePrinted(value, *number)
                             : entry->value.is_string() && entry->value.get<std::string>() == value;
    if (same) return;
    out_.Differs(test_.loadgen.SummaryFile(), fmt::format("line {} \"{}\"", line, name), value,
                 ToJsonLine(entry->value),
                 fmt::format("LoadGen's summary and its detail log ({}) differ.", *key));
  }

  void CheckSettings() {
    for (const auto& [name, value] : test_.record->loadgen_settings.items()) {
      const LoadgenEntry* entry = log_.Find("requested_" + name);
      if (name == "mode") entry = log_.Find("requested_test_mode");
      if (entry == nullptr) continue;
      const auto asked = AsNumber(value);
      const auto logged = AsNumber(entry->value);
      const bool same =
          value.is_number_integer() && entry->value.is_number_integer() ? value == entry->value
          : asked && logged ? std::abs(*asked - *logged) <= kPrintedPrecision * std::abs(*asked)
                            : value == entry->value;
      if (same) continue;
      out_.Differs(test_.loadgen.directory + "test.json", "/loadgen_settings/" + name,
                   ToJsonLine(value), ToJsonLine(entry->value),
                   fmt::format("LoadGen logged another setting (line {}).", entry->line));
    }
    if (log_.Text("loadgen_version") != test_.record->loadgen_version) {
      out_.Differs(test_.loadgen.directory + "test.json", "/loadgen_version",
                   test_.record->loadgen_version, log_.Text("loadgen_version").value_or("absent"),
                   "LoadGen logged another version.");
    }
  }

  // run.json's configuration, as far as LoadGen logs it.
  void CheckConfiguration() {
    const RunConfig& config = run_.record.config;
    const auto compare = [&](const char* key, const std::string& stated, const std::string& found) {
      if (stated == found) return;
      out_.Differs("run.json", fmt::format("/config/{}", key), stated, found,
                   fmt::format("{} tells another.", test_.loadgen.DetailFile()));
    };
    const std::string_view scenario =
        config.scenario == Scenario::kInteractive ? "Server" : ScenarioTitle(config.scenario);
    compare("scenario", std::string(scenario), log_.Text("effective_scenario").value_or("absent"));
    const auto count = log_.Unsigned("qsl_reported_total_count");
    compare("samples", fmt::format("{}", config.samples),
            count ? fmt::format("{}", *count) : "absent");
    if (!config.seeds) return;
    const std::array<std::pair<const char*, std::uint64_t>, 3> seeds{
        {{"qsl_rng_seed", config.seeds->qsl},
         {"sample_index_rng_seed", config.seeds->sample_index},
         {"schedule_rng_seed", config.seeds->schedule}}};
    for (const auto& [name, seed] : seeds) {
      const auto logged = log_.Unsigned(fmt::format("effective_{}", name));
      compare("seeds", fmt::format("{} {}", name, seed),
              fmt::format("{} {}", name, logged ? fmt::format("{}", *logged) : "absent"));
    }
  }

  void CheckFigures() {
    if (!test_.comparison) return;
    for (const LoadgenFigure& figure : Disagreements(*test_.comparison)) {
      out_.Differs(test_.loadgen.DetailFile(), fmt::format("line {} {}", figure.line, figure.key),
                   fmt::format("{}", figure.loadgen),
                   fmt::format("from {} to {}", figure.lowest, figure.highest),
                   "LoadGen's figure does not follow from the journal.");
    }
    CheckTokensPerSample();
    if (test_.test != TestKind::kAccuracy && !test_.comparison->not_compared.empty()) {
      out_.not_checked.push_back({test_.loadgen.DetailFile() + ": LoadGen's figures",
                                  test_.comparison->not_compared, false});
    }
  }

  // Offline: both rates are over the same time, so their ratio needs no clock.
  void CheckTokensPerSample() {
    const auto samples = log_.Number("result_samples_per_second");
    const auto tokens = log_.Number("result_tokens_per_second");
    if (!samples || !tokens || *samples <= 0.0 || !test_.metrics ||
        !test_.comparison->token_figures_unusable.empty()) {
      return;
    }
    const double in_journal = static_cast<double>(test_.metrics->total_output_tokens.value_or(0)) /
                              static_cast<double>(test_.metrics->counts.ended);
    const double logged = *tokens / *samples;
    if (std::abs(logged - in_journal) <= 2.0 * kPrintedPrecision * in_journal) return;
    out_.Differs(test_.loadgen.DetailFile(), "result_tokens_per_second / result_samples_per_second",
                 fmt::format("{}", logged), fmt::format("{}", in_journal),
                 "LoadGen counted other tokens per sample than the journal.");
  }

  // LoadGen's figures prove when it was told, not how long we knew before.
  void CheckTold() {
    if (!test_.metrics) return;
    const double latest = std::max(test_.metrics->told_first_delay.max.value_or(0.0),
                                   test_.metrics->told_done_delay.max.value_or(0.0));
    if (latest <= static_cast<double>(kTellAllowanceNs)) return;
    out_.not_checked.push_back(
        {test_.JournalFile() + ": that tokens and answers came when the journal says",
         fmt::format("LoadGen was told up to {:.1f} ms later", latest / 1e6), true});
  }

  // In accuracy mode, and in TEST06, LoadGen logs every answer; seq_id counts the order of issue,
  // as our ids do.
  void CheckAccuracyLog() {
    if (test_.test == TestKind::kPerformance || !test_.journal || !test_.loadgen.accuracy) return;
    const auto& records = test_.loadgen.accuracy->records;
    const auto& answers = test_.loadgen.answers;
    std::map<std::uint64_t, const RequestRecord*> by_id;
    for (const RequestRecord& r : test_.journal->requests) by_id[r.outcome.id] = &r;
    const std::string file = test_.loadgen.AccuracyFile();
    if (test_.record && test_.record->status == "completed" && records.size() != by_id.size()) {
      out_.Differs(file, "", fmt::format("{} records", records.size()),
                   fmt::format("{} requests", by_id.size()),
                   "The accuracy log has not as many answers as the journal.");
    }
    for (std::size_t i = 0; i < records.size() && i < answers.size(); ++i) {
      const auto it = by_id.find(records[i].seq_id);
      const bool known = it != by_id.end();
      const bool same_sample = known && it->second->sample_index == records[i].qsl_idx;
      const bool same_tokens =
          known && (Completed(it->second->outcome) ? it->second->outcome.token_ids : kNone) ==
                       answers[i].tokens;
      const bool same_count =
          !records[i].token_count ||
          static_cast<std::size_t>(*records[i].token_count) == answers[i].tokens.size();
      if (same_sample && same_tokens && same_count) continue;
      out_.Differs(
          file, fmt::format("line {} seq_id {}", records[i].line, records[i].seq_id),
          fmt::format("sample {}, {} tokens", records[i].qsl_idx, answers[i].tokens.size()),
          known ? fmt::format("sample {}, {} tokens", it->second->sample_index,
                              it->second->outcome.token_ids.size())
                : "no such request",
          "LoadGen's accuracy log and the journal hold different answers.");
    }
  }

  // TEST06's text follows from its accuracy log, by the official verifier's own reading of it.
  void CheckTest06Text() {
    if (test_.test != TestKind::kCompliance) return;
    const std::string file = test_.loadgen.directory + std::string(kTest06TextFile);
    const auto log = ReadFile(run_.directory / test_.loadgen.AccuracyFile());
    const auto verified =
        log ? VerifyTest06(*log, test_.loadgen.AccuracyFile(), run_.record.config.scenario)
            : Result<Test06Result>(log.error());
    const auto text = ReadFile(run_.directory / file);
    if (!verified && !text) return;
    const std::string stated = text ? *text : "absent";
    const std::string recomputed = verified ? Test06Text(*verified) : "no result";
    if (stated == recomputed) return;
    out_.Differs(file, "", stated, recomputed,
                 "TEST06's verification does not follow from its accuracy log.");
  }

  inline static const std::vector<TokenId> kNone{};

  const RunEvidence& run_;
  const TestEvidence& test_;
  const LoadgenDetailLog& log_;
  Verification& out_;
};

std::string UtcOf(std::int64_t wall_ns) {
  return FormatUtc(
      WallTime(std::chrono::duration_cast<WallTime::duration>(std::chrono::nanoseconds(wall_ns))));
}

}  // namespace

void CheckLoadgen(const RunEvidence& run, const TestEvidence& test, Verification& out) {
  const bool ended = test.record && test.record->status == "completed";
  // A test that did not end may have died before LoadGen wrote anything.
  const bool is_empty = test.loadgen.detail && test.loadgen.detail->entries().empty();
  if (!ended && is_empty) return;
  if (!test.loadgen.detail) {
    if (ended) {
      out.Differs(test.loadgen.DetailFile(), "", "absent", "", "LoadGen's detail log is missing.");
    }
    return;
  }
  LoadgenCheck(run, test, out).Check();
}

void CheckMoments(const RunEvidence& run, Verification& out) {
  struct Moment {
    std::string file, where, utc;
  };
  std::vector<Moment> moments{{"run.json", "/started_utc", run.record.started_utc}};
  for (const TestEvidence& test : run.tests) {
    if (!test.record) continue;
    const std::string file = test.loadgen.directory + "test.json";
    moments.push_back({file, "/clocks_start/wall_ns", UtcOf(test.record->clocks_start.wall_ns)});
    if (test.loadgen.detail) {
      if (auto at = test.loadgen.detail->Text("test_datetime")) {
        moments.push_back({test.loadgen.DetailFile(), "test_datetime", std::move(*at)});
      }
    }
    if (test.record->clocks_end) {
      moments.push_back({file, "/clocks_end/wall_ns", UtcOf(test.record->clocks_end->wall_ns)});
    }
  }
  if (run.record.ended_utc) moments.push_back({"run.json", "/ended_utc", *run.record.ended_utc});
  for (std::size_t i = 1; i < moments.size(); ++i) {
    if (moments[i - 1].utc <= moments[i].utc) continue;  // ISO 8601 sorts as text
    out.Differs(moments[i].file, moments[i].where, moments[i].utc,
                fmt::format("not before {} ({} {})", moments[i - 1].utc, moments[i - 1].file,
                            moments[i - 1].where),
                "The moments of the run are out of order.");
  }
}

}  // namespace assay
