// The null server reads bodies of requests that anybody sends, and its log is read by whoever
// compares it with a client's journal.

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/check.h"
#include "null_server/api_request.h"
#include "null_server/request_log.h"

namespace assay {
namespace {

void CheckBody(std::string_view body) {
  ApiRequestReader reader(nullptr);
  for (const ApiKind api : {ApiKind::kCompletions, ApiKind::kChat}) {
    const auto request = reader.Read(api, body);
    if (request) {
      ASSAY_CHECK(request->max_tokens != 0U);
    } else {
      ASSAY_CHECK(request.error().message.starts_with("request body: "));
      ASSAY_CHECK(request.error().message.find('\n') == std::string::npos);
    }
  }
}

void CheckLog(std::string_view line) {
  const auto served = ParseLogLine(line, "log:1");
  if (!served) {
    ASSAY_CHECK(served.error().message.starts_with("log:1"));
    ASSAY_CHECK(served.error().message.find('\n') == std::string::npos);
    return;
  }
  const std::string written = LogLine(*served);
  const auto again = ParseLogLine(written, "written");
  ASSAY_CHECK(again && LogLine(*again) == written);
}

}  // namespace
}  // namespace assay

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  assay::CheckBody(bytes);
  assay::CheckLog(bytes);
  return 0;
}
