#include "host/nvml_source.h"

#include <type_traits>

#include <gtest/gtest.h>

#include "host/nvml_abi.h"

#if __has_include(<nvml.h>)
#include <nvml.h>
#endif

namespace assay {
namespace {

TEST(Nvml, ReadsWhatTheLibraryTells) {
  auto source = NvmlSource::Open(ASSAY_NVML_STAND_IN);
  ASSERT_TRUE(source.has_value()) << source.error().message;
  EXPECT_EQ(source->driver_version(), "999.01");
  const std::vector<GpuDevice> devices = source->Devices();
  ASSERT_EQ(devices.size(), 2U);
  EXPECT_EQ(devices[0].name, "Stand-in H");
  EXPECT_EQ(devices[0].uuid, "GPU-0");
  EXPECT_EQ(devices[0].memory_total_bytes, 80ULL << 30U);
  EXPECT_EQ(devices[0].memory_bus_bits, 5120U);
  EXPECT_EQ(devices[0].max_sm_mhz, 1980U);
  EXPECT_EQ(devices[0].max_memory_mhz, 2619U);
  EXPECT_EQ(devices[0].cores, 16896U);
  EXPECT_EQ(devices[0].power_limit_mw, 700000U);

  TelemetrySample sample;
  source->Read(sample);
  ASSERT_EQ(sample.gpus.size(), 2U);
  const GpuSample& gpu = sample.gpus[0];
  EXPECT_EQ(gpu.utilisation_percent, 97U);
  EXPECT_EQ(gpu.memory_utilisation_percent, 63U);
  EXPECT_EQ(gpu.memory_used_bytes, 20ULL << 30U);
  EXPECT_EQ(gpu.sm_mhz, 1755U);
  EXPECT_EQ(gpu.memory_mhz, 2619U);
  EXPECT_EQ(gpu.temperature_c, 61U);
  EXPECT_EQ(gpu.power_mw, 512345U);
  EXPECT_EQ(gpu.throttle_reasons, nvml::kThrottleSwPowerCap);
  ASSERT_TRUE(gpu.energy_mj.has_value());
  const std::uint64_t before = *gpu.energy_mj;
  source->Read(sample);
  EXPECT_EQ(sample.gpus[0].energy_mj, before + 1000);
}

TEST(Nvml, WhatAGpuDoesNotSupportIsAbsent) {
  auto source = NvmlSource::Open(ASSAY_NVML_STAND_IN);
  ASSERT_TRUE(source.has_value());
  EXPECT_FALSE(source->Devices()[1].memory_total_bytes.has_value());
  EXPECT_FALSE(source->Devices()[1].memory_bus_bits.has_value());
  TelemetrySample sample;
  source->Read(sample);
  EXPECT_FALSE(sample.gpus[1].utilisation_percent.has_value());
  EXPECT_FALSE(sample.gpus[1].memory_used_bytes.has_value());
  EXPECT_FALSE(sample.gpus[1].energy_mj.has_value());
  EXPECT_EQ(sample.gpus[1].temperature_c, 61U);
}

std::string ReasonOf(const std::string& library) {
  const auto source = NvmlSource::Open(library);
  return source ? "opened" : source.error().message;
}

TEST(Nvml, SaysWhyThereIsNone) {
  EXPECT_NE(ReasonOf("libassay-no-such-library.so.1").find("libassay-no-such-library.so.1"),
            std::string::npos);
  EXPECT_EQ(ReasonOf(ASSAY_NVML_NO_DRIVER),
            std::string(ASSAY_NVML_NO_DRIVER) + ": nvmlInit_v2: Driver Not Loaded");
  // Another library altogether.
  EXPECT_NE(ReasonOf("libm.so.6").find("has no nvmlInit_v2"), std::string::npos);
}

#if __has_include(<nvml.h>)
TEST(Nvml, OurDeclarationsAreThoseOfTheToolkit) {
  static_assert(sizeof(nvml::Utilization) == sizeof(nvmlUtilization_t));
  static_assert(offsetof(nvml::Utilization, memory) == offsetof(nvmlUtilization_t, memory));
  static_assert(sizeof(nvml::Memory) == sizeof(nvmlMemory_t));
  static_assert(offsetof(nvml::Memory, total) == offsetof(nvmlMemory_t, total));
  static_assert(offsetof(nvml::Memory, used) == offsetof(nvmlMemory_t, used));
  static_assert(sizeof(nvml::Return) == sizeof(nvmlReturn_t));
  static_assert(nvml::kSuccess == int{NVML_SUCCESS});
  static_assert(nvml::kClockSm == int{NVML_CLOCK_SM});
  static_assert(nvml::kClockMemory == int{NVML_CLOCK_MEM});
  static_assert(nvml::kTemperatureGpu == int{NVML_TEMPERATURE_GPU});
  static_assert(nvml::kNameBytes == NVML_DEVICE_NAME_V2_BUFFER_SIZE);
  static_assert(nvml::kUuidBytes == NVML_DEVICE_UUID_V2_BUFFER_SIZE);
  static_assert(nvml::kDriverVersionBytes == NVML_SYSTEM_DRIVER_VERSION_BUFFER_SIZE);
  static_assert(nvml::kThrottleSwPowerCap == nvmlClocksThrottleReasonSwPowerCap);
  static_assert(nvml::kThrottleHwSlowdown == nvmlClocksThrottleReasonHwSlowdown);
  static_assert(nvml::kThrottleSwThermal == nvmlClocksThrottleReasonSwThermalSlowdown);
  static_assert(nvml::kThrottleHwThermal == nvmlClocksThrottleReasonHwThermalSlowdown);
  static_assert(nvml::kThrottleHwPowerBrake == nvmlClocksThrottleReasonHwPowerBrakeSlowdown);
}
#else
TEST(Nvml, OurDeclarationsAreThoseOfTheToolkit) {
  GTEST_SKIP() << "nvml.h is not on the include path: nothing to compare with";
}
#endif

}  // namespace
}  // namespace assay
