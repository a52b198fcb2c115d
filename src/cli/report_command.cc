#include "cli/report_command.h"

#include <memory>
#include <string>

#include <unistd.h>

#include <CLI/CLI.hpp>

#include "base/format.h"
#include "base/json.h"
#include "cli/exit_code.h"
#include "report/report.h"
#include "run/derive.h"

namespace assay {
namespace {

int ExitCodeOf(const Derived& derived) {
  const Verdict verdict = derived.judgement.verdict;
  const bool asked_for_rules = derived.report.run.config.rules.has_value();
  if (verdict == Verdict::kInvalid) return kExitNotGood;
  return verdict == Verdict::kNotComparable && asked_for_rules ? kExitNotGood : kExitDone;
}

}  // namespace

int Report(const fs::path& run_dir, const std::string& format) {
  const Result<Derived> derived = Derive(run_dir);
  if (!derived) return Fail(derived.error());
  const Status written = WriteDerived(*derived);
  fmt::print("{}", format == "json" ? ToPrettyJson(ReportJson(derived->report))
                                    : RenderTerminal(derived->report, kTerminalWidth,
                                                     isatty(STDOUT_FILENO) != 0));
  if (!written) return Fail(written.error());
  return ExitCodeOf(*derived);
}

void AddReportCommand(CLI::App& app, int& code) {
  CLI::App* verb =
      app.add_subcommand("report", "Remakes the reports of a run directory and shows them");
  const auto dir = std::make_shared<std::string>();
  const auto format = std::make_shared<std::string>("text");
  verb->add_option("run_dir", *dir, "The run directory")->required();
  verb->add_option("--format", *format, "text (default) or json")
      ->check(CLI::IsMember({"text", "json"}));
  verb->callback([dir, format, &code] { code = Report(*dir, *format); });
}

}  // namespace assay
