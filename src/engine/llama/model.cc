#include "engine/llama/model.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <limits>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <ggml-backend.h>
#include <ggml.h>
#include <llama.h>

#include "base/format.h"
#include "base/hash.h"
#include "engine/llama/backend.h"
#include "engine/llama/gguf_file.h"
#include "engine/llama/machine.h"
#include "engine/llama/model_costs.h"

namespace assay {
namespace {

// Measured with SmolLM2-135M on two cores (docs/performance.md): with chunks of 256 tokens instead
// of 512, 16 sequences took 8 % longer, and chunks of 1,024 were slower again.
constexpr int kCpuSlots = 8;
constexpr int kGpuSlots = 64;
constexpr int kBatch = 512;
constexpr std::uint64_t kContextStep = 256;  // llama.cpp rounds a sequence's context up to this

struct Shape {
  int threads = 0;
  int slots = 0;
  int batch = 0;
  std::uint64_t context_tokens = 0;
};

std::vector<ggml_backend_dev_t> Gpus() {
  std::vector<ggml_backend_dev_t> gpus;
  for (std::size_t i = 0; i < ggml_backend_dev_count(); ++i) {
    const ggml_backend_dev_t device = ggml_backend_dev_get(i);
    const auto type = ggml_backend_dev_type(device);
    if (type == GGML_BACKEND_DEVICE_TYPE_GPU || type == GGML_BACKEND_DEVICE_TYPE_IGPU) {
      gpus.push_back(device);
    }
  }
  return gpus;
}

Status CheckOptions(const LlamaOptions& options) {
  const auto check = [](std::string_view name, const std::optional<int>& value, int lowest,
                        int highest) -> Status {
    if (!value || (*value >= lowest && *value <= highest)) return Ok{};
    return MakeError(ErrorCode::kInvalidArgument, "{} {}: expected {} to {}", name, *value, lowest,
                     highest);
  };
  constexpr int kAny = std::numeric_limits<int>::max();
  ASSAY_RETURN_IF_ERROR(check("GPU layers", options.gpu_layers, 0, kAny));
  ASSAY_RETURN_IF_ERROR(check("threads", options.threads, 1, 1024));
  ASSAY_RETURN_IF_ERROR(
      check("slots", options.slots, 1, static_cast<int>(llama_max_parallel_sequences())));
  ASSAY_RETURN_IF_ERROR(check("batch", options.batch, 1, 1 << 20));
  ASSAY_RETURN_IF_ERROR(check("context tokens", options.context_tokens, 2, kAny));
  ASSAY_RETURN_IF_ERROR(check("maximum of new tokens", options.limits.max_new_tokens, 1, 1 << 20));
  ASSAY_RETURN_IF_ERROR(check("minimum of new tokens", options.limits.min_new_tokens, 0,
                              options.limits.max_new_tokens));
  if (options.gpu_layers.value_or(0) > 0 && Gpus().empty()) {
    return MakeError(ErrorCode::kUnsupported,
                     "{} GPU layers asked for, but there is no GPU that this build can use",
                     *options.gpu_layers);
  }
  return Ok{};
}

std::string MetaValue(const llama_model* model, const char* key) {
  std::array<char, 512> value{};
  if (llama_model_meta_val_str(model, key, value.data(), value.size()) < 0) return {};
  return value.data();
}

Result<ModelPtr> ReadModel(const LlamaOptions& options, bool on_gpu, const BackendLogScope& log) {
  llama_model_params params = llama_model_default_params();
  std::array<ggml_backend_dev_t, 1> no_devices = {nullptr};
  params.n_gpu_layers = options.gpu_layers.value_or(-1);
  // Without this, large batches would still be computed on a GPU.
  if (!on_gpu) params.devices = no_devices.data();
  ModelPtr model(llama_model_load_from_file(options.model.c_str(), params));
  if (model == nullptr) {
    return MakeError(ErrorCode::kParse, "{}: cannot load the model: {}", options.model.string(),
                     log.Errors());
  }
  return model;
}

Status CheckGenerates(const llama_model* model, const std::filesystem::path& path) {
  const auto refuse = [&](std::string_view why) {
    return MakeError(ErrorCode::kUnsupported, "{}: {}", path.string(), why);
  };
  if (llama_vocab_type(llama_model_get_vocab(model)) == LLAMA_VOCAB_TYPE_NONE) {
    return refuse("the model has no vocabulary");
  }
  if (llama_model_has_encoder(model)) return refuse("the model has an encoder: not supported");
  if (!llama_model_has_decoder(model) || llama_model_is_diffusion(model)) {
    return refuse("the model does not generate text token by token");
  }
  return Ok{};
}

// All of llama.cpp's end-of-generation tokens. Where a file names none, the library takes an id by
// custom of the tokenizer's kind: that is not good enough to end an answer by.
Result<std::vector<TokenId>> EndTokens(const llama_model* model, const LlamaOptions& options) {
  const llama_vocab* vocabulary = llama_model_get_vocab(model);
  constexpr const char* kKey = "tokenizer.ggml.eos_token_id";
  if (MetaValue(model, kKey).empty() && !options.limits.ignore_end_tokens) {
    return MakeError(ErrorCode::kUnsupported, "{}: the metadata name no end token ({})",
                     options.model.string(), kKey);
  }
  std::vector<TokenId> ids;
  for (TokenId id = 0; id < llama_vocab_n_tokens(vocabulary); ++id) {
    if (llama_vocab_is_eog(vocabulary, id)) ids.push_back(id);
  }
  return ids;
}

std::uint64_t ContextPerSequence(const llama_model* model, const LlamaOptions& options) {
  const auto trained = static_cast<std::uint64_t>(llama_model_n_ctx_train(model));
  std::uint64_t wanted = trained;
  if (options.context_tokens) {
    wanted = static_cast<std::uint64_t>(*options.context_tokens);
  } else if (options.max_prompt_tokens) {
    wanted = *options.max_prompt_tokens + static_cast<std::uint64_t>(options.limits.max_new_tokens);
    wanted = (wanted + kContextStep - 1) / kContextStep * kContextStep;
  }
  return trained == 0 ? wanted : std::min(wanted, trained);
}

// Of one sequence's keys and values at 16 bits, as an attention model keeps them.
std::uint64_t CacheBytes(const llama_model* model, std::uint64_t context_tokens) {
  const std::int32_t heads = std::max(1, llama_model_n_head(model));
  const auto width = static_cast<std::uint64_t>(llama_model_n_embd(model) / heads) *
                     static_cast<std::uint64_t>(llama_model_n_head_kv(model));
  const auto layers = static_cast<std::uint64_t>(llama_model_n_layer(model));
  return 2 * sizeof(ggml_fp16_t) * layers * width * context_tokens;
}

std::uint64_t FreeGpuMemory() {
  std::uint64_t sum = 0;
  for (const ggml_backend_dev_t gpu : Gpus()) {
    std::size_t free = 0;
    std::size_t total = 0;
    ggml_backend_dev_memory(gpu, &free, &total);
    sum += free;
  }
  return sum;
}

// As many as pay, and as fit into half of the memory that is free.
int DefaultSlots(std::uint64_t cache_bytes, bool on_gpu) {
  const int pay = on_gpu ? kGpuSlots : kCpuSlots;
  const std::optional<std::uint64_t> free = on_gpu ? FreeGpuMemory() : AvailableMemory();
  if (!free || cache_bytes == 0) return pay;
  const std::uint64_t fit = *free / 2 / cache_bytes;
  return static_cast<int>(std::clamp<std::uint64_t>(fit, 1, static_cast<std::uint64_t>(pay)));
}

Shape ChooseShape(const llama_model* model, const LlamaOptions& options, bool on_gpu) {
  Shape shape;
  shape.threads = options.threads.value_or(ComputeThreads());
  shape.context_tokens = ContextPerSequence(model, options);
  shape.slots =
      options.slots.value_or(DefaultSlots(CacheBytes(model, shape.context_tokens), on_gpu));
  shape.batch = options.batch.value_or(kBatch);
  // A batch holds a token of every slot too.
  shape.batch = std::max(shape.batch, shape.slots);
  return shape;
}

// The kernel gives memory that it does not have and ends the process when it is touched.
Status CheckMemory(const llama_model* model, const LlamaOptions& options, const Shape& shape,
                   bool on_gpu) {
  const std::optional<std::uint64_t> available = AvailableMemory();
  const std::uint64_t needed =
      CacheBytes(model, shape.context_tokens) * static_cast<std::uint64_t>(shape.slots);
  if (on_gpu || !available || needed <= *available) return Ok{};
  constexpr double kMiB = 1024.0 * 1024.0;
  return MakeError(ErrorCode::kUnavailable,
                   "{}: out of memory: the caches of {} slots of {} tokens need {:.0f} MiB, {:.0f} "
                   "MiB are available: use fewer slots or a smaller context",
                   options.model.string(), shape.slots, shape.context_tokens,
                   static_cast<double>(needed) / kMiB, static_cast<double>(*available) / kMiB);
}

Result<ContextPtr> MakeContext(llama_model* model, const LlamaOptions& options, const Shape& shape,
                               const BackendLogScope& log) {
  llama_context_params params = llama_context_default_params();
  const auto slots = static_cast<std::uint32_t>(shape.slots);
  const std::uint64_t padded =
      (shape.context_tokens + kContextStep - 1) / kContextStep * kContextStep;
  if (padded * slots > std::numeric_limits<std::uint32_t>::max()) {
    return MakeError(ErrorCode::kInvalidArgument, "{} slots of {} tokens: more than 2^32 tokens",
                     slots, padded);
  }
  params.n_ctx = static_cast<std::uint32_t>(padded) * slots;
  params.n_seq_max = slots;
  params.n_batch = static_cast<std::uint32_t>(shape.batch);
  params.n_ubatch = params.n_batch;
  params.n_outputs_max = slots;
  params.n_threads = shape.threads;
  params.n_threads_batch = shape.threads;
  params.kv_unified = false;
  params.flash_attn_type = LLAMA_FLASH_ATTN_TYPE_AUTO;
  ContextPtr context(llama_init_from_model(model, params));
  if (context == nullptr) {
    return MakeError(ErrorCode::kUnavailable,
                     "{}: cannot make a context of {} slots with {} tokens: {}",
                     options.model.string(), slots, padded, log.Errors());
  }
  if (llama_get_memory(context.get()) == nullptr ||
      llama_pooling_type(context.get()) != LLAMA_POOLING_TYPE_NONE) {
    return MakeError(ErrorCode::kUnsupported, "{}: an embeddings model: it does not generate text",
                     options.model.string());
  }
  return context;
}

std::string CpuFeatures() {
  std::string features;
  const ggml_backend_dev_t cpu = ggml_backend_dev_by_type(GGML_BACKEND_DEVICE_TYPE_CPU);
  if (cpu == nullptr) return features;
  const ggml_backend_reg_t backend = ggml_backend_dev_backend_reg(cpu);
  // NOLINTNEXTLINE(cppcoreguidelines-pro-type-reinterpret-cast): how the library hands it out
  const auto get = reinterpret_cast<ggml_backend_get_features_t>(
      ggml_backend_reg_get_proc_address(backend, "ggml_backend_get_features"));
  if (get == nullptr) return features;
  for (const ggml_backend_feature* feature = get(backend); feature->name != nullptr; ++feature) {
    if (std::string_view(feature->value) == "0") continue;
    if (!features.empty()) features += ' ';
    features += feature->name;
    if (std::string_view(feature->value) != "1") features += fmt::format("={}", feature->value);
  }
  return features;
}

// The devices that the model's layers are on. The library tells only its log which GPUs it took:
// "using device CUDA0 (NVIDIA H100) (0000:01:00.0) - 79000 MiB free".
std::string DeviceNames(const EngineInfo& info, const BackendLogScope& log) {
  std::string names;
  if (info.layers_on_gpu > 0) {
    for (const std::string_view line : log.After("using device ")) {
      const std::size_t name_end = line.find(" (");
      if (name_end == std::string_view::npos) continue;
      const std::string_view description =
          line.substr(name_end + 2, line.find(')', name_end) - name_end - 2);
      if (!names.empty()) names += ", ";
      names += fmt::format("{}: {}", line.substr(0, name_end), description);
    }
  }
  if (info.layers_on_gpu == info.layers_total) return names;
  if (!names.empty()) names += ", ";
  return names + fmt::format("CPU ({})", CpuFeatures());
}

std::string Join(const std::vector<TokenId>& ids) {
  return fmt::format("{}", fmt::join(ids, " "));
}

// "offloaded 31/31 layers to GPU", in the log only; nothing without a GPU.
std::int64_t LayersOnGpu(const BackendLogScope& log) {
  std::int64_t layers = 0;
  for (const std::string_view count : log.After("offloaded ")) {
    std::from_chars(count.data(), count.data() + count.size(), layers);
  }
  return layers;
}

std::string Version() {
  const std::string_view commit = ggml_commit();
  return fmt::format("llama.cpp {}, ggml {}{}", llama_version(), ggml_version(),
                     commit == "unknown" ? std::string() : fmt::format(", commit {}", commit));
}

// A split file's parts after the first, with what they hash to.
Status AddParts(const llama_model* model, const std::filesystem::path& first, EngineInfo& info) {
  const std::string count_text = MetaValue(model, "split.count");
  int count = 0;
  std::from_chars(count_text.data(), count_text.data() + count_text.size(), count);
  if (count < 2) return Ok{};
  const std::string first_path = first.string();
  std::vector<char> prefix(first_path.size() + 1);
  std::vector<char> path(first_path.size() + 64);
  llama_split_prefix(prefix.data(), prefix.size(), first_path.c_str(), 0, count);
  for (int part = 1; part < count; ++part) {
    llama_split_path(path.data(), path.size(), prefix.data(), part, count);
    ASSAY_ASSIGN_OR_RETURN(std::string sha256, Sha256OfFile(path.data()));
    info.settings.emplace_back(fmt::format("SHA-256 of part {} of {}", part + 1, count),
                               std::move(sha256));
  }
  return Ok{};
}

EngineInfo Describe(const LoadedModel& loaded, const LlamaOptions& options, bool on_gpu,
                    const BackendLogScope& log) {
  const llama_model* model = loaded.model.get();
  EngineInfo info;
  info.engine = "llama";
  info.version = Version();
  info.model_name = MetaValue(model, "general.name");
  info.model_path = options.model.string();
  info.model_size_bytes = llama_model_size(model);
  info.parameter_count = llama_model_n_params(model);
  info.context_tokens = loaded.context_tokens;
  info.layers_total = llama_model_n_layer(model) + 1;
  info.layers_on_gpu = on_gpu ? LayersOnGpu(log) : 0;
  info.device = DeviceNames(info, log);
  const auto flash = log.After("Flash Attention ");
  const bool flash_attention = std::find(flash.begin(), flash.end(), "enabled") != flash.end();
  info.settings = {
      {"threads", fmt::format("{}", llama_n_threads(loaded.context.get()))},
      {"slots", fmt::format("{}", loaded.slots)},
      {"batch", fmt::format("{}", loaded.batch)},
      {"cache", "f16, one per slot, no reuse between requests"},
      {"flash attention", flash_attention ? "on" : "off"},
      {"sampling", "greedy: largest logit, lowest id of equal ones"},
      {"end tokens", Join(loaded.end_tokens)},
      {"context trained", fmt::format("{}", llama_model_n_ctx_train(model))},
      {"GPU layers asked for",
       options.gpu_layers ? fmt::format("{}", *options.gpu_layers) : std::string("all")},
  };
  return info;
}

}  // namespace

Result<LoadedModel> LoadModel(const LlamaOptions& options) {
  StartLlamaBackend();
  ASSAY_RETURN_IF_ERROR(CheckOptions(options));
  ASSAY_ASSIGN_OR_RETURN(std::string precision, CheckGgufFile(options.model));
  const bool on_gpu = options.gpu_layers.value_or(1) > 0 && !Gpus().empty();
  const BackendLogScope log(BackendLogScope::OnAbort::kThrow);
  LoadedModel loaded;
  ASSAY_ASSIGN_OR_RETURN(loaded.model, ReadModel(options, on_gpu, log));
  const llama_model* model = loaded.model.get();
  ASSAY_RETURN_IF_ERROR(CheckGenerates(model, options.model));
  ASSAY_ASSIGN_OR_RETURN(loaded.end_tokens, EndTokens(model, options));
  const Shape shape = ChooseShape(model, options, on_gpu);
  ASSAY_RETURN_IF_ERROR(CheckMemory(model, options, shape, on_gpu));
  ASSAY_ASSIGN_OR_RETURN(loaded.context, MakeContext(loaded.model.get(), options, shape, log));
  loaded.slots = shape.slots;
  loaded.batch = shape.batch;
  loaded.context_tokens = shape.context_tokens;
  loaded.vocabulary_size = llama_vocab_n_tokens(llama_model_get_vocab(model));
  loaded.info = Describe(loaded, options, on_gpu, log);
  loaded.info.precision = std::move(precision);
  if (auto costs = CostsOf(model, options.model, loaded.info)) {
    loaded.info.costs = std::move(*costs);
  } else {
    loaded.info.no_costs = costs.error().message;
  }
  ASSAY_ASSIGN_OR_RETURN(loaded.info.model_sha256, Sha256OfFile(options.model));
  ASSAY_RETURN_IF_ERROR(AddParts(model, options.model, loaded.info));
  return loaded;
}

}  // namespace assay
