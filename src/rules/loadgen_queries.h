// What LoadGen asks, reproduced: its queries are a function of seeds and settings, which its log
// tells. A log whose queries do not follow from its own settings was not written by LoadGen.

#ifndef ASSAY_RULES_LOADGEN_QUERIES_H_
#define ASSAY_RULES_LOADGEN_QUERIES_H_

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "record/loadgen_log.h"
#include "record/run_config.h"

namespace assay {

// LoadGen's effective settings, as far as they decide what is asked.
struct QuerySettings {
  enum class Kind { kOffline, kServer, kSingleStream } kind = Kind::kOffline;
  bool accuracy_mode = false;
  LoadgenSeeds seeds;
  std::uint64_t total_samples = 0;  // that the shuffle draws from; at least 1
  std::uint64_t set_size = 0;       // that are loaded at a time; at least 1
  std::uint64_t samples_per_query = 0;
  std::uint64_t min_query_count = 0;
  std::int64_t target_duration_ns = 0;
  double target_qps = 0.0;  // > 0
  bool equal_issue = false;
};

// nullopt: the log lacks one of them, or has a value that no benchmark of this kind has (more than
// a million samples); a mode that asks one sample again and again is not reproduced either.
[[nodiscard]] std::optional<QuerySettings> QuerySettingsOf(const LoadgenDetailLog& log);

struct GeneratedQueries {
  std::vector<std::uint64_t> loaded_set;  // sample indices in LoadGen's order
  std::uint64_t query_count = 0;
  std::uint64_t samples_per_query = 0;
  std::int64_t duration_ns = 0;  // the schedule's end
};

// Value: bit for bit what LoadGen 5.1 to 6.0.17 generates where it is built with libstdc++, whose
// shuffle and distributions it uses. nullopt: more than twenty million queries.
// Source: loadgen.cc, GenerateLoadableSets and GenerateQueries.
[[nodiscard]] std::optional<GeneratedQueries> Reproduce(const QuerySettings& settings);

// The samples in the order in which they are issued (an accuracy log's seq_id counts it); at most
// `limit`.
[[nodiscard]] std::vector<std::uint64_t> IssueOrder(const QuerySettings& settings,
                                                    const GeneratedQueries& queries,
                                                    std::size_t limit);

}  // namespace assay

#endif  // ASSAY_RULES_LOADGEN_QUERIES_H_
