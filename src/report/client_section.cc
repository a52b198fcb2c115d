#include "report/client_section.h"

#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "base/format.h"
#include "calibration/calibration.h"
#include "metrics/client_metrics.h"
#include "report/number_format.h"

namespace assay {
namespace {

constexpr double kNanosPerMicro = 1e3;

std::string Micros(const std::optional<double>& nanoseconds) {
  if (!nanoseconds) return std::string(kNotAvailable);
  const double us = *nanoseconds / kNanosPerMicro;
  return FormatFixed(us, us < 10.0 ? 1 : 0) + " µs";
}

std::string Percent(double share) {
  return FormatFixed(100.0 * share, share < 0.1 ? 1 : 0) + " %";
}

// "95 µs at p50, 310 µs at p99".
std::string Levels(const Distribution& d) {
  return fmt::format("{} at p50, {} at p99", Micros(d.Percentile("p50")),
                     Micros(d.Percentile("p99")));
}

std::string Levels(const DelayDistribution& d) {
  return fmt::format("{} at p50, {} at p99", Micros(static_cast<double>(d.p50_ns)),
                     Micros(static_cast<double>(d.p99_ns)));
}

Field AddsField(const ClientCost& cost) {
  Field field{"Adds at most",
              {Text(Levels(cost.ttft_added) + " to TTFT", Tone::kStrong),
               Text(Micros(cost.tpot_error.Percentile("p99")) + " at p99 to TPOT"),
               Text(fmt::format("{} requests to the null server, matched one by one",
                                FormatCount(cost.requests)))}};
  if (cost.not_joined > 0) {
    field.parts.emplace_back(FormatCount(cost.not_joined) + " without a match", Tone::kCaution);
  }
  return field;
}

Field DrivesField(const Calibration& calibration, const Metrics* metrics) {
  Field field{"Can drive",
              {Text(FormatRate(calibration.capacity->tokens_per_s) + " tokens/s", Tone::kStrong)}};
  const auto used = metrics == nullptr
                        ? std::nullopt
                        : CapacityUsed(calibration, metrics->max_output_tokens_per_s);
  if (used) field.parts.emplace_back(fmt::format("this run used {} of that", Percent(*used)));
  field.parts.emplace_back(FormatRate(calibration.capacity->tokens_per_cpu_s) +
                           " tokens per second of a processor");
  return field;
}

void AddCalibration(const ReportModel& model, const Metrics* metrics, Fields& fields) {
  const std::optional<Calibration>& calibration = model.calibration;
  if (!calibration) {
    fields.fields.push_back(
        {"Calibration", {Text("none: what the client adds is not known", Tone::kCaution)}});
    return;
  }
  if (calibration->cost) fields.fields.push_back(AddsField(*calibration->cost));
  if (calibration->capacity) fields.fields.push_back(DrivesField(*calibration, metrics));
  for (const std::string& problem : calibration->problems) {
    fields.fields.push_back({"Calibration", {Foreign(problem, Tone::kCaution)}});
  }
}

void AddRun(const Metrics& metrics, const TestRecord& record, Fields& fields) {
  const ClientMetrics client = ComputeClientMetrics({}, record);
  Field delays{"In this run", {Text("sent " + Levels(metrics.send_delay) + " after the issue")}};
  if (client.read_delay) {
    delays.parts.emplace_back("read " + Levels(*client.read_delay) + " after arrival");
  }
  if (client.read_delay_bound) {
    delays.parts.emplace_back("read at most " + Levels(*client.read_delay_bound) +
                              " after arrival");
  }
  if (client.wait_share) {
    delays.parts.emplace_back("threads waited for a processor " + Percent(*client.wait_share) +
                              " of the time they could have run");
  }
  fields.fields.push_back(std::move(delays));
}

}  // namespace

std::optional<Section> ClientSection(const ReportModel& model) {
  if (!model.run.config.endpoint) return std::nullopt;
  Section section{"Client", Text("Assay itself, as the client of the endpoint"), {}};
  const TestView* test = MainTest(model);
  const Metrics* metrics = test == nullptr ? nullptr : &test->numbers->metrics;
  Fields fields;
  AddCalibration(model, metrics, fields);
  if (metrics != nullptr && test->record) AddRun(*metrics, *test->record, fields);
  section.blocks.emplace_back(std::move(fields));
  return section;
}

}  // namespace assay
