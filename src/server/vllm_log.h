// What a vLLM server's log says of how it runs.

#ifndef ASSAY_SERVER_VLLM_LOG_H_
#define ASSAY_SERVER_VLLM_LOG_H_

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace assay {

// Name and value, in the order of this list; a fact that the log does not state is left out:
//
//   version, arguments                       of the API server; keys are left out of the arguments
//   data type, quantization, KV cache data type, prefix caching, chunked prefill, eager mode,
//   tensor parallel, pipeline parallel, data parallel, CUDA graph mode     of the engine's
//                                            configuration, in vLLM's own words
//   attention backend                        the one of the decoder
//   model memory, KV cache memory, CUDA graph memory    "12.66 GiB"; one a worker, "+" between
//   KV cache size                            "49152 tokens"; one an engine, "+" between
//
// Value: empty if the log is no vLLM's. Of a fact that is stated twice the last counts; workers and
// engines are told apart by the name before the line, "(Worker_TP0 pid=1)".
//
// Source: the messages of vLLM 0.9 to 0.32 (vllm/v1/engine/core.py, worker/gpu_worker.py,
// worker/gpu_model_runner.py, core/kv_cache_utils.py, platforms/*.py, entrypoints).
[[nodiscard]] std::vector<std::pair<std::string, std::string>> ReadVllmLog(std::string_view log);

}  // namespace assay

#endif  // ASSAY_SERVER_VLLM_LOG_H_
