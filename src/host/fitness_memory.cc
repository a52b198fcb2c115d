#include <algorithm>
#include <string>

#include "base/format.h"
#include "host/fitness_checks.h"
#include "host/pinned_file.h"

namespace assay {
namespace {

constexpr double kGib = 1024.0 * 1024.0 * 1024.0;

}  // namespace

FitnessCheck CheckNuma(const HostFiles& files) {
  const char* why = "memory of another node is slower to reach";
  const std::size_t nodes = files.Numbered("sys/devices/system/node", "node").size();
  if (nodes == 0) return UnknownFitness("numa", "no /sys/devices/system/node", why);
  if (nodes == 1) return {"numa", Fitness::kFit, "1 node", why, ""};
  const bool balances = files.Number("proc/sys/kernel/numa_balancing").value_or(0) != 0;
  return {
      "numa", Fitness::kNote,
      fmt::format("{} nodes{}", nodes, balances ? ", and the kernel moves pages between them" : ""),
      why,
      balances ? "numactl --cpunodebind=0 --membind=0 assay run …; sysctl kernel.numa_balancing=0"
               : "numactl --cpunodebind=0 --membind=0 assay run …"};
}

FitnessCheck CheckHugePages(const HostFiles& files) {
  const char* why = "with small pages, reading gigabytes of weights misses the page tables' cache";
  const auto enabled = files.Text("sys/kernel/mm/transparent_hugepage/enabled");
  if (!enabled) {
    return UnknownFitness("huge_pages", "the kernel has no transparent huge pages", why);
  }
  const std::size_t begin = enabled->find('[');
  const std::size_t end = enabled->find(']');
  if (begin == std::string::npos || end == std::string::npos || end < begin) {
    return UnknownFitness("huge_pages", *enabled, why);
  }
  const std::string chosen = enabled->substr(begin + 1, end - begin - 1);
  FitnessCheck check{"huge_pages", Fitness::kFit, "transparent: " + chosen, why, ""};
  if (chosen == "never") {
    check.state = Fitness::kNote;
    check.fix = "echo madvise > /sys/kernel/mm/transparent_hugepage/enabled";
  }
  return check;
}

FitnessCheck CheckSwap(const HostFiles& files) {
  const char* why = "a page that was swapped out costs a read from disk in the middle of a token";
  const auto total = files.Value("proc/meminfo", "SwapTotal");
  const auto free = files.Value("proc/meminfo", "SwapFree");
  if (!total || !free) return UnknownFitness("swap", "/proc/meminfo does not tell", why);
  const std::uint64_t kib = LeadingNumber(*total).value_or(0);
  const std::uint64_t used = kib - std::min(kib, LeadingNumber(*free).value_or(0));
  if (kib == 0) return {"swap", Fitness::kFit, "none", why, ""};
  const auto gib = [](std::uint64_t k) { return static_cast<double>(k) * 1024.0 / kGib; };
  return {"swap", used > 0 ? Fitness::kNote : Fitness::kFit,
          fmt::format("{:.1f} of {:.1f} GiB in use", gib(used), gib(kib)), why,
          used > 0 ? "swapoff -a" : ""};
}

FitnessCheck CheckMemory(const HostFiles& files, const std::optional<std::uint64_t>& model_bytes) {
  const char* why = "weights that do not fit are read from disk again and again";
  const auto available = files.Value("proc/meminfo", "MemAvailable");
  const auto kib = available ? LeadingNumber(*available) : std::nullopt;
  if (!kib) return UnknownFitness("memory", "/proc/meminfo does not tell", why);
  const double have = static_cast<double>(*kib) * 1024.0;
  FitnessCheck check{"memory", Fitness::kFit, fmt::format("{:.1f} GiB available", have / kGib), why,
                     ""};
  if (!model_bytes) return check;
  const auto needs = static_cast<double>(*model_bytes);
  check.found += fmt::format(", the model has {:.2f} GiB", needs / kGib);
  if (have < needs) {
    check.state = Fitness::kMatters;
    check.fix = "free memory, or take a smaller model or precision";
  }
  return check;
}

}  // namespace assay
