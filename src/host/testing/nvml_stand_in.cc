// NVML's interface without a GPU: two devices with fixed figures, the second of which supports
// little, and an energy counter that counts how often it was asked. By name and calling convention
// as the driver's library has it; deliberately without our own declarations of it.

#include <cstdio>
#include <cstring>

extern "C" {

// NVML's own names. NOLINTBEGIN(readability-identifier-naming)
struct nvmlDevice_st {
  int index;
};
struct nvmlMemory_st {
  unsigned long long total, free, used;
};
struct nvmlUtilization_st {
  unsigned int gpu, memory;
};
// NOLINTEND(readability-identifier-naming)

namespace {
nvmlDevice_st devices[2] = {{0}, {1}};
bool initialised = false;
constexpr int kUninitialised = 1;
constexpr int kInvalidArgument = 2;
constexpr int kNotSupported = 3;
constexpr int kInsufficientSize = 7;

int Text(const char* text, char* out, unsigned int length) {
  if (std::strlen(text) + 1 > length) return kInsufficientSize;
  std::memcpy(out, text, std::strlen(text) + 1);
  return 0;
}
}  // namespace

int nvmlInit_v2() {
  initialised = true;
  return 0;
}
int nvmlShutdown() {
  initialised = false;
  return 0;
}
const char* nvmlErrorString(int code) {
  return code == kNotSupported ? "Not Supported" : "Unknown Error";
}
int nvmlSystemGetDriverVersion(char* version, unsigned int length) {
  return Text("999.01", version, length);
}
int nvmlDeviceGetCount_v2(unsigned int* count) {
  if (!initialised) return kUninitialised;
  *count = 2;
  return 0;
}
int nvmlDeviceGetHandleByIndex_v2(unsigned int index, nvmlDevice_st** device) {
  if (index > 1) return kInvalidArgument;
  *device = &devices[index];
  return 0;
}
int nvmlDeviceGetName(nvmlDevice_st* device, char* name, unsigned int length) {
  return Text(device->index == 0 ? "Stand-in H" : "Stand-in old", name, length);
}
int nvmlDeviceGetUUID(nvmlDevice_st* device, char* uuid, unsigned int length) {
  return Text(device->index == 0 ? "GPU-0" : "GPU-1", uuid, length);
}
int nvmlDeviceGetMemoryInfo(nvmlDevice_st* device, nvmlMemory_st* memory) {
  if (device->index == 1) return kNotSupported;
  *memory = {80ULL << 30U, 60ULL << 30U, 20ULL << 30U};
  return 0;
}
int nvmlDeviceGetUtilizationRates(nvmlDevice_st* device, nvmlUtilization_st* utilization) {
  if (device->index == 1) return kNotSupported;
  *utilization = {97, 63};
  return 0;
}
int nvmlDeviceGetClockInfo(nvmlDevice_st*, int type, unsigned int* mhz) {
  if (type != 1 && type != 2) return kInvalidArgument;
  *mhz = type == 1 ? 1755 : 2619;
  return 0;
}
int nvmlDeviceGetMaxClockInfo(nvmlDevice_st*, int type, unsigned int* mhz) {
  if (type != 1 && type != 2) return kInvalidArgument;
  *mhz = type == 1 ? 1980 : 2619;
  return 0;
}
int nvmlDeviceGetTemperature(nvmlDevice_st*, int sensor, unsigned int* celsius) {
  if (sensor != 0) return kInvalidArgument;
  *celsius = 61;
  return 0;
}
int nvmlDeviceGetPowerUsage(nvmlDevice_st*, unsigned int* milliwatts) {
  *milliwatts = 512345;
  return 0;
}
int nvmlDeviceGetEnforcedPowerLimit(nvmlDevice_st*, unsigned int* milliwatts) {
  *milliwatts = 700000;
  return 0;
}
int nvmlDeviceGetMemoryBusWidth(nvmlDevice_st* device, unsigned int* bits) {
  if (device->index == 1) return kNotSupported;
  *bits = 5120;
  return 0;
}
int nvmlDeviceGetNumGpuCores(nvmlDevice_st*, unsigned int* cores) {
  *cores = 16896;
  return 0;
}
int nvmlDeviceGetTotalEnergyConsumption(nvmlDevice_st* device, unsigned long long* millijoules) {
  if (device->index == 1) return kNotSupported;
  static unsigned long long asked = 0;
  *millijoules = 5'000'000'000'000ULL + 1000 * asked++;
  return 0;
}
int nvmlDeviceGetCurrentClocksThrottleReasons(nvmlDevice_st*, unsigned long long* reasons) {
  *reasons = 0x4;
  return 0;
}

}  // extern "C"
