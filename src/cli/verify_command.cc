#include "cli/verify_command.h"

#include <memory>
#include <optional>
#include <string>

#include <CLI/CLI.hpp>

#include "base/format.h"
#include "base/json.h"
#include "cli/exit_code.h"
#include "cli/print.h"
#include "record/run_directory.h"
#include "verify/verify.h"

namespace assay {
namespace {

struct VerifyCliOptions {
  std::string dir;
  std::optional<std::string> tokenizer;
  std::string format = "text";
};

int Run(const VerifyCliOptions& o) {
  std::error_code error;
  if (!fs::is_directory(o.dir, error)) {
    return Fail(MakeError(ErrorCode::kInvalidArgument, "{}: no such directory", o.dir));
  }
  VerifyOptions options;
  options.assay_version = ASSAY_VERSION;
  if (o.tokenizer) options.tokenizer = *o.tokenizer;
  const Result<Verification> verification = VerifyRun(o.dir, options);
  if (!verification) return Fail(verification.error());
  const Json json = ToJson(*verification);
  Print("{}", o.format == "json" ? ToPrettyJson(json) : RenderText(*verification, o.dir));
  if (json["answer"] == "follows") return kExitDone;
  return json["answer"] == "open" ? kExitFailed : kExitNotGood;
}

}  // namespace

void AddVerifyCommand(CLI::App& app, int& code) {
  CLI::App* verb = app.add_subcommand(
      "verify", "Does every number follow from the record, and is the record unchanged?");
  const auto o = std::make_shared<VerifyCliOptions>();
  verb->add_option("run_dir", o->dir, "The run directory")->required();
  verb->add_option("--tokenizer", o->tokenizer,
                   "The run's tokenizer, where it is not at its recorded place");
  verb->add_option("--format", o->format, "text (default) or json")
      ->check(CLI::IsMember({"text", "json"}));
  verb->callback([o, &code] { code = Run(*o); });
}

}  // namespace assay
