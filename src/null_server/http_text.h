// Responses of the null server that are no stream, and the framing of those that are.

#ifndef ASSAY_NULL_SERVER_HTTP_TEXT_H_
#define ASSAY_NULL_SERVER_HTTP_TEXT_H_

#include <cstddef>
#include <string>
#include <string_view>

namespace assay {

inline constexpr std::string_view kServerName = "assay-null-server";

// Makes an HTTP chunk of what was appended to `out` since `start`.
void FrameChunk(std::size_t start, std::string& out);

// A whole response with a JSON, text or empty body. `extra`: further header lines, each with CRLF.
void AppendPlainResponse(int status, std::string_view type, std::string_view body, bool keep_alive,
                         std::string_view extra, std::string& out);
// The body of an error, as both servers write it: {"error":{"message":...,"type":...,"code":...}}.
[[nodiscard]] std::string ErrorBody(int status, std::string_view message);

}  // namespace assay

#endif  // ASSAY_NULL_SERVER_HTTP_TEXT_H_
