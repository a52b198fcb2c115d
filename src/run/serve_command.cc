#include "run/serve_command.h"

#include <cerrno>
#include <system_error>
#include <utility>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/format.h"

namespace assay {
namespace {

constexpr std::string_view kPort = "{port}";

std::string Replaced(std::string text, std::string_view what, std::string_view with) {
  for (std::size_t at = 0; (at = text.find(what, at)) != std::string::npos; at += with.size()) {
    text.replace(at, what.size(), with);
  }
  return text;
}

Result<int> FreePort() {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t length = sizeof address;
  auto* const generic = reinterpret_cast<sockaddr*>(&address);
  const int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  const bool found =
      fd >= 0 && bind(fd, generic, length) == 0 && getsockname(fd, generic, &length) == 0;
  const int why = errno;
  if (fd >= 0) close(fd);
  if (!found) {
    return MakeError(ErrorCode::kIo, "no free port of 127.0.0.1: {}",
                     std::generic_category().message(why));
  }
  return int{ntohs(address.sin_port)};
}

}  // namespace

Result<ServeCommand> PrepareServeCommand(std::string_view given,
                                         std::vector<std::string> base_urls) {
  if (given.find_first_not_of(" \t\n") == std::string_view::npos) {
    return MakeError(ErrorCode::kInvalidArgument, "--serve: the command is empty");
  }
  if (!base_urls.empty()) return ServeCommand{std::string(given), std::move(base_urls)};
  if (given.find(kPort) == std::string_view::npos) {
    return MakeError(
        ErrorCode::kInvalidArgument,
        "--serve needs --base-url URL, where the server will be, or {} in the command, "
        "in place of its port",
        kPort);
  }
  ASSAY_ASSIGN_OR_RETURN(const int port, FreePort());
  const std::string number = std::to_string(port);
  return ServeCommand{Replaced(std::string(given), kPort, number), {"http://127.0.0.1:" + number}};
}

std::string WithoutSecret(std::string text, std::string_view secret) {
  if (secret.empty()) return text;
  return Replaced(std::move(text), secret, "***");
}

}  // namespace assay
