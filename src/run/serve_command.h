// The command of --serve, as it is run and as it is recorded.

#ifndef ASSAY_RUN_SERVE_COMMAND_H_
#define ASSAY_RUN_SERVE_COMMAND_H_

#include <string>
#include <string_view>
#include <vector>

#include "assay/result.h"

namespace assay {

struct ServeCommand {
  std::string command;                 // for /bin/sh
  std::vector<std::string> base_urls;  // where the server will be
};

// `given`      the option's value. Without a URL it has to hold "{port}", which becomes a port of
//              127.0.0.1 that is free at the moment.
// `base_urls`  --base-url; where there are any, the command is taken as it stands.
// Errors: kInvalidArgument: empty, or it cannot be told where the server will be; kIo: no free
// port.
[[nodiscard]] Result<ServeCommand> PrepareServeCommand(std::string_view given,
                                                       std::vector<std::string> base_urls);

// `text` with "***" for every occurrence of `secret`. Value: `text` itself where there is none.
[[nodiscard]] std::string WithoutSecret(std::string text, std::string_view secret);

}  // namespace assay

#endif  // ASSAY_RUN_SERVE_COMMAND_H_
