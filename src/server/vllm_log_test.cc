#include "server/vllm_log.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace assay {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::Pair;

std::string FactIn(std::string_view log, std::string_view name) {
  for (const auto& [found, value] : ReadVllmLog(log)) {
    if (found == name) return value;
  }
  return "(absent)";
}

constexpr std::string_view kServer =
    "(APIServer pid=1) INFO 03-22 10:53:18 [utils.py:297] vLLM API server version 0.16.0\n";

// Lines in the forms of one server of two workers with CUDA graphs, shortened.
TEST(VllmLogTest, ReadsAWholeStart) {
  constexpr std::string_view kLog =
      "(APIServer pid=1) INFO 05-03 17:50:00 [api_server.py:1896] vLLM API server version 0.20.1\n"
      "(APIServer pid=1) INFO 05-03 17:50:00 [utils.py:233] non-default args: {'model_tag': "
      "'org/Model-8B', 'api_key': ['secret, {really}'], 'port': 8003, 'served_model_name': ['a', "
      "'b'], 'gpu_memory_utilization': 0.55}\n"
      "(EngineCore pid=125) INFO 05-03 17:50:09 [core.py:97] Initializing a V1 LLM engine "
      "(v0.20.1) "
      "with config: model='/m, dtype=torch.float16', tokenizer='/m', dtype=torch.bfloat16, "
      "max_seq_len=131072, tensor_parallel_size=2, pipeline_parallel_size=1, data_parallel_size=1, "
      "quantization=None, enforce_eager=False, kv_cache_dtype=auto, "
      "observability_config=ObservabilityConfig(a=None, dtype=1), enable_prefix_caching=True, "
      "enable_chunked_prefill=True, compilation_config={'mode': 3, 'cudagraph_mode': "
      "<CUDAGraphMode.FULL_AND_PIECEWISE: (2, 1)>, 'sizes': [1, 2]}\n"
      "(Worker_TP0 pid=3) INFO 05-03 17:50:12 [mm_encoder_attention.py:373] Using "
      "AttentionBackendEnum.TORCH_SDPA for MMEncoderAttention.\n"
      "(Worker_TP0 pid=3) INFO 05-03 17:50:12 [cuda.py:482] Using FLASH_ATTN attention backend out "
      "of "
      "potential backends: ['FLASH_ATTN', 'FLASHINFER'].\n"
      "Loading safetensors checkpoint shards:   0% Completed | 0/1 [00:00<?, ?it/s]\r"
      "Loading safetensors checkpoint shards: 100% Completed | 1/1 [00:00<00:00,  1.92it/s]\n"
      "(Worker_TP0 pid=3) INFO 05-03 17:51:59 [gpu_model_runner.py:4879] Model loading took 12.66 "
      "GiB "
      "memory and 31.657031 seconds\n"
      "(Worker_TP1 pid=4) INFO 05-03 17:51:59 [gpu_model_runner.py:4879] Model loading took 12.67 "
      "GiB "
      "memory and 31.7 seconds\n"
      "(Worker_TP0 pid=3) INFO 05-03 17:52:53 [gpu_worker.py:359] Available KV cache memory: 52.36 "
      "GiB\n"
      "(EngineCore pid=125) INFO 05-03 17:52:53 [kv_cache_utils.py:1286] GPU KV cache size: "
      "686,320 "
      "tokens\n"
      "(EngineCore pid=125) INFO 05-03 17:52:54 [kv_cache_utils.py:1291] Maximum concurrency for "
      "131,072 tokens per request: 5.24x\n"
      "(Worker_TP0 pid=3) INFO 05-03 17:54:52 [gpu_model_runner.py:6133] Graph capturing finished "
      "in 1 "
      "secs, took 0.47 GiB\n"
      "(Worker_TP0 pid=3) INFO 05-03 17:54:52 [gpu_worker.py:599] CUDA graph pool memory: 0.48 GiB "
      "(actual), 0.47 GiB (estimated), difference: 0.01 GiB (1.1%).\n";
  EXPECT_THAT(
      ReadVllmLog(kLog),
      ElementsAre(
          Pair("version", "0.20.1"),
          Pair("arguments",
               "model_tag=org/Model-8B port=8003 served_model_name=['a', 'b'] "
               "gpu_memory_utilization=0.55"),
          Pair("data type", "bfloat16"), Pair("quantization", "None"),
          Pair("KV cache data type", "auto"), Pair("prefix caching", "True"),
          Pair("chunked prefill", "True"), Pair("eager mode", "False"),
          Pair("tensor parallel", "2"), Pair("pipeline parallel", "1"), Pair("data parallel", "1"),
          Pair("CUDA graph mode", "FULL_AND_PIECEWISE"), Pair("attention backend", "FLASH_ATTN"),
          Pair("model memory", "12.66 GiB + 12.67 GiB"), Pair("KV cache memory", "52.36 GiB"),
          Pair("CUDA graph memory", "0.48 GiB"), Pair("KV cache size", "686320 tokens")));
}

