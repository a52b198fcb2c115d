// Pseudo-random numbers that are the same on every machine.

#ifndef ASSAY_BASE_SPLIT_MIX64_H_
#define ASSAY_BASE_SPLIT_MIX64_H_

#include <cstddef>
#include <cstdint>

namespace assay {

// Not for secrets. Source: Steele, Lea and Flood, "Fast Splittable Pseudorandom Number Generators",
// 2014.
class SplitMix64 {
 public:
  explicit SplitMix64(std::uint64_t seed) : state_(seed) {}

  // Value: uniform over all of 64 bits.
  std::uint64_t Next() {
    state_ += 0x9E3779B97F4A7C15U;
    return Mix(state_);
  }
  // Value: in [0, limit), as uniform as a remainder is: for generated inputs, not for statistics.
  // REQUIRES: limit > 0.
  std::size_t Below(std::uint64_t limit) { return Next() % limit; }

  // The generator's output function: a permutation of the 64-bit numbers.
  [[nodiscard]] static std::uint64_t Mix(std::uint64_t z) {
    z = (z ^ (z >> 30U)) * 0xBF58476D1CE4E5B9U;
    z = (z ^ (z >> 27U)) * 0x94D049BB133111EBU;
    return z ^ (z >> 31U);
  }

 private:
  std::uint64_t state_;
};

}  // namespace assay

#endif  // ASSAY_BASE_SPLIT_MIX64_H_
