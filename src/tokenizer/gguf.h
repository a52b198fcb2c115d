// The metadata of a GGUF file, without its tensors.

#ifndef ASSAY_TOKENIZER_GGUF_H_
#define ASSAY_TOKENIZER_GGUF_H_

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "assay/result.h"

namespace assay::tok {

// Integers of every width are held as 64 bits, floats of both as double.
using GgufValue = std::variant<std::uint64_t, std::int64_t, double, bool, std::string,
                               std::vector<std::string>, std::vector<std::int64_t>>;

struct GgufMetadata {
  std::uint32_t version = 0;
  std::map<std::string, GgufValue, std::less<>> values;  // of the keys that were wanted
  std::string wanted_sha256;  // of the entries of these keys, as they stand in the file

  // The value of `key`; nullptr if it is absent or of another type.
  template <typename T>
  [[nodiscard]] const T* Find(std::string_view key) const {
    const auto found = values.find(key);
    return found == values.end() ? nullptr : std::get_if<T>(&found->second);
  }
  [[nodiscard]] bool Has(std::string_view key) const { return values.find(key) != values.end(); }
};

// Reads the metadata from the start of a file.
//
// `bytes`: the file or a part of it from its first byte on; `wanted`: which keys to keep. Arrays of
// anything but strings, integers and booleans are skipped even if wanted. `where` names the file.
// Value: nullopt if `bytes` ends within the metadata (read more of the file and try again).
// Errors: kParse with the byte offset: no GGUF, a type or a key that cannot be; kUnsupported: a
// version other than 2 and 3, or a big-endian file.
// Source: ggml docs/gguf.md.
[[nodiscard]] Result<std::optional<GgufMetadata>> ParseGgufMetadata(
    std::string_view bytes, const std::function<bool(std::string_view key)>& wanted,
    std::string_view where);

}  // namespace assay::tok

#endif  // ASSAY_TOKENIZER_GGUF_H_
