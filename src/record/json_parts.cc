#include "record/json_parts.h"

#include <algorithm>
#include <cstdint>

#include "base/format.h"

namespace assay {
namespace {

Status CheckNanos(std::int64_t ns, std::string_view key, const std::string& where) {
  if (ns >= -kFarthestNs && ns <= kFarthestNs) return Ok{};
  return MakeError(ErrorCode::kParse, "{}: \"{}\" is {}, which no steady clock shows", where, key,
                   ns);
}

}  // namespace

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

Result<std::int64_t> ReadNanos(const JsonReader& r, std::string_view key,
                               const std::string& where) {
  ASSAY_ASSIGN_OR_RETURN(const std::int64_t ns, r.Int(key));
  ASSAY_RETURN_IF_ERROR(CheckNanos(ns, key, where));
  return ns;
}

Result<std::optional<std::int64_t>> ReadOptNanos(const JsonReader& r, std::string_view key,
                                                 const std::string& where) {
  ASSAY_ASSIGN_OR_RETURN(const std::optional<std::int64_t> ns, r.OptInt(key));
  if (ns) ASSAY_RETURN_IF_ERROR(CheckNanos(*ns, key, where));
  return ns;
}

}  // namespace assay
