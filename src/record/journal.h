// The journal: one line per request, written as the request ends. docs/formats.md defines it.

#ifndef ASSAY_RECORD_JOURNAL_H_
#define ASSAY_RECORD_JOURNAL_H_

#include <cstdint>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "assay/record.h"
#include "assay/result.h"

#include "base/file.h"

namespace assay {

// Steady clock before and after one of our calls of LoadGen, which reads its own clock in between.
struct ToldTimes {
  std::int64_t before_ns = 0;
  std::int64_t after_ns = 0;
};

struct RequestRecord {
  std::uint64_t sample_index = 0;
  // Nanoseconds after the origin of LoadGen's schedule, from its seeds and settings. Absent where
  // LoadGen schedules nothing ahead (SingleStream: a query is due when it is issued).
  std::optional<std::int64_t> offset_ns;
  // Steady clock. The best estimate when the line was written; readers that have the whole journal
  // compute a better one (metrics/schedule.h).
  std::int64_t scheduled_ns = 0;
  std::int64_t issued_ns = 0;           // LoadGen called us
  RequestOutcome outcome;               // outcome.id is the order of issue
  std::optional<ToldTimes> told_first;  // FirstTokenComplete
  std::optional<ToldTimes> told_done;   // QuerySamplesComplete
};

[[nodiscard]] std::string ToJournalLine(const RequestRecord& record);

class JournalWriter {
 public:
  static Result<JournalWriter> Create(const fs::path& path);
  JournalWriter(JournalWriter&& other) noexcept : file_(std::move(other.file_)) {}
  JournalWriter& operator=(JournalWriter&&) = delete;
  JournalWriter(const JournalWriter&) = delete;
  JournalWriter& operator=(const JournalWriter&) = delete;
  ~JournalWriter() = default;

  // Thread-safe. One write(2) per call: the kernel has the line when this returns.
  [[nodiscard]] Status Append(const RequestRecord& record);

 private:
  explicit JournalWriter(AppendFile file) : file_(std::move(file)) {}
  std::mutex mutex_;
  AppendFile file_;
};

struct Journal {
  std::vector<RequestRecord> requests;  // in the order in which they ended
  // The last line was cut off (the process was killed while it wrote): it is not among `requests`.
  bool cut_off = false;
};

// Errors: kIo; kParse with file and line for a line that is whole and wrong.
[[nodiscard]] Result<Journal> ReadJournal(const fs::path& path);
[[nodiscard]] Result<Journal> ParseJournal(std::string_view bytes, const std::string& where);

}  // namespace assay

#endif  // ASSAY_RECORD_JOURNAL_H_
