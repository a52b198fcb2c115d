// Reader for LoadGen's mlperf_log_accuracy.json.

#ifndef ASSAY_RECORD_ACCURACY_LOG_H_
#define ASSAY_RECORD_ACCURACY_LOG_H_

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "assay/result.h"
#include "assay/tokenizer.h"

#include "base/file.h"
#include "base/json_array_stream.h"

namespace assay {

// One record of mlperf_log_accuracy.json.
struct AccuracyRecord {
  std::uint64_t seq_id = 0;
  std::uint64_t qsl_idx = 0;
  std::vector<std::uint8_t> data;                       // the bytes that the hex stands for
  std::optional<std::vector<std::uint8_t>> token_data;  // absent in Offline logs
  std::optional<std::int64_t> token_count;              // absent in logs without token latencies
  std::uint64_t line = 0;
};

enum class TokenWidth { kInt32, kInt64 };

struct AccuracyLog {
  std::vector<AccuracyRecord> records;
  // The official truncation cut the middle out: `records` is empty and only the hash can be
  // checked.
  bool truncated = false;
};

// The same record by record, in memory of one of them, for files of any size.
class AccuracyLogStream {
 public:
  // Errors: kIo.
  [[nodiscard]] static Result<AccuracyLogStream> Open(const fs::path& path);

  // As AccuracyLog::truncated; Next is not to be called then.
  [[nodiscard]] bool truncated() const { return truncated_; }
  // The next record; nullopt behind the last one. Errors: as of ReadAccuracyLog.
  [[nodiscard]] Result<std::optional<AccuracyRecord>> Next();

 private:
  AccuracyLogStream(JsonArrayStream elements, std::string where, bool truncated)
      : elements_(std::move(elements)), where_(std::move(where)), truncated_(truncated) {}

  JsonArrayStream elements_;
  std::string where_;
  bool truncated_;
};

// Errors: kIo; kParse with file and line: not an array, hex that is not hex, odd digit counts, a
// missing member, the file ends early. A file shortened by the official truncation is no error.
[[nodiscard]] Result<AccuracyLog> ReadAccuracyLog(const fs::path& path);
[[nodiscard]] Result<AccuracyLog> ParseAccuracyLog(std::string_view bytes,
                                                   const std::string& where);

// Which integers the bytes are, found out record by record. Value: kInt64 if every record's length
// is a multiple of 8 and every second 32-bit word is zero in all of them and token counts, where
// present, agree with it; kInt32 if lengths are multiples of 4 and token counts, where present,
// agree, and where no record has data. Errors: kParse if neither fits, naming the record.
class TokenWidthFinder {
 public:
  void Add(const AccuracyRecord& record);
  [[nodiscard]] Result<TokenWidth> Width(const std::string& where) const;
  // Whether the records so far can be of this width.
  [[nodiscard]] bool Fits(TokenWidth width) const {
    return width == TokenWidth::kInt32 ? !narrow_misfit_ : !wide_misfit_;
  }

 private:
  // Bytes of records whose width no token_count tells, and of those of them that fit int64.
  std::size_t untold_bytes_ = 0, untold_wide_bytes_ = 0;
  bool any_data_ = false;
  std::optional<std::string> narrow_misfit_, wide_misfit_;  // the first record that does not fit
};
[[nodiscard]] Result<TokenWidth> InferTokenWidth(const AccuracyLog& log, const std::string& where);
// Errors: kParse if the length is no multiple of the width or a value is outside TokenId.
[[nodiscard]] Result<std::vector<TokenId>> TokensOf(std::span<const std::uint8_t> data,
                                                    TokenWidth width);

}  // namespace assay

#endif  // ASSAY_RECORD_ACCURACY_LOG_H_
