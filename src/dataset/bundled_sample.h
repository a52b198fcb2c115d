// Where the sample data set that comes with Assay lies.

#ifndef ASSAY_DATASET_BUNDLED_SAMPLE_H_
#define ASSAY_DATASET_BUNDLED_SAMPLE_H_

#include <filesystem>

#include "assay/result.h"

namespace assay {

// Value: share/assay/sample/articles.jsonl of the installation that the running program belongs to
// (the program lies in its bin/), otherwise data/sample/articles.jsonl of the source tree it was
// built from.
// Errors: kIo naming both places, if neither file is there.
[[nodiscard]] Result<std::filesystem::path> BundledSamplePath();

// The same for a program at `executable` that was built from `source_dir`.
[[nodiscard]] Result<std::filesystem::path> BundledSamplePathFor(
    const std::filesystem::path& executable, const std::filesystem::path& source_dir);

}  // namespace assay

#endif  // ASSAY_DATASET_BUNDLED_SAMPLE_H_
