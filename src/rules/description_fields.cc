#include "rules/description_fields.h"

namespace assay {
namespace {

// As Python takes a value for true.
bool IsTruthy(const Json& value) {
  if (value.is_null()) return false;
  if (value.is_boolean()) return value.get<bool>();
  if (value.is_number()) return value.get<double>() != 0.0;
  if (value.is_string()) return !value.get_ref<const std::string&>().empty();
  return !value.empty();
}

}  // namespace

std::vector<FieldFault> FaultyFields(const Json& object, std::span<const std::string_view> names,
                                     bool may_be_empty) {
  std::vector<FieldFault> faults;
  for (const std::string_view name : names) {
    const auto it = object.find(name);
    if (it == object.end()) {
      faults.push_back({std::string(name), true, ""});
    } else if (!may_be_empty && !IsTruthy(*it)) {
      faults.push_back({std::string(name), false, ToJsonLine(*it)});
    }
  }
  return faults;
}

}  // namespace assay
