#include "engine/llama/model_costs.h"

#include <array>
#include <charconv>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include <ggml.h>
#include <gguf.h>

#include "base/format.h"
#include "engine/llama/backend.h"

namespace assay {
namespace {

constexpr std::uint64_t kCacheElementBytes = 2;  // of F16

struct FreeGguf {
  void operator()(gguf_context* context) const { gguf_free(context); }
};

std::string Meta(const llama_model* model, const std::string& key) {
  std::array<char, 256> value{};
  if (llama_model_meta_val_str(model, key.c_str(), value.data(), value.size()) < 0) return {};
  return value.data();
}

// Metadata under the name of the architecture: "llama.attention.key_length".
class Metadata {
 public:
  explicit Metadata(const llama_model* model)
      : model_(model), prefix_(Meta(model, "general.architecture") + ".") {}

  [[nodiscard]] bool Has(const std::string& key) const {
    return !Meta(model_, prefix_ + key).empty();
  }
  // nullopt: absent, or no whole number (an array: it differs between layers).
  [[nodiscard]] std::optional<std::uint64_t> Number(const std::string& key) const {
    const std::string text = Meta(model_, prefix_ + key);
    std::uint64_t value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
    return value;
  }

 private:
  const llama_model* model_;
  std::string prefix_;
};

Status CheckPlainDecoder(const llama_model* model, const Metadata& metadata) {
  const auto refuse = [](std::string_view why) {
    return MakeError(ErrorCode::kUnsupported, "{}", why);
  };
  if (llama_model_is_recurrent(model) || llama_model_is_hybrid(model)) {
    return refuse("the model has recurrent layers");
  }
  if (metadata.Number("expert_count").value_or(0) > 0) {
    return refuse("the model has experts: which weights a token passes through is not known");
  }
  if (llama_model_n_swa(model) > 0) return refuse("the model attends to a sliding window");
  if (metadata.Has("attention.kv_lora_rank")) return refuse("the model's cache is compressed");
  if (!Meta(model, "split.count").empty()) return refuse("the model is in several files");
  for (const char* key : {"attention.head_count", "attention.head_count_kv"}) {
    if (metadata.Has(key) && !metadata.Number(key)) {
      return refuse("the model's layers have different numbers of heads");
    }
  }
  return Ok{};
}

struct Tensor {
  std::uint64_t bytes = 0;
  std::uint64_t elements = 0;
};

struct Tables {
  Tensor output;  // what makes logits
  Tensor unused;  // the token embedding table, where the output does not use it too
};

Tensor TensorAt(const gguf_context* gguf, std::int64_t id) {
  const ggml_type type = gguf_get_tensor_type(gguf, id);
  const std::uint64_t bytes = gguf_get_tensor_size(gguf, id);
  return {bytes, bytes / ggml_type_size(type) * static_cast<std::uint64_t>(ggml_blck_size(type))};
}

Result<Tables> ReadTables(const std::filesystem::path& path) {
  const BackendLogScope log;
  const std::unique_ptr<gguf_context, FreeGguf> gguf(
      gguf_init_from_file(path.c_str(), gguf_init_params{.no_alloc = true, .ctx = nullptr}));
  if (gguf == nullptr) return MakeError(ErrorCode::kParse, "the file cannot be read again");
  const std::int64_t embedding = gguf_find_tensor(gguf.get(), "token_embd.weight");
  if (embedding < 0) return MakeError(ErrorCode::kUnsupported, "the file has no token_embd.weight");
  const std::int64_t output = gguf_find_tensor(gguf.get(), "output.weight");
  if (output < 0) return Tables{TensorAt(gguf.get(), embedding), {}};
  return Tables{TensorAt(gguf.get(), output), TensorAt(gguf.get(), embedding)};
}

// On a CPU, 16-bit weights are widened, and their products are those of 32-bit numbers. Quantised
// weights are multiplied as integers, GPUs use units of their own.
std::string ArithmeticOf(const EngineInfo& info) {
#if defined(__x86_64__)
  const std::string_view precision = std::string_view(info.precision).substr(0, 3);
  if (info.layers_on_gpu == 0 && (precision == "F32" || precision == "F16")) return "f32";
#else
  if (info.layers_on_gpu == 0 && info.precision.starts_with("F32")) return "f32";
#endif
  return {};
}

}  // namespace

Result<ModelCosts> CostsOf(const llama_model* model, const std::filesystem::path& path,
                           const EngineInfo& info) {
  const Metadata metadata(model);
  ASSAY_RETURN_IF_ERROR(CheckPlainDecoder(model, metadata));
  ASSAY_ASSIGN_OR_RETURN(const Tables tables, ReadTables(path));
  const auto heads = static_cast<std::uint64_t>(llama_model_n_head(model));
  const auto cache_heads = static_cast<std::uint64_t>(llama_model_n_head_kv(model));
  const auto layers = static_cast<std::uint64_t>(llama_model_n_layer(model));
  if (heads == 0 || cache_heads == 0) {
    return MakeError(ErrorCode::kUnsupported, "the model does not tell its attention heads");
  }
  const std::uint64_t width = static_cast<std::uint64_t>(llama_model_n_embd(model)) / heads;
  const std::uint64_t key_width = metadata.Number("attention.key_length").value_or(width);
  const std::uint64_t value_width = metadata.Number("attention.value_length").value_or(width);
  ModelCosts costs;
  costs.weight_bytes = llama_model_size(model) - tables.unused.bytes;
  costs.weights = llama_model_n_params(model) - tables.unused.elements;
  costs.output_bytes = tables.output.bytes;
  costs.output_weights = tables.output.elements;
  costs.cache_bytes_per_token =
      layers * cache_heads * (key_width + value_width) * kCacheElementBytes;
  // A multiplication and an addition for each element of the key and of the value.
  costs.attention_flops = 2 * layers * heads * (key_width + value_width);
  costs.arithmetic = ArithmeticOf(info);
  return costs;
}

}  // namespace assay
