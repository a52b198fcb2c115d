#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "base/format.h"
#include "report/number_format.h"
#include "report/sections.h"

namespace assay {
namespace {

constexpr double kPercent = 100.0;

std::string Percent(const std::optional<double>& share, int decimals = 0) {
  if (!share) return std::string(kNotAvailable);
  return FormatFixed(*share * kPercent, decimals) + " %";
}

std::string Bytes(const std::optional<double>& bytes) {
  if (!bytes) return std::string(kNotAvailable);
  return FormatBytes(static_cast<std::uint64_t>(*bytes));
}

Field SampledField(const MachineFigures& m) {
  Field field{"Sampled",
              {Text(fmt::format("{} times a second · {} samples", FormatFixed(m.rate_hz, 1),
                                FormatCount(m.samples))),
               Text(fmt::format("at the cost of {} of one CPU", Percent(m.own_cpu_share, 2)))}};
  if (!m.covers_window) {
    field.parts.emplace_back("the measured window is not covered", Tone::kCaution);
  }
  return field;
}

Field CpuField(const MachineFigures& m) {
  Field field{"CPUs", {}};
  if (!m.cpu_busy_mean) {
    field.parts.emplace_back(std::string(kNotAvailable));
    return field;
  }
  field.parts.emplace_back(
      fmt::format("{} busy, {} at most", Percent(m.cpu_busy_mean), Percent(m.cpu_busy_max)));
  if (m.cpu_steal_mean) {
    field.parts.emplace_back(Percent(m.cpu_steal_mean, 1) + " taken by the hypervisor");
  }
  if (m.mhz_mean) {
    field.parts.emplace_back(
        fmt::format("{} MHz, {} at least", FormatFixed(m.mhz_mean, 0), FormatFixed(m.mhz_min, 0)));
  }
  if (m.throttle_events.value_or(0.0) > 0.0) {
    field.parts.emplace_back(
        fmt::format("slowed down for heat {} times", FormatFixed(m.throttle_events, 0)),
        Tone::kBad);
  }
  return field;
}

Field SharesField(const MachineFigures& m) {
  Field field{"Work",
              {Text(fmt::format("this process {} CPUs", FormatFixed(m.process_cpus_mean, 2)))}};
  if (m.engine_cpus_mean) {
    field.parts.emplace_back(
        fmt::format("the engine's processes {}", FormatFixed(m.engine_cpus_mean, 2)));
  }
  if (m.others_cpus_mean) {
    field.parts.emplace_back(fmt::format("others {}", FormatFixed(m.others_cpus_mean, 2)));
  }
  return field;
}

Field MemoryField(const MachineFigures& m) {
  Field field{"Memory", {Text("this process " + Bytes(m.process_rss_max_bytes) + " at most")}};
  if (m.engine_rss_max_bytes) {
    field.parts.emplace_back("the engine's processes " + Bytes(m.engine_rss_max_bytes));
  }
  field.parts.emplace_back(Bytes(m.memory_available_min_bytes) + " available at least");
  if (m.swapped_pages.value_or(0.0) > 0.0) {
    field.parts.emplace_back(FormatFixed(m.swapped_pages, 0) + " pages swapped", Tone::kBad);
  }
  return field;
}

Field PressureField(const MachineFigures& m) {
  return {"Waiting",
          {Text(fmt::format("for a CPU in {} of the time, for memory {}, for a disk {}",
                            Percent(m.pressure_cpu), Percent(m.pressure_memory),
                            Percent(m.pressure_io)))}};
}

Field GpuField(const GpuFigures& gpu, std::size_t index) {
  Field field{fmt::format("GPU {}", index), {Foreign(gpu.name)}};
  field.parts.emplace_back(fmt::format("{} used, {} of the time in memory",
                                       Percent(gpu.utilisation_mean),
                                       Percent(gpu.memory_utilisation_mean)));
  field.parts.emplace_back(Bytes(gpu.memory_used_max_bytes) + " at most");
  field.parts.emplace_back(FormatFixed(gpu.sm_mhz_mean, 0) + " MHz");
  field.parts.emplace_back(FormatFixed(gpu.temperature_max_c, 0) + " °C at most");
  field.parts.emplace_back(FormatFixed(gpu.power_mean_w, 1) + " W");
  for (const auto& [by, share] : gpu.limited) {
    field.parts.emplace_back(
        fmt::format("held back by {} in {} of the samples", by, Percent(share)), Tone::kCaution);
  }
  return field;
}

Field ServerField(const ServerLoadFigures& server) {
  Field field{"Server", {Foreign(server.url)}};
  field.parts.emplace_back(fmt::format("computed {} requests in the mean, {} at most",
                                       FormatFixed(server.running_mean, 1),
                                       FormatFixed(server.running_max, 0)));
  if (server.waiting_max) {
    field.parts.emplace_back(fmt::format("kept {} waiting, {} at most",
                                         FormatFixed(server.waiting_mean, 1),
                                         FormatFixed(server.waiting_max, 0)));
  }
  if (server.kv_cache_used_max) {
    field.parts.emplace_back(fmt::format("used {} of its KV cache, {} at most",
                                         Percent(server.kv_cache_used_mean),
                                         Percent(server.kv_cache_used_max)));
  }
  field.parts.emplace_back(fmt::format("by {} answers of its /metrics", server.answers));
  return field;
}

Field EnergyField(const EnergyFigures& energy) {
  Field field{"Energy", {Text(FormatFixed(energy.joules, 1) + " J", Tone::kStrong)}};
  field.parts.emplace_back(FormatFixed(energy.watts_mean, 1) + " W in the mean");
  if (energy.joules_per_output_token) {
    field.parts.emplace_back(fmt::format("{} J an output token, {} J a sample",
                                         FormatRate(energy.joules_per_output_token),
                                         FormatRate(energy.joules_per_sample)));
  } else {
    field.parts.emplace_back("not per token: " + energy.not_per_token, Tone::kCaution);
  }
  field.parts.push_back(Foreign(fmt::format("of {}", fmt::join(energy.counted, ", "))));
  field.parts.emplace_back("not an official power result", Tone::kCaution);
  return field;
}

Field AbsentField(const MachineFigures& m) {
  Field field{"Not there", {}};
  for (const auto& [name, why] : m.absent) field.parts.push_back(Foreign(name));
  return field;
}

std::vector<Text> PhaseRow(const char* name, const PhaseLimit& phase) {
  return {Text(name),
          Text(FormatRate(phase.tokens_per_s)),
          Text(FormatRate(phase.limit_tokens_per_s)),
          Text(phase.limited_by),
          Text(Percent(phase.share, 1)),
          Text(Percent(phase.mbu, 1)),
          Text(Percent(phase.mfu, 1)),
          Text(FormatFixed(phase.mean_batch, 1)),
          Text(FormatFixed(phase.mean_context, 0))};
}

void AddRoofline(const Result<Roofline>& roofline, Section& section) {
  if (!roofline) {
    section.blocks.emplace_back(
        Paragraph{{Text("How fast this machine could be with this model is not known: " +
                            roofline.error().message + ".",
                        Tone::kQuiet)}});
    return;
  }
  Table table{{{"at most", false},
               {"tokens/s"},
               {"limit"},
               {"by", false},
               {"share"},
               {"MBU"},
               {"MFU"},
               {"batch"},
               {"context"}},
              {}};
  if (roofline->prompts) table.rows.push_back(PhaseRow("prompts", *roofline->prompts));
  if (roofline->generation) table.rows.push_back(PhaseRow("generation", *roofline->generation));
  if (table.rows.empty()) return;
  section.blocks.emplace_back(std::move(table));
  std::string peak =
      fmt::format("Peak: {} GB/s from memory", FormatRate(*roofline->peak.bytes_per_s / 1e9));
  if (roofline->peak.f32_per_s) {
    peak += fmt::format(", {} G operations/s of 32-bit numbers",
                        FormatRate(*roofline->peak.f32_per_s / 1e9));
  }
  peak += fmt::format("; {}.", roofline->peak.source);
  if (!roofline->no_mfu.empty()) peak += fmt::format(" No MFU: {}.", roofline->no_mfu);
  section.blocks.emplace_back(Paragraph{{Text(std::move(peak), Tone::kQuiet)}});
}

}  // namespace

std::optional<Section> MachineSection(const ReportModel& model) {
  const TestView* test = MainTest(model);
  if (test == nullptr || !test->numbers->machine) return std::nullopt;
  const MachineFigures& m = *test->numbers->machine;
  Section section{"The machine during the run",
                  Text(fmt::format("{} test, measured window", TestDirectoryName(test->test))),
                  {}};
  Fields fields;
  fields.fields.push_back(SampledField(m));
  fields.fields.push_back(CpuField(m));
  fields.fields.push_back(SharesField(m));
  fields.fields.push_back(MemoryField(m));
  if (m.pressure_cpu) fields.fields.push_back(PressureField(m));
  for (std::size_t i = 0; i < m.gpus.size(); ++i) fields.fields.push_back(GpuField(m.gpus[i], i));
  for (const ServerLoadFigures& server : m.servers) {
    if (server.answers > 0) fields.fields.push_back(ServerField(server));
  }
  if (m.energy) fields.fields.push_back(EnergyField(*m.energy));
  if (!m.absent.empty()) fields.fields.push_back(AbsentField(m));
  section.blocks.emplace_back(std::move(fields));
  AddRoofline(test->numbers->roofline, section);
  return section;
}

}  // namespace assay
