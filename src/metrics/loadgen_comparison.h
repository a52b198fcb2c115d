// LoadGen's own figures beside the same ones recomputed from the journal. docs/metrics.md,
// "LoadGen's figures".

#ifndef ASSAY_METRICS_LOADGEN_COMPARISON_H_
#define ASSAY_METRICS_LOADGEN_COMPARISON_H_

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/json.h"
#include "record/journal.h"
#include "record/loadgen_log.h"
#include "record/run_directory.h"

namespace assay {

// From our knowing of a token or an answer to telling LoadGen of it, nanoseconds. Where other work
// has the processors a thread can stand still this long; what took longer, the journal claims
// alone.
inline constexpr std::int64_t kTellAllowanceNs = 20'000'000;

struct LoadgenFigure {
  std::string key;  // in the detail log
  double loadgen = 0.0;
  std::uint64_t line = 0;  // in the detail log
  // By LoadGen's definition from our journal, in LoadGen's unit. Absent: not compared.
  std::optional<double> journal;
  // What LoadGen can have printed if the journal is right, clocks and printing allowed for.
  double lowest = 0.0;
  double highest = 0.0;
  bool disagrees = false;
};

struct LoadgenComparison {
  std::optional<std::string> scenario;  // "Offline", "Server", "SingleStream"
  std::optional<std::string> validity;  // "VALID", "INVALID"; absent in accuracy mode
  std::vector<LoadgenFigure> figures;   // as LoadGen orders them; empty in accuracy mode
  std::string not_compared;             // why no figure was compared; empty: they were
  // Why LoadGen's token counts, TTFT and TPOT mean nothing here, and were not compared; empty: they
  // do. LoadGen counts an answer of one token as none and lets failures into every figure.
  std::string token_figures_unusable;
  // How far the wall clock and the steady clock moved apart during the test, and how exactly the
  // two were read together; absent: the test did not reach its end.
  std::optional<double> clock_tolerance_ns;
};

// `requests`  one test's journal, any order; `test` its record; `log` its detail log.
[[nodiscard]] LoadgenComparison CompareWithLoadgen(std::span<const RequestRecord> requests,
                                                   const TestRecord& test,
                                                   const LoadgenDetailLog& log);

// Value: the figures that disagree, in order.
[[nodiscard]] std::vector<LoadgenFigure> Disagreements(const LoadgenComparison& comparison);

// Is it one of those that token_figures_unusable speaks of?
[[nodiscard]] bool IsTokenFigure(std::string_view key);

// The object "loadgen" of metrics.json.
[[nodiscard]] Json ToJson(const LoadgenComparison& comparison);

}  // namespace assay

#endif  // ASSAY_METRICS_LOADGEN_COMPARISON_H_
