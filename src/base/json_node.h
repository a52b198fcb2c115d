// A value in a document that simdjson has parsed, with its path, for errors that name it. For files
// of megabytes.

#ifndef ASSAY_BASE_JSON_NODE_H_
#define ASSAY_BASE_JSON_NODE_H_

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <simdjson.h>

#include "assay/result.h"

#include "base/format.h"

namespace assay {

class JsonNode {
 public:
  JsonNode(simdjson::dom::element element, std::string path)
      : element_(element), path_(std::move(path)) {}

  [[nodiscard]] const std::string& path() const { return path_; }
  [[nodiscard]] simdjson::dom::element element() const { return element_; }
  [[nodiscard]] bool IsObject() const { return element_.is_object(); }
  [[nodiscard]] bool IsString() const { return element_.is_string(); }

  // The member `key`; nullopt if it is absent or null. REQUIRES: nothing; no object has no members.
  [[nodiscard]] std::optional<JsonNode> Find(std::string_view key) const;
  // Errors, all of them: kParse, "PATH: expected WHAT".
  [[nodiscard]] Result<JsonNode> Get(std::string_view key) const;
  [[nodiscard]] Result<std::vector<JsonNode>> Items() const;
  [[nodiscard]] Result<simdjson::dom::array> Array() const;
  [[nodiscard]] Result<simdjson::dom::object> Object() const;
  // Views into the document.
  [[nodiscard]] Result<std::string_view> String() const;
  [[nodiscard]] Result<std::uint64_t> Uint() const;
  // The member `key`.
  [[nodiscard]] Result<bool> Flag(std::string_view key) const;
  // The member `key`: `absent` if it is absent or null.
  [[nodiscard]] Result<bool> Flag(std::string_view key, bool absent) const;

  [[nodiscard]] Error Expected(std::string_view what) const {
    return MakeError(ErrorCode::kParse, "{}: expected {}", path_, what);
  }
  [[nodiscard]] Error Unsupported(std::string_view what) const {
    return MakeError(ErrorCode::kUnsupported, "{}: {} is not supported", path_, what);
  }

 private:
  simdjson::dom::element element_;
  std::string path_;
};

}  // namespace assay

#endif  // ASSAY_BASE_JSON_NODE_H_
