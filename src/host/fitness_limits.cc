#include <algorithm>
#include <array>
#include <string>
#include <string_view>

#include "base/format.h"
#include "host/fitness_checks.h"
#include "host/pinned_file.h"

namespace assay {
namespace {

constexpr std::uint64_t kFewFiles = 4096;
constexpr std::uint64_t kFewPorts = 16384;
constexpr std::uint64_t kUsualSlackNs = 50'000;

// "0-3,8" -> 5; 0 if it is no such list.
std::uint64_t CountCpus(std::string_view list) {
  std::uint64_t count = 0;
  while (!list.empty()) {
    const std::size_t end = std::min(list.find(','), list.size());
    const std::string_view range = list.substr(0, end);
    list.remove_prefix(std::min(end + 1, list.size()));
    const auto first = LeadingNumber(range);
    const std::size_t dash = range.find('-');
    const auto last =
        dash == std::string_view::npos ? first : LeadingNumber(range.substr(dash + 1));
    if (!first || !last || *last < *first) return 0;
    count += *last - *first + 1;
  }
  return count;
}

}  // namespace

FitnessCheck CheckClockSource(const HostFiles& files) {
  const char* why = "reading a slow clock costs microseconds, for every token";
  const auto source = files.Text("sys/devices/system/clocksource/clocksource0/current_clocksource");
  if (!source) return UnknownFitness("clock_source", "the kernel does not tell", why);
  constexpr std::array<std::string_view, 3> kSlow{"hpet", "acpi_pm", "jiffies"};
  FitnessCheck check{"clock_source", Fitness::kFit, *source, why, ""};
  if (std::find(kSlow.begin(), kSlow.end(), *source) != kSlow.end()) {
    check.state = Fitness::kMatters;
    check.fix =
        "echo tsc > /sys/devices/system/clocksource/clocksource0/current_clocksource (why the "
        "kernel left it: dmesg)";
  }
  return check;
}

FitnessCheck CheckOpenFiles(const HostFiles& files) {
  const char* why = "every connection to an endpoint is an open file";
  const auto limit = files.Value("proc/self/limits", "Max open files");
  if (!limit) return UnknownFitness("open_files", "no /proc/self/limits", why);
  std::string_view words = *limit;
  const std::string soft(TakeWord(words));
  FitnessCheck check{"open_files", Fitness::kFit, soft, why, ""};
  const auto number = LeadingNumber(soft);  // or "unlimited"
  if (number && *number < kFewFiles) {
    check.state = Fitness::kNote;
    check.fix = "ulimit -n 65536";
  }
  return check;
}

FitnessCheck CheckPorts(const HostFiles& files) {
  const char* why = "each connection takes a local port, and keeps it for a minute after its end";
  const auto range = files.Text("proc/sys/net/ipv4/ip_local_port_range");
  if (!range) return UnknownFitness("ports", "no ip_local_port_range", why);
  std::string_view words = *range;
  const auto first = LeadingNumber(TakeWord(words));
  const auto last = LeadingNumber(words);
  if (!first || !last || *last < *first) return UnknownFitness("ports", *range, why);
  FitnessCheck check{"ports", Fitness::kFit,
                     fmt::format("{} to {}: {}", *first, *last, *last - *first + 1), why, ""};
  if (*last - *first + 1 < kFewPorts) {
    check.state = Fitness::kNote;
    check.fix = "sysctl net.ipv4.ip_local_port_range=\"1024 65535\"";
  }
  return check;
}

FitnessCheck CheckTimerSlack(const HostFiles& files) {
  const char* why = "sleeps end so much later: requests are issued late by it";
  const auto slack = files.Number("proc/self/timerslack_ns");
  if (!slack) return UnknownFitness("timer_slack", "no /proc/self/timerslack_ns", why);
  FitnessCheck check{"timer_slack", Fitness::kFit,
                     fmt::format("{:.0f} us", static_cast<double>(*slack) / 1e3), why, ""};
  if (*slack > kUsualSlackNs) {
    check.state = Fitness::kNote;
    check.fix = "start from a shell of default slack: echo 0 > /proc/$$/timerslack_ns";
  }
  return check;
}

FitnessCheck CheckCpus(const HostFiles& files) {
  const char* why = "threads beyond what the process may use wait for each other";
  const auto allowed = files.Value("proc/self/status", "Cpus_allowed_list");
  const auto online = files.Text("sys/devices/system/cpu/online");
  if (!allowed || !online) return UnknownFitness("cpus", "the kernel does not tell", why);
  const std::uint64_t may = CountCpus(*allowed);
  const std::uint64_t all = CountCpus(*online);
  std::string group = files.Value("proc/self/cgroup", "0:").value_or("/");
  group.erase(0, group.find_first_not_of(':'));
  std::string quota =
      files.Text(fs::path("sys/fs/cgroup") / fs::path(group).relative_path() / "cpu.max")
          .value_or("max");
  FitnessCheck check{"cpus", Fitness::kFit, fmt::format("{} of {}", may, all), why, ""};
  if (!quota.starts_with("max")) {
    check.state = Fitness::kMatters;
    check.found += fmt::format(", quota {} us of each period", quota);
    check.why = "at the end of its quota a process stands still until the next period";
    check.fix = "run outside of the control group's quota: systemctl set-property …  CPUQuota=";
  } else if (may < all) {
    check.state = Fitness::kNote;
    check.fix = "taskset -p, or the container's --cpuset-cpus, if all are meant to be used";
  }
  return check;
}

}  // namespace assay
