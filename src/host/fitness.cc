#include "host/fitness.h"

#include <algorithm>
#include <string_view>
#include <thread>
#include <utility>

#include "base/format.h"
#include "host/fitness_checks.h"
#include "host/kernel_sources.h"

namespace assay {
namespace {

// Of all CPUs: what others may take before figures suffer, and before it is worth a word.
constexpr double kOthersMatter = 0.10;
constexpr double kOthersNote = 0.02;
constexpr double kStealMatters = 0.01;

// Two looks at the machine's CPUs and at ourselves.
struct Load {
  double others = 0.0;  // of all CPUs, 0 to 1
  double steal = 0.0;
};

std::optional<Load> WatchLoad(const FitnessOptions& options) {
  auto cpus = CpuTimeSource::Open(options.root);
  auto self = ProcessSource::OpenSelf(options.root);
  if (!cpus || !self) return std::nullopt;
  TelemetrySample before;
  TelemetrySample after;
  cpus->Read(before);
  before.process = self->Read();
  if (options.wait) {
    options.wait(options.watched);
  } else {
    std::this_thread::sleep_for(options.watched);
  }
  cpus->Read(after);
  after.process = self->Read();
  if (!before.process || !after.process) return std::nullopt;
  double busy = 0.0;
  double steal = 0.0;
  double all = 0.0;
  for (std::size_t i = 0; i < after.cpus.size(); ++i) {
    const CpuTimes& a = before.cpus[i];
    const CpuTimes& b = after.cpus[i];
    busy += static_cast<double>(b.busy_ms) - static_cast<double>(a.busy_ms);
    steal += static_cast<double>(b.steal_ms) - static_cast<double>(a.steal_ms);
    all += static_cast<double>(b.busy_ms + b.idle_ms + b.steal_ms) -
           static_cast<double>(a.busy_ms + a.idle_ms + a.steal_ms);
  }
  if (all <= 0.0) return std::nullopt;
  const double ours =
      static_cast<double>(after.process->cpu_ms) - static_cast<double>(before.process->cpu_ms);
  return Load{std::max(0.0, busy - ours) / all, steal / all};
}

void AddLoad(const FitnessOptions& options, std::vector<FitnessCheck>& checks) {
  const char* why_others = "whatever else runs takes processors, caches and memory bandwidth";
  const char* why_steal = "the hypervisor gave our processors to somebody else";
  const std::optional<Load> load = WatchLoad(options);
  if (!load) {
    checks.push_back(UnknownFitness("others", "/proc/stat does not tell", why_others));
    checks.push_back(UnknownFitness("steal", "/proc/stat does not tell", why_steal));
    return;
  }
  FitnessCheck others{"others", Fitness::kFit,
                      fmt::format("{:.1f} % of the machine", 100.0 * load->others), why_others, ""};
  if (load->others > kOthersNote) {
    others.state = load->others > kOthersMatter ? Fitness::kMatters : Fitness::kNote;
    others.fix = "top; end what need not run";
  }
  checks.push_back(std::move(others));
  FitnessCheck steal{"steal", Fitness::kFit,
                     fmt::format("{:.1f} % of the machine", 100.0 * load->steal), why_steal, ""};
  if (load->steal > kStealMatters) {
    steal.state = Fitness::kMatters;
    steal.fix = "another instance type, or a dedicated host";
  }
  checks.push_back(std::move(steal));
}

}  // namespace

std::vector<FitnessCheck> CheckFitness(const FitnessOptions& options) {
  const HostFiles files(options.root);
  std::vector<FitnessCheck> checks;
  for (const auto check :
       {CheckGovernor, CheckTurbo, CheckSmt, CheckCpus, CheckNuma, CheckHugePages, CheckSwap}) {
    checks.push_back(check(files));
  }
  checks.push_back(CheckMemory(files, options.model_bytes));
  checks.push_back(CheckHeat(files));
  checks.push_back(CheckVirtualisation(files));
  AddLoad(options, checks);
  for (const auto check : {CheckClockSource, CheckTimerSlack, CheckOpenFiles, CheckPorts}) {
    checks.push_back(check(files));
  }
  return checks;
}

std::string_view FitnessName(Fitness state) {
  switch (state) {
    case Fitness::kFit:
      return "fit";
    case Fitness::kNote:
      return "note";
    case Fitness::kMatters:
      return "matters";
    case Fitness::kUnknown:
      break;
  }
  return "unknown";
}

Json ToJson(const std::vector<FitnessCheck>& checks) {
  Json json = Json::array();
  for (const FitnessCheck& check : checks) {
    json.push_back({{"id", check.id},
                    {"state", FitnessName(check.state)},
                    {"found", check.found},
                    {"why", check.why},
                    {"fix", check.fix}});
  }
  return json;
}

}  // namespace assay
