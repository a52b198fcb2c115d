// How an endpoint is asked: what `assay run` knows of it, without the value of any key.

#ifndef ASSAY_RECORD_ENDPOINT_CONFIG_H_
#define ASSAY_RECORD_ENDPOINT_CONFIG_H_

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "assay/result.h"

#include "base/json.h"

namespace assay {

inline constexpr const char* kCompletionsPath = "/v1/completions";
inline constexpr const char* kChatPath = "/v1/chat/completions";

struct EndpointConfig {
  std::vector<std::string> base_urls;  // at least one
  std::string path = kCompletionsPath;
  bool prompt_ids = true;  // false: texts
  bool stream = true;
  std::optional<std::uint64_t> max_concurrency;  // absent: chosen by the engine
  std::string api_key_env;                       // the variable's name; empty: none
  std::string api_key_file;                      // path; empty: none
  std::vector<std::string> header_names;         // their values are never recorded
  std::string extra_body;                        // a JSON object; empty: none
  std::string ca_file;                           // path; empty: the system's certificates
  bool insecure = false;
  // Seconds; 0: no limit.
  double connect_timeout_s = 30.0;
  double first_token_timeout_s = 0.0;       // from sending
  double token_timeout_s = 300.0;           // between two chunks
  double request_timeout_s = 21600.0;       // from sending
  double ready_timeout_s = 30.0;            // until the server answers
  std::optional<std::uint64_t> max_errors;  // absent: the run goes on whatever fails
  std::uint64_t retries = 0;                // of a request that failed before its first token
  std::uint64_t num_warmups = 0;
  std::uint64_t client_threads = 1;
};

[[nodiscard]] Json ToJson(const EndpointConfig& config);
// `where` names the file in errors. Errors: kParse.
[[nodiscard]] Result<EndpointConfig> EndpointConfigFromJson(const Json& json,
                                                            const std::string& where);

}  // namespace assay

#endif  // ASSAY_RECORD_ENDPOINT_CONFIG_H_
