#include "base/check.h"

#include <cstdio>
#include <cstdlib>

namespace assay {

void CheckFailed(const char* file, int line, const char* condition) {
  std::fprintf(stderr, "%s:%d: internal error, please report: %s does not hold\n", file, line,
               condition);
  std::abort();
}

}  // namespace assay
