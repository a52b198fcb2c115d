#include "engine/scripted/drawn_time.h"

#include <charconv>
#include <cmath>
#include <optional>

#include "base/format.h"
#include "base/split_mix64.h"

namespace assay {
namespace {

constexpr double kMostMs = 1e9;

bool InRange(double ms) {
  return ms >= 0.0 && ms <= kMostMs;  // false for NaN
}

Error OutOfRange(double ms, std::string_view what, std::string_view where) {
  return MakeError(ErrorCode::kInvalidArgument, "{}: \"{}\" must be from 0 to {} ms, found {}",
                   where, what, kMostMs, ms);
}

std::optional<double> Number(std::string_view text) {
  double value = 0.0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value;
}

// What stands behind `prefix`, if `text` begins with it.
std::optional<std::string_view> After(std::string_view prefix, std::string_view text) {
  if (!text.starts_with(prefix)) return std::nullopt;
  return text.substr(prefix.size());
}

}  // namespace

Result<DrawnTime> FixedTime(double ms, std::string_view where) {
  if (!InRange(ms)) return OutOfRange(ms, "fixed", where);
  return DrawnTime{DrawnTime::Kind::kFixed, ms, 0.0};
}

Result<DrawnTime> UniformTime(double lowest_ms, double highest_ms, std::string_view where) {
  if (!InRange(lowest_ms) || !InRange(highest_ms) || lowest_ms > highest_ms) {
    return MakeError(ErrorCode::kInvalidArgument,
                     "{}: \"uniform\" must be [lowest, highest] in ms, 0 <= lowest <= highest",
                     where);
  }
  return DrawnTime{DrawnTime::Kind::kUniform, lowest_ms, highest_ms};
}

Result<DrawnTime> ExponentialTime(double mean_ms, std::string_view where) {
  if (!InRange(mean_ms)) return OutOfRange(mean_ms, "exponential", where);
  return DrawnTime{DrawnTime::Kind::kExponential, mean_ms, 0.0};
}

Result<DrawnTime> ParseDrawnTime(std::string_view words, std::string_view where) {
  if (const auto range = After("uniform:", words)) {
    const std::size_t comma = range->find(',');
    const auto lowest = Number(range->substr(0, comma));
    const auto highest =
        comma == std::string_view::npos ? std::nullopt : Number(range->substr(comma + 1));
    if (lowest && highest) return UniformTime(*lowest, *highest, where);
  } else if (const auto mean = After("exponential:", words)) {
    if (const auto ms = Number(*mean)) return ExponentialTime(*ms, where);
  } else if (const auto ms = Number(words)) {
    return FixedTime(*ms, where);
  }
  return MakeError(ErrorCode::kInvalidArgument,
                   "{} \"{}\": expected milliseconds, uniform:LOWEST,HIGHEST or exponential:MEAN",
                   where, words);
}

std::string ToWords(const DrawnTime& time) {
  switch (time.kind) {
    case DrawnTime::Kind::kFixed:
      return fmt::format("{}", time.a_ms);
    case DrawnTime::Kind::kUniform:
      return fmt::format("uniform:{},{}", time.a_ms, time.b_ms);
    case DrawnTime::Kind::kExponential:
      break;
  }
  return fmt::format("exponential:{}", time.a_ms);
}

std::uint64_t MixBits(std::uint64_t x) {
  return SplitMix64(x).Next();
}

double UnitInterval(std::uint64_t bits) {
  return static_cast<double>(bits >> 11U) * 0x1p-53;
}

Nanos TimeOf(const DrawnTime& time, std::uint64_t bits) {
  double ms = time.a_ms;
  if (time.kind == DrawnTime::Kind::kUniform) ms += (time.b_ms - time.a_ms) * UnitInterval(bits);
  if (time.kind == DrawnTime::Kind::kExponential) ms *= -std::log1p(-UnitInterval(bits));
  return Nanos{std::llround(ms * 1e6)};
}

}  // namespace assay
