#include <algorithm>
#include <set>
#include <string>
#include <utility>

#include "base/format.h"
#include "host/fitness_checks.h"

namespace assay {
namespace {

constexpr double kHotCelsius = 90.0;

}  // namespace

FitnessCheck UnknownFitness(std::string id, std::string found, std::string why) {
  return {std::move(id), Fitness::kUnknown, std::move(found), std::move(why), ""};
}

FitnessCheck CheckGovernor(const HostFiles& files) {
  const char* why =
      "a governor that follows the load begins every burst with a slow clock: latencies are longer "
      "and vary";
  const std::set<std::string> governors = files.OfCpus("cpufreq/scaling_governor");
  if (governors.empty()) {
    return UnknownFitness("governor", "no cpufreq: the clock is governed elsewhere", why);
  }
  FitnessCheck check{"governor", Fitness::kFit, fmt::format("{}", fmt::join(governors, ", ")), why,
                     ""};
  if (governors != std::set<std::string>{"performance"}) {
    check.state = Fitness::kMatters;
    check.fix = "cpupower frequency-set -g performance";
  }
  return check;
}

FitnessCheck CheckTurbo(const HostFiles& files) {
  const char* why =
      "with turbo the clock depends on heat and on how many cores work: the same work takes "
      "different times";
  const auto no_turbo = files.Number("sys/devices/system/cpu/intel_pstate/no_turbo");
  const auto boost = files.Number("sys/devices/system/cpu/cpufreq/boost");
  if (!no_turbo && !boost) {
    return UnknownFitness("turbo", "neither intel_pstate nor boost tells it", why);
  }
  const bool on = no_turbo ? *no_turbo == 0 : *boost != 0;
  FitnessCheck check{"turbo", Fitness::kFit, on ? "on" : "off", why, ""};
  if (on) {
    check.state = Fitness::kNote;
    check.fix = no_turbo ? "echo 1 > /sys/devices/system/cpu/intel_pstate/no_turbo"
                         : "echo 0 > /sys/devices/system/cpu/cpufreq/boost";
  }
  return check;
}

FitnessCheck CheckSmt(const HostFiles& files) {
  const char* why = "two threads on one core share its units: each is slower than alone";
  const auto active = files.Number("sys/devices/system/cpu/smt/active");
  if (!active) return UnknownFitness("smt", "the kernel does not tell", why);
  if (*active == 0) return {"smt", Fitness::kFit, "off", why, ""};
  return {"smt", Fitness::kNote, "on", why,
          "echo off > /sys/devices/system/cpu/smt/control, or one thread a core (--threads)"};
}

FitnessCheck CheckVirtualisation(const HostFiles& files) {
  const char* why =
      "other guests of the host share its processors, memory and heat, unseen from here";
  const auto flags = files.Value("proc/cpuinfo", "flags");
  if (!flags) return UnknownFitness("virtualisation", "/proc/cpuinfo has no flags", why);
  if ((" " + *flags + " ").find(" hypervisor ") == std::string::npos) {
    return {"virtualisation", Fitness::kFit, "none", why, ""};
  }
  return {"virtualisation", Fitness::kNote, "a virtual machine", why,
          "measure on the metal, or on a dedicated host with pinned CPUs"};
}

FitnessCheck CheckHeat(const HostFiles& files) {
  const char* why = "a hot processor slows itself down, more the longer a run lasts";
  std::uint64_t throttled = 0;
  bool counts = false;
  for (const fs::path& cpu : files.Numbered("sys/devices/system/cpu", "cpu")) {
    const auto count = files.Number(cpu / "thermal_throttle/core_throttle_count");
    counts = counts || count.has_value();
    throttled += count.value_or(0);
  }
  double hottest = 0.0;
  for (const fs::path& zone : files.Numbered("sys/class/thermal", "thermal_zone")) {
    hottest =
        std::max(hottest, static_cast<double>(files.Number(zone / "temp").value_or(0)) / 1000.0);
  }
  if (!counts && hottest == 0.0) {
    return UnknownFitness("heat", "no thermal zones, no throttle counters", why);
  }
  std::string found = hottest > 0.0 ? fmt::format("{:.0f} degrees Celsius", hottest) : "";
  if (counts) {
    found +=
        fmt::format("{}slowed down {} times since the start", found.empty() ? "" : ", ", throttled);
  }
  FitnessCheck check{"heat", Fitness::kFit, found, why, ""};
  if (hottest >= kHotCelsius) {
    check.state = Fitness::kMatters;
    check.fix = "let it cool down, and look at fans and power limits";
  } else if (throttled > 0) {
    check.state = Fitness::kNote;
    check.fix = "repeat the run: throttling in it is a finding";
  }
  return check;
}

}  // namespace assay
