#include "metrics/machine_json.h"

#include <cmath>

#include "base/json_or_null.h"

namespace assay {
namespace {

Json Number(const std::optional<double>& value) {
  return value && std::isfinite(*value) ? Json(*value) : Json(nullptr);
}

Json ToJson(const GpuFigures& gpu) {
  Json limited = Json::object();
  for (const auto& [by, share] : gpu.limited) limited[by] = share;
  return {{"name", gpu.name},
          {"utilisation_mean", Number(gpu.utilisation_mean)},
          {"utilisation_max", Number(gpu.utilisation_max)},
          {"memory_utilisation_mean", Number(gpu.memory_utilisation_mean)},
          {"memory_used_max_bytes", Number(gpu.memory_used_max_bytes)},
          {"sm_mhz_mean", Number(gpu.sm_mhz_mean)},
          {"sm_mhz_min", Number(gpu.sm_mhz_min)},
          {"temperature_max_c", Number(gpu.temperature_max_c)},
          {"power_mean_w", Number(gpu.power_mean_w)},
          {"energy_j", Number(gpu.energy_j)},
          {"energy_from_power", gpu.energy_from_power},
          {"limited", std::move(limited)}};
}

Json ToJson(const ServerLoadFigures& server) {
  return {{"url", server.url},
          {"answers", server.answers},
          {"running_mean", Number(server.running_mean)},
          {"running_max", Number(server.running_max)},
          {"waiting_mean", Number(server.waiting_mean)},
          {"waiting_max", Number(server.waiting_max)},
          {"kv_cache_used_mean", Number(server.kv_cache_used_mean)},
          {"kv_cache_used_max", Number(server.kv_cache_used_max)},
          {"prompt_tokens_per_s", Number(server.prompt_tokens_per_s)},
          {"generation_tokens_per_s", Number(server.generation_tokens_per_s)}};
}

Json ToJson(const EnergyFigures& energy) {
  return {{"counted", energy.counted},
          {"joules", energy.joules},
          {"watts_mean", energy.watts_mean},
          {"joules_per_output_token", Number(energy.joules_per_output_token)},
          {"joules_per_sample", Number(energy.joules_per_sample)},
          {"not_per_token", OrNull(energy.not_per_token)},
          {"official_power_result", false}};
}

Json ToJson(const std::optional<PhaseLimit>& phase) {
  if (!phase) return nullptr;
  return {{"tokens_per_s", phase->tokens_per_s}, {"mean_batch", phase->mean_batch},
          {"mean_context", phase->mean_context}, {"limit_tokens_per_s", phase->limit_tokens_per_s},
          {"limited_by", phase->limited_by},     {"share", phase->share},
          {"mbu", Number(phase->mbu)},           {"mfu", Number(phase->mfu)}};
}

}  // namespace

Json ToJson(const MachineFigures& m) {
  Json json{{"rate_hz", m.rate_hz}, {"samples", m.samples}};
  json["longest_gap_s"] = Number(m.longest_gap_s);
  json["own_cpu_share"] = Number(m.own_cpu_share);
  json["covers_window"] = m.covers_window;
  json["cut_off"] = m.cut_off;
  json["cpu_busy_mean"] = Number(m.cpu_busy_mean);
  json["cpu_busy_max"] = Number(m.cpu_busy_max);
  json["cpu_steal_mean"] = Number(m.cpu_steal_mean);
  json["cpu_steal_max"] = Number(m.cpu_steal_max);
  json["process_cpus_mean"] = Number(m.process_cpus_mean);
  json["engine_cpus_mean"] = Number(m.engine_cpus_mean);
  json["others_cpus_mean"] = Number(m.others_cpus_mean);
  json["mhz_mean"] = Number(m.mhz_mean);
  json["mhz_min"] = Number(m.mhz_min);
  json["throttle_events"] = Number(m.throttle_events);
  json["swapped_pages"] = Number(m.swapped_pages);
  json["memory_available_min_bytes"] = Number(m.memory_available_min_bytes);
  json["process_rss_max_bytes"] = Number(m.process_rss_max_bytes);
  json["engine_rss_max_bytes"] = Number(m.engine_rss_max_bytes);
  json["pressure_cpu"] = Number(m.pressure_cpu);
  json["pressure_memory"] = Number(m.pressure_memory);
  json["pressure_io"] = Number(m.pressure_io);
  Json gpus = Json::array();
  for (const GpuFigures& gpu : m.gpus) gpus.push_back(ToJson(gpu));
  json["gpus"] = std::move(gpus);
  Json servers = Json::array();
  for (const ServerLoadFigures& server : m.servers) servers.push_back(ToJson(server));
  json["servers"] = std::move(servers);
  json["energy"] = m.energy ? ToJson(*m.energy) : Json(nullptr);
  Json absent = Json::object();
  for (const auto& [name, why] : m.absent) absent[name] = why;
  json["absent"] = std::move(absent);
  return json;
}

Json ToJson(const Result<Roofline>& roofline) {
  if (!roofline) return {{"not_known", roofline.error().message}};
  return {{"peak_bytes_per_s", Number(roofline->peak.bytes_per_s)},
          {"peak_f32_per_s", Number(roofline->peak.f32_per_s)},
          {"peak_source", roofline->peak.source},
          {"prompts", ToJson(roofline->prompts)},
          {"generation", ToJson(roofline->generation)},
          {"no_mfu", OrNull(roofline->no_mfu)}};
}

}  // namespace assay
