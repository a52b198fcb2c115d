// Numbers for people. Never by locale; what is absent is "n/a".

#ifndef ASSAY_REPORT_NUMBER_FORMAT_H_
#define ASSAY_REPORT_NUMBER_FORMAT_H_

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace assay {

inline constexpr std::string_view kNotAvailable = "n/a";

// "1,234,567".
[[nodiscard]] std::string FormatCount(std::uint64_t value);
[[nodiscard]] std::string FormatCount(const std::optional<std::uint64_t>& value);
// "1,234.50": `decimals` behind the point, rounded half to even.
[[nodiscard]] std::string FormatFixed(double value, int decimals);
[[nodiscard]] std::string FormatFixed(const std::optional<double>& value, int decimals);
// About five significant digits, at most six behind the point: "0.25213", "28.305", "136,752".
[[nodiscard]] std::string FormatRate(const std::optional<double>& value);
// Binary units: "512 KiB", "23.5 GiB".
[[nodiscard]] std::string FormatBytes(std::uint64_t bytes);
// "0.20500 s", "93.551 s", "12 min 3 s": from ten minutes on in minutes.
[[nodiscard]] std::string FormatSeconds(const std::optional<double>& seconds);
// Of nanoseconds: "under 0.001 ms", "0.041 ms", "12.35 ms", "1,234 ms".
[[nodiscard]] std::string FormatMillis(const std::optional<double>& nanoseconds);
// "134.5 M", "8.03 G".
[[nodiscard]] std::string FormatMagnitude(std::uint64_t value);

}  // namespace assay

#endif  // ASSAY_REPORT_NUMBER_FORMAT_H_
