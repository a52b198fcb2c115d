#include "submission/truncate.h"

#include <algorithm>
#include <optional>
#include <system_error>
#include <utility>

#include "base/format.h"
#include "base/hash.h"
#include "record/loadgen_log.h"
#include "rules/printed_scores.h"
#include "rules/submission_rules.h"
#include "rules/submission_tree.h"
#include "submission/write_tree.h"

namespace assay {
namespace {

std::string WithUnixLineEnds(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '\r') {
      out += text[i];
    } else if (i + 1 == text.size() || text[i + 1] != '\n') {
      out += '\n';
    }
  }
  return out;
}

// What is to be done to one result's accuracy directory.
struct Step {
  std::string log;  // relative to the tree
  std::string truncated;
  std::optional<std::string> text;  // new bytes of accuracy.txt; absent: they stay
};

Error Refused(const std::string& file, std::string_view why) {
  return MakeError(ErrorCode::kParse, "{}: {}", file, why);
}

class Planner {
 public:
  Planner(const fs::path& tree, const fs::path& backup) : tree_(tree), backup_(backup) {}

  // nullopt: nothing is to be done.
  Result<std::optional<Step>> Plan(const SubmittedResult& result) const {
    Step step;
    step.log = result.directory + "/accuracy/mlperf_log_accuracy.json";
    const std::string text_file = result.directory + "/accuracy/accuracy.txt";
    ASSAY_ASSIGN_OR_RETURN(const std::string whole, ReadFile(tree_ / step.log));
    ASSAY_ASSIGN_OR_RETURN(const std::string text, ReadFile(tree_ / text_file));
    ASSAY_ASSIGN_OR_RETURN(const AccuracyLog log, ParseAccuracyLog(whole, step.log));
    const auto stated = ParseAccuracyTxt(text, text_file).hash;
    if (log.truncated) return PlanTruncated(step.log, stated);
    const std::string hash = Sha256Hex(whole);
    if (stated && *stated != hash) {
      return Refused(text_file, fmt::format("its hash {} is not that of the log beside it, {}",
                                            *stated, hash));
    }
    if (stated && whole.size() < kMaxAccuracyLogBytes) return std::optional<Step>{};
    if (!stated) step.text = text + HashLine(hash);
    ASSAY_ASSIGN_OR_RETURN(step.truncated, TruncatedLog(whole, step.log));
    ASSAY_RETURN_IF_ERROR(CheckBackup(step.log, hash));
    return std::optional(std::move(step));
  }

 private:
  Result<std::optional<Step>> PlanTruncated(const std::string& log,
                                            const std::optional<std::string>& stated) const {
    if (!stated) {
      return Refused(log,
                     "is truncated already, and accuracy.txt has no hash of the whole log; "
                     "put the whole log back");
    }
    ASSAY_RETURN_IF_ERROR(CheckBackup(log, *stated));
    return std::optional<Step>{};
  }

  // A log that lies in the backup already must be this one.
  [[nodiscard]] Status CheckBackup(const std::string& log, const std::string& hash) const {
    std::error_code error;
    if (!fs::exists(backup_ / log, error)) return Ok{};
    ASSAY_ASSIGN_OR_RETURN(const std::string found, Sha256OfFile(backup_ / log));
    if (found == hash) return Ok{};
    return Refused(
        (backup_ / log).string(),
        fmt::format("another log is there already: SHA-256 {}, expected {}", found, hash));
  }

  const fs::path& tree_;
  const fs::path& backup_;
};

Status Take(const fs::path& tree, const fs::path& backup, const Step& step) {
  const fs::path log = tree / step.log;
  ASSAY_RETURN_IF_ERROR(MakeDirectories((backup / step.log).parent_path()));
  ASSAY_ASSIGN_OR_RETURN(const std::string whole, ReadFile(log));
  ASSAY_RETURN_IF_ERROR(WriteFileAtomically(backup / step.log, whole));
  if (step.text) {
    ASSAY_RETURN_IF_ERROR(WriteFileAtomically(log.parent_path() / "accuracy.txt", *step.text));
  }
  return WriteFileAtomically(log, step.truncated);
}

}  // namespace

Result<std::string> TruncatedLog(std::string_view bytes, const std::string& where) {
  const auto odd = std::find_if(bytes.begin(), bytes.end(),
                                [](char c) { return static_cast<unsigned char>(c) >= 0x80; });
  if (odd != bytes.end()) {
    return MakeError(ErrorCode::kParse, "{}: byte {} is not ASCII, as all of LoadGen's log is",
                     where, odd - bytes.begin());
  }
  if (bytes.size() < kTruncatedEndBytes) return std::string(bytes);
  // Twice as many: line ends of two characters become one.
  std::string text = WithUnixLineEnds(bytes.substr(0, 2 * kTruncatedEndBytes));
  text.resize(std::min(text.size(), kTruncatedEndBytes));
  text += kTruncationMark;
  text += WithUnixLineEnds(bytes.substr(bytes.size() - kTruncatedEndBytes));
  return text;
}

std::string HashLine(std::string_view sha256) {
  return fmt::format("\nhash={}\n", sha256);
}

Result<Truncations> TruncateTree(const fs::path& tree, const fs::path& backup) {
  if (!IsSubmissionTree(tree)) {
    return MakeError(ErrorCode::kInvalidArgument,
                     "{}: no submission tree: expected DIVISION/SUBMITTER/results in it",
                     tree.string());
  }
  if (LiesInside(backup, tree)) {
    return MakeError(ErrorCode::kInvalidArgument,
                     "{}: the whole logs must be kept outside the submission {}", backup.string(),
                     tree.string());
  }
  const SubmissionTree found = ReadSubmissionTree(tree, std::nullopt);
  Truncations truncations;
  truncations.strangers = found.strangers;
  std::vector<Step> steps;
  const Planner planner(tree, backup);
  for (const Submitter& submitter : found.submitters) {
    for (const SubmittedResult& result : submitter.results) {
      ASSAY_ASSIGN_OR_RETURN(std::optional<Step> step, planner.Plan(result));
      if (step) {
        steps.push_back(std::move(*step));
      } else {
        truncations.already.push_back(result.directory + "/accuracy/mlperf_log_accuracy.json");
      }
    }
  }
  for (const Step& step : steps) {
    ASSAY_RETURN_IF_ERROR(Take(tree, backup, step));
    truncations.truncated.push_back(step.log);
  }
  return truncations;
}

}  // namespace assay
