#include "calibration/calibration.h"

#include <cmath>
#include <string_view>
#include <system_error>
#include <utility>

#include "base/format.h"
#include "calibration/calibration_plan.h"
#include "record/journal.h"
#include "record/run_directory.h"

namespace assay {
namespace {

constexpr double kNanosPerMicro = 1e3;

struct PhaseRecord {
  TestRecord test;
  Journal journal;
};

Result<PhaseRecord> ReadPhase(const fs::path& phase_dir) {
  ASSAY_ASSIGN_OR_RETURN(auto test, ReadTestRecord(phase_dir, TestKind::kPerformance));
  if (!test) {
    return MakeError(ErrorCode::kUnavailable, "{}: the phase left no record", phase_dir.string());
  }
  if (test->status != "completed") {
    return MakeError(ErrorCode::kUnavailable, "{}: {}: {}", phase_dir.string(), test->status,
                     test->message);
  }
  PhaseRecord phase{std::move(*test), {}};
  ASSAY_ASSIGN_OR_RETURN(
      phase.journal,
      ReadJournal(TestDirectory(phase_dir, TestKind::kPerformance) / "requests.jsonl"));
  return phase;
}

Result<ClientCost> ReadCost(const fs::path& phase_dir) {
  ASSAY_ASSIGN_OR_RETURN(const PhaseRecord phase, ReadPhase(phase_dir));
  ASSAY_ASSIGN_OR_RETURN(const std::vector<ServedRequest> served,
                         ReadServedRequests(ServerLogPath(phase_dir)));
  ClientCost cost =
      MeasureClientCost(phase.journal.requests, phase.test.origin_not_before_ns, served);
  if (cost.requests == 0) {
    return MakeError(ErrorCode::kUnavailable,
                     "{}: no request stands in the journal and in the server's log",
                     phase_dir.string());
  }
  return cost;
}

Result<ClientCapacity> ReadCapacity(const fs::path& phase_dir) {
  ASSAY_ASSIGN_OR_RETURN(const PhaseRecord phase, ReadPhase(phase_dir));
  const ClientCapacity capacity =
      MeasureClientCapacity(phase.journal.requests, phase.test.cpu_seconds);
  if (!capacity.tokens_per_s) {
    return MakeError(ErrorCode::kUnavailable, "{}: no request completed", phase_dir.string());
  }
  return capacity;
}

Json Number(const std::optional<double>& value, double scale) {
  if (!value || !std::isfinite(*value * scale)) return nullptr;
  return *value * scale;
}

void AddMicros(const Distribution& d, std::string_view name, Json& json) {
  const auto add = [&](std::string_view statistic, const std::optional<double>& value) {
    json[fmt::format("{}_{}", statistic, name)] = Number(value, 1.0 / kNanosPerMicro);
  };
  add("mean", d.mean);
  add("min", d.min);
  add("p50", d.Percentile("p50"));
  add("p90", d.Percentile("p90"));
  add("p99", d.Percentile("p99"));
  add("max", d.max);
}

}  // namespace

std::optional<Calibration> ReadCalibration(const fs::path& run_dir) {
  std::error_code error;
  if (!fs::exists(run_dir / "calibration", error)) return std::nullopt;
  Calibration calibration;
  const auto keep = [&calibration](auto read, auto& place) {
    if (read) {
      place = std::move(*read);
    } else {
      calibration.problems.push_back(read.error().message);
    }
  };
  keep(ReadCost(PhaseDirectory(run_dir, CalibrationPhase::kPaced)), calibration.cost);
  keep(ReadCapacity(PhaseDirectory(run_dir, CalibrationPhase::kBurst)), calibration.capacity);
  return calibration;
}

std::optional<double> CapacityUsed(const Calibration& calibration,
                                   std::optional<double> tokens_per_s) {
  if (!calibration.capacity || !calibration.capacity->tokens_per_s || !tokens_per_s) {
    return std::nullopt;
  }
  return *tokens_per_s / *calibration.capacity->tokens_per_s;
}

Json ToJson(const Calibration& calibration, std::optional<double> tokens_per_s) {
  Json json = Json::object();
  json["problems"] = calibration.problems;
  const ClientCost cost = calibration.cost.value_or(ClientCost{});
  json["requests"] = calibration.cost ? Json(cost.requests) : Json(nullptr);
  json["not_joined"] = calibration.cost ? Json(cost.not_joined) : Json(nullptr);
  AddMicros(cost.ttft_added, "ttft_added_us", json);
  AddMicros(cost.ttft_read, "ttft_read_us", json);
  AddMicros(cost.tpot_error, "tpot_error_us", json);
  AddMicros(cost.send_delay, "schedule_to_sent_us", json);
  const ClientCapacity capacity = calibration.capacity.value_or(ClientCapacity{});
  json["capacity_tokens_per_s"] = Number(capacity.tokens_per_s, 1.0);
  json["capacity_tokens_per_cpu_s"] = Number(capacity.tokens_per_cpu_s, 1.0);
  json["capacity_used"] = Number(CapacityUsed(calibration, tokens_per_s), 1.0);
  return json;
}

}  // namespace assay
