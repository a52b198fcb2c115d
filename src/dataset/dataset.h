// Data sets: articles and their reference summaries, from a file in one of two layouts.

#ifndef ASSAY_DATASET_DATASET_H_
#define ASSAY_DATASET_DATASET_H_

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "assay/result.h"
#include "assay/tokenizer.h"

namespace assay {

enum class DatasetFormat {
  kMlcommonsJson,  // one JSON array of {"input", "output", "tok_input"?, "instruction"?, "id"?}
  kJsonl,          // one {"article", "highlights", "id"?, "tok_input"?, ...} a line
};

// Value: "mlcommons-json" or "jsonl", as records and reports name it.
[[nodiscard]] std::string_view Name(DatasetFormat format);

struct Sample {
  std::uint64_t index = 0;  // position in the file from 0; LoadGen's sample index
  std::string id;           // the file's own, integers in decimal; empty where it gives none
  std::string article;      // UTF-8, not blank
  std::string reference;    // UTF-8, not blank; CNN/DailyMail has a highlight a line
  std::optional<std::vector<TokenId>> prompt_ids;  // tok_input: the whole prompt, BOS included
};

struct Dataset {
  std::string path;    // of the file that was read
  std::string sha256;  // of its bytes
  std::uint64_t size_bytes = 0;
  DatasetFormat format = DatasetFormat::kMlcommonsJson;
  bool byte_order_mark = false;  // it starts with a UTF-8 BOM, which was skipped
  // Records that carry an instruction, and those of them whose instruction is kPromptTemplate.
  std::uint64_t instructions = 0;
  std::uint64_t benchmark_instructions = 0;
  std::vector<Sample> samples;  // at least one; samples[i].index == i
};

// Reads a data set file. A directory stands for the one file in it that is named cnn_eval.json or
// sample_cnn_eval_5000.json. The layout follows from the content, not from the name.
//
// Errors: kIo, e.g. larger than 2 GiB; kInvalidArgument for a directory that holds neither file or
// both; those of ParseDataset.
[[nodiscard]] Result<Dataset> LoadDataset(const std::filesystem::path& path);

// The same for bytes in memory; `where` names them in errors and becomes `path`.
//
// Errors: kParse with "where:line: " and the reason: neither layout, not JSON, cut off, no record,
// and for a record (from 0) a missing, blank, repeated or mistyped field, an id used before, or
// bytes that are not UTF-8 with their offset in the file. The line is the fault's where the fault
// has one, otherwise the record's first.
[[nodiscard]] Result<Dataset> ParseDataset(std::string_view bytes, std::string_view where);

}  // namespace assay

#endif  // ASSAY_DATASET_DATASET_H_
