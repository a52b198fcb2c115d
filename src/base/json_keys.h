// Which keys a JSON object has more than once. RFC 8259 leaves open which of the values counts, and
// readers differ.

#ifndef ASSAY_BASE_JSON_KEYS_H_
#define ASSAY_BASE_JSON_KEYS_H_

#include <string>
#include <string_view>
#include <vector>

namespace assay {

// Keys that stand twice or more in the object that `text` is, not in what it holds; in the order in
// which they are repeated. None where `text` is no JSON object.
[[nodiscard]] std::vector<std::string> RepeatedKeys(std::string_view text);

}  // namespace assay

#endif  // ASSAY_BASE_JSON_KEYS_H_
