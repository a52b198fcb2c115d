#include "cli/compare_command.h"

#include <algorithm>
#include <memory>
#include <optional>
#include <utility>

#include <CLI/CLI.hpp>

#include "base/format.h"
#include "base/json.h"
#include "cli/exit_code.h"
#include "cli/print.h"
#include "compare/gate.h"
#include "compare/render_comparison.h"
#include "record/run_directory.h"

namespace assay {
namespace {

struct CompareCliOptions {
  std::vector<std::string> dirs, base, changed;
  std::optional<std::string> gate, junit, markdown;
  std::string format = "text";
};

// One variant of repeated runs, each given by its own option.
Result<Variant> Grouped(const std::vector<std::string>& dirs, const char* name) {
  Variant all;
  for (const std::string& dir : dirs) {
    ASSAY_ASSIGN_OR_RETURN(Variant variant, LoadVariant(dir));
    std::move(variant.runs.begin(), variant.runs.end(), std::back_inserter(all.runs));
  }
  all.name = dirs.size() == 1 ? dirs.front() : std::string(name);
  return all;
}

Result<std::vector<Variant>> LoadVariants(const CompareCliOptions& o) {
  std::vector<Variant> variants;
  const bool grouped = !o.base.empty() || !o.changed.empty();
  if (grouped && (o.base.empty() || o.changed.empty() || !o.dirs.empty())) {
    return MakeError(ErrorCode::kInvalidArgument,
                     "--base and --new go together, and without other directories");
  }
  if (grouped) {
    ASSAY_ASSIGN_OR_RETURN(Variant base, Grouped(o.base, "base"));
    ASSAY_ASSIGN_OR_RETURN(Variant changed, Grouped(o.changed, "new"));
    variants.push_back(std::move(base));
    variants.push_back(std::move(changed));
    return variants;
  }
  if (o.dirs.size() < 2) {
    return MakeError(ErrorCode::kInvalidArgument, "compare needs at least two directories");
  }
  for (const std::string& dir : o.dirs) {
    ASSAY_ASSIGN_OR_RETURN(Variant variant, LoadVariant(dir));
    variants.push_back(std::move(variant));
  }
  return variants;
}

Status WriteFiles(const CompareCliOptions& o, const Comparison& comparison,
                  const std::vector<GateResult>& gates) {
  if (o.junit) ASSAY_RETURN_IF_ERROR(WriteFileAtomically(*o.junit, RenderJUnit(gates)));
  if (o.markdown) {
    ASSAY_RETURN_IF_ERROR(WriteFileAtomically(*o.markdown, RenderMarkdown(comparison, gates)));
  }
  return Ok{};
}

Result<int> Run(const CompareCliOptions& o) {
  std::vector<Gate> gates;
  if (o.gate) {
    ASSAY_ASSIGN_OR_RETURN(const std::string bytes, ReadFile(*o.gate));
    ASSAY_ASSIGN_OR_RETURN(gates, ParseGates(bytes, *o.gate));
  } else if (o.junit) {
    return MakeError(ErrorCode::kInvalidArgument, "--junit goes with --gate");
  }
  ASSAY_ASSIGN_OR_RETURN(std::vector<Variant> variants, LoadVariants(o));
  const Variant base = std::move(variants.front());
  variants.erase(variants.begin());
  const Comparison comparison = Compare(base, variants);
  const std::vector<GateResult> results = Judge(comparison, gates);
  if (o.format == "json") {
    Print("{}", ToPrettyJson(ToJson(comparison, results)));
  } else {
    Print("{}", o.format == "markdown" ? RenderMarkdown(comparison, results)
                                       : RenderText(comparison, results));
  }
  ASSAY_RETURN_IF_ERROR(WriteFiles(o, comparison, results));
  const bool passed = std::all_of(results.begin(), results.end(),
                                  [](const GateResult& result) { return result.passed; });
  return static_cast<int>(passed ? kExitDone : kExitNotGood);
}

}  // namespace

Result<Variant> LoadVariant(const std::string& dir) {
  Variant variant;
  variant.name = dir;
  std::vector<fs::path> runs;
  std::error_code error;
  if (IsRunDirectory(dir)) {
    runs.emplace_back(dir);
  } else {
    for (fs::directory_iterator it(dir, error), end; !error && it != end; it.increment(error)) {
      if (IsRunDirectory(it->path())) runs.push_back(it->path());
    }
    std::sort(runs.begin(), runs.end());
  }
  if (runs.empty()) {
    return MakeError(ErrorCode::kInvalidArgument, "{}: no run directory, nor a folder of them",
                     dir);
  }
  for (const fs::path& run : runs) {
    ASSAY_ASSIGN_OR_RETURN(RunView view, LoadRunView(run));
    variant.runs.push_back(std::move(view));
  }
  return variant;
}

void AddCompareCommand(CLI::App& app, int& code) {
  CLI::App* verb = app.add_subcommand(
      "compare", "What differs between runs, by how much, and how sure that is; gates");
  const auto o = std::make_shared<CompareCliOptions>();
  verb->add_option("dirs", o->dirs,
                   "Run directories, the base first; a folder of runs is one variant, repeated");
  verb->add_option("--base", o->base, "A run of the base; repeat the option for repeated runs")
      ->expected(1)
      ->take_all();
  verb->add_option("--new", o->changed, "A run to compare with it; repeat for repeated runs")
      ->expected(1)
      ->take_all();
  verb->add_option("--gate", o->gate, "Thresholds and tests (JSON); exit code 1 if one fails");
  verb->add_option("--junit", o->junit, "Write the gates as JUnit XML");
  verb->add_option("--markdown", o->markdown, "Write the summary as Markdown");
  verb->add_option("--format", o->format, "text (default), markdown or json")
      ->check(CLI::IsMember({"text", "markdown", "json"}));
  verb->callback([o, &code] {
    const Result<int> done = Run(*o);
    code = done ? *done : Fail(done.error());
  });
}

}  // namespace assay
