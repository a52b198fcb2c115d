#include "engine/openai/request_body.h"

#include <algorithm>
#include <array>
#include <utility>

#include "base/format.h"
#include "base/json.h"

namespace assay {
namespace {

constexpr std::array<std::string_view, 6> kOurs{"prompt", "messages",   "stream",
                                                "n",      "max_tokens", "stream_options"};
constexpr std::array<std::string_view, 17> kSampling{"temperature",
                                                     "top_p",
                                                     "top_k",
                                                     "min_p",
                                                     "seed",
                                                     "min_tokens",
                                                     "ignore_eos",
                                                     "stop",
                                                     "stop_token_ids",
                                                     "best_of",
                                                     "logit_bias",
                                                     "samplers",
                                                     "frequency_penalty",
                                                     "presence_penalty",
                                                     "repeat_penalty",
                                                     "grammar",
                                                     "max_completion_tokens"};
constexpr int kSeed = 42;

Json Members(const RequestForm& form, std::int32_t max_tokens) {
  Json body{{"model", form.model}, {"max_tokens", max_tokens}, {"temperature", 0}, {"top_p", 1},
            {"seed", kSeed},       {"stream", form.stream}};
  if (form.stream) body["stream_options"] = Json{{"include_usage", true}};
  if (form.extensions) {
    if (form.stream) body["stream_options"]["continuous_usage_stats"] = true;
    body["top_k"] = 1;
    body["min_tokens"] = std::min(form.limits.min_new_tokens, max_tokens);
    body["cache_prompt"] = false;      // llama-server
    body["return_token_ids"] = true;   // vLLM
    body["timings_per_token"] = true;  // llama-server
  }
  if (form.limits.ignore_end_tokens) body["ignore_eos"] = true;
  if (form.extra_body.empty()) return body;
  const Result<Json> extra = ParseJson(form.extra_body, "--extra-body");
  for (const auto& [name, value] : extra.value().items()) body[name] = value;
  return body;
}

}  // namespace

Status CheckExtraBody(std::string_view extra_body) {
  if (extra_body.empty()) return Ok{};
  const Result<Json> json = ParseJson(extra_body, "--extra-body");
  if (!json) return Error{ErrorCode::kInvalidArgument, json.error().message};
  if (!json->is_object()) {
    return Error{ErrorCode::kInvalidArgument, "--extra-body must be a JSON object"};
  }
  for (const std::string_view name : kOurs) {
    if (!json->contains(name)) continue;
    return MakeError(ErrorCode::kInvalidArgument,
                     "--extra-body must not hold \"{}\": it has an option of its own", name);
  }
  return Ok{};
}

bool ChangesSampling(std::string_view extra_body) {
  if (extra_body.empty()) return false;
  const Result<Json> json = ParseJson(extra_body, "--extra-body");
  return json && std::any_of(kSampling.begin(), kSampling.end(),
                             [&](std::string_view name) { return json->contains(name); });
}

RequestBodies::RequestBodies(RequestForm form) : form_(std::move(form)) {}

std::string RequestBodies::Make(std::span<const TokenId> ids, std::string_view text) const {
  return Make(ids, text, form_.limits.max_new_tokens);
}

std::string RequestBodies::Make(std::span<const TokenId> ids, std::string_view text,
                                std::int32_t max_tokens) const {
  Json body = Members(form_, max_tokens);
  if (form_.chat) {
    body["messages"] = Json::array({Json{{"role", "user"}, {"content", text}}});
  } else if (form_.ids) {
    body["prompt"] = ids;
  } else {
    body["prompt"] = text;
  }
  return ToJsonLine(body);
}

}  // namespace assay
