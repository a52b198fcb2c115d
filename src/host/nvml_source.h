// NVIDIA GPUs, by the library that the driver brings. It is opened when the program runs: the same
// program works on machines with and without GPUs.

#ifndef ASSAY_HOST_NVML_SOURCE_H_
#define ASSAY_HOST_NVML_SOURCE_H_

#include <memory>
#include <string>
#include <vector>

#include "assay/result.h"

#include "record/telemetry.h"

namespace assay {

inline constexpr const char* kNvmlLibrary = "libnvidia-ml.so.1";

class NvmlSource {
 public:
  // `library`: name or path for dlopen(3).
  // Errors: kUnavailable, with the loader's or the library's reason: no such library, a function
  // that every version has is missing, it does not initialise, it has no GPU.
  static Result<NvmlSource> Open(const std::string& library = kNvmlLibrary);
  NvmlSource(NvmlSource&&) noexcept;
  NvmlSource& operator=(NvmlSource&&) noexcept;
  NvmlSource(const NvmlSource&) = delete;
  NvmlSource& operator=(const NvmlSource&) = delete;
  ~NvmlSource();

  [[nodiscard]] const std::string& driver_version() const;  // empty: not told
  // What does not change, in the order of every sample's GPUs.
  [[nodiscard]] std::vector<GpuDevice> Devices() const;
  // What a GPU does not support is absent in its sample.
  void Read(TelemetrySample& sample);

 private:
  struct Library;
  explicit NvmlSource(std::unique_ptr<Library> library);
  std::unique_ptr<Library> library_;
};

}  // namespace assay

#endif  // ASSAY_HOST_NVML_SOURCE_H_
