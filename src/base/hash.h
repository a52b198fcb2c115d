// SHA-256, the one hash of the project.

#ifndef ASSAY_BASE_HASH_H_
#define ASSAY_BASE_HASH_H_

#include <filesystem>
#include <memory>
#include <string>
#include <string_view>

#include "assay/result.h"

struct evp_md_ctx_st;  // OpenSSL's EVP_MD_CTX

namespace assay {

// Of bytes that come piece by piece; not thread-safe.
class Sha256 {
 public:
  Sha256();
  void Update(std::string_view bytes);
  // As Sha256Hex of all of them. Once, and the last call.
  [[nodiscard]] std::string Hex();

 private:
  std::unique_ptr<evp_md_ctx_st, void (*)(evp_md_ctx_st*)> context_;
};

// Value: 64 lower-case hexadecimal digits. Source: FIPS 180-4.
[[nodiscard]] std::string Sha256Hex(std::string_view bytes);

// Of a file of any size, read in blocks. Errors: kIo.
[[nodiscard]] Result<std::string> Sha256OfFile(const std::filesystem::path& path);

}  // namespace assay

#endif  // ASSAY_BASE_HASH_H_
