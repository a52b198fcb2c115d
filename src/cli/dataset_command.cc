#include "cli/dataset_command.h"

#include <memory>
#include <string>

#include <CLI/CLI.hpp>

#include "base/file.h"
#include "base/format.h"
#include "base/json.h"
#include "cli/exit_code.h"
#include "cli/print.h"
#include "dataset/bundled_sample.h"
#include "dataset/dataset.h"
#include "dataset/dataset_info.h"

namespace assay {
namespace {

struct InfoOptions {
  std::string path;
  std::string format = "text";
};

int RunInfo(const InfoOptions& o) {
  fs::path path = o.path;
  if (o.path.empty()) {
    const Result<fs::path> bundled = BundledSamplePath();
    if (!bundled) return Fail(bundled.error());
    path = *bundled;
  }
  const Result<Dataset> dataset = LoadDataset(path);
  if (!dataset) return Fail(dataset.error());
  const DatasetInfo info = DescribeDataset(*dataset);
  Print("{}", o.format == "json" ? ToPrettyJson(ToJson(info)) : RenderText(info));
  return kExitDone;
}

}  // namespace

void AddDatasetCommand(CLI::App& app, int& code) {
  CLI::App* verb = app.add_subcommand("dataset", "What a data set is");
  verb->require_subcommand(1);
  CLI::App* info = verb->add_subcommand(
      "info", "Count, SHA-256, whether it is the official one, near-duplicates, lengths");
  const auto o = std::make_shared<InfoOptions>();
  info->add_option("path", o->path, "The file (default: the bundled sample)");
  info->add_option("--format", o->format, "text (default) or json")
      ->check(CLI::IsMember({"text", "json"}));
  info->callback([o, &code] { code = RunInfo(*o); });
}

}  // namespace assay
