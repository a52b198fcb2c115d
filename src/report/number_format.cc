#include "report/number_format.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>

#include "base/format.h"

namespace assay {
namespace {

// Puts commas between the groups of the digits before the point.
std::string Grouped(const std::string& number) {
  const std::size_t begin = number.starts_with('-') ? 1 : 0;
  const std::size_t end = std::min(number.find('.'), number.size());
  std::string out;
  for (std::size_t i = 0; i < number.size(); ++i) {
    if (i > begin && i < end && (end - i) % 3 == 0) out += ',';
    out += number[i];
  }
  return out;
}

}  // namespace

std::string FormatCount(std::uint64_t value) {
  return Grouped(fmt::format("{}", value));
}

std::string FormatCount(const std::optional<std::uint64_t>& value) {
  return value ? FormatCount(*value) : std::string(kNotAvailable);
}

std::string FormatFixed(double value, int decimals) {
  if (!std::isfinite(value)) return std::string(kNotAvailable);
  std::string text = Grouped(fmt::format("{:.{}f}", value, decimals));
  // A value that rounds to nothing has no sign.
  if (text.starts_with('-') && text.find_first_of("123456789") == std::string::npos) {
    text.erase(0, 1);
  }
  return text;
}

std::string FormatFixed(const std::optional<double>& value, int decimals) {
  return value ? FormatFixed(*value, decimals) : std::string(kNotAvailable);
}

std::string FormatRate(const std::optional<double>& value) {
  if (!value || !std::isfinite(*value)) return std::string(kNotAvailable);
  if (*value == 0.0) return "0";
  constexpr int kDigits = 5;
  const int magnitude = static_cast<int>(std::floor(std::log10(std::fabs(*value))));
  return FormatFixed(*value, std::clamp(kDigits - 1 - magnitude, 0, 6));
}

std::string FormatBytes(std::uint64_t bytes) {
  constexpr std::array<std::string_view, 5> kUnits{"B", "KiB", "MiB", "GiB", "TiB"};
  auto value = static_cast<double>(bytes);
  std::size_t unit = 0;
  while (value >= 1024.0 && unit + 1 < kUnits.size()) {
    value /= 1024.0;
    ++unit;
  }
  const bool whole = value == std::floor(value) || value >= 100.0;
  return fmt::format("{} {}", FormatFixed(value, whole ? 0 : 1), kUnits[unit]);
}

std::string FormatSeconds(const std::optional<double>& seconds) {
  if (!seconds || !std::isfinite(*seconds)) return std::string(kNotAvailable);
  constexpr double kMinute = 60.0;
  if (*seconds < 10.0 * kMinute) return FormatRate(seconds) + " s";
  const double whole = std::round(*seconds);
  const double minutes = std::floor(whole / kMinute);
  return fmt::format("{} min {} s", FormatFixed(minutes, 0),
                     FormatFixed(whole - minutes * kMinute, 0));
}

std::string FormatMillis(const std::optional<double>& nanoseconds) {
  if (!nanoseconds) return std::string(kNotAvailable);
  const double ms = *nanoseconds / 1e6;
  const double size = std::fabs(ms);
  if (size > 0.0 && size < 0.0005) return "under 0.001 ms";
  return FormatFixed(ms, size >= 1000.0 ? 0 : (size >= 10.0 ? 2 : 3)) + " ms";
}

std::string FormatMagnitude(std::uint64_t value) {
  constexpr std::array<std::string_view, 4> kUnits{"", " M", " G", " T"};
  if (value < 1'000'000) return FormatCount(value);
  auto scaled = static_cast<double>(value) / 1e6;
  std::size_t unit = 1;
  while (scaled >= 1000.0 && unit + 1 < kUnits.size()) {
    scaled /= 1000.0;
    ++unit;
  }
  return fmt::format("{}{}", FormatFixed(scaled, scaled < 10.0 ? 2 : 1), kUnits[unit]);
}

}  // namespace assay
