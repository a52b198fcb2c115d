// assay-make-model SOURCE.gguf TARGET.gguf F16|F32: the set-up's converter.

#include <cstdio>
#include <string>
#include <vector>

#include "base/format.h"
#include "engine/llama/make_model.h"

int main(int argc, char** argv) {
  const std::vector<std::string> args(argv + 1, argv + argc);
  if (args.size() != 3) {
    std::fputs("usage: assay-make-model SOURCE.gguf TARGET.gguf F16|F32\n", stderr);
    return 2;
  }
  const assay::Status made = assay::MakeModel(args[0], args[1], args[2]);
  if (made) return 0;
  std::fputs(fmt::format("assay-make-model: {}\n", made.error().message).c_str(), stderr);
  return made.error().code == assay::ErrorCode::kInvalidArgument ? 2 : 3;
}
