// SHA-256, the one hash of the project.

#ifndef ASSAY_BASE_HASH_H_
#define ASSAY_BASE_HASH_H_

#include <filesystem>
#include <string>
#include <string_view>

#include "assay/result.h"

namespace assay {

// Value: 64 lower-case hexadecimal digits. Source: FIPS 180-4.
[[nodiscard]] std::string Sha256Hex(std::string_view bytes);

// Of a file of any size, read in blocks. Errors: kIo.
[[nodiscard]] Result<std::string> Sha256OfFile(const std::filesystem::path& path);

}  // namespace assay

#endif  // ASSAY_BASE_HASH_H_
