#include "null_server/http_text.h"

#include <array>
#include <charconv>

#include "base/format.h"
#include "base/json.h"

namespace assay {
namespace {

std::string_view ReasonPhrase(int status) {
  switch (status) {
    case 200:
      return "OK";
    case 400:
      return "Bad Request";
    case 404:
      return "Not Found";
    case 405:
      return "Method Not Allowed";
    case 413:
      return "Payload Too Large";
    case 429:
      return "Too Many Requests";
    case 505:
      return "HTTP Version Not Supported";
    default:
      return "Internal Server Error";
  }
}

}  // namespace

void FrameChunk(std::size_t start, std::string& out) {
  std::array<char, 18> size{};
  char* end = std::to_chars(size.data(), size.data() + size.size(), out.size() - start, 16).ptr;
  *end++ = '\r';
  *end++ = '\n';
  out.insert(start, size.data(), static_cast<std::size_t>(end - size.data()));
  out += "\r\n";
}

void AppendPlainResponse(int status, std::string_view type, std::string_view body, bool keep_alive,
                         std::string_view extra, std::string& out) {
  out += fmt::format("HTTP/1.1 {} {}\r\nserver: {}\r\ncontent-length: {}\r\n", status,
                     ReasonPhrase(status), kServerName, body.size());
  if (!type.empty()) out += fmt::format("content-type: {}\r\n", type);
  if (!keep_alive) out += "connection: close\r\n";
  out += extra;
  out += "\r\n";
  out += body;
}

std::string ErrorBody(int status, std::string_view message) {
  const std::string_view type = status == 404  ? "NotFoundError"
                                : status < 500 ? "BadRequestError"
                                               : "InternalServerError";
  return ToJsonLine(Json{{"error", {{"message", message}, {"type", type}, {"code", status}}}});
}

}  // namespace assay
