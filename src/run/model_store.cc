#include "run/model_store.h"

#include <algorithm>
#include <cstdlib>
#include <vector>

#include "base/format.h"

namespace assay {
namespace {

std::string NamesIn(const fs::path& models) {
  std::vector<std::string> names;
  std::error_code error;
  for (fs::directory_iterator it(models, error), end; !error && it != end; it.increment(error)) {
    if (it->path().extension() == ".gguf") names.push_back(it->path().stem().string());
  }
  std::sort(names.begin(), names.end());
  return names.empty() ? "no models" : fmt::format("{}", fmt::join(names, ", "));
}

}  // namespace

fs::path CacheDirectory() {
  const char* set = std::getenv("ASSAY_CACHE");  // NOLINT(concurrency-mt-unsafe): nobody sets it
  return set != nullptr && *set != '\0' ? fs::path(set) : fs::path(ASSAY_BUILD_CACHE);
}

Result<fs::path> FindModel(const std::string& path_or_name) {
  std::error_code error;
  if (fs::is_regular_file(path_or_name, error)) return fs::absolute(path_or_name);
  const fs::path models = CacheDirectory() / "models";
  for (const std::string& name : {path_or_name, path_or_name + ".gguf"}) {
    if (fs::is_regular_file(models / name, error)) return models / name;
  }
  return MakeError(ErrorCode::kInvalidArgument,
                   "model {}: no such file, and none of this name in {}, which has {}",
                   path_or_name, models.string(), NamesIn(models));
}

}  // namespace assay
