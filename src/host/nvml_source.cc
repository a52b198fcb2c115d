#include "host/nvml_source.h"

#include <array>
#include <cstdint>
#include <optional>
#include <utility>

#include <dlfcn.h>

#include "base/format.h"
#include "host/nvml_abi.h"

namespace assay {
namespace {

struct CloseLibrary {
  void operator()(void* handle) const { dlclose(handle); }
};
using Handle = std::unique_ptr<void, CloseLibrary>;

template <typename Function>
void Find(const Handle& handle, const char* name, Function& function) {
  // NOLINTNEXTLINE(cppcoreguidelines-pro-type-reinterpret-cast): what dlsym is for
  function = reinterpret_cast<Function>(dlsym(handle.get(), name));
}

// The value that `call` leaves, or nothing where the library has no such function or the GPU does
// not support it.
template <typename Number, typename Function, typename... Args>
std::optional<std::uint64_t> Ask(Function function, Args... args) {
  Number value{};
  if (function == nullptr || function(args..., &value) != nvml::kSuccess) return std::nullopt;
  return value;
}

template <unsigned int kBytes, typename Function, typename... Args>
std::string AskText(Function function, Args... args) {
  std::array<char, kBytes> text{};
  if (function == nullptr || function(args..., text.data(), kBytes) != nvml::kSuccess) return {};
  text.back() = '\0';
  return text.data();
}

}  // namespace

struct NvmlSource::Library {
  Handle handle;
  nvml::Init init = nullptr;
  nvml::Shutdown shutdown = nullptr;
  nvml::ErrorString error_string = nullptr;
  nvml::SystemText driver = nullptr;
  nvml::DeviceCount count = nullptr;
  nvml::DeviceHandleByIndex by_index = nullptr;
  nvml::DeviceText name = nullptr;
  nvml::DeviceText uuid = nullptr;
  nvml::DeviceMemory memory = nullptr;
  nvml::DeviceUtilization utilization = nullptr;
  nvml::DeviceClock clock = nullptr;
  nvml::DeviceClock max_clock = nullptr;
  nvml::DeviceTemperature temperature = nullptr;
  nvml::DeviceNumber power = nullptr;
  nvml::DeviceNumber power_limit = nullptr;
  nvml::DeviceNumber bus_width = nullptr;
  nvml::DeviceNumber cores = nullptr;
  nvml::DeviceBigNumber energy = nullptr;
  nvml::DeviceBigNumber throttle = nullptr;

  std::vector<nvml::Device> devices;
  std::string driver_version;
  bool initialised = false;

  Library() = default;
  Library(const Library&) = delete;
  Library& operator=(const Library&) = delete;
  ~Library() {
    if (initialised && shutdown != nullptr) shutdown();
  }

