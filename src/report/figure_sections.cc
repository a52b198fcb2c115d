#include <algorithm>
#include <array>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "base/format.h"
#include "report/number_format.h"
#include "report/sections.h"

namespace assay {
namespace {

constexpr double kNanosPerMilli = 1e6;

const LoadgenFigure* FigureOf(const TestMetrics& numbers, std::string_view key) {
  if (!numbers.loadgen) return nullptr;
  for (const LoadgenFigure& figure : numbers.loadgen->figures) {
    if (figure.key == key) return &figure;
  }
  return nullptr;
}

// One line for each test.
Table TestTable(const ReportModel& model) {
  Table table{{{"test", false},
               {"issued"},
               {"completed"},
               {"failed"},
               {"duration"},
               {"samples/s"},
               {"output tokens/s"}},
              {}};
  for (const TestView& test : model.tests) {
    std::vector<Text> row{Text(std::string(TestDirectoryName(test.test)))};
    if (!test.numbers) {
      for (std::size_t i = 1; i < table.columns.size(); ++i) {
        row.emplace_back(std::string(kNotAvailable));
      }
    } else {
      const Metrics& m = test.numbers->metrics;
      row.emplace_back(FormatCount(m.counts.issued));
      row.emplace_back(FormatCount(m.counts.completed));
      row.emplace_back(FormatCount(m.counts.failed),
                       m.counts.failed > 0 ? Tone::kBad : Tone::kPlain);
      row.emplace_back(FormatSeconds(m.duration_s));
      row.emplace_back(FormatRate(m.request_throughput));
      row.emplace_back(FormatRate(m.output_throughput));
    }
    table.rows.push_back(std::move(row));
  }
  return table;
}

// LoadGen's names of the two rates that stand beside ours.
struct RateKeys {
  std::string_view samples;
  std::string_view tokens;
};
RateKeys RateKeysOf(Scenario scenario) {
  switch (scenario) {
    case Scenario::kOffline:
      return {"result_samples_per_second", "result_tokens_per_second"};
    case Scenario::kServer:
    case Scenario::kInteractive:
      return {"result_completed_samples_per_sec", "result_completed_tokens_per_second"};
    case Scenario::kSingleStream:
      return {"result_qps_with_loadgen_overhead", "result_completed_tokens_per_second"};
  }
  return {};
}

std::vector<Text> RateRow(std::string label, const std::optional<double>& ours,
                          const LoadgenFigure* figure) {
  std::vector<Text> row{Text(std::move(label)), Text(FormatRate(ours), Tone::kStrong)};
  if (figure == nullptr) {
    for (int i = 0; i < 2; ++i) row.emplace_back(std::string(kNotAvailable), Tone::kQuiet);
    row.emplace_back("");
    return row;
  }
  row.emplace_back(FormatRate(figure->loadgen));
  row.emplace_back(FormatRate(figure->journal), Tone::kQuiet);
  if (!figure->journal) {
    row.emplace_back("not compared", Tone::kCaution);
  } else {
    row.push_back(figure->disagrees ? Text("DISAGREES", Tone::kBad) : Text("agrees", Tone::kGood));
  }
  return row;
}

Table RateTable(const ReportModel& model, const TestMetrics& numbers) {
  const RateKeys keys = RateKeysOf(model.run.config.scenario);
  const Metrics& m = numbers.metrics;
  Table table{{{"", false}, {"ours"}, {"LoadGen's"}, {"recomputed"}, {"", false}}, {}};
  table.rows.push_back(RateRow("samples/s", m.request_throughput, FigureOf(numbers, keys.samples)));
  table.rows.push_back(
      RateRow("output tokens/s", m.output_throughput, FigureOf(numbers, keys.tokens)));
  table.rows.push_back(RateRow("prompt tokens/s", m.input_throughput, nullptr));
  if (m.good_requests) {
    table.rows.push_back(RateRow("goodput, requests/s", m.request_goodput, nullptr));
  }
  return table;
}

// What LoadGen concluded, and whether its figures follow from our journal.
Field LoadgenField(const TestMetrics& numbers) {
  Field field{"LoadGen", {}};
  if (!numbers.loadgen) {
    field.parts.emplace_back("its detail log is missing", Tone::kCaution);
    return field;
  }
  const LoadgenComparison& c = *numbers.loadgen;
  if (c.validity) {
    field.parts.push_back(Foreign(*c.validity, *c.validity == "VALID" ? Tone::kGood : Tone::kBad));
  }
  if (!c.not_compared.empty()) {
    field.parts.emplace_back("not compared: " + c.not_compared, Tone::kCaution);
    return field;
  }
  const auto compared = std::count_if(c.figures.begin(), c.figures.end(),
                                      [](const LoadgenFigure& f) { return f.journal.has_value(); });
  const std::vector<LoadgenFigure> disagreeing = Disagreements(c);
  if (disagreeing.empty()) {
    field.parts.emplace_back(
        fmt::format("all {} figures recomputed from our journal agree", compared));
  } else {
    field.parts.emplace_back(
        fmt::format("{} of {} figures recomputed from our journal disagree, first {}: {}, not {}",
                    disagreeing.size(), compared, disagreeing.front().key,
                    FormatRate(disagreeing.front().loadgen),
                    FormatRate(disagreeing.front().journal)),
        Tone::kBad);
  }
  if (c.clock_tolerance_ns) {
    field.parts.emplace_back(
        fmt::format("clocks agree to {}", FormatMillis(*c.clock_tolerance_ns)));
  }
  if (!c.token_figures_unusable.empty()) {
    field.parts.emplace_back("token figures unusable: " + c.token_figures_unusable, Tone::kCaution);
  }
  return field;
}

Field FailureField(const Metrics& m) {
  Field field{"Failed", {}};
  for (const auto& [kind, count] : m.counts.failures) {
    field.parts.push_back(Foreign(fmt::format("{} × {}", FormatCount(count), kind), Tone::kBad));
  }
  field.parts.emplace_back("in no latency and no rate");
  return field;
}

Field ScheduleField(const Metrics& m) {
  Field field{"Schedule", {}};
  if (m.schedule_contradictory) {
    field.parts.emplace_back("the record contradicts itself: issued before it could be due",
                             Tone::kBad);
  }
  if (m.scheduled_rate) {
    field.parts.emplace_back(fmt::format("{} requests/s scheduled, {} issued",
                                         FormatRate(m.scheduled_rate), FormatRate(m.issued_rate)));
  }
  field.parts.emplace_back(fmt::format("issued {} late in the mean, {} at most",
                                       FormatMillis(m.issue_delay.mean),
                                       FormatMillis(m.issue_delay.max)));
  if (m.told_done_delay.max) {
    field.parts.emplace_back(
        fmt::format("LoadGen told {} late at most", FormatMillis(m.told_done_delay.max)));
  }
  field.parts.emplace_back("start known to within " + FormatMillis(m.schedule_uncertainty_ns));
  if (m.max_concurrent_requests) {
    field.parts.emplace_back(FormatCount(m.max_concurrent_requests) + " under way at most");
  }
  return field;
}

Field ProcessField(const Metrics& m) {
  return {"Process",
          {Text("peak memory " + FormatBytes(static_cast<std::uint64_t>(*m.peak_rss_bytes))),
           Text(FormatSeconds(m.cpu_seconds) + " of CPU time")}};
}

// mean, median, p90, p99, p99.9, max.
using LatencyValues = std::array<std::optional<double>, 6>;

LatencyValues ValuesOf(const Distribution& d) {
  return {d.mean, d.median, d.Percentile("p90"), d.Percentile("p99"), d.Percentile("p99.9"), d.max};
}

std::vector<Text> LatencyRow(std::string label, const LatencyValues& values_ns, Tone tone) {
  std::vector<Text> row{Text(std::move(label), tone)};
  double largest = 0.0;
  for (const auto& value : values_ns) {
    largest = std::max(largest, value.value_or(0.0) / kNanosPerMilli);
  }
  const int decimals =
      largest >= 10'000.0 ? 0 : (largest >= 1000.0 ? 1 : (largest >= 10.0 ? 2 : 3));
  for (const auto& value : values_ns) {
    const auto milliseconds = value ? std::optional(*value / kNanosPerMilli) : std::nullopt;
    row.emplace_back(FormatFixed(milliseconds, decimals), value ? tone : Tone::kQuiet);
  }
  return row;
}

struct LoadgenLatencyKeys {
  std::string_view mean;
  std::string_view prefix;
  std::string_view suffix;
  std::string_view max;
};
constexpr LoadgenLatencyKeys kLoadgenTtft{"result_first_token_mean_latency_ns",
                                          "result_first_token_", "_percentile_latency_ns",
                                          "result_first_token_max_latency_ns"};
constexpr LoadgenLatencyKeys kLoadgenTpot{"result_time_to_output_token_mean",
                                          "result_time_per_output_token_", "_percentile_ns",
                                          "result_time_to_output_token_max"};
constexpr LoadgenLatencyKeys kLoadgenE2el{"result_mean_latency_ns", "result_",
                                          "_percentile_latency_ns", "result_max_latency_ns"};

// LoadGen's row below ours; none where it has no such figures.
void AddLoadgenRow(const TestMetrics& numbers, const LoadgenLatencyKeys& keys, Table& table) {
  const auto value = [&](const std::string& key) {
    const LoadgenFigure* figure = FigureOf(numbers, key);
    return figure != nullptr ? std::optional(figure->loadgen) : std::nullopt;
  };
  const auto percentile = [&](std::string_view level) {
    return value(fmt::format("{}{}{}", keys.prefix, level, keys.suffix));
  };
  const LatencyValues values{value(std::string(keys.mean)), percentile("50.00"),
                             percentile("90.00"),           percentile("99.00"),
                             percentile("99.90"),           value(std::string(keys.max))};
  const bool any =
      std::any_of(values.begin(), values.end(), [](const auto& v) { return v.has_value(); });
  if (any) table.rows.push_back(LatencyRow("  LoadGen's", values, Tone::kQuiet));
}

Table LatencyTable(const TestMetrics& numbers) {
  const Metrics& m = numbers.metrics;
  Table table{{{"ms", false}, {"mean"}, {"median"}, {"p90"}, {"p99"}, {"p99.9"}, {"max"}}, {}};
  const auto ours = [&](std::string label, const Distribution& d) {
    table.rows.push_back(LatencyRow(std::move(label), ValuesOf(d), Tone::kPlain));
  };
  ours("TTFT", m.ttft);
  AddLoadgenRow(numbers, kLoadgenTtft, table);
  ours("TTFT from send", m.ttft_from_send);
  ours("TPOT", m.tpot);
  AddLoadgenRow(numbers, kLoadgenTpot, table);
  ours("ITL", m.itl);
  ours("E2EL", m.e2el);
  AddLoadgenRow(numbers, kLoadgenE2el, table);
  ours("E2EL from send", m.e2el_from_send);
  return table;
}

std::string PerSample(const Distribution& d, std::string_view unit) {
  if (d.count == 0) return std::string("per sample ") + std::string(kNotAvailable);
  return fmt::format("{} {} a sample, {} to {}", FormatFixed(d.mean, 1), unit,
                     FormatFixed(d.min, 0), FormatFixed(d.max, 0));
}

Field LedgerField(const TokenLedger& ledger) {
  Field field{
      "Counted by",
      {Text(fmt::format("the engine's ids in {} answers, derived ids in {}",
                        FormatCount(ledger.ids_from_engine), FormatCount(ledger.ids_derived)),
            ledger.ids_derived > 0 ? Tone::kCaution : Tone::kPlain)}};
  for (const TokenSource& source : ledger.sources) {
    const std::string tokens = FormatCount(source.tokens);
    const bool agrees = source.disagreements == 0;
    field.parts.push_back(Foreign(agrees ? fmt::format("{} {}, agrees", source.name, tokens)
                                         : fmt::format("{} {}, differs in {} answers", source.name,
                                                       tokens, FormatCount(source.disagreements)),
                                  agrees ? Tone::kPlain : Tone::kBad));
  }
  if (ledger.server_output_tokens) {
    field.parts.emplace_back(
        fmt::format("the servers' counters {}", FormatFixed(ledger.server_output_tokens, 0)));
  }
  return field;
}

Field ChunkField(const Metrics& m) {
  Field field{"Chunks", {}};
  if (m.tokens_per_chunk.count == 0) {
    field.parts.emplace_back("answers came whole: no ITL");
    return field;
  }
  field.parts.emplace_back(fmt::format("{} tokens in the mean, {} at most",
                                       FormatFixed(m.tokens_per_chunk.mean, 2),
                                       FormatFixed(m.tokens_per_chunk.max, 0)));
  if (m.itl_spread > 0) {
    field.parts.emplace_back(fmt::format("{} of {} ITL gaps are shares of a merged chunk's",
                                         FormatCount(m.itl_spread), FormatCount(m.itl.count)),
                             Tone::kCaution);
  }
  if (m.itl_untold > 0) {
    field.parts.emplace_back(FormatCount(m.itl_untold) + " answers tell no gaps", Tone::kCaution);
  }
  return field;
}

}  // namespace

Section FigureSection(const ReportModel& model) {
  Section section{"Figures (unverified)", {}, {}};
  section.blocks.emplace_back(TestTable(model));
  const TestView* test = MainTest(model);
  if (test == nullptr) return section;
  section.blocks.emplace_back(RateTable(model, *test->numbers));
  Fields fields;
  const Metrics& m = test->numbers->metrics;
  fields.fields.push_back(LoadgenField(*test->numbers));
  if (m.counts.failed > 0) fields.fields.push_back(FailureField(m));
  fields.fields.push_back(ScheduleField(m));
  if (m.peak_rss_bytes) fields.fields.push_back(ProcessField(m));
  section.blocks.emplace_back(std::move(fields));
  return section;
}

Section LatencySection(const ReportModel& model) {
  Section section{"Latency", {}, {}};
  const TestView* test = MainTest(model);
  if (test == nullptr || test->numbers->metrics.counts.completed == 0) {
    section.blocks.emplace_back(Paragraph{{Text("No request completed: there is no latency.")}});
    return section;
  }
  section.subtitle = Text(fmt::format("{} test, from the scheduled time where nothing else is said",
                                      TestDirectoryName(test->test)));
  section.blocks.emplace_back(LatencyTable(*test->numbers));
  if (test->numbers->loadgen && !test->numbers->loadgen->figures.empty()) {
    section.blocks.emplace_back(Paragraph{{Text(
        "LoadGen's median is its p50, and its TPOT ends when the answer is complete. n/a: too "
        "few requests for this percentile.",
        Tone::kQuiet)}});
  }
  return section;
}

Section TokenSection(const ReportModel& model) {
  Section section{"Tokens and characters", Text("two units; gen_len counts characters"), {}};
  const TestView* test = MainTest(model);
  if (test == nullptr || test->numbers->metrics.counts.completed == 0) {
    section.blocks.emplace_back(Paragraph{{Text("No request completed: there are none.")}});
    return section;
  }
  const Metrics& m = test->numbers->metrics;
  Fields fields;
  fields.fields.push_back({"Output",
                           {Text(FormatCount(m.total_output_tokens) + " tokens", Tone::kStrong),
                            Text(PerSample(m.output_tokens, "tokens"))}});
  fields.fields.push_back(
      {"",
       {Text(FormatCount(m.total_output_characters) + " characters", Tone::kStrong),
        Text(PerSample(m.output_characters, "characters"))}});
  fields.fields.push_back({"Prompts",
                           {Text(FormatCount(m.total_input_tokens) + " tokens"),
                            Text(PerSample(m.input_tokens, "tokens"))}});
  fields.fields.push_back(LedgerField(m.ledger));
  fields.fields.push_back(ChunkField(m));
  Field finish{"Ended by", {}};
  for (const auto& [reason, count] : m.counts.finish_reasons) {
    finish.parts.emplace_back(fmt::format("{} {}", reason, FormatCount(count)));
  }
  fields.fields.push_back(std::move(finish));
  section.blocks.emplace_back(std::move(fields));
  return section;
}

}  // namespace assay
