#include "engine/llama/tiny_model.h"

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include <ggml.h>
#include <gguf.h>

#include "base/check.h"
#include "base/format.h"

namespace assay {
namespace {

constexpr std::int64_t kWidth = 32;
constexpr std::int64_t kInner = 64;
constexpr std::uint32_t kHeads = 4;
constexpr int kBlocks = 2;
constexpr int kBlockTensors = 9;
constexpr int kOtherTensors = 3;

struct Free {
  void operator()(ggml_context* context) const { ggml_free(context); }
  void operator()(gguf_context* context) const { gguf_free(context); }
};

class Writer {
 public:
  explicit Writer(TinyModel model)
      : model_(std::move(model)),
        tensors_(ggml_init(
            {.mem_size = std::size_t{4} << 20U, .mem_buffer = nullptr, .no_alloc = false})),
        gguf_(gguf_init_empty()),
        blocks_(gguf_init_empty()) {}

  void Write(const std::filesystem::path& path) {
    AddMetadata();
    AddVocabulary();
    AddTensors(gguf_.get());
    ASSAY_CHECK(gguf_write_to_file(gguf_.get(), path.c_str(), false));
  }
  // The blocks' tensors in the second part.
  void WriteParts(const std::filesystem::path& first, const std::filesystem::path& second) {
    AddMetadata();
    AddVocabulary();
    AddTensors(blocks_.get());
    for (gguf_context* part : {gguf_.get(), blocks_.get()}) {
      gguf_set_val_u16(part, "split.no", part == gguf_.get() ? 0 : 1);
      gguf_set_val_u16(part, "split.count", 2);
      gguf_set_val_i32(part, "split.tensors.count", kOtherTensors + kBlocks * kBlockTensors);
    }
    ASSAY_CHECK(gguf_write_to_file(gguf_.get(), first.c_str(), false));
    ASSAY_CHECK(gguf_write_to_file(blocks_.get(), second.c_str(), false));
  }

 private:
  void Set(const char* key, std::uint32_t value) { gguf_set_val_u32(gguf_.get(), key, value); }

  void AddMetadata() {
    gguf_set_val_str(gguf_.get(), "general.architecture", "llama");
    gguf_set_val_str(gguf_.get(), "general.name", "Tiny");
    Set("general.file_type", 0);
    Set("llama.vocab_size", kTinyVocabulary);
    Set("llama.context_length", model_.context);
    Set("llama.embedding_length", kWidth);
    Set("llama.block_count", model_.blocks_said);
    Set("llama.feed_forward_length", kInner);
    Set("llama.attention.head_count", kHeads);
    Set("llama.attention.head_count_kv", kHeads);
    Set("llama.rope.dimension_count", kWidth / kHeads);
    gguf_set_val_f32(gguf_.get(), "llama.attention.layer_norm_rms_epsilon", 1e-5F);
    if (model_.pooling != 0) Set("llama.pooling_type", model_.pooling);
  }

  void AddVocabulary() {
    gguf_set_val_str(gguf_.get(), "tokenizer.ggml.model", model_.tokenizer.c_str());
    if (model_.tokenizer == "none") return;
    std::vector<std::string> texts;
    texts.reserve(kTinyVocabulary);
    for (int id = 0; id < kTinyVocabulary; ++id) texts.push_back(fmt::format("t{}", id));
    texts[2] = model_.has_end_token ? "</s>" : "t2";
    std::vector<const char*> pointers;
    pointers.reserve(texts.size());
    for (const std::string& text : texts) pointers.push_back(text.c_str());
    const std::vector<float> scores(kTinyVocabulary, 0.0F);
    std::vector<std::int32_t> types(kTinyVocabulary, 1);
    types[2] = model_.has_end_token ? 3 : 1;
    gguf_set_arr_str(gguf_.get(), "tokenizer.ggml.tokens", pointers.data(), pointers.size());
    gguf_set_arr_data(gguf_.get(), "tokenizer.ggml.scores", GGUF_TYPE_FLOAT32, scores.data(),
                      scores.size());
    gguf_set_arr_data(gguf_.get(), "tokenizer.ggml.token_type", GGUF_TYPE_INT32, types.data(),
                      types.size());
    if (model_.has_end_token) Set("tokenizer.ggml.eos_token_id", 2);
  }

  void AddTensor(gguf_context* part, const std::string& name, std::int64_t columns,
                 std::int64_t rows, float spread) {
    ggml_tensor* tensor = rows == 1
                              ? ggml_new_tensor_1d(tensors_.get(), GGML_TYPE_F32, columns)
                              : ggml_new_tensor_2d(tensors_.get(), GGML_TYPE_F32, columns, rows);
    ggml_set_name(tensor, name.c_str());
    auto* values = static_cast<float*>(tensor->data);
    for (std::int64_t i = 0; i < columns * rows; ++i) {
      // Uniform in [-1, 1), the same with every standard library.
      const double unit = static_cast<double>(random_()) / 2147483648.0 - 1.0;
      values[i] = spread == 0.0F ? 1.0F : static_cast<float>(unit) * spread;
      if (model_.weight != 0.0F) values[i] = model_.weight;
    }
    gguf_add_tensor(part, tensor);
  }

  void AddTensors(gguf_context* blocks) {
    AddTensor(gguf_.get(), "token_embd.weight", kWidth, kTinyVocabulary, 1.0F);
    AddTensor(gguf_.get(), "output.weight", kWidth, kTinyVocabulary, 1.0F);
    AddTensor(gguf_.get(), "output_norm.weight", kWidth, 1, 0.0F);
    for (int block = 0; block < kBlocks; ++block) {
      const auto name = [block](const char* part) {
        return fmt::format("blk.{}.{}.weight", block, part);
      };
      AddTensor(blocks, name("attn_norm"), kWidth, 1, 0.0F);
      for (const char* part : {"attn_q", "attn_k", "attn_v", "attn_output"}) {
        AddTensor(blocks, name(part), kWidth, kWidth, 0.5F);
      }
      AddTensor(blocks, name("ffn_norm"), kWidth, 1, 0.0F);
      AddTensor(blocks, name("ffn_gate"), kWidth, kInner, 0.5F);
      AddTensor(blocks, name("ffn_up"), kWidth, kInner, 0.5F);
      AddTensor(blocks, name("ffn_down"), kInner, kWidth, 0.5F);
    }
  }

  const TinyModel model_;
  std::unique_ptr<ggml_context, Free> tensors_;
  std::unique_ptr<gguf_context, Free> gguf_;
  std::unique_ptr<gguf_context, Free> blocks_;
  std::mt19937 random_;
};

}  // namespace

void WriteTinyModel(const std::filesystem::path& path, const TinyModel& model) {
  Writer(model).Write(path);
}

std::filesystem::path WriteTinyModelInParts(const std::string& prefix) {
  std::filesystem::path first = prefix + "-00001-of-00002.gguf";
  Writer(TinyModel{}).WriteParts(first, prefix + "-00002-of-00002.gguf");
  return first;
}

}  // namespace assay
