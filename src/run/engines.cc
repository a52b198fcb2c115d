#include "run/engines.h"

#include <algorithm>

#include "base/check.h"
#include "engine/llama/llama_engine.h"
#include "engine/scripted/scripted_engine.h"

namespace assay {
namespace {

std::optional<int> AsInt(const std::optional<std::int64_t>& value) {
  return value ? std::optional<int>(static_cast<int>(*value)) : std::nullopt;
}

std::uint64_t LongestPrompt(const RunInputs& inputs) {
  std::size_t longest = 0;
  for (const PromptSample& prompt : inputs.prompts) longest = std::max(longest, prompt.ids.size());
  return longest;
}

}  // namespace

Result<std::unique_ptr<Engine>> LoadEngine(const RunConfig& config, const RunInputs& inputs) {
  const GenerationLimits limits{config.min_tokens, config.max_tokens, false};
  if (config.engine == "scripted") {
    return LoadScriptedEngine(config.script, inputs.tokenizer, limits);
  }
  ASSAY_CHECK(config.engine == "llama");
  LlamaOptions options;
  options.model = config.model;
  options.gpu_layers = AsInt(config.llama.gpu_layers);
  options.threads = AsInt(config.llama.threads);
  options.slots = AsInt(config.llama.slots);
  // LoadGen asks the next query when the last one is answered.
  if (!options.slots && config.scenario == Scenario::kSingleStream) options.slots = 1;
  options.batch = AsInt(config.llama.batch_tokens);
  options.max_prompt_tokens = LongestPrompt(inputs);
  options.limits = limits;
  return LoadLlamaEngine(options);
}

}  // namespace assay
