#include "base/json_keys.h"

#include <algorithm>
#include <set>

#include "base/json.h"

namespace assay {

std::vector<std::string> RepeatedKeys(std::string_view text) {
  std::set<std::string> seen;
  std::vector<std::string> repeated;
  constexpr int kTopLevel = 1;
  const auto look = [&](int depth, Json::parse_event_t event, const Json& value) {
    if (event != Json::parse_event_t::key || depth != kTopLevel) return true;
    const auto& key = value.get_ref<const std::string&>();
    const bool is_new = seen.insert(key).second;
    const bool told = std::find(repeated.begin(), repeated.end(), key) != repeated.end();
    if (!is_new && !told) repeated.push_back(key);
    return true;
  };
  const Json json = Json::parse(text, look, /*allow_exceptions=*/false);
  if (!json.is_object()) repeated.clear();
  return repeated;
}

}  // namespace assay
