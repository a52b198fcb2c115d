#include "engine/llama/gguf_file.h"

#include <array>
#include <cerrno>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <memory>
#include <string>
#include <string_view>
#include <system_error>

#include <gguf.h>
#include <llama.h>

#include "assay/result.h"

#include "base/format.h"
#include "engine/llama/backend.h"

namespace assay {
namespace {

namespace fs = std::filesystem;

struct FreeGguf {
  void operator()(gguf_context* context) const { gguf_free(context); }
};

Result<std::uint64_t> SizeOfRegularFile(const fs::path& path) {
  std::error_code error;
  const fs::file_status status = fs::status(path, error);
  if (!fs::exists(status)) {
    return MakeError(ErrorCode::kIo, "{}: cannot read the model: no such file", path.string());
  }
  if (!fs::is_regular_file(status)) {
    return MakeError(ErrorCode::kIo, "{}: cannot read the model: not a regular file",
                     path.string());
  }
  const std::uintmax_t size = fs::file_size(path, error);
  if (error) {
    return MakeError(ErrorCode::kIo, "{}: cannot read the model: {}", path.string(),
                     error.message());
  }
  return std::uint64_t{size};
}

Status CheckMagic(const fs::path& path) {
  constexpr std::string_view kMagic = "GGUF";
  std::ifstream file(path, std::ios::binary);
  if (!file) {
    return MakeError(ErrorCode::kIo, "{}: cannot read the model: {}", path.string(),
                     std::generic_category().message(errno));
  }
  std::array<char, kMagic.size()> bytes{};
  file.read(bytes.data(), bytes.size());
  if (!file || std::string_view(bytes.data(), bytes.size()) != kMagic) {
    return MakeError(ErrorCode::kParse,
                     "{}: not a GGUF file: expected the bytes \"GGUF\" at offset 0", path.string());
  }
  return Ok{};
}

std::string Precision(const gguf_context* gguf) {
  const std::int64_t type = gguf_find_key(gguf, "general.file_type");
  if (type < 0 || gguf_get_kv_type(gguf, type) != GGUF_TYPE_UINT32) return "unknown";
  std::string name = llama_ftype_name(static_cast<llama_ftype>(gguf_get_val_u32(gguf, type)));
  if (name == "all F32") name = "F32";
  const std::int64_t made_from = gguf_find_key(gguf, kMadeFromKey);
  if (made_from < 0 || gguf_get_kv_type(gguf, made_from) != GGUF_TYPE_STRING) return name;
  return fmt::format("{} made from {}", name, gguf_get_val_str(gguf, made_from));
}

}  // namespace

Result<std::string> CheckGgufFile(const fs::path& path) {
  StartLlamaBackend();
  ASSAY_ASSIGN_OR_RETURN(const std::uint64_t file_size, SizeOfRegularFile(path));
  ASSAY_RETURN_IF_ERROR(CheckMagic(path));

  const BackendLogScope log;
  const std::unique_ptr<gguf_context, FreeGguf> gguf(
      gguf_init_from_file(path.c_str(), gguf_init_params{.no_alloc = true, .ctx = nullptr}));
  if (gguf == nullptr) {
    return MakeError(ErrorCode::kParse, "{}: GGUF metadata damaged or cut off: {}", path.string(),
                     log.Errors());
  }
  for (std::int64_t i = 0; i < gguf_get_n_tensors(gguf.get()); ++i) {
    const std::uint64_t end = std::uint64_t{gguf_get_data_offset(gguf.get())} +
                              gguf_get_tensor_offset(gguf.get(), i) +
                              gguf_get_tensor_size(gguf.get(), i);
    if (end > file_size) {
      return MakeError(ErrorCode::kParse,
                       "{}: truncated: tensor {} ends at byte {}, but the file has {} bytes",
                       path.string(), gguf_get_tensor_name(gguf.get(), i), end, file_size);
    }
  }
  return Precision(gguf.get());
}

}  // namespace assay
