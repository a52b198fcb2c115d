// What the record's JSON files have in common.

#ifndef ASSAY_RECORD_JSON_PARTS_H_
#define ASSAY_RECORD_JSON_PARTS_H_

#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "assay/result.h"

#include "base/json.h"

namespace assay {

constexpr int kFormatVersion = 1;

// `where` names the text in errors.

// Errors: kUnsupported if the members "format" and "version" are others than `format` and
// kFormatVersion; kParse if they are missing.
[[nodiscard]] Status CheckFormat(const JsonReader& r, std::string_view format,
                                 const std::string& where);

// The object at `key`. Errors: kParse if there is none.
[[nodiscard]] Result<JsonReader> Member(const Json& json, const char* key,
                                        const std::string& where);

// The array of strings at `key`. Errors: kParse if it is missing or another thing.
[[nodiscard]] Result<std::vector<std::string>> ReadStrings(const Json& json, const char* key,
                                                           const std::string& where);

// 73 years in nanoseconds: no steady clock shows more. Sums and differences of two such times are
// 64-bit numbers too.
inline constexpr std::int64_t kFarthestNs = std::numeric_limits<std::int64_t>::max() / 4;

// A time or a length of time. Errors: kParse if it is missing, no integer, or further from 0 than
// kFarthestNs.
[[nodiscard]] Result<std::int64_t> ReadNanos(const JsonReader& r, std::string_view key,
                                             const std::string& where);
// The same; absent and null are nullopt.
[[nodiscard]] Result<std::optional<std::int64_t>> ReadOptNanos(const JsonReader& r,
                                                               std::string_view key,
                                                               const std::string& where);

}  // namespace assay

#endif  // ASSAY_RECORD_JSON_PARTS_H_