  void FindFunctions();
  [[nodiscard]] Status Start();
  [[nodiscard]] std::string Reason(nvml::Return code) const {
    return error_string == nullptr ? fmt::format("error {}", code) : error_string(code);
  }
};

void NvmlSource::Library::FindFunctions() {
  Find(handle, "nvmlInit_v2", init);
  Find(handle, "nvmlShutdown", shutdown);
  Find(handle, "nvmlErrorString", error_string);
  Find(handle, "nvmlSystemGetDriverVersion", driver);
  Find(handle, "nvmlDeviceGetCount_v2", count);
  Find(handle, "nvmlDeviceGetHandleByIndex_v2", by_index);
  Find(handle, "nvmlDeviceGetName", name);
  Find(handle, "nvmlDeviceGetUUID", uuid);
  Find(handle, "nvmlDeviceGetMemoryInfo", memory);
  Find(handle, "nvmlDeviceGetUtilizationRates", utilization);
  Find(handle, "nvmlDeviceGetClockInfo", clock);
  Find(handle, "nvmlDeviceGetMaxClockInfo", max_clock);
  Find(handle, "nvmlDeviceGetTemperature", temperature);
  Find(handle, "nvmlDeviceGetPowerUsage", power);
  Find(handle, "nvmlDeviceGetEnforcedPowerLimit", power_limit);
  Find(handle, "nvmlDeviceGetMemoryBusWidth", bus_width);
  Find(handle, "nvmlDeviceGetNumGpuCores", cores);
  Find(handle, "nvmlDeviceGetTotalEnergyConsumption", energy);
  Find(handle, "nvmlDeviceGetCurrentClocksThrottleReasons", throttle);
}

Status NvmlSource::Library::Start() {
  if (init == nullptr || count == nullptr || by_index == nullptr) {
    return MakeError(ErrorCode::kUnavailable,
                     "has no nvmlInit_v2, nvmlDeviceGetCount_v2 or nvmlDeviceGetHandleByIndex_v2");
  }
  if (const nvml::Return code = init(); code != nvml::kSuccess) {
    return MakeError(ErrorCode::kUnavailable, "nvmlInit_v2: {}", Reason(code));
  }
  initialised = true;
  unsigned int number = 0;
  if (const nvml::Return code = count(&number); code != nvml::kSuccess) {
    return MakeError(ErrorCode::kUnavailable, "nvmlDeviceGetCount_v2: {}", Reason(code));
  }
  for (unsigned int i = 0; i < number; ++i) {
    nvml::Device device = nullptr;
    if (const nvml::Return code = by_index(i, &device); code != nvml::kSuccess) {
      return MakeError(ErrorCode::kUnavailable, "GPU {}: {}", i, Reason(code));
    }
    devices.push_back(device);
  }
  if (devices.empty()) return MakeError(ErrorCode::kUnavailable, "no GPU");
  driver_version = AskText<nvml::kDriverVersionBytes>(driver);
  return Ok{};
}

NvmlSource::NvmlSource(std::unique_ptr<Library> library) : library_(std::move(library)) {}
NvmlSource::NvmlSource(NvmlSource&&) noexcept = default;
NvmlSource& NvmlSource::operator=(NvmlSource&&) noexcept = default;
NvmlSource::~NvmlSource() = default;

Result<NvmlSource> NvmlSource::Open(const std::string& library) {
  auto opened = std::make_unique<Library>();
  opened->handle.reset(dlopen(library.c_str(), RTLD_NOW | RTLD_LOCAL));
  if (opened->handle == nullptr) {
    const char* reason = dlerror();  // NOLINT(concurrency-mt-unsafe): thread-local in glibc
    return MakeError(ErrorCode::kUnavailable, "{}",
                     reason == nullptr ? library + ": cannot be opened" : reason);
  }
  opened->FindFunctions();
  if (const Status started = opened->Start(); !started) {
    return MakeError(started.error().code, "{}: {}", library, started.error().message);
  }
  return NvmlSource(std::move(opened));
}

const std::string& NvmlSource::driver_version() const {
  return library_->driver_version;
}

std::vector<GpuDevice> NvmlSource::Devices() const {
  const Library& l = *library_;
  std::vector<GpuDevice> devices;
  for (const nvml::Device device : l.devices) {
    GpuDevice& gpu = devices.emplace_back();
    gpu.name = AskText<nvml::kNameBytes>(l.name, device);
    gpu.uuid = AskText<nvml::kUuidBytes>(l.uuid, device);
    nvml::Memory memory{};
    if (l.memory != nullptr && l.memory(device, &memory) == nvml::kSuccess) {
      gpu.memory_total_bytes = memory.total;
    }
    gpu.memory_bus_bits = Ask<unsigned int>(l.bus_width, device);
    gpu.max_sm_mhz = Ask<unsigned int>(l.max_clock, device, nvml::kClockSm);
    gpu.max_memory_mhz = Ask<unsigned int>(l.max_clock, device, nvml::kClockMemory);
    gpu.cores = Ask<unsigned int>(l.cores, device);
    gpu.power_limit_mw = Ask<unsigned int>(l.power_limit, device);
  }
  return devices;
}

void NvmlSource::Read(TelemetrySample& sample) {
  const Library& l = *library_;
  sample.gpus.resize(l.devices.size());
  for (std::size_t i = 0; i < l.devices.size(); ++i) {
    const nvml::Device device = l.devices[i];
    GpuSample& gpu = sample.gpus[i];
    gpu = GpuSample();
    nvml::Utilization utilization{};
    if (l.utilization != nullptr && l.utilization(device, &utilization) == nvml::kSuccess) {
      gpu.utilisation_percent = utilization.gpu;
      gpu.memory_utilisation_percent = utilization.memory;
    }
    nvml::Memory memory{};
    if (l.memory != nullptr && l.memory(device, &memory) == nvml::kSuccess) {
      gpu.memory_used_bytes = memory.used;
    }
    gpu.sm_mhz = Ask<unsigned int>(l.clock, device, nvml::kClockSm);
    gpu.memory_mhz = Ask<unsigned int>(l.clock, device, nvml::kClockMemory);
    gpu.temperature_c = Ask<unsigned int>(l.temperature, device, nvml::kTemperatureGpu);
    gpu.power_mw = Ask<unsigned int>(l.power, device);
    gpu.energy_mj = Ask<unsigned long long>(l.energy, device);
    gpu.throttle_reasons = Ask<unsigned long long>(l.throttle, device);
  }
}

}  // namespace assay