// The same facts as different versions put them.
TEST(VllmLogTest, KnowsTheFormsOfSeveralVersions) {
  const std::string start(kServer);
  EXPECT_EQ(FactIn(start + "INFO [a.py:1] Using Flash Attention backend on V1 engine.\n",
                   "attention backend"),
            "Flash Attention");
  EXPECT_EQ(FactIn(start + "INFO [a.py:1] Using AttentionBackendEnum.FLASHINFER backend.\n",
                   "attention backend"),
            "FLASHINFER");
  EXPECT_EQ(FactIn(start + "INFO [cpu.py:1] Using Torch SDPA backend.\n", "attention backend"),
            "Torch SDPA");
  EXPECT_EQ(FactIn(start + "INFO [cpu.py:175] Using CPU_MLA backend.\n", "attention backend"),
            "CPU_MLA");
  EXPECT_EQ(
      FactIn(start + "INFO [a.py:1] CPU KV cache size: 93,184 tokens, Maximum concurrency for "
                     "2,048 tokens per request: 45.50x\n",
             "KV cache size"),
      "93184 tokens");
  EXPECT_EQ(FactIn(start + "INFO [a.py:1] Model loading took 0.4678 GB and 114.953146 seconds\n",
                   "model memory"),
            "0.4678 GiB");
  EXPECT_EQ(FactIn(start + "INFO [a.py:1] Loading model weights took 67.7229 GB\n", "model memory"),
            "67.7229 GiB");
  EXPECT_EQ(
      FactIn("INFO 03-12 [llm_engine.py:235] Initializing a V0 LLM engine (v0.7.4.dev390+gdeb) "
             "with config: model='m', dtype=torch.float16, enforce_eager=True\n",
             "version"),
      "0.7.4.dev390+gdeb");
}

TEST(VllmLogTest, OtherBackendsAreNoAttentionBackend) {
  const std::string log = std::string(kServer) +
                          "INFO [a.py:1] Using TRITON Fp8 MoE backend\n"
                          "INFO [a.py:1] Using 'MARLIN' NvFp4 MoE backend\n"
                          "INFO [a.py:1] Using AttentionBackendEnum.X for MMEncoderAttention.\n";
  EXPECT_EQ(FactIn(log, "attention backend"), "(absent)");
}

TEST(VllmLogTest, WhatIsNotAsExpectedIsAbsent) {
  const std::string log = std::string(kServer) +
                          "INFO [a.py:1] Model loading took ages\n"
                          "INFO [a.py:1] Model loading took 12 seconds\n"
                          "INFO [a.py:1] Graph capturing finished in 2 secs.\n"
                          "INFO [a.py:1] GPU KV cache size: unknown\n"
                          "INFO [a.py:1] Available KV cache memory: \n";
  EXPECT_THAT(ReadVllmLog(log), ElementsAre(Pair("version", "0.16.0")));
}

TEST(VllmLogTest, AnotherServersLogSaysNothing) {
  EXPECT_THAT(ReadVllmLog(""), IsEmpty());
  EXPECT_THAT(ReadVllmLog("main: model loading took 3 s\nModel loading took 3.0 GiB\n"), IsEmpty());
}

// Every prefix of a log is one too: of a server that was killed.
TEST(VllmLogTest, TakesALogThatIsCutOffAnywhere) {
  const std::string log =
      "vLLM API server version 1\nnon-default args: {'a': ['x, \\'y'], 'b': {'c': 1}}\n"
      "LLM engine (v1) with config: model='m', dtype=torch.bfloat16, compilation_config={'a': <B: "
      "(1, "
      "2)>}\n";
  for (std::size_t n = 0; n <= log.size(); ++n) {
    const std::string cut = log.substr(0, n);
    EXPECT_LE(ReadVllmLog(cut).size(), 3u);
  }
  EXPECT_EQ(FactIn(log, "arguments"), "a=['x, \\'y'] b={'c': 1}");
}

}  // namespace
}  // namespace assay
