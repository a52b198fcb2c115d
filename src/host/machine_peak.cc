#include "host/machine_peak.h"

#include <algorithm>
#include <atomic>
#include <barrier>
#include <functional>
#include <optional>
#include <thread>
#include <vector>

#include "base/check.h"
#include "host/peak_kernels.h"

namespace assay {
namespace {

constexpr std::uint64_t kLeastBytes = std::uint64_t{64} << 20U;
constexpr std::uint64_t kTimesTheCache = 4;

// What one thread works on.
struct Arrays {
  explicit Arrays(std::size_t count) : a(count, 1.0F), b(count, 2.0F), c(count, 0.5F) {}
  std::vector<float> a;
  std::vector<float> b;
  std::vector<float> c;
};

using Work = std::function<float(Arrays&)>;

// The shortest time in which all threads did `work` once.
class Stopwatch {
 public:
  Stopwatch(const PeakOptions& options, std::size_t floats, const Clock& clock)
      : options_(options), floats_(floats), clock_(clock) {}

  // Value: in seconds, for each of `works`.
  [[nodiscard]] std::vector<double> Fastest(const std::vector<Work>& works) {
    std::vector<double> fastest(works.size(), 0.0);
    std::barrier<> all(options_.threads);
    std::vector<std::thread> threads;
    threads.reserve(static_cast<std::size_t>(options_.threads));
    for (int i = 0; i < options_.threads; ++i) {
      threads.emplace_back([&, first = i == 0] {
        Arrays arrays(floats_);
        for (std::size_t w = 0; w < works.size(); ++w) {
          const double seconds = Repeat(works[w], arrays, all, first);
          if (first) fastest[w] = seconds;
        }
      });
    }
    for (std::thread& thread : threads) thread.join();
    return fastest;
  }

 private:
  // The first thread keeps the time, and tells the others when to end.
  double Repeat(const Work& work, Arrays& arrays, std::barrier<>& all, bool first) {
    sink_ = sink_ + work(arrays);
    double fastest = 0.0;
    std::optional<MonoTime> end;
    while (true) {
      all.arrive_and_wait();
      const MonoTime begin = clock_.Now();
      if (first && !end) end = begin + options_.time_each;
      const float sum = work(arrays);
      all.arrive_and_wait();
      const MonoTime now = clock_.Now();
      sink_ = sink_ + sum;
      const double seconds = std::chrono::duration<double>(now - begin).count();
      if (fastest == 0.0 || seconds < fastest) fastest = seconds;
      if (first) done_ = now >= *end;
      all.arrive_and_wait();
      if (done_) return fastest;
    }
  }

  const PeakOptions& options_;
  std::size_t floats_;
  const Clock& clock_;
  std::atomic<bool> done_{false};
  std::atomic<float> sink_{0.0F};  // so that no work is left out
};

}  // namespace

MeasuredPeak MeasurePeak(const PeakOptions& options, const Clock& clock) {
  ASSAY_CHECK(options.threads >= 1);
  const auto threads = static_cast<std::uint64_t>(options.threads);
  const std::uint64_t wanted =
      std::max(kLeastBytes, kTimesTheCache * options.last_level_cache_bytes);
  const std::uint64_t bytes = std::min(wanted, options.most_bytes / 3) / threads;
  const std::size_t floats =
      std::max<std::size_t>(bytes / sizeof(float) / kPeakGrain, 1) * kPeakGrain;
  const PeakKernels& kernels = FastestKernels();
  constexpr std::size_t kRounds = 200'000;
  Stopwatch stopwatch(options, floats, clock);
  const std::vector<double> seconds =
      stopwatch.Fastest({[&](Arrays& x) { return kernels.sum(x.a.data(), x.a.size()); },
                         [&](Arrays& x) {
                           kernels.triad(x.a.data(), x.b.data(), x.c.data(), x.a.size());
                           return x.a.front();
                         },
                         [&](Arrays&) { return kernels.multiply_add(kRounds); }});
  const auto each = static_cast<double>(threads) * static_cast<double>(floats * sizeof(float));
  MeasuredPeak peak;
  peak.threads = options.threads;
  peak.array_bytes = floats * sizeof(float);
  peak.read_bytes_per_s = each / seconds[0];
  peak.triad_bytes_per_s = 3.0 * each / seconds[1];
  peak.f32_per_s = static_cast<double>(threads) *
                   static_cast<double>(kRounds * kernels.operations_per_round) / seconds[2];
  peak.instructions = kernels.instructions;
  return peak;
}

Json ToJson(const MeasuredPeak& peak, std::uint64_t last_level_cache_bytes) {
  return {{"bytes_per_s", std::max(peak.read_bytes_per_s, peak.triad_bytes_per_s)},
          {"read_bytes_per_s", peak.read_bytes_per_s},
          {"triad_bytes_per_s", peak.triad_bytes_per_s},
          {"f32_per_s", peak.f32_per_s},
          {"threads", peak.threads},
          {"array_bytes", peak.array_bytes},
          {"instructions", peak.instructions},
          {"last_level_cache_bytes", last_level_cache_bytes}};
}

std::uint64_t LastLevelCacheBytes(const Json& host) {
  const Json* cpu = host.contains("cpu") ? &host["cpu"] : nullptr;
  if (cpu == nullptr || !cpu->is_object() || !cpu->contains("caches")) return 0;
  const Json& logical = cpu->value("logical_cpus", Json(nullptr));
  std::uint64_t level = 0;
  std::uint64_t bytes = 0;
  for (const Json& cache : (*cpu)["caches"]) {
    const auto its_level = cache.value("level", std::uint64_t{0});
    if (its_level <= level) continue;
    level = its_level;
    bytes = cache.value("size_bytes", std::uint64_t{0});
    const Json shared = cache.value("shared_by_cpus", Json(nullptr));
    if (!shared.is_number_unsigned() || !logical.is_number_unsigned()) continue;
    const auto sharing = shared.get<std::uint64_t>();
    if (sharing > 0) bytes *= std::max<std::uint64_t>(1, logical.get<std::uint64_t>() / sharing);
  }
  return bytes;
}

}  // namespace assay
