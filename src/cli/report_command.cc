#include "cli/report_command.h"

#include <algorithm>
#include <memory>
#include <string>
#include <vector>

#include <unistd.h>

#include <CLI/CLI.hpp>

#include "base/format.h"
#include "base/json.h"
#include "cli/exit_code.h"
#include "cli/print.h"
#include "report/export.h"
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

int Report(const fs::path& run_dir, const std::string& format, std::size_t samples_in_html) {
  const Result<Derived> derived = Derive(run_dir, {}, samples_in_html);
  if (!derived) return Fail(derived.error());
  const Status written = WriteDerived(*derived);
  Print("{}", format == "json"
                  ? ToPrettyJson(ReportJson(derived->report))
                  : RenderTerminal(derived->report, kTerminalWidth, isatty(STDOUT_FILENO) != 0));
  if (!written) return Fail(written.error());
  return ExitCodeOf(*derived);
}

namespace {

// A file of its own name in a directory, or the one of two that the name asks for.
Status WriteExport(const std::vector<ExportedFile>& files, const fs::path& output) {
  if (fs::is_directory(output)) {
    for (const ExportedFile& file : files) {
      ASSAY_RETURN_IF_ERROR(WriteFileAtomically(output / file.name, file.bytes));
    }
    return Ok{};
  }
  const auto same_kind = std::find_if(files.begin(), files.end(), [&](const ExportedFile& file) {
    return fs::path(file.name).extension() == output.extension();
  });
  const ExportedFile& file = same_kind == files.end() ? files.front() : *same_kind;
  return WriteFileAtomically(output, file.bytes);
}

int Export(const fs::path& run_dir, const std::string& format, const std::string& output) {
  const Result<ExportFormat> parsed = ParseExportFormat(format);
  if (!parsed) return Fail(parsed.error());
  const Result<RunEvidence> run = LoadRun(run_dir, {});
  if (!run) return Fail(run.error());
  const auto files = ExportRun(*run, *parsed);
  if (!files) return Fail(files.error());
  if (output.empty()) {
    Print("{}", files->front().bytes);
    return kExitDone;
  }
  const Status written = WriteExport(*files, output);
  return written ? kExitDone : Fail(written.error());
}

}  // namespace

void AddReportCommand(CLI::App& app, int& code) {
  CLI::App* verb =
      app.add_subcommand("report", "Remakes the reports of a run directory and shows them");
  const auto dir = std::make_shared<std::string>();
  const auto format = std::make_shared<std::string>("text");
  verb->add_option("run_dir", *dir, "The run directory")->required();
  verb->add_option("--format", *format, "text (default) or json")
      ->check(CLI::IsMember({"text", "json"}));
  const auto samples = std::make_shared<std::size_t>(kMostTexts);
  verb->add_option("--samples-in-html", *samples,
                   "Samples that report.html shows with their texts (default 300)");
  const auto format_of_other = std::make_shared<std::string>();
  const auto output = std::make_shared<std::string>();
  CLI::Option* other =
      verb->add_option("--export", *format_of_other,
                       "Write another tool's format instead: vllm, aiperf, guidellm or csv");
  verb->add_option("--output", *output,
                   "Where --export writes: a file, or a directory for all of its files (default: "
                   "the summary on standard output)")
      ->needs(other);
  verb->callback([=, &code] {
    code = format_of_other->empty() ? Report(*dir, *format, *samples)
                                    : Export(*dir, *format_of_other, *output);
  });
}

}  // namespace assay
