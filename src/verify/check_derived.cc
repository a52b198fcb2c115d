#include "verify/check_derived.h"

#include <algorithm>
#include <string_view>
#include <utility>

#include "base/format.h"
#include "base/json.h"
#include "report/details.h"
#include "verify/json_difference.h"

namespace assay {
namespace {

constexpr std::size_t kShownBytes = 120;

std::string Shown(std::string_view line) {
  return line.size() > kShownBytes ? std::string(line.substr(0, kShownBytes)) + "..."
                                   : std::string(line);
}

std::string_view TakeLine(std::string_view& rest) {
  const std::size_t end = std::min(rest.find('\n'), rest.size());
  const std::string_view line = rest.substr(0, end);
  rest.remove_prefix(std::min(end + 1, rest.size()));
  return line;
}

void CompareJson(const std::string& file, const std::string& line, std::string_view stated,
                 std::string_view recomputed, Verification& out) {
  const auto a = ParseJson(stated, file);
  const auto b = ParseJson(recomputed, file);
  if (!a || !b) {
    out.Differs(file, line, Shown(stated), "", "It is no JSON.");
    return;
  }
  if (auto difference = FirstDifference(*a, *b)) {
    out.Differs(file, line + difference->pointer, std::move(difference->stated),
                std::move(difference->recomputed), "It does not follow from the record.");
    return;
  }
  out.Differs(file, line, "other bytes for the same values", "", "It was written by other hands.");
}

void CompareLines(const std::string& file, std::string_view stated, std::string_view recomputed,
                  Verification& out) {
  for (std::size_t line = 1; !stated.empty() || !recomputed.empty(); ++line) {
    if (stated.empty() || recomputed.empty()) {
      out.Differs(file, fmt::format("line {}", line),
                  stated.empty() ? "absent" : Shown(TakeLine(stated)),
                  recomputed.empty() ? "absent" : Shown(TakeLine(recomputed)),
                  "It has not as many lines as follow from the record.");
      return;
    }
    const std::string_view a = TakeLine(stated);
    const std::string_view b = TakeLine(recomputed);
    if (a == b) continue;
    const std::string where = fmt::format("line {}", line);
    if (file.ends_with(".jsonl")) {
      CompareJson(file, where + " ", a, b, out);
    } else {
      out.Differs(file, where, Shown(a), Shown(b), "It does not follow from the record.");
    }
    return;
  }
}

void Compare(const std::string& file, const std::string& stated, const std::string& recomputed,
             Verification& out) {
  if (stated == recomputed) return;
  if (file.ends_with(".json")) {
    CompareJson(file, "", stated, recomputed, out);
  } else {
    CompareLines(file, stated, recomputed, out);
  }
}

// What was chosen when the reports were made: the directory, which may have been moved since, and
// how many samples the page shows with their texts.
void UseStatedChoices(Derived& derived) {
  const auto bytes = ReadFile(derived.report.run_dir / "report.json");
  const auto report = bytes ? ParseJson(*bytes, "report.json") : bytes.error();
  if (!report || !report->is_object()) return;
  const Json::json_pointer directory("/run/directory");
  if (report->contains(directory) && (*report)[directory].is_string()) {
    derived.report.run_dir = (*report)[directory].get<std::string>();
  }
  const auto samples = report->find("samples_in_html");
  if (samples != report->end() && samples->is_number_unsigned()) {
    FillDetails(derived.evidence, samples->get<std::size_t>(), derived.report);
  }
}

}  // namespace

void CheckDerived(Derived derived, Verification& out) {
  const fs::path dir = derived.report.run_dir;
  const RunEvidence& run = derived.evidence;
  const bool texts_missing = run.tokenizer == nullptr;
  UseStatedChoices(derived);
  for (const auto& [name, recomputed] : DerivedFiles(derived)) {
    if (texts_missing) {
      out.not_checked.push_back(
          {name, "it needs the run's tokenizer: " + derived.evidence.no_score, true});
      continue;
    }
    const auto stated = ReadFile(dir / name);
    if (!stated) {
      out.Differs(name, "", "absent", "", "A derived file is missing (assay report remakes it).");
      continue;
    }
    Compare(name, *stated, recomputed, out);
    out.checked.push_back(name);
  }
  if (!run.no_score.empty() && !texts_missing) {
    out.not_checked.push_back({"scores", run.no_score, false});
  }
}

}  // namespace assay
