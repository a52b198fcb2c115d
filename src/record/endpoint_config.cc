#include "record/endpoint_config.h"

#include "base/json_or_null.h"
#include "record/json_parts.h"

namespace assay {
namespace {

Result<std::optional<std::uint64_t>> ReadOptCount(const JsonReader& r, std::string_view key) {
  ASSAY_ASSIGN_OR_RETURN(const std::optional<std::int64_t> value, r.OptInt(key));
  return value ? std::optional(static_cast<std::uint64_t>(*value)) : std::nullopt;
}

}  // namespace

Json ToJson(const EndpointConfig& c) {
  return Json{{"base_urls", c.base_urls},
              {"endpoint", c.path},
              {"prompt_format", c.prompt_ids ? "ids" : "text"},
              {"stream", c.stream},
              {"max_concurrency", OrNull(c.max_concurrency)},
              {"api_key_env", c.api_key_env},
              {"api_key_file", c.api_key_file},
              {"header_names", c.header_names},
              {"extra_body", c.extra_body},
              {"ca_file", c.ca_file},
              {"insecure", c.insecure},
              {"connect_timeout_s", c.connect_timeout_s},
              {"first_token_timeout_s", c.first_token_timeout_s},
              {"token_timeout_s", c.token_timeout_s},
              {"request_timeout_s", c.request_timeout_s},
              {"ready_timeout_s", c.ready_timeout_s},
              {"max_errors", OrNull(c.max_errors)},
              {"retries", c.retries},
              {"num_warmups", c.num_warmups},
              {"client_threads", c.client_threads}};
}

Result<EndpointConfig> EndpointConfigFromJson(const Json& json, const std::string& where) {
  ASSAY_ASSIGN_OR_RETURN(const JsonReader r, JsonReader::Of(json, where));
  EndpointConfig c;
  ASSAY_ASSIGN_OR_RETURN(c.base_urls, ReadStrings(json, "base_urls", where));
  ASSAY_ASSIGN_OR_RETURN(c.path, r.String("endpoint"));
  ASSAY_ASSIGN_OR_RETURN(const std::string format, r.String("prompt_format"));
  c.prompt_ids = format == "ids";
  ASSAY_ASSIGN_OR_RETURN(c.stream, r.Bool("stream"));
  ASSAY_ASSIGN_OR_RETURN(c.max_concurrency, ReadOptCount(r, "max_concurrency"));
  ASSAY_ASSIGN_OR_RETURN(c.api_key_env, r.String("api_key_env"));
  ASSAY_ASSIGN_OR_RETURN(c.api_key_file, r.String("api_key_file"));
  ASSAY_ASSIGN_OR_RETURN(c.header_names, ReadStrings(json, "header_names", where));
  ASSAY_ASSIGN_OR_RETURN(c.extra_body, r.String("extra_body"));
  ASSAY_ASSIGN_OR_RETURN(c.ca_file, r.String("ca_file"));
  ASSAY_ASSIGN_OR_RETURN(c.insecure, r.Bool("insecure"));
  ASSAY_ASSIGN_OR_RETURN(c.connect_timeout_s, r.Double("connect_timeout_s"));
  ASSAY_ASSIGN_OR_RETURN(c.first_token_timeout_s, r.Double("first_token_timeout_s"));
  ASSAY_ASSIGN_OR_RETURN(c.token_timeout_s, r.Double("token_timeout_s"));
  ASSAY_ASSIGN_OR_RETURN(c.request_timeout_s, r.Double("request_timeout_s"));
  ASSAY_ASSIGN_OR_RETURN(c.ready_timeout_s, r.Double("ready_timeout_s"));
  ASSAY_ASSIGN_OR_RETURN(c.max_errors, ReadOptCount(r, "max_errors"));
  ASSAY_ASSIGN_OR_RETURN(c.retries, r.Uint("retries"));
  ASSAY_ASSIGN_OR_RETURN(c.num_warmups, r.Uint("num_warmups"));
  ASSAY_ASSIGN_OR_RETURN(c.client_threads, r.Uint("client_threads"));
  return c;
}

}  // namespace assay
