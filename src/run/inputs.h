// What a run asks: data set, tokenizer and prompts, the same in the run's process and in its
// tests'.

#ifndef ASSAY_RUN_INPUTS_H_
#define ASSAY_RUN_INPUTS_H_

#include <memory>
#include <vector>

#include "assay/result.h"
#include "assay/tokenizer.h"

#include "base/file.h"
#include "dataset/dataset.h"
#include "load/loadgen_test.h"
#include "record/run_config.h"
#include "record/run_directory.h"

namespace assay {

// How prompts become ids: BOS as the tokenizer says, and an article's text is never a special
// token.
inline constexpr EncodeOptions kPromptEncoding{.add_special_tokens = true,
                                               .parse_special_tokens = false};

struct RunInputs {
  Dataset dataset;  // whole
  std::shared_ptr<const Tokenizer> tokenizer;
  std::vector<PromptSample> prompts;  // of the first config.samples samples; config.samples 0: all
};

// Loads the data set and the tokenizer and encodes the prompts.
// Errors: those of LoadDataset and LoadTokenizer; kInvalidArgument if there are fewer samples than
// asked for.
[[nodiscard]] Result<RunInputs> LoadInputs(const RunConfig& config);

// What run.json says of the data set. Looks for near-duplicates among the run's samples.
[[nodiscard]] DatasetRecord DatasetRecordOf(const RunConfig& config, const RunInputs& inputs);

// Writes <run_dir>/inputs/samples.jsonl; with config.keep_inputs false, hashes only.
[[nodiscard]] Status WriteInputs(const fs::path& run_dir, const RunConfig& config,
                                 const RunInputs& inputs);

}  // namespace assay

#endif  // ASSAY_RUN_INPUTS_H_
