// The JSON of requests, made before anything is measured.

#ifndef ASSAY_ENGINE_OPENAI_REQUEST_BODY_H_
#define ASSAY_ENGINE_OPENAI_REQUEST_BODY_H_

#include <span>
#include <string>
#include <string_view>

#include "assay/engine.h"
#include "assay/result.h"
#include "assay/tokenizer.h"

namespace assay {

struct RequestForm {
  bool chat = false;  // /v1/chat/completions: the prompt is one message of the user
  bool ids = true;    // the prompt goes as token ids; not with chat
  bool stream = true;
  // Members that OpenAI's own interface does not have: vLLM's and llama-server's. Servers that do
  // not know them pass over them, or refuse the request.
  bool extensions = true;
  std::string model;
  GenerationLimits limits;
  std::string extra_body;  // a JSON object, or empty
};

// Members of the body that --extra-body must not replace: the prompt, and what answers are read by.
// Errors: kInvalidArgument: no JSON object, or one of those members.
[[nodiscard]] Status CheckExtraBody(std::string_view extra_body);

// Does it hold a member that changes what the benchmark prescribes: sampling and lengths?
[[nodiscard]] bool ChangesSampling(std::string_view extra_body);

class RequestBodies {
 public:
  // REQUIRES: CheckExtraBody(form.extra_body).
  explicit RequestBodies(RequestForm form);

  // Greedy: temperature 0, top_p 1, seed 42. `text` is used where ids are not.
  [[nodiscard]] std::string Make(std::span<const TokenId> ids, std::string_view text) const;
  // The same with another maximum of new tokens.
  [[nodiscard]] std::string Make(std::span<const TokenId> ids, std::string_view text,
                                 std::int32_t max_tokens) const;

 private:
  RequestForm form_;
};

}  // namespace assay

#endif  // ASSAY_ENGINE_OPENAI_REQUEST_BODY_H_
