// What a submission's tree and descriptions must hold, as data. Seeds, limits and counts are in
// rounds.h.

#ifndef ASSAY_RULES_SUBMISSION_RULES_H_
#define ASSAY_RULES_SUBMISSION_RULES_H_

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace assay {

inline constexpr std::array<std::string_view, 3> kDivisions{"closed", "open", "network"};

// Source: CON SYSTEM_DESC_MEANINGFUL_RESPONSE_REQUIRED_FIELDS: there, and neither empty nor false.
inline constexpr std::array<std::string_view, 26> kSystemFields{"division",
                                                                "submitter",
                                                                "system_type",
                                                                "status",
                                                                "system_name",
                                                                "number_of_nodes",
                                                                "host_processor_model_name",
                                                                "host_processors_per_node",
                                                                "host_processor_core_count",
                                                                "host_memory_capacity",
                                                                "host_memory_configuration",
                                                                "host_storage_capacity",
                                                                "host_storage_type",
                                                                "host_networking",
                                                                "host_network_card_count",
                                                                "host_networking_topology",
                                                                "accelerators_per_node",
                                                                "accelerator_model_name",
                                                                "accelerator_memory_capacity",
                                                                "accelerator_host_interconnect",
                                                                "accelerator_memory_configuration",
                                                                "accelerator_interconnect",
                                                                "cooling",
                                                                "framework",
                                                                "operating_system",
                                                                "other_software_stack"};
// The rest of CON SYSTEM_DESC_REQUIRED_FIELDS: there, maybe empty.
inline constexpr std::array<std::string_view, 9> kSystemFieldsMayBeEmpty{
    "host_processor_frequency",
    "host_processor_caches",
    "host_processor_interconnect",
    "accelerator_frequency",
    "accelerator_interconnect_topology",
    "accelerator_on-chip_memories",
    "hw_notes",
    "sw_notes",
    "system_type_detail"};
// CON SYSTEM_DESC_REQUIRED_FIELDS_NETWORK_MODE.
inline constexpr std::array<std::string_view, 12> kNetworkFields{
    "network_type",     "network_media",          "network_rate",
    "nic_loadgen",      "number_nic_loadgen",     "net_software_stack_loadgen",
    "network_protocol", "number_connections",     "nic_sut",
    "number_nic_sut",   "net_software_stack_sut", "network_topology"};
inline constexpr std::array<std::string_view, 3> kStatuses{"available", "preview", "rdi"};
inline constexpr std::array<std::string_view, 4> kSystemTypes{"datacenter", "edge",
                                                              "datacenter,edge", "edge,datacenter"};
// CON SYSTEM_IMP_REQUIRED_FILES.
inline constexpr std::array<std::string_view, 5> kMeasurementFields{
    "input_data_types", "retraining", "starting_weights_filename", "weight_data_types",
    "weight_transformations"};
// Assay's own: findings that the submitter let pass when the package was built. The checkers take
// further fields.
inline constexpr std::string_view kAcceptedField = "assay_accepted_findings";
// CON REQUIRED_MEASURE_FILES.
inline constexpr std::array<std::string_view, 2> kMeasurementFiles{"user.conf", "README.md"};
// What the user.conf of a closed result may set; everything else is LoadGen's own to say.
// Source: the comments of loadgen/mlperf.conf and test_settings_internal.cc.
enum class UserConfChange { kFree, kUpward };
struct UserConfRule {
  std::string_view key;
  UserConfChange change;
};
inline constexpr std::array<UserConfRule, 7> kClosedUserConf{
    {{"target_qps", UserConfChange::kFree},
     {"target_latency", UserConfChange::kFree},  // SingleStream: the expected one
     {"coalesce_queries", UserConfChange::kFree},
     {"max_async_queries", UserConfChange::kFree},
     {"min_duration", UserConfChange::kUpward},
     {"min_query_count", UserConfChange::kUpward},
     {"performance_sample_count_override", UserConfChange::kUpward}}};

// CON REQUIRED_PERF_FILES, REQUIRED_ACC_FILES; OLD's tolerated extras.
inline constexpr std::array<std::string_view, 2> kPerformanceFiles{"mlperf_log_detail.txt",
                                                                   "mlperf_log_summary.txt"};
inline constexpr std::array<std::string_view, 4> kAccuracyFiles{
    "mlperf_log_detail.txt", "mlperf_log_summary.txt", "accuracy.txt", "mlperf_log_accuracy.json"};
inline constexpr std::array<std::string_view, 4> kToleratedFiles{
    "mlperf_log_accuracy.json", "mlperf_log_trace.json", "results.json", ".gitkeep"};

inline constexpr std::uint64_t kMaxAccuracyLogBytes = std::uint64_t{10} << 10U;  // CON
// TRUNC VIEWABLE_SIZE: so much of a log's beginning and end stays, with this between them.
inline constexpr std::size_t kTruncatedEndBytes = 4096;
inline constexpr std::string_view kTruncationMark = "\n\n...\n\n";
inline constexpr std::uint64_t kMaxSubmittedFileBytes = std::uint64_t{50}
                                                        << 20U;  // CON FILE_SIZE_LIMIT_MB
// CON latency-constraint, Server: compared with effective_target_latency_ns, which is 0 here.
inline constexpr std::uint64_t kMaxTargetLatencyNs = 20'000'000'000;
// The parts that the checker looks for in verify_accuracy.txt.
inline constexpr std::array<std::string_view, 3> kTest06Lines{
    "First token check pass: ", "EOS check pass: ", "Sample length check pass: "};
// What to change where one of them tells no pass.
inline constexpr std::array<std::string_view, 3> kTest06Fixes{
    "tell LoadGen as first token the one that the answer's data begin with",
    "end each answer with one end token at most, and log it once",
    "tell LoadGen as n_tokens the number of ids in the answer's data"};

}  // namespace assay

#endif  // ASSAY_RULES_SUBMISSION_RULES_H_
