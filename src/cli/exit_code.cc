#include "cli/exit_code.h"

#include <cstdio>

namespace assay {

int Fail(const Error& error) {
  std::fprintf(stderr, "assay: %s\n", error.message.c_str());
  return error.code == ErrorCode::kInvalidArgument ? kExitUsage : kExitFailed;
}

}  // namespace assay
