// Times that are the same for all requests, or drawn for each: as scripts and the null server's
// options name them.

#ifndef ASSAY_ENGINE_SCRIPTED_DRAWN_TIME_H_
#define ASSAY_ENGINE_SCRIPTED_DRAWN_TIME_H_

#include <cstdint>
#include <string>
#include <string_view>

#include "assay/clock.h"
#include "assay/result.h"

namespace assay {

struct DrawnTime {
  enum class Kind { kFixed, kUniform, kExponential };
  Kind kind = Kind::kFixed;
  double a_ms = 0.0;  // fixed: the value; uniform: the lowest; exponential: the mean
  double b_ms = 0.0;  // uniform: the highest
};

// `lowest_ms`, `highest_ms`  from 0 to 1e9.
// Errors: kInvalidArgument, beginning with `where`.
[[nodiscard]] Result<DrawnTime> FixedTime(double ms, std::string_view where);
[[nodiscard]] Result<DrawnTime> UniformTime(double lowest_ms, double highest_ms,
                                            std::string_view where);
[[nodiscard]] Result<DrawnTime> ExponentialTime(double mean_ms, std::string_view where);

// "12.5", "uniform:5,20", "exponential:10": milliseconds. Errors: kInvalidArgument.
[[nodiscard]] Result<DrawnTime> ParseDrawnTime(std::string_view words, std::string_view where);

// Value: words that ParseDrawnTime reads back as the same time.
[[nodiscard]] std::string ToWords(const DrawnTime& time);

// SplitMix64's step and output: a bijection of 64-bit numbers that mixes well, the same on every
// machine.
// Source: Steele, Lea, Flood, "Fast splittable pseudorandom number generators", OOPSLA 2014.
[[nodiscard]] std::uint64_t MixBits(std::uint64_t x);

// Value: the upper 53 bits as a number in [0, 1).
[[nodiscard]] double UnitInterval(std::uint64_t bits);

// Value: the time that `bits` draw, rounded to whole nanoseconds.
[[nodiscard]] Nanos TimeOf(const DrawnTime& time, std::uint64_t bits);

}  // namespace assay

#endif  // ASSAY_ENGINE_SCRIPTED_DRAWN_TIME_H_
