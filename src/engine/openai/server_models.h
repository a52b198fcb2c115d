// Is a server ready, and which models does it serve?

#ifndef ASSAY_ENGINE_OPENAI_SERVER_MODELS_H_
#define ASSAY_ENGINE_OPENAI_SERVER_MODELS_H_

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "assay/clock.h"
#include "assay/result.h"

#include "engine/openai/http_client.h"

namespace assay {

struct ServedModel {
  std::string id;
  std::uint64_t context_tokens = 0;  // of one request; 0: not told
};

// What GET /v1/models answers. Value: in its order. Errors: kParse, `where` first.
// vLLM tells max_model_len, llama-server meta.n_ctx.
[[nodiscard]] Result<std::vector<ServedModel>> ParseModels(std::string_view body,
                                                           const std::string& where);

// Asks for the models until the server answers: not while it cannot be reached or says 502, 503 or
// 504. Waits at most `limit`; 0: asks once.
// Value: empty where the server knows no such question (404, 405).
// Errors: kUnavailable: what it said the last time; at once for any other status.
[[nodiscard]] Result<std::vector<ServedModel>> WaitForModels(HttpClient& client, Nanos limit,
                                                             const Clock& clock);

// The model to ask for: `asked`, or the only one there is where nothing was asked for.
// Errors: kInvalidArgument: none or several to choose from; `asked` is none of them, of those
// that exist.
[[nodiscard]] Result<ServedModel> ChooseModel(const std::vector<ServedModel>& models,
                                              const std::string& asked, const std::string& server);

}  // namespace assay

#endif  // ASSAY_ENGINE_OPENAI_SERVER_MODELS_H_
