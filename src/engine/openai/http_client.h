// One HTTP request at a time, waited for: for questions to a server outside the measurement.

#ifndef ASSAY_ENGINE_OPENAI_HTTP_CLIENT_H_
#define ASSAY_ENGINE_OPENAI_HTTP_CLIENT_H_

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "assay/clock.h"
#include "assay/result.h"

#include "engine/openai/server_url.h"
#include "engine/openai/tls_context.h"
#include "engine/openai/transport.h"

namespace assay {

struct HttpResponse {
  int status = 0;
  std::string fields;  // "Name: value\n" each, as they came
  std::string body;
  // The first field of this name, any case; empty: there is none.
  [[nodiscard]] std::string Field(std::string_view name) const;
};

// A connection a request; redirections are not followed. Not thread-safe.
class HttpClient {
 public:
  struct Options {
    Dialer::Options dialer;
    // Sent with every request: "Authorization" -> "Bearer ...". Never repeated in an error.
    std::vector<std::pair<std::string, std::string>> headers;
    Nanos timeout = std::chrono::seconds(30);  // for the whole of a request
    std::uint64_t max_body_bytes = std::uint64_t{64} << 20U;
  };

  // Looks the host up. Errors: Dialer::Create's.
  static Result<HttpClient> Create(const ServerUrl& url, Options options);

  // `path`: "/v1/models"; the URL's own path is put before it.
  // Value: any status is an answer. Errors: kUnavailable: it could not be connected to, did not
  // answer in time, or not whole; kParse: not HTTP. One line, the URL first.
  [[nodiscard]] Result<HttpResponse> Get(std::string_view path);
  [[nodiscard]] Result<HttpResponse> Post(std::string_view path, std::string_view content_type,
                                          std::string_view body);

  [[nodiscard]] const ServerUrl& url() const { return dialer_->url(); }

 private:
  HttpClient(std::shared_ptr<const Dialer> dialer, Options options)
      : dialer_(std::move(dialer)), options_(std::move(options)) {}
  [[nodiscard]] Result<HttpResponse> Exchange(const std::string& request);

  std::shared_ptr<const Dialer> dialer_;
  Options options_;
};

}  // namespace assay

#endif  // ASSAY_ENGINE_OPENAI_HTTP_CLIENT_H_
