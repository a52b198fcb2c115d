#include "tokenizer/tokenizer_class.h"

#include <algorithm>
#include <array>

namespace assay::tok {
namespace {

using Frame = TokenizerClass::Frame;
using PrefixSpace = TokenizerClass::PrefixSpace;

constexpr std::string_view kEndOfText = "<|endoftext|>";

// Source: their __init__ in transformers 4.46.2.
constexpr std::array kClasses = {
    TokenizerClass{.name = "PreTrainedTokenizer", .takes_padding = true},
    TokenizerClass{.name = "BloomTokenizer",
                   .prefix_space = PrefixSpace::kTurnedOn,
                   .bos = "<s>",
                   .eos = "</s>",
                   .unk = "<unk>",
                   .pad = "<pad>"},
    TokenizerClass{.name = "CodeGenTokenizer",
                   .frame = Frame::kNoneNorBosTold,
                   .prefix_space = PrefixSpace::kReplaced,
                   .takes_padding = true,
                   .bos = kEndOfText,
                   .eos = kEndOfText,
                   .unk = kEndOfText},
    TokenizerClass{.name = "CohereTokenizer",
                   .frame = Frame::kBosUnlessTold,
                   .prefix_space = PrefixSpace::kTurnedOn,
                   .takes_padding = true,
                   .bos = "<BOS_TOKEN>",
                   .eos = "<|END_OF_TURN_TOKEN|>",
                   .unk = "<UNK>"},
    TokenizerClass{.name = "GPT2Tokenizer",
                   .prefix_space = PrefixSpace::kReplaced,
                   .takes_padding = true,
                   .bos = kEndOfText,
                   .eos = kEndOfText,
                   .unk = kEndOfText},
    TokenizerClass{.name = "GPTNeoXTokenizer",
                   .frame = Frame::kAsTold,
                   .prefix_space = PrefixSpace::kReplaced,
                   .bos = kEndOfText,
                   .eos = kEndOfText,
                   .unk = kEndOfText},
    TokenizerClass{.name = "GemmaTokenizer",
                   .frame = Frame::kBosUnlessTold,
                   .bos = "<bos>",
                   .eos = "<eos>",
                   .unk = "<unk>",
                   .pad = "<pad>"},
    TokenizerClass{.name = "LlamaTokenizer",
                   .frame = Frame::kBosUnlessTold,
                   .prefix_space = PrefixSpace::kRebuilds,
                   .takes_padding = true,
                   .bos = "<s>",
                   .eos = "</s>",
                   .unk = "<unk>"},
    TokenizerClass{.name = "Qwen2Tokenizer",
                   .sets_flags = true,
                   .eos = kEndOfText,
                   .unk = kEndOfText,
                   .pad = kEndOfText},
};

struct ModelType {
  std::string_view name;
  std::string_view tokenizer_class;
};

// Source: TOKENIZER_MAPPING_NAMES of transformers 4.46.2, those whose class is known here.
constexpr std::array kModelTypes = {
    ModelType{"blip-2", "GPT2Tokenizer"},
    ModelType{"bloom", "BloomTokenizer"},
    ModelType{"chameleon", "LlamaTokenizer"},
    ModelType{"codegen", "CodeGenTokenizer"},
    ModelType{"cohere", "CohereTokenizer"},
    ModelType{"dbrx", "GPT2Tokenizer"},
    ModelType{"falcon", "PreTrainedTokenizer"},
    ModelType{"falcon_mamba", "GPTNeoXTokenizer"},
    ModelType{"gemma", "GemmaTokenizer"},
    ModelType{"gemma2", "GemmaTokenizer"},
    ModelType{"glm", "PreTrainedTokenizer"},
    ModelType{"gpt2", "GPT2Tokenizer"},
    ModelType{"gpt_bigcode", "GPT2Tokenizer"},
    ModelType{"gpt_neo", "GPT2Tokenizer"},
    ModelType{"gpt_neox", "GPTNeoXTokenizer"},
    ModelType{"gptj", "GPT2Tokenizer"},
    ModelType{"idefics", "LlamaTokenizer"},
    ModelType{"idefics2", "LlamaTokenizer"},
    ModelType{"idefics3", "LlamaTokenizer"},
    ModelType{"instructblip", "GPT2Tokenizer"},
    ModelType{"instructblipvideo", "GPT2Tokenizer"},
    ModelType{"jamba", "LlamaTokenizer"},
    ModelType{"jetmoe", "LlamaTokenizer"},
    ModelType{"llama", "LlamaTokenizer"},
    ModelType{"llava", "LlamaTokenizer"},
    ModelType{"llava_next", "LlamaTokenizer"},
    ModelType{"llava_next_video", "LlamaTokenizer"},
    ModelType{"llava_onevision", "LlamaTokenizer"},
    ModelType{"mamba", "GPTNeoXTokenizer"},
    ModelType{"mamba2", "GPTNeoXTokenizer"},
    ModelType{"mistral", "LlamaTokenizer"},
    ModelType{"mixtral", "LlamaTokenizer"},
    ModelType{"mllama", "LlamaTokenizer"},
    ModelType{"moshi", "PreTrainedTokenizer"},
    ModelType{"mpt", "GPTNeoXTokenizer"},
    ModelType{"olmo", "GPTNeoXTokenizer"},
    ModelType{"olmoe", "GPTNeoXTokenizer"},
    ModelType{"opt", "GPT2Tokenizer"},
    ModelType{"paligemma", "LlamaTokenizer"},
    ModelType{"persimmon", "LlamaTokenizer"},
    ModelType{"phi", "CodeGenTokenizer"},
    ModelType{"phi3", "LlamaTokenizer"},
    ModelType{"phimoe", "LlamaTokenizer"},
    ModelType{"pixtral", "PreTrainedTokenizer"},
    ModelType{"qwen2", "Qwen2Tokenizer"},
    ModelType{"qwen2_audio", "Qwen2Tokenizer"},
    ModelType{"qwen2_moe", "Qwen2Tokenizer"},
    ModelType{"qwen2_vl", "Qwen2Tokenizer"},
    ModelType{"recurrent_gemma", "GemmaTokenizer"},
    ModelType{"rwkv", "GPTNeoXTokenizer"},
    ModelType{"stablelm", "GPTNeoXTokenizer"},
    ModelType{"starcoder2", "GPT2Tokenizer"},
    ModelType{"video_llava", "LlamaTokenizer"},
    ModelType{"vipllava", "LlamaTokenizer"},
    ModelType{"zamba", "LlamaTokenizer"},
};

template <typename Rows>
auto FindByName(const Rows& rows, std::string_view name) {
  const auto* const found =
      std::find_if(rows.begin(), rows.end(), [name](const auto& row) { return row.name == name; });
  return found == rows.end() ? nullptr : found;
}

}  // namespace

std::string_view TokenizerClass::Default(std::string_view member) const {
  if (member == "bos_token") return bos;
  if (member == "eos_token") return eos;
  if (member == "unk_token") return unk;
  return member == "pad_token" ? pad : std::string_view();
}

const TokenizerClass* FindTokenizerClass(std::string_view name) {
  return FindByName(kClasses, name);
}

const TokenizerClass* ClassOfModel(std::string_view model_type) {
  const ModelType* const found = FindByName(kModelTypes, model_type);
  return found == nullptr ? nullptr : FindTokenizerClass(found->tokenizer_class);
}

}  // namespace assay::tok
