#include "rules/check_host.h"

#include <string>
#include <utility>

#include "base/format.h"

namespace assay {
namespace {

constexpr double kStealMatters = 0.02;    // of all CPUs
constexpr double kOthersMatter = 0.10;    // of all CPUs
constexpr double kLimitedMatters = 0.05;  // of the samples of a GPU

std::string TextOf(const Json& object, const char* key) {
  const auto it = object.find(key);
  return it != object.end() && it->is_string() ? it->get<std::string>() : std::string();
}

class HostCheck {
 public:
  HostCheck(const TestEvidence& test, Findings& findings) : test_(test), findings_(findings) {}

  void Run() {
    CheckSteal();
    CheckOthers();
    CheckSwap();
    CheckHeat();
    for (std::size_t i = 0; i < test_.machine->gpus.size(); ++i) CheckGpu(i);
  }

 private:
  void Warn(const Rule& rule, std::string message, std::string found, std::string needed,
            std::string fix) {
    findings_.Warning(rule, {.message = std::move(message),
                             .found = std::move(found),
                             .needed = std::move(needed),
                             .fix = std::move(fix),
                             .file = test_.TelemetryFile()});
  }

  [[nodiscard]] std::string During() const {
    return fmt::format("during the {} test", TestDirectoryName(test_.test));
  }

  void CheckSteal() {
    const std::optional<double> steal = test_.machine->cpu_steal_mean;
    if (steal.value_or(0.0) <= kStealMatters) return;
    Warn(rule::kHostDisturbed,
         fmt::format("The hypervisor gave processors to somebody else {}.", During()),
         fmt::format("{:.1f} % of the machine", 100.0 * *steal),
         fmt::format("at most {:.0f} %", 100.0 * kStealMatters), "a dedicated host");
  }

  void CheckOthers() {
    const std::optional<double> others = test_.machine->others_cpus_mean;
    const bool engine_elsewhere = test_.record->engine &&
                                  test_.record->engine->engine == "openai" &&
                                  !test_.telemetry->header.engine_pid;
    if (!others || engine_elsewhere) return;
    const auto cpus = static_cast<double>(test_.telemetry->header.cpus.size());
    if (*others <= kOthersMatter * cpus) return;
    Warn(rule::kHostDisturbed, fmt::format("Other processes took processors {}.", During()),
         fmt::format("{:.2f} of {:.0f} CPUs in the mean", *others, cpus),
         fmt::format("at most {:.0f} % of the machine", 100.0 * kOthersMatter),
         "end what need not run, and repeat");
  }

  void CheckSwap() {
    const double pages = test_.machine->swapped_pages.value_or(0.0);
    if (pages <= 0.0) return;
    Warn(rule::kHostDisturbed, fmt::format("Memory was swapped {}.", During()),
         fmt::format("{:.0f} pages", pages), "none", "free memory, or swapoff -a");
  }

  void CheckHeat() {
    const double events = test_.machine->throttle_events.value_or(0.0);
    if (events <= 0.0) return;
    Warn(rule::kHostThrottled, fmt::format("A processor slowed itself down for heat {}.", During()),
         fmt::format("{:.0f} times, cores and packages together", events), "never",
         "look at fans and power limits; let it cool down between runs");
  }

  void CheckGpu(std::size_t index) {
    for (const auto& [by, share] : test_.machine->gpus[index].limited) {
      if (share < kLimitedMatters) continue;
      Warn(rule::kHostThrottled,
           fmt::format("GPU {} was slower than its clocks allow {}: {}.", index, During(), by),
           fmt::format("in {:.0f} % of the samples", 100.0 * share),
           fmt::format("below {:.0f} %", 100.0 * kLimitedMatters),
           by == "power cap" ? "nvidia-smi -pl, or report the limit with the result"
                             : "look at cooling and power supply");
    }
  }

  const TestEvidence& test_;
  Findings& findings_;
};

}  // namespace

void CheckHostFitness(const Json& host, Findings& findings) {
  if (!host.is_object()) return;
  const auto checks = host.find("fitness");
  if (checks == host.end() || !checks->is_array()) return;
  for (const Json& check : *checks) {
    if (!check.is_object() || TextOf(check, "state") != "matters") continue;
    findings.Warning(rule::kHostFitness,
                     {.message = fmt::format("The host was not fit for measuring: {}; {}.",
                                             TextOf(check, "id"), TextOf(check, "why")),
                      .found = TextOf(check, "found"),
                      .fix = TextOf(check, "fix"),
                      .file = "run.json"});
  }
}

void CheckHostDuring(const TestEvidence& test, Findings& findings) {
  if (test.machine && test.telemetry && test.record) HostCheck(test, findings).Run();
}

}  // namespace assay
