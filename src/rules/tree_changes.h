// Changes to the files of a submission tree, of which the mutation test's list is made. Each fails
// the running test where the tree has not what it changes.

#ifndef ASSAY_RULES_TREE_CHANGES_H_
#define ASSAY_RULES_TREE_CHANGES_H_

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "base/json.h"
#include "rules/test_tree.h"

namespace assay {

using TreeChange = std::function<void(TreeFiles&)>;

// The first match of a pattern becomes `to`, which takes $1 and so on.
[[nodiscard]] TreeChange Replace(const std::string& file, const std::string& pattern,
                                 const std::string& to);
[[nodiscard]] TreeChange Remove(const std::string& file);
[[nodiscard]] TreeChange Put(const std::string& file, const std::string& bytes);
// Sets (or, with "", removes) a key of a detail log.
[[nodiscard]] TreeChange SetKey(const std::string& file, const std::string& key,
                                const std::string& value);
// Edits the first record of an accuracy log, which is then written as LoadGen writes it.
[[nodiscard]] TreeChange EditRecord(const std::string& file,
                                    const std::function<void(Json&)>& edit);
// The data of a record with other tokens: its first `kept` ones, and `tokens` after them.
void SetData(Json& record, std::size_t kept, const std::vector<std::uint32_t>& tokens);

}  // namespace assay

#endif  // ASSAY_RULES_TREE_CHANGES_H_
