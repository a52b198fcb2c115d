#include "engine/llama/make_model.h"

#include <algorithm>
#include <array>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <system_error>

#include <llama.h>
#include <unistd.h>

#include "base/format.h"
#include "engine/llama/backend.h"
#include "engine/llama/gguf_file.h"

namespace assay {
namespace {

namespace fs = std::filesystem;

std::optional<llama_ftype> FileType(std::string_view precision) {
  if (precision == "F16") return LLAMA_FTYPE_MOSTLY_F16;
  if (precision == "F32") return LLAMA_FTYPE_ALL_F32;
  return std::nullopt;
}

// The list that llama.cpp expects: one override and an empty end.
std::array<llama_model_kv_override, 2> MadeFrom(std::string_view precision) {
  std::array<llama_model_kv_override, 2> overrides{};
  overrides[0].tag = LLAMA_KV_OVERRIDE_TYPE_STR;
  const std::string_view key = kMadeFromKey;
  std::copy(key.begin(), key.end(), overrides[0].key);
  std::copy_n(precision.begin(), std::min(precision.size(), sizeof overrides[0].val_str - 1),
              overrides[0].val_str);
  return overrides;
}

Status Convert(const fs::path& source, const fs::path& target, llama_ftype type,
               std::string_view made_from) {
  const auto overrides = MadeFrom(made_from);
  llama_model_quantize_params params = llama_model_quantize_default_params();
  params.ftype = type;
  params.allow_requantize = true;
  params.kv_overrides = overrides.data();
  const BackendLogScope log;
  if (llama_model_quantize(source.c_str(), target.c_str(), &params) != 0) {
    return MakeError(ErrorCode::kIo, "{}: cannot be converted into {}: {}", source.string(),
                     target.string(), log.Errors());
  }
  return Ok{};
}

}  // namespace

Status MakeModel(const fs::path& source, const fs::path& target, std::string_view precision) {
  const std::optional<llama_ftype> type = FileType(precision);
  if (!type) {
    return MakeError(ErrorCode::kInvalidArgument, "precision {}: expected F16 or F32", precision);
  }
  ASSAY_ASSIGN_OR_RETURN(const std::string made_from, CheckGgufFile(source));
  const fs::path partial = fmt::format("{}.partial-{}", target.string(), getpid());
  Status made = Convert(source, partial, *type, made_from);
  if (made) {
    if (const auto written = CheckGgufFile(partial); !written) made = written.error();
  }
  std::error_code error;
  if (made) {
    fs::rename(partial, target, error);
    if (!error) return Ok{};
    made = MakeError(ErrorCode::kIo, "{}: cannot be written: {}", target.string(), error.message());
  }
  fs::remove(partial, error);
  return made;
}

}  // namespace assay
