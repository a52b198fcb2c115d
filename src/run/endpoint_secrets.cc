#include "run/endpoint_secrets.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <cerrno>
#include <cstdlib>
#include <string_view>
#include <system_error>

#include <sys/mman.h>
#include <unistd.h>

#include "base/file.h"
#include "base/format.h"
#include "base/json.h"

namespace assay {
namespace {

constexpr std::array<std::string_view, 9> kOurFields{
    "host",   "content-length", "content-type",    "transfer-encoding", "connection",
    "accept", "expect",         "accept-encoding", "x-request-id"};

std::string Stripped(std::string_view text) {
  const std::size_t from = text.find_first_not_of(" \t\r\n");
  if (from == std::string_view::npos) return "";
  return std::string(text.substr(from, text.find_last_not_of(" \t\r\n") - from + 1));
}

bool FitsHeader(std::string_view value) {
  return std::all_of(value.begin(), value.end(),
                     [](unsigned char c) { return c == '\t' || (c >= ' ' && c != 0x7F); });
}

bool IsName(std::string_view name) {
  constexpr std::string_view kSpecial = "!#$%&'*+-.^_`|~";
  return !name.empty() && std::all_of(name.begin(), name.end(), [&](unsigned char c) {
    return std::isalnum(c) != 0 || kSpecial.find(static_cast<char>(c)) != std::string_view::npos;
  });
}

Error Usage(std::string message) {
  return {ErrorCode::kInvalidArgument, std::move(message)};
}

}  // namespace

Result<std::string> ReadApiKey(const EndpointConfig& config) {
  std::string key;
  std::string source;
  if (!config.api_key_env.empty()) {
    source = fmt::format("--api-key-env {}", config.api_key_env);
    // NOLINTNEXTLINE(concurrency-mt-unsafe): nobody sets it
    const char* value = std::getenv(config.api_key_env.c_str());
    if (value == nullptr) return Usage(fmt::format("{}: the variable is not set", source));
    key = value;
  } else if (!config.api_key_file.empty()) {
    source = fmt::format("--api-key-file {}", config.api_key_file);
    constexpr std::uint64_t kLongest = 65536;
    const Result<std::string> bytes = ReadFile(config.api_key_file, kLongest);
    if (!bytes) return Usage(bytes.error().message);
    key = *bytes;
  } else {
    return std::string();
  }
  key = Stripped(key);
  if (key.empty()) return Usage(fmt::format("{}: the key is empty", source));
  if (!FitsHeader(key)) {
    return Usage(fmt::format("{}: the key holds characters that no header may have", source));
  }
  return key;
}

Result<std::pair<std::string, std::string>> ParseHeader(const std::string& text) {
  const std::size_t colon = text.find(':');
  const std::string name = text.substr(0, colon);
  if (colon == std::string::npos || !IsName(name)) {
    return Usage("--header: expected NAME:VALUE (not shown here: it may hold a key)");
  }
  std::string lower = name;
  std::transform(lower.begin(), lower.end(), lower.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  if (std::find(kOurFields.begin(), kOurFields.end(), lower) != kOurFields.end()) {
    return Usage(fmt::format("--header {}: Assay writes this field itself", name));
  }
  std::string value = Stripped(std::string_view(text).substr(colon + 1));
  if (!FitsHeader(value)) {
    return Usage(
        fmt::format("--header {}: the value holds characters that no header may have", name));
  }
  return std::pair(name, std::move(value));
}

Result<int> ShareHeaders(const EndpointSecrets& secrets) {
  if (secrets.headers.empty()) return -1;
  Json json = Json::array();
  for (const auto& [name, value] : secrets.headers) json.push_back(Json::array({name, value}));
  const std::string bytes = ToJsonLine(json);
  const int descriptor = memfd_create("assay-headers", 0);
  if (descriptor < 0 ||
      write(descriptor, bytes.data(), bytes.size()) != static_cast<ssize_t>(bytes.size())) {
    return MakeError(ErrorCode::kIo, "cannot hand headers on: {}",
                     std::generic_category().message(errno));
  }
  return descriptor;
}

Result<EndpointSecrets> SecretsOf(const std::optional<EndpointConfig>& config, int descriptor) {
  EndpointSecrets secrets;
  if (!config) return secrets;
  ASSAY_ASSIGN_OR_RETURN(secrets.api_key, ReadApiKey(*config));
  if (descriptor < 0) return secrets;
  std::string bytes;
  std::array<char, 4096> piece{};
  ssize_t got = 0;
  while ((got = pread(descriptor, piece.data(), piece.size(), static_cast<off_t>(bytes.size()))) >
         0) {
    bytes.append(piece.data(), static_cast<std::size_t>(got));
  }
  const Result<Json> json = ParseJson(bytes, "headers");
  if (got < 0 || !json || !json->is_array()) {
    return Error{ErrorCode::kIo, "the headers that were handed on cannot be read"};
  }
  for (const Json& pair : *json) {
    secrets.headers.emplace_back(pair.at(0).get<std::string>(), pair.at(1).get<std::string>());
  }
  return secrets;
}

}  // namespace assay
