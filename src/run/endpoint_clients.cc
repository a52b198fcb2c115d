#include "run/endpoint_clients.h"

#include <memory>
#include <utility>

#include "engine/openai/http_client.h"

namespace assay {
namespace {

// Of a question that is asked every second; what comes later is no answer to it.
constexpr Nanos kLoadTimeout = std::chrono::seconds(2);

HttpGet GetterOf(HttpClient client) {
  const auto shared = std::make_shared<HttpClient>(std::move(client));
  return [shared](const std::string& path) -> Result<HttpAnswer> {
    ASSAY_ASSIGN_OR_RETURN(HttpResponse response, shared->Get(path));
    return HttpAnswer{response.status, std::move(response.body)};
  };
}

}  // namespace

Result<std::vector<EndpointClient>> MakeEndpointClients(const EndpointConfig& config,
                                                        const EndpointSecrets& secrets,
                                                        Nanos timeout) {
  HttpClient::Options options;
  options.dialer.tls = {config.ca_file, config.insecure};
  options.dialer.proxies = ReadProxyEnvironment();
  options.headers = secrets.headers;
  options.timeout = timeout;
  if (!secrets.api_key.empty()) {
    options.headers.emplace_back("Authorization", "Bearer " + secrets.api_key);
  }
  std::vector<EndpointClient> clients;
  for (const std::string& text : config.base_urls) {
    ASSAY_ASSIGN_OR_RETURN(const ServerUrl url, ParseServerUrl(text));
    ASSAY_ASSIGN_OR_RETURN(HttpClient client, HttpClient::Create(url, options));
    clients.push_back({url.text, GetterOf(std::move(client))});
  }
  return clients;
}

std::vector<CounterSource> CounterSources(const std::vector<EndpointClient>& clients) {
  std::vector<CounterSource> sources;
  sources.reserve(clients.size());
  for (const EndpointClient& client : clients) {
    sources.push_back({client.url, [get = client.get] { return ReadCounters(get); }});
  }
  return sources;
}

Result<std::vector<ServerSource>> ServerSources(const EndpointConfig& config,
                                                const EndpointSecrets& secrets) {
  ASSAY_ASSIGN_OR_RETURN(const std::vector<EndpointClient> clients,
                         MakeEndpointClients(config, secrets, kLoadTimeout));
  std::vector<ServerSource> sources;
  sources.reserve(clients.size());
  for (const EndpointClient& client : clients) {
    sources.push_back({client.url, [get = client.get] { return ReadLoad(get); }});
  }
  return sources;
}

}  // namespace assay
