// Servers with OpenAI's interface as the system under test.

#ifndef ASSAY_ENGINE_OPENAI_OPENAI_ENGINE_H_
#define ASSAY_ENGINE_OPENAI_OPENAI_ENGINE_H_

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "assay/engine.h"
#include "assay/result.h"
#include "assay/tokenizer.h"

#include "engine/openai/server_url.h"
#include "record/endpoint_config.h"

namespace assay {

// One of the prompts that will be asked.
struct EndpointPrompt {
  std::uint64_t sample_index = 0;
  std::span<const TokenId> ids;
  std::string_view text;
};

struct OpenAiOptions {
  EndpointConfig endpoint;
  std::string model;  // as the server knows it; empty: the only one that it serves
  // Values, which never leave the process but to the servers.
  std::string api_key;
  std::vector<std::pair<std::string, std::string>> headers;
  ProxyEnvironment proxies;
  GenerationLimits limits;
  std::shared_ptr<const Tokenizer> tokenizer;
  std::span<const EndpointPrompt> prompts;  // used during loading only; the ids outlive the engine
  // Requests under way at one moment where max_concurrency does not say.
  std::uint64_t default_concurrency = 1;
  // Connections to open before the test, to all endpoints together, at most the concurrency.
  std::uint64_t connections = 1;
};

// Waits until the servers are ready, chooses the model and makes the bodies of all requests.
// Errors: kInvalidArgument: a URL, an option, the model; kUnavailable: a server is not ready.
[[nodiscard]] Result<std::unique_ptr<Engine>> LoadOpenAiEngine(const OpenAiOptions& options);

}  // namespace assay

#endif  // ASSAY_ENGINE_OPENAI_OPENAI_ENGINE_H_
