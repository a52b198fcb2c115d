// The references of a data set without what only prompts need.

#ifndef ASSAY_DATASET_REFERENCES_H_
#define ASSAY_DATASET_REFERENCES_H_

#include <filesystem>

#include "assay/result.h"

#include "dataset/dataset.h"

namespace assay {

// As LoadDataset, with the same checks and errors, but holds little memory: articles are left
// empty, and so are prompt ids where a record has them.
[[nodiscard]] Result<Dataset> LoadReferences(const std::filesystem::path& path);

}  // namespace assay

#endif  // ASSAY_DATASET_REFERENCES_H_
