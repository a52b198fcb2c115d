// The bytes of a data set as they pass.

#ifndef ASSAY_DATASET_DATASET_SOURCE_H_
#define ASSAY_DATASET_DATASET_SOURCE_H_

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>

#include "assay/result.h"

#include "base/file.h"
#include "base/hash.h"

namespace assay {

inline constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";
inline constexpr std::string_view kJsonBlanks = " \t\r\n";

// Reads on where the last call ended; not thread-safe. Errors, all of them: those of `read`.
class DatasetSource {
 public:
  explicit DatasetSource(ReadBytes read) : read_(std::move(read)) {}

  // What begins the data set. To be called first.
  struct Beginning {
    char first = 0;        // behind JSON blanks
    std::size_t line = 1;  // on which it stands
    bool byte_order_mark = false;
  };
  // Value: nullopt if there are blanks alone.
  [[nodiscard]] Result<std::optional<Beginning>> Begin();

  // All bytes but a byte order mark, as ReadBytes.
  [[nodiscard]] Result<std::size_t> Read(std::span<char> into);

  // Of all bytes that were read, a byte order mark included.
  [[nodiscard]] std::uint64_t SizeBytes() const { return size_bytes_; }
  // Once, after the end was reached.
  [[nodiscard]] std::string Sha256Hex() { return hash_.Hex(); }

 private:
  [[nodiscard]] Result<std::size_t> ReadHashed(std::span<char> into);

  ReadBytes read_;
  Sha256 hash_;
  std::uint64_t size_bytes_ = 0;
  std::string start_;  // read by Begin and not yet by Read, from given_ on
  std::size_t given_ = 0;
};

}  // namespace assay

#endif  // ASSAY_DATASET_DATASET_SOURCE_H_
