// Every sample of a run in figures, and which of them are shown with their texts.

#ifndef ASSAY_REPORT_SAMPLE_ROWS_H_
#define ASSAY_REPORT_SAMPLE_ROWS_H_

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "assay/scoring.h"

namespace assay {

struct SampleRow {
  std::uint64_t index = 0;  // in the data set
  std::string id;
  std::optional<SampleScore> score;  // absent: not scored
  std::optional<std::uint64_t> output_tokens;
  // Of the sample's first request in the main test, from the scheduled time; nanoseconds.
  std::optional<std::int64_t> ttft_ns;
  std::optional<std::int64_t> tpot_ns;
  std::optional<std::int64_t> e2el_ns;
  std::string remark;  // what was found about it: "failed: engine"; empty: nothing
};

// One of the samples that are shown with their texts.
struct SampleText {
  std::size_t row = 0;  // among the SampleRows
  std::string
      why;  // it was chosen: "worst", "best", "typical", "finding", "not scored"; empty: all are
  std::optional<std::string> article;  // absent: the run kept none
  std::optional<std::string> reference;
  std::optional<std::string> output;  // absent: not decoded
};

struct ChosenRow {
  std::size_t row = 0;
  std::string why;
};

// Which samples are shown with their texts, in words for people.
[[nodiscard]] std::string ChoiceRule(std::size_t most);

// Value: all rows, by index, where there are no more than `most`. Otherwise `most` of them, in the
// order of showing: those with a remark (at most a
// quarter of `most`), by index; then of those that are scored, in three
// equal parts by ROUGE-L, the worst from the worst on, the best from the best on, and the typical,
// nearest to the median rank. What is left over goes to rows without a score, by index. Ties: the
// lower index first.
[[nodiscard]] std::vector<ChosenRow> ChooseRows(const std::vector<SampleRow>& rows,
                                                std::size_t most);

}  // namespace assay

#endif  // ASSAY_REPORT_SAMPLE_ROWS_H_
