#include "base/json_node.h"

namespace assay {

std::optional<JsonNode> JsonNode::Find(std::string_view key) const {
  simdjson::dom::element member;
  if (!element_.is_object() || element_.at_key(key).get(member) != simdjson::SUCCESS ||
      member.is_null()) {
    return std::nullopt;
  }
  return JsonNode(member, fmt::format("{}.{}", path_, key));
}

Result<JsonNode> JsonNode::Get(std::string_view key) const {
  auto member = Find(key);
  if (!member) return Expected(fmt::format("an object with a member \"{}\"", key));
  return *std::move(member);
}

Result<std::vector<JsonNode>> JsonNode::Items() const {
  ASSAY_ASSIGN_OR_RETURN(const simdjson::dom::array array, Array());
  std::vector<JsonNode> items;
  for (const simdjson::dom::element item : array) {
    items.emplace_back(item, fmt::format("{}[{}]", path_, items.size()));
  }
  return items;
}

Result<simdjson::dom::array> JsonNode::Array() const {
  simdjson::dom::array array;
  if (element_.get(array) != simdjson::SUCCESS) return Expected("an array");
  return array;
}

Result<simdjson::dom::object> JsonNode::Object() const {
  simdjson::dom::object object;
  if (element_.get(object) != simdjson::SUCCESS) return Expected("an object");
  return object;
}

Result<std::string_view> JsonNode::String() const {
  std::string_view text;
  if (element_.get(text) != simdjson::SUCCESS) return Expected("a string");
  return text;
}

Result<std::uint64_t> JsonNode::Uint() const {
  std::uint64_t number = 0;
  if (element_.get(number) != simdjson::SUCCESS) return Expected("an integer of at least 0");
  return number;
}

Result<bool> JsonNode::Flag(std::string_view key) const {
  ASSAY_ASSIGN_OR_RETURN(const JsonNode member, Get(key));
  bool flag = false;
  if (member.element_.get(flag) != simdjson::SUCCESS) return member.Expected("true or false");
  return flag;
}

Result<bool> JsonNode::Flag(std::string_view key, bool absent) const {
  return Find(key) ? Flag(key) : absent;
}

}  // namespace assay
