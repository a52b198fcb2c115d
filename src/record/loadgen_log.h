// Readers for what LoadGen writes: detail log, summary log; the accuracy log is in accuracy_log.h.
// Versions 5.1 to 6.0.17.

#ifndef ASSAY_RECORD_LOADGEN_LOG_H_
#define ASSAY_RECORD_LOADGEN_LOG_H_

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "assay/result.h"
#include "assay/tokenizer.h"

#include "base/file.h"
#include "base/json.h"
#include "record/accuracy_log.h"

namespace assay {

// One ":::MLLOG" line of mlperf_log_detail.txt.
struct LoadgenEntry {
  std::string key;
  Json value;
  double time_ms = 0.0;
  bool is_error = false;
  bool is_warning = false;
  std::uint64_t line = 0;  // from 1
};

// A line that is none: kept for the findings, never silently dropped.
struct LoadgenBadLine {
  std::uint64_t line = 0;
  std::string reason;
};

class LoadgenDetailLog {
 public:
  // Never fails on content: damaged lines are in bad_lines() (the first thousand; one more element
  // counts the rest). nan and inf as values, which LoadGen writes for degenerate runs, are read as
  // null.
  static LoadgenDetailLog Parse(std::string_view bytes);
  static Result<LoadgenDetailLog> Read(const fs::path& path);

  [[nodiscard]] const std::vector<LoadgenEntry>& entries() const { return entries_; }
  [[nodiscard]] const std::vector<LoadgenBadLine>& bad_lines() const { return bad_lines_; }
  // The first entry with this key, as the official checker takes it; null if there is none.
  [[nodiscard]] const LoadgenEntry* Find(std::string_view key) const;
  // Values of Find(key), absent where the key is absent or the value is of another type.
  [[nodiscard]] std::optional<double> Number(std::string_view key) const;
  [[nodiscard]] std::optional<std::uint64_t> Unsigned(std::string_view key) const;  // exact
  [[nodiscard]] std::optional<std::string> Text(std::string_view key) const;
  [[nodiscard]] std::optional<bool> Flag(std::string_view key) const;

 private:
  std::vector<LoadgenEntry> entries_;
  std::vector<LoadgenBadLine> bad_lines_;
  std::map<std::string, std::size_t, std::less<>> first_;  // key -> index of its first entry
};

// A "name : value" line of mlperf_log_summary.txt, blanks around both taken off.
struct LoadgenSummaryField {
  std::string name;
  std::string value;
  std::uint64_t line = 0;  // from 1
};

class LoadgenSummaryLog {
 public:
  // Never fails on content: what is not there is absent.
  static LoadgenSummaryLog Parse(std::string_view bytes);
  static Result<LoadgenSummaryLog> Read(const fs::path& path);

  // The first field with this name ("Result is", "Scenario", "target_qps"); null if there is none.
  [[nodiscard]] const LoadgenSummaryField* Find(std::string_view name) const;
  // From its last sentences; absent where LoadGen did not come to write them.
  [[nodiscard]] std::optional<std::uint64_t> errors() const { return errors_; }
  [[nodiscard]] std::optional<std::uint64_t> warnings() const { return warnings_; }

 private:
  std::vector<LoadgenSummaryField> fields_;
  std::optional<std::uint64_t> errors_;
  std::optional<std::uint64_t> warnings_;
};

}  // namespace assay

#endif  // ASSAY_RECORD_LOADGEN_LOG_H_
