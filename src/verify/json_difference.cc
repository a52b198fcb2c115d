#include "verify/json_difference.h"

#include <algorithm>
#include <utility>

#include "base/format.h"

namespace assay {
namespace {

constexpr std::size_t kShownBytes = 120;

std::string Shown(const Json& value) {
  std::string text = ToJsonLine(value);
  if (text.size() > kShownBytes) text = text.substr(0, kShownBytes) + "...";
  return text;
}

std::string Escaped(const std::string& key) {
  std::string out;
  for (const char c : key) {
    if (c == '~') {
      out += "~0";
    } else if (c == '/') {
      out += "~1";
    } else {
      out += c;
    }
  }
  return out;
}

std::optional<JsonDifference> Compare(const Json& stated, const Json& recomputed,
                                      const std::string& pointer);

std::optional<JsonDifference> CompareObjects(const Json& stated, const Json& recomputed,
                                             const std::string& pointer) {
  for (const auto& [key, value] : recomputed.items()) {
    const std::string at = pointer + "/" + Escaped(key);
    const auto it = stated.find(key);
    if (it == stated.end()) return JsonDifference{at, "absent", Shown(value)};
    if (auto difference = Compare(*it, value, at)) return difference;
  }
  for (const auto& [key, value] : stated.items()) {
    if (!recomputed.contains(key)) {
      return JsonDifference{pointer + "/" + Escaped(key), Shown(value), "absent"};
    }
  }
  return std::nullopt;
}

std::optional<JsonDifference> CompareArrays(const Json& stated, const Json& recomputed,
                                            const std::string& pointer) {
  const std::size_t common = std::min(stated.size(), recomputed.size());
  for (std::size_t i = 0; i < common; ++i) {
    const std::string at = fmt::format("{}/{}", pointer, i);
    if (auto difference = Compare(stated[i], recomputed[i], at)) return difference;
  }
  if (stated.size() == recomputed.size()) return std::nullopt;
  const std::string at = fmt::format("{}/{}", pointer, common);
  return JsonDifference{at, stated.size() > common ? Shown(stated[common]) : "absent",
                        recomputed.size() > common ? Shown(recomputed[common]) : "absent"};
}

std::optional<JsonDifference> Compare(const Json& stated, const Json& recomputed,
                                      const std::string& pointer) {
  if (stated.is_object() && recomputed.is_object()) {
    return CompareObjects(stated, recomputed, pointer);
  }
  if (stated.is_array() && recomputed.is_array()) {
    return CompareArrays(stated, recomputed, pointer);
  }
  if (stated == recomputed) return std::nullopt;
  return JsonDifference{pointer, Shown(stated), Shown(recomputed)};
}

}  // namespace

std::optional<JsonDifference> FirstDifference(const Json& stated, const Json& recomputed) {
  return Compare(stated, recomputed, "");
}

}  // namespace assay
