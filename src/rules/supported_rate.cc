#include "rules/supported_rate.h"

#include <array>
#include <string_view>
#include <utility>

#include "base/format.h"

namespace assay {
namespace {

constexpr double kOverloadedBelow = 0.95;  // completed / scheduled
constexpr double kOfCompleted = 0.9;

struct LimitedFigure {
  std::string_view name;
  std::string_view least_key;
  std::string_view tail_key;
  std::optional<std::uint64_t> limit_ns;
};

std::array<LimitedFigure, 2> FiguresOf(const ScenarioRules& scenario) {
  return {{{"TTFT", "result_first_token_min_latency_ns",
            "result_first_token_99.00_percentile_latency_ns", scenario.ttft_limit_ns},
           {"TPOT", "result_time_to_output_token_min",
            "result_time_per_output_token_99.00_percentile_ns", scenario.tpot_limit_ns}}};
}

}  // namespace

std::optional<SupportedRate> HighestSupportedRate(const LoadgenDetailLog& log,
                                                  const ScenarioRules& scenario) {
  const auto scheduled = log.Number("result_scheduled_samples_per_sec");
  const auto completed = log.Number("result_completed_samples_per_sec");
  if (!scheduled || !completed || *scheduled <= 0 || *completed <= 0) return std::nullopt;
  std::optional<SupportedRate> lowest;
  for (const LimitedFigure& figure : FiguresOf(scenario)) {
    const auto least = log.Number(figure.least_key);
    const auto tail = log.Number(figure.tail_key);
    if (!figure.limit_ns || !tail) continue;
    const auto limit = static_cast<double>(*figure.limit_ns);
    if (*tail < limit) continue;
    if (!least || *least >= limit) return std::nullopt;
    const double rate = *scheduled * (limit - *least) / (*tail - *least);
    if (lowest && lowest->qps <= rate) continue;
    lowest = {rate, fmt::format("on the straight line of {} from {:.4g} ms at no load to {:.4g} ms "
                                "at {:.4g} queries/s",
                                figure.name, *least / 1e6, *tail / 1e6, *scheduled)};
  }
  if (lowest && *completed < kOverloadedBelow * *scheduled) {
    return SupportedRate{kOfCompleted * *completed,
                         fmt::format("{:.0f} % of the {:.4g} samples/s that were completed at "
                                     "{:.4g} queries/s, where the queue grew to the end",
                                     100 * kOfCompleted, *completed, *scheduled)};
  }
  return lowest;
}

}  // namespace assay
