#include "metrics/roofline.h"

#include <algorithm>

#include "base/format.h"

namespace assay {
namespace {

// What the steps of a phase must read and compute at least.
struct Demand {
  double bytes = 0.0;
  double operations = 0.0;
};

double AsDouble(std::uint64_t value) {
  return static_cast<double>(value);
}

// Prompt tokens: the output is computed for the last of each only, and is not counted; their cache
// is written, and read at least by themselves.
Demand OfPrompts(const ModelCosts& c, const PhaseWork& w) {
  return {AsDouble(w.steps) * AsDouble(c.weight_bytes - c.output_bytes) +
              AsDouble(w.tokens) * AsDouble(c.cache_bytes_per_token),
          2.0 * AsDouble(w.tokens) * AsDouble(c.weights - c.output_weights) +
              AsDouble(w.context_tokens) * AsDouble(c.attention_flops)};
}

// Every token reads the cache of its own sequence.
Demand OfGeneration(const ModelCosts& c, const PhaseWork& w) {
  return {AsDouble(w.steps) * AsDouble(c.weight_bytes) +
              AsDouble(w.context_tokens) * AsDouble(c.cache_bytes_per_token),
          2.0 * AsDouble(w.tokens) * AsDouble(c.weights) +
              AsDouble(w.context_tokens) * AsDouble(c.attention_flops)};
}

std::optional<PhaseLimit> LimitOf(const PhaseWork& work, const Demand& demand,
                                  const MachinePeak& peak, bool with_arithmetic) {
  if (work.steps == 0 || work.tokens == 0 || work.time.count() <= 0) return std::nullopt;
  const double seconds = std::chrono::duration<double>(work.time).count();
  const double memory_s = demand.bytes / *peak.bytes_per_s;
  const double arithmetic_s = with_arithmetic ? demand.operations / *peak.f32_per_s : 0.0;
  const double least_s = std::max(memory_s, arithmetic_s);
  PhaseLimit limit;
  limit.tokens_per_s = AsDouble(work.tokens) / seconds;
  limit.mean_batch = AsDouble(work.tokens) / AsDouble(work.steps);
  limit.mean_context = AsDouble(work.context_tokens) / AsDouble(work.tokens);
  limit.limit_tokens_per_s = AsDouble(work.tokens) / least_s;
  limit.limited_by = arithmetic_s > memory_s ? "arithmetic" : "memory";
  limit.share = least_s / seconds;
  limit.mbu = memory_s / seconds;
  if (with_arithmetic) limit.mfu = arithmetic_s / seconds;
  return limit;
}

Error Unknown(std::string why) {
  return {ErrorCode::kUnavailable, std::move(why)};
}

std::optional<double> PositiveOf(const Json& object, const char* key) {
  const auto it = object.find(key);
  if (it == object.end() || !it->is_number() || !(it->get<double>() > 0.0)) return std::nullopt;
  return it->get<double>();
}

}  // namespace

std::optional<MachinePeak> PeakOf(const Json& host) {
  if (!host.is_object()) return std::nullopt;
  const auto it = host.find("peak");
  if (it == host.end() || !it->is_object()) return std::nullopt;
  MachinePeak peak;
  peak.bytes_per_s = PositiveOf(*it, "bytes_per_s");
  peak.f32_per_s = PositiveOf(*it, "f32_per_s");
  peak.last_level_cache_bytes =
      static_cast<std::uint64_t>(PositiveOf(*it, "last_level_cache_bytes").value_or(0.0));
  peak.source = "measured on this machine after the tests";
  return peak;
}

MachinePeak PeakOf(const GpuDevice& gpu) {
  constexpr double kMega = 1e6;
  constexpr double kBitsPerByte = 8.0;
  constexpr double kTransfersPerClock = 2.0;
  constexpr double kOperationsPerClock = 2.0;  // a multiplication and an addition
  MachinePeak peak;
  if (gpu.max_memory_mhz && gpu.memory_bus_bits) {
    peak.bytes_per_s = kTransfersPerClock * AsDouble(*gpu.max_memory_mhz) * kMega *
                       AsDouble(*gpu.memory_bus_bits) / kBitsPerByte;
  }
  if (gpu.max_sm_mhz && gpu.cores) {
    peak.f32_per_s = kOperationsPerClock * AsDouble(*gpu.max_sm_mhz) * kMega * AsDouble(*gpu.cores);
  }
  peak.source = "NVML: largest clocks, width of the memory, cores";
  return peak;
}

Result<Roofline> ComputeRoofline(const TestRecord& test, const std::optional<MachinePeak>& peak) {
  if (!test.engine) return Unknown("the engine told nothing of itself");
  if (!test.engine->costs) {
    return Unknown(test.engine->no_costs.empty()
                       ? "what the model reads and computes for a token is not known"
                       : test.engine->no_costs);
  }
  if (!test.work) return Unknown("the engine does not tell prompts and generation apart");
  if (!peak || !peak->bytes_per_s) return Unknown("the bandwidth of the memory is not known");
  const ModelCosts& costs = *test.engine->costs;
  if (costs.weight_bytes <= peak->last_level_cache_bytes) {
    return Unknown("the weights fit into the processor's cache: memory is no limit");
  }
  Roofline roofline;
  roofline.peak = *peak;
  if (costs.arithmetic != "f32") {
    roofline.no_mfu = "in what arithmetic the weights are multiplied is not known";
  } else if (!peak->f32_per_s) {
    roofline.no_mfu = "the peak of the arithmetic is not known";
  }
  const bool with_arithmetic = roofline.no_mfu.empty();
  roofline.prompts =
      LimitOf(test.work->prompts, OfPrompts(costs, test.work->prompts), *peak, with_arithmetic);
  roofline.generation = LimitOf(test.work->generation, OfGeneration(costs, test.work->generation),
                                *peak, with_arithmetic);
  return roofline;
}

}  // namespace assay
