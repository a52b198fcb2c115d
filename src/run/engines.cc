#include "run/engines.h"

#include <algorithm>

#include "base/check.h"
#include "engine/llama/llama_engine.h"
#include "engine/openai/openai_engine.h"
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

// As many as make sense at one moment where --max-concurrency does not say: no more than keep any
// server's batches full where everything is due at once, and no bound where requests come in time.
std::uint64_t DefaultConcurrency(const RunConfig& config) {
  constexpr std::uint64_t kOffline = 1024;
  constexpr std::uint64_t kServer = 16384;
  switch (config.scenario) {
    case Scenario::kSingleStream:
      return 1;
    case Scenario::kOffline:
      return std::min(kOffline, config.samples);
    case Scenario::kServer:
    case Scenario::kInteractive:
      break;
  }
  return kServer;
}

// Connections that are open before the test begins: so many as may be needed at one moment where
// an answer takes some seconds.
std::uint64_t ConnectionsBefore(const RunConfig& config) {
  constexpr std::uint64_t kFewest = 64;
  constexpr std::uint64_t kMost = 1024;
  constexpr double kSeconds = 8.0;
  if (config.scenario == Scenario::kOffline || config.scenario == Scenario::kSingleStream) {
    return std::max<std::uint64_t>(1, config.samples);
  }
  const double wanted = config.target_qps.value_or(1.0) * kSeconds;
  return std::clamp(static_cast<std::uint64_t>(std::min(wanted, 1e9)), kFewest, kMost);
}

Result<std::unique_ptr<Engine>> LoadEndpoint(const RunConfig& config, const RunInputs& inputs,
                                             const EndpointSecrets& secrets,
                                             const GenerationLimits& limits) {
  ASSAY_CHECK(config.endpoint.has_value());
  std::vector<EndpointPrompt> prompts;
  prompts.reserve(inputs.prompts.size());
  for (const PromptSample& prompt : inputs.prompts) {
    prompts.push_back({prompt.index, prompt.ids, prompt.text});
  }
  OpenAiOptions options;
  options.endpoint = *config.endpoint;
  options.model = config.model;
  options.api_key = secrets.api_key;
  options.headers = secrets.headers;
  options.proxies = ReadProxyEnvironment();
  options.limits = limits;
  options.tokenizer = inputs.tokenizer;
  options.prompts = prompts;
  options.default_concurrency = DefaultConcurrency(config);
  options.connections = ConnectionsBefore(config);
  return LoadOpenAiEngine(options);
}

}  // namespace

Result<std::unique_ptr<Engine>> LoadEngine(const RunConfig& config, const RunInputs& inputs,
                                           const EndpointSecrets& secrets) {
  const GenerationLimits limits{config.min_tokens, config.max_tokens, false};
  if (config.engine == "scripted") {
    return LoadScriptedEngine(config.script, inputs.tokenizer, limits);
  }
  if (config.engine == "openai") return LoadEndpoint(config, inputs, secrets, limits);
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
