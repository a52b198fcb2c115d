// The part of NVML's binary interface that is used here, so that no toolkit is needed to build.
// Source: NVIDIA's NVML API Reference; the layouts have not changed since the "_v2" functions. A
// test compares them with nvml.h where that is installed.

#ifndef ASSAY_HOST_NVML_ABI_H_
#define ASSAY_HOST_NVML_ABI_H_

namespace assay::nvml {

using Return = int;  // nvmlReturn_t, an enumeration
inline constexpr Return kSuccess = 0;

using Device = struct DeviceHandle*;  // nvmlDevice_t

struct Utilization {    // nvmlUtilization_t
  unsigned int gpu;     // percent
  unsigned int memory;  // percent
};
struct Memory {  // nvmlMemory_t, bytes
  unsigned long long total;
  unsigned long long free;
  unsigned long long used;
};

enum ClockType : int { kClockSm = 1, kClockMemory = 2 };  // nvmlClockType_t
enum TemperatureSensor : int { kTemperatureGpu = 0 };     // nvmlTemperatureSensors_t
inline constexpr unsigned int kNameBytes = 96;            // NVML_DEVICE_NAME_V2_BUFFER_SIZE
inline constexpr unsigned int kUuidBytes = 96;            // NVML_DEVICE_UUID_V2_BUFFER_SIZE
inline constexpr unsigned int kDriverVersionBytes = 80;   // NVML_SYSTEM_DRIVER_VERSION_...

// nvmlClocksThrottleReason...: why clocks are below the ones asked for.
inline constexpr unsigned long long kThrottleSwPowerCap = 0x4;
inline constexpr unsigned long long kThrottleHwSlowdown = 0x8;
inline constexpr unsigned long long kThrottleSwThermal = 0x20;
inline constexpr unsigned long long kThrottleHwThermal = 0x40;
inline constexpr unsigned long long kThrottleHwPowerBrake = 0x80;

using Init = Return (*)();
using Shutdown = Return (*)();
using ErrorString = const char* (*)(Return);
using SystemText = Return (*)(char*, unsigned int);
using DeviceCount = Return (*)(unsigned int*);
using DeviceHandleByIndex = Return (*)(unsigned int, Device*);
using DeviceText = Return (*)(Device, char*, unsigned int);
using DeviceMemory = Return (*)(Device, Memory*);
using DeviceUtilization = Return (*)(Device, Utilization*);
using DeviceClock = Return (*)(Device, ClockType, unsigned int*);
using DeviceTemperature = Return (*)(Device, TemperatureSensor, unsigned int*);
using DeviceNumber = Return (*)(Device, unsigned int*);
using DeviceBigNumber = Return (*)(Device, unsigned long long*);

}  // namespace assay::nvml

#endif  // ASSAY_HOST_NVML_ABI_H_
