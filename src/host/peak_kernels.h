// The loops whose speed MeasurePeak takes, for the instruction sets that a processor may have.

#ifndef ASSAY_HOST_PEAK_KERNELS_H_
#define ASSAY_HOST_PEAK_KERNELS_H_

#include <cstddef>
#include <string_view>

namespace assay {

struct PeakKernels {
  std::string_view instructions;
  // Sum of `count` floats: reads each once.
  float (*sum)(const float* values, std::size_t count);
  // a[i] = b[i] + 3·c[i].
  void (*triad)(float* a, const float* b, const float* c, std::size_t count);
  // `rounds` fused multiplications and additions in each of many registers. Value: their sum, so
  // that nothing is left out.
  float (*multiply_add)(std::size_t rounds);
  std::size_t operations_per_round;
};

// REQUIRES: counts are multiples of this.
inline constexpr std::size_t kPeakGrain = 256;

// The widest that this processor has.
[[nodiscard]] const PeakKernels& FastestKernels();

}  // namespace assay

#endif  // ASSAY_HOST_PEAK_KERNELS_H_
