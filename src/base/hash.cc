#include "base/hash.h"

#include <array>
#include <cstdio>
#include <memory>

#include <openssl/evp.h>

#include "base/check.h"
#include "base/format.h"
#include "base/io_error.h"

namespace assay {
Sha256::Sha256() : context_(EVP_MD_CTX_new(), &EVP_MD_CTX_free) {
  ASSAY_CHECK(context_ != nullptr);
  ASSAY_CHECK(EVP_DigestInit_ex(context_.get(), EVP_sha256(), nullptr) == 1);
}

void Sha256::Update(std::string_view bytes) {
  ASSAY_CHECK(EVP_DigestUpdate(context_.get(), bytes.data(), bytes.size()) == 1);
}

std::string Sha256::Hex() {
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
  unsigned int size = 0;
  ASSAY_CHECK(EVP_DigestFinal_ex(context_.get(), digest.data(), &size) == 1);
  std::string hex;
  for (unsigned int i = 0; i < size; ++i) hex += fmt::format("{:02x}", digest.at(i));
  return hex;
}

std::string Sha256Hex(std::string_view bytes) {
  Sha256 hash;
  hash.Update(bytes);
  return hash.Hex();
}

Result<std::string> Sha256OfFile(const std::filesystem::path& path) {
  const std::unique_ptr<std::FILE, int (*)(std::FILE*)> file(std::fopen(path.c_str(), "rbe"),
                                                             &std::fclose);
  if (file == nullptr) return IoError(path, "cannot open");
  Sha256 hash;
  std::string block(std::size_t{1} << 18U, '\0');
  while (true) {
    const std::size_t n = std::fread(block.data(), 1, block.size(), file.get());
    if (n > 0) hash.Update(std::string_view(block).substr(0, n));
    if (n < block.size()) break;
  }
  if (std::ferror(file.get()) != 0) {
    return MakeError(ErrorCode::kIo, "{}: cannot read", path.string());
  }
  return hash.Hex();
}

}  // namespace assay
