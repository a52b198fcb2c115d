#include "record/json_parts.h"

#include <algorithm>
#include <cstdint>

#include "base/format.h"

namespace assay {

Status CheckFormat(const JsonReader& r, std::string_view format, const std::string& where) {
  ASSAY_ASSIGN_OR_RETURN(const std::string found, r.String("format"));
  ASSAY_ASSIGN_OR_RETURN(const std::int64_t version, r.Int("version"));
  if (found != format || version != kFormatVersion) {
    return MakeError(ErrorCode::kUnsupported,
                     "{}: is \"{}\" version {}, expected \"{}\" version {}", where, found, version,
                     format, kFormatVersion);
  }
  return Ok{};
}

Result<JsonReader> Member(const Json& json, const char* key, const std::string& where) {
  const auto it = json.find(key);
  if (it == json.end()) return MakeError(ErrorCode::kParse, "{}: \"{}\" is missing", where, key);
  return JsonReader::Of(*it, fmt::format("{}: {}", where, key));
}

Result<std::vector<std::string>> ReadStrings(const Json& json, const char* key,
                                             const std::string& where) {
  const auto it = json.find(key);
  if (it == json.end() || !it->is_array() ||
      !std::all_of(it->begin(), it->end(), [](const Json& v) { return v.is_string(); })) {
    return MakeError(ErrorCode::kParse, "{}: \"{}\" must be an array of strings", where, key);
  }
  return it->get<std::vector<std::string>>();
}

}  // namespace assay
