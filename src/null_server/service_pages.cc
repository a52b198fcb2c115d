#include "null_server/service_pages.h"

#include "base/format.h"

namespace assay {
namespace {

constexpr std::string_view kJson = "application/json";
constexpr std::string_view kPrometheus = "text/plain; version=0.0.4; charset=utf-8";

std::string VllmMetrics(std::string_view model, const NullServerCounters& c) {
  const auto metric = [model](std::string_view name, std::string_view kind, std::string_view labels,
                              std::uint64_t value) {
    return fmt::format("# TYPE {0} {1}\n{0}{{engine=\"0\",model_name=\"{2}\"{3}}} {4}.0\n", name,
                       kind, model, labels, value);
  };
  return metric("vllm:num_requests_running", "gauge", "", c.running) +
         metric("vllm:num_requests_waiting", "gauge", "", c.waiting) +
         metric("vllm:num_preemptions_total", "counter", "", 0) +
         metric("vllm:prompt_tokens_total", "counter", "", c.prompt_tokens) +
         metric("vllm:generation_tokens_total", "counter", "", c.generation_tokens) +
         metric("vllm:prefix_cache_queries_total", "counter", "", 0) +
         metric("vllm:prefix_cache_hits_total", "counter", "", 0) +
         metric("vllm:request_success_total", "counter", ",finished_reason=\"stop\"",
                c.ended_by_stop) +
         metric("vllm:request_success_total", "counter", ",finished_reason=\"length\"",
                c.ended_by_length) +
         "# TYPE vllm:cache_config_info gauge\n"
         "vllm:cache_config_info{enable_prefix_caching=\"False\",engine=\"0\"} 1.0\n";
}

std::string LlamaMetrics(const NullServerCounters& c) {
  const auto metric = [](std::string_view name, std::string_view kind, std::uint64_t value) {
    return fmt::format("# TYPE llamacpp:{0} {1}\nllamacpp:{0} {2}\n", name, kind, value);
  };
  return metric("prompt_tokens_total", "counter", c.prompt_tokens) +
         metric("prompt_tokens_cached_total", "counter", 0) +
         metric("tokens_predicted_total", "counter", c.generation_tokens) +
         metric("requests_processing", "gauge", c.running) +
         metric("requests_deferred", "gauge", c.waiting);
}

std::string Models(ServerStyle style, std::string_view model, std::uint64_t context) {
  const std::string limit = style == ServerStyle::kVllm
                                ? fmt::format(R"("max_model_len":{})", context)
                                : fmt::format(R"("meta":{{"n_ctx":{}}})", context);
  return fmt::format(
      R"({{"object":"list","data":[{{"id":"{}","object":"model","owned_by":"assay-null-server",{}}}]}})",
      model, limit);
}

}  // namespace

std::optional<ServicePage> PageAt(std::string_view path, ServerStyle style, std::string_view model,
                                  std::uint64_t context, std::uint64_t slots,
                                  const NullServerCounters& counters) {
  const bool vllm = style == ServerStyle::kVllm;
  if (path == "/health") {
    return vllm ? ServicePage{} : ServicePage{std::string(kJson), R"({"status":"ok"})"};
  }
  if (path == "/v1/models") return ServicePage{std::string(kJson), Models(style, model, context)};
  if (path == "/metrics") {
    return ServicePage{std::string(kPrometheus),
                       vllm ? VllmMetrics(model, counters) : LlamaMetrics(counters)};
  }
  if (path == "/version" && vllm) {
    return ServicePage{std::string(kJson), R"({"version":"assay-null-server"})"};
  }
  if (path == "/props" && !vllm) {
    return ServicePage{
        std::string(kJson),
        fmt::format(
            R"({{"default_generation_settings":{{"n_ctx":{}}},"total_slots":{},"model_path":"{}","build_info":"assay-null-server"}})",
            context, slots, model)};
  }
  return std::nullopt;
}

}  // namespace assay
