#include "host/peak_kernels.h"

#include <array>

#if defined(__x86_64__)
#include <immintrin.h>
#endif

namespace assay {
namespace {

// So many values at a time are independent: enough for the latency of any processor.
constexpr std::size_t kAccumulators = 12;

template <std::size_t kLanes>
float LaneSum(const std::array<float, kLanes>& lanes) {
  float sum = 0.0F;
  for (const float lane : lanes) sum += lane;
  return sum;
}

// Portable: the compiler makes vectors of these where it can.
constexpr std::size_t kPortableLanes = 4;

float PortableSum(const float* values, std::size_t count) {
  std::array<float, 32> sums{};
  for (std::size_t i = 0; i < count; i += sums.size()) {
    for (std::size_t j = 0; j < sums.size(); ++j) sums[j] += values[i + j];
  }
  return LaneSum(sums);
}

void PortableTriad(float* a, const float* b, const float* c, std::size_t count) {
  for (std::size_t i = 0; i < count; ++i) a[i] = b[i] + 3.0F * c[i];
}

float PortableMultiplyAdd(std::size_t rounds) {
  std::array<float, kAccumulators * kPortableLanes> sums{};
  float factor = 0.999F;
  asm volatile("" : "+m"(factor));  // not known when compiled
  const float f = factor;
  for (std::size_t round = 0; round < rounds; ++round) {
    for (float& sum : sums) sum = sum * f + f;
  }
  return LaneSum(sums);
}

constexpr PeakKernels kPortable{"portable", PortableSum, PortableTriad, PortableMultiplyAdd,
                                2 * kAccumulators* kPortableLanes};

#if defined(__x86_64__)

// Arrays of the language: in a template argument these types lose their alignment.
constexpr std::size_t kStreams = 8;

#define ASSAY_AVX2 __attribute__((target("avx2,fma")))
#define ASSAY_AVX512 __attribute__((target("avx512f")))

ASSAY_AVX2 float Avx2Sum(const float* values, std::size_t count) {
  constexpr std::size_t kLanes = 8;
  __m256 sums[kStreams] = {};
  for (std::size_t i = 0; i < count; i += kStreams * kLanes) {
#pragma GCC unroll 8
    for (std::size_t j = 0; j < kStreams; ++j) {
      sums[j] = _mm256_add_ps(sums[j], _mm256_loadu_ps(values + i + j * kLanes));
    }
  }
  __m256 sum = sums[0];
  for (std::size_t j = 1; j < kStreams; ++j) sum = _mm256_add_ps(sum, sums[j]);
  alignas(32) std::array<float, kLanes> lanes{};
  _mm256_store_ps(lanes.data(), sum);
  return LaneSum(lanes);
}

ASSAY_AVX2 void Avx2Triad(float* a, const float* b, const float* c, std::size_t count) {
  constexpr std::size_t kLanes = 8;
  const __m256 three = _mm256_set1_ps(3.0F);
  for (std::size_t i = 0; i < count; i += kLanes) {
    _mm256_storeu_ps(a + i, _mm256_fmadd_ps(three, _mm256_loadu_ps(c + i), _mm256_loadu_ps(b + i)));
  }
}

ASSAY_AVX2 float Avx2MultiplyAdd(std::size_t rounds) {
  __m256 sums[kAccumulators] = {};
  float factor = 0.999F;
  asm volatile("" : "+m"(factor));
  const __m256 f = _mm256_set1_ps(factor);
  for (std::size_t round = 0; round < rounds; ++round) {
#pragma GCC unroll 12
    for (std::size_t j = 0; j < kAccumulators; ++j) sums[j] = _mm256_fmadd_ps(sums[j], f, f);
  }
  __m256 sum = sums[0];
  for (std::size_t j = 1; j < kAccumulators; ++j) sum = _mm256_add_ps(sum, sums[j]);
  alignas(32) std::array<float, 8> lanes{};
  _mm256_store_ps(lanes.data(), sum);
  return LaneSum(lanes);
}

ASSAY_AVX512 float Avx512Sum(const float* values, std::size_t count) {
  constexpr std::size_t kLanes = 16;
  __m512 sums[kStreams] = {};
  for (std::size_t i = 0; i < count; i += kStreams * kLanes) {
#pragma GCC unroll 8
    for (std::size_t j = 0; j < kStreams; ++j) {
      sums[j] = _mm512_add_ps(sums[j], _mm512_loadu_ps(values + i + j * kLanes));
    }
  }
  __m512 sum = sums[0];
  for (std::size_t j = 1; j < kStreams; ++j) sum = _mm512_add_ps(sum, sums[j]);
  alignas(64) std::array<float, 16> lanes{};
  _mm512_store_ps(lanes.data(), sum);
  return LaneSum(lanes);
}

ASSAY_AVX512 void Avx512Triad(float* a, const float* b, const float* c, std::size_t count) {
  constexpr std::size_t kLanes = 16;
  const __m512 three = _mm512_set1_ps(3.0F);
  for (std::size_t i = 0; i < count; i += kLanes) {
    _mm512_storeu_ps(a + i, _mm512_fmadd_ps(three, _mm512_loadu_ps(c + i), _mm512_loadu_ps(b + i)));
  }
}

ASSAY_AVX512 float Avx512MultiplyAdd(std::size_t rounds) {
  __m512 sums[kAccumulators] = {};
  float factor = 0.999F;
  asm volatile("" : "+m"(factor));
  const __m512 f = _mm512_set1_ps(factor);
  for (std::size_t round = 0; round < rounds; ++round) {
#pragma GCC unroll 12
    for (std::size_t j = 0; j < kAccumulators; ++j) sums[j] = _mm512_fmadd_ps(sums[j], f, f);
  }
  __m512 sum = sums[0];
  for (std::size_t j = 1; j < kAccumulators; ++j) sum = _mm512_add_ps(sum, sums[j]);
  alignas(64) std::array<float, 16> lanes{};
  _mm512_store_ps(lanes.data(), sum);
  return LaneSum(lanes);
}

constexpr PeakKernels kAvx2{"AVX2 and FMA", Avx2Sum, Avx2Triad, Avx2MultiplyAdd,
                            2 * kAccumulators * 8};
constexpr PeakKernels kAvx512{"AVX-512", Avx512Sum, Avx512Triad, Avx512MultiplyAdd,
                              2 * kAccumulators * 16};

#endif

}  // namespace

const PeakKernels& FastestKernels() {
#if defined(__x86_64__)
  if (__builtin_cpu_supports("avx512f") != 0) return kAvx512;
  if (__builtin_cpu_supports("avx2") != 0 && __builtin_cpu_supports("fma") != 0) return kAvx2;
#endif
  return kPortable;
}

}  // namespace assay
