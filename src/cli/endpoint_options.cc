#include "cli/endpoint_options.h"

#include <cmath>
#include <cstring>
#include <string_view>
#include <utility>

#include <CLI/CLI.hpp>

#include "base/file.h"
#include "base/format.h"
#include "engine/openai/request_body.h"
#include "engine/openai/server_url.h"

namespace assay {
namespace {

Error Usage(std::string message) {
  return {ErrorCode::kInvalidArgument, std::move(message)};
}

Status SetCount(const std::optional<std::int64_t>& given, const char* option, std::int64_t least,
                std::uint64_t& value) {
  if (!given) return Ok{};
  if (*given < least) {
    return Usage(fmt::format("{} must be at least {}, found {}", option, least, *given));
  }
  value = static_cast<std::uint64_t>(*given);
  return Ok{};
}

Status SetSeconds(const std::optional<double>& given, const char* option, double& value) {
  constexpr double kLongest = 1e9;
  if (!given) return Ok{};
  if (!(std::isfinite(*given) && *given >= 0.0 && *given <= kLongest)) {
    return Usage(fmt::format("{} must be a number of seconds from 0 to {:g}, found {}", option,
                             kLongest, *given));
  }
  value = *given;
  return Ok{};
}

Status SetTimeouts(const EndpointOptions& o, EndpointConfig& c) {
  ASSAY_RETURN_IF_ERROR(SetSeconds(o.connect_timeout_s, "--connect-timeout", c.connect_timeout_s));
  ASSAY_RETURN_IF_ERROR(
      SetSeconds(o.first_token_timeout_s, "--first-token-timeout", c.first_token_timeout_s));
  ASSAY_RETURN_IF_ERROR(SetSeconds(o.token_timeout_s, "--token-timeout", c.token_timeout_s));
  ASSAY_RETURN_IF_ERROR(SetSeconds(o.request_timeout_s, "--request-timeout", c.request_timeout_s));
  return SetSeconds(o.ready_timeout_s, "--ready-check-timeout-sec", c.ready_timeout_s);
}

Status SetCounts(const EndpointOptions& o, EndpointConfig& c) {
  std::uint64_t count = 0;
  if (o.max_concurrency) {
    ASSAY_RETURN_IF_ERROR(SetCount(o.max_concurrency, "--max-concurrency", 1, count));
    c.max_concurrency = count;
  }
  if (o.max_errors) {
    ASSAY_RETURN_IF_ERROR(SetCount(o.max_errors, "--max-errors", 0, count));
    c.max_errors = count;
  }
  ASSAY_RETURN_IF_ERROR(SetCount(o.retries, "--retries", 0, c.retries));
  ASSAY_RETURN_IF_ERROR(SetCount(o.num_warmups, "--num-warmups", 0, c.num_warmups));
  return SetCount(o.client_threads, "--client-threads", 1, c.client_threads);
}

Status SetForm(const EndpointOptions& o, EndpointConfig& c) {
  if (o.path) c.path = *o.path;
  if (c.path != kCompletionsPath && c.path != kChatPath) {
    return Usage(fmt::format("--endpoint \"{}\" is not known; accepted: {}, {}", c.path,
                             kCompletionsPath, kChatPath));
  }
  const bool chat = c.path == kChatPath;
  const std::string format = o.prompt_format.value_or(chat ? "text" : "ids");
  if (format != "ids" && format != "text") {
    return Usage(fmt::format("--prompt-format \"{}\" is not known; accepted: ids, text", format));
  }
  c.prompt_ids = format == "ids";
  if (chat && c.prompt_ids) {
    return Usage(
        "--prompt-format ids: a message of a chat is a text; leave it out, or use "
        "--endpoint /v1/completions");
  }
  c.stream = !o.no_stream;
  if (o.extra_body) c.extra_body = *o.extra_body;
  return CheckExtraBody(c.extra_body);
}

}  // namespace

bool EndpointOptions::any() const {
  return path || prompt_format || api_key_env || api_key_file || extra_body || ca_file ||
         !headers.empty() || no_stream || insecure || no_calibration || max_concurrency ||
         max_errors || retries || num_warmups || client_threads || connect_timeout_s ||
         first_token_timeout_s || token_timeout_s || request_timeout_s || ready_timeout_s;
}

void AddEndpointOptions(CLI::App& run, EndpointOptions& o) {
  run.add_option("--base-url", o.base_urls,
                 "Server with OpenAI's interface: http://HOST:PORT, https://..., unix:/SOCKET; "
                 "repeatable")
      ->allow_extra_args(false);
  run.add_option("--endpoint", o.path, "/v1/completions (default) or /v1/chat/completions");
  run.add_option("--prompt-format", o.prompt_format, "Send prompts as ids (default) or text");
  run.add_flag("--no-stream", o.no_stream, "Ask for whole answers: no TTFT, no TPOT");
  run.add_option("--max-concurrency", o.max_concurrency, "Requests under way at one moment");
  run.add_option("--api-key-env", o.api_key_env, "Environment variable that holds the key");
  run.add_option("--api-key-file", o.api_key_file, "File that holds the key");
  run.add_option("--header", o.headers, "NAME:VALUE in every request; repeatable")
      ->allow_extra_args(false);
  run.add_option("--extra-body", o.extra_body, "JSON object, added to every request's");
  run.add_option("--ca-file", o.ca_file, "Certificates to trust, PEM (default: the system's)");
  run.add_flag("--no-calibration", o.no_calibration,
               "Do not measure the client against the null server first");
  run.add_flag("--insecure", o.insecure, "Do not verify the server's certificate");
  run.add_option("--connect-timeout", o.connect_timeout_s, "Seconds (default: 30; 0: none)");
  run.add_option("--first-token-timeout", o.first_token_timeout_s, "Seconds (default: none)");
  run.add_option("--token-timeout", o.token_timeout_s,
                 "Seconds between two tokens (default: 300; 0: none)");
  run.add_option("--request-timeout", o.request_timeout_s,
                 "Seconds for an answer (default: 21600; 0: none)");
  run.add_option("--ready-check-timeout-sec", o.ready_timeout_s,
                 "Seconds to wait for the server (default: 30)");
  run.add_option("--max-errors", o.max_errors, "End the test after more failed requests than this");
  run.add_option("--retries", o.retries, "Ask again so often, where no token came (default: 0)");
  run.add_option("--num-warmups", o.num_warmups, "Requests before the test (default: 0)");
  run.add_option("--client-threads", o.client_threads, "Threads on the sockets (default: 1)");
}

Result<EndpointSetup> MakeEndpointSetup(const EndpointOptions& o) {
  EndpointSetup setup;
  EndpointConfig& c = setup.config;
  for (const std::string& text : o.base_urls) {
    ASSAY_ASSIGN_OR_RETURN(const ServerUrl url, ParseServerUrl(text));
    c.base_urls.push_back(url.text);
  }
  ASSAY_RETURN_IF_ERROR(SetForm(o, c));
  ASSAY_RETURN_IF_ERROR(SetCounts(o, c));
  ASSAY_RETURN_IF_ERROR(SetTimeouts(o, c));
  c.insecure = o.insecure;
  if (o.ca_file) c.ca_file = fs::absolute(*o.ca_file).string();
  if (o.api_key_env && o.api_key_file) {
    return Usage("give one of --api-key-env and --api-key-file");
  }
  if (o.api_key_env) c.api_key_env = *o.api_key_env;
  if (o.api_key_file) c.api_key_file = fs::absolute(*o.api_key_file).string();
  ASSAY_ASSIGN_OR_RETURN(setup.secrets.api_key, ReadApiKey(c));
  for (const std::string& text : o.headers) {
    ASSAY_ASSIGN_OR_RETURN(auto header, ParseHeader(text));
    c.header_names.push_back(header.first);
    setup.secrets.headers.push_back(std::move(header));
  }
  return setup;
}

void HideHeaderValues(int argc, char** argv) {
  constexpr std::string_view kOption = "--header";
  for (int i = 1; i < argc; ++i) {
    const std::string_view word(argv[i]);
    if (word.substr(0, kOption.size()) != kOption) continue;
    char* value = nullptr;
    if (word.size() > kOption.size() && word[kOption.size()] == '=') {
      value = argv[i] + kOption.size() + 1;
    } else if (word.size() == kOption.size() && i + 1 < argc) {
      value = argv[i + 1];
    }
    if (value == nullptr) continue;
    char* colon = std::strchr(value, ':');
    for (char* c = colon == nullptr ? value : colon + 1; *c != '\0'; ++c) *c = '*';
  }
}

std::vector<std::string> WithoutHeaderValues(std::vector<std::string> options) {
  std::vector<char*> words{nullptr};  // in place of the program's name
  for (std::string& option : options) words.push_back(option.data());
  HideHeaderValues(static_cast<int>(words.size()), words.data());
  return options;
}

}  // namespace assay
