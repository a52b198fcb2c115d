#include "cli/doctor_command.h"

#include <algorithm>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <CLI/CLI.hpp>

#include "assay/clock.h"

#include "base/format.h"
#include "cli/exit_code.h"
#include "cli/print.h"
#include "host/fitness.h"
#include "host/host_info.h"
#include "host/machine_peak.h"
#include "run/model_store.h"

namespace assay {
namespace {

struct DoctorOptions {
  std::optional<std::string> model;
  std::optional<int> threads;
  bool peak = false;
  std::string format = "text";
};

std::size_t Count(const std::vector<FitnessCheck>& checks, Fitness state) {
  return static_cast<std::size_t>(
      std::count_if(checks.begin(), checks.end(),
                    [state](const FitnessCheck& check) { return check.state == state; }));
}

std::string CheckText(const FitnessCheck& check) {
  std::string text =
      fmt::format("  {:<15} {:<8} {}\n", check.id, FitnessName(check.state), check.found);
  if (check.state == Fitness::kFit) return text;
  text += fmt::format("      {}\n", check.why);
  if (!check.fix.empty()) text += fmt::format("      change: {}\n", check.fix);
  return text;
}

std::string PeakText(const Json& peak) {
  return fmt::format(
      "\nAt most, with {} threads ({}):\n"
      "  memory      {:.1f} GB/s reading, {:.1f} GB/s a[i] = b[i] + s*c[i]\n"
      "  arithmetic  {:.1f} G operations/s of 32-bit numbers\n",
      peak["threads"].get<int>(), peak["instructions"].get<std::string>(),
      peak["read_bytes_per_s"].get<double>() / 1e9, peak["triad_bytes_per_s"].get<double>() / 1e9,
      peak["f32_per_s"].get<double>() / 1e9);
}

std::string Text(const std::vector<FitnessCheck>& checks, const Json& peak) {
  std::string text;
  for (const FitnessCheck& check : checks) text += CheckText(check);
  const std::size_t matters = Count(checks, Fitness::kMatters);
  const std::size_t unknown = Count(checks, Fitness::kUnknown);
  if (!peak.is_null()) text += PeakText(peak);
  text += matters == 0
              ? "\nNothing that was found keeps this host from measuring"
              : fmt::format(
                    "\n{} of {} checks matter: figures of this host are not to be relied on "
                    "until they are changed",
                    matters, checks.size());
  if (unknown > 0) text += fmt::format("; {} could not be looked at", unknown);
  return text + ".\n";
}

Json MeasuredPeakJson(const DoctorOptions& o, const Json& host) {
  PeakOptions options;
  const Json& cores = host["cpu"]["physical_cores"];
  options.threads = o.threads.value_or(cores.is_number_unsigned() ? cores.get<int>() : 1);
  options.last_level_cache_bytes = LastLevelCacheBytes(host);
  return ToJson(MeasurePeak(options, SteadyClock()), options.last_level_cache_bytes);
}

int Run(const DoctorOptions& o) {
  FitnessOptions options;
  if (o.threads && (*o.threads < 1 || *o.threads > 4096)) {
    return Fail(
        MakeError(ErrorCode::kInvalidArgument, "--threads {}: expected 1 to 4096", *o.threads));
  }
  if (o.model) {
    const Result<fs::path> model = FindModel(*o.model);
    if (!model) return Fail(model.error());
    options.model_bytes = fs::file_size(*model);
  }
  const std::vector<FitnessCheck> checks = CheckFitness(options);
  const bool fit = Count(checks, Fitness::kMatters) == 0;
  const Json host = CollectHostInfo();
  const Json peak = o.peak ? MeasuredPeakJson(o, host) : Json(nullptr);
  if (o.format == "json") {
    Print("{}", ToPrettyJson(Json{{"schema_version", 1},
                                  {"fit", fit},
                                  {"checks", ToJson(checks)},
                                  {"peak", peak},
                                  {"host", host}}));
  } else {
    Print("{}", Text(checks, peak));
  }
  return fit ? kExitDone : kExitNotGood;
}

}  // namespace

void AddDoctorCommand(CLI::App& app, int& code) {
  CLI::App* verb =
      app.add_subcommand("doctor", "Is this host fit for measuring, and if not, what to change?");
  const auto o = std::make_shared<DoctorOptions>();
  verb->add_option("--model", o->model, "Does this model fit into the memory? A file or a name");
  verb->add_flag("--peak", o->peak,
                 "Also measure what memory and arithmetic can do at most (about a second)");
  verb->add_option("--threads", o->threads, "Threads of that measurement (default: the cores)");
  verb->add_option("--format", o->format, "text (default) or json")
      ->check(CLI::IsMember({"text", "json"}));
  verb->callback([o, &code] { code = Run(*o); });
}

}  // namespace assay
