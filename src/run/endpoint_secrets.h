// Keys and header values on their way from the command line to the processes that need them. They
// go through no record, no log, no command line and no error message.

#ifndef ASSAY_RUN_ENDPOINT_SECRETS_H_
#define ASSAY_RUN_ENDPOINT_SECRETS_H_

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "assay/result.h"

#include "record/endpoint_config.h"

namespace assay {

struct EndpointSecrets {
  std::string api_key;                                       // empty: none
  std::vector<std::pair<std::string, std::string>> headers;  // name, value
};

// The key from the variable or file that the configuration names, without white space at its ends.
// Errors: kInvalidArgument: the variable is not set, the file cannot be read, or the key is empty
// or holds what no header may.
[[nodiscard]] Result<std::string> ReadApiKey(const EndpointConfig& config);

// "Name: value" or "Name:value". Errors: kInvalidArgument, without the value: no name, characters
// that a header must not have, or a field that Assay writes itself.
[[nodiscard]] Result<std::pair<std::string, std::string>> ParseHeader(const std::string& text);

// Header values in memory that a child inherits as an open file.
// Value: the descriptor; -1 where there are no headers. Errors: kIo.
[[nodiscard]] Result<int> ShareHeaders(const EndpointSecrets& secrets);
// In the child: the headers from there (`descriptor` -1: none) and the key. Nothing where there is
// no endpoint. Errors: kIo; ReadApiKey's.
[[nodiscard]] Result<EndpointSecrets> SecretsOf(const std::optional<EndpointConfig>& config,
                                                int descriptor);

}  // namespace assay

#endif  // ASSAY_RUN_ENDPOINT_SECRETS_H_
