#include "cli/exit_code.h"

#include <cstdio>

#include "report/safe_text.h"

namespace assay {

int Fail(const Error& error) {
  std::fprintf(stderr, "assay: %s\n", Printable(error.message).c_str());
  return error.code == ErrorCode::kInvalidArgument ? kExitUsage : kExitFailed;
}

}  // namespace assay
