// user.conf, checked before LoadGen reads it: LoadGen ignores what it does not understand.

#ifndef ASSAY_LOAD_USER_CONF_H_
#define ASSAY_LOAD_USER_CONF_H_

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "assay/result.h"

namespace assay {

struct UserConfEntry {
  std::string model;     // "llama3_1-8b", "*", ...
  std::string scenario;  // "Server", "*", ...
  std::string key;       // "target_qps", ...
  std::string value;
  std::uint64_t line = 0;
};

// Every assignment of a user.conf, in order.
//
// `text`   lines `model.scenario.key = value`, blanks around "="; "#" starts a comment where
// LoadGen
//          accepts one (alone between blanks, and not behind a value).
// Errors: kInvalidArgument with file and line for whatever LoadGen would misread in silence: a line
// that is no assignment, "key=value" without blanks, a comment glued to its "#" or behind a value,
// a key that no LoadGen knows or that it takes from no file, an integer key with another number
// ("6e5" reads as 6) or a leading 0 (octal), a scenario name that LoadGen has not.
// Source: MLCommons LoadGen 6.0.17, test_settings_internal.cc, TestSettings::FromConfig.
[[nodiscard]] Result<std::vector<UserConfEntry>> ParseUserConf(std::string_view text,
                                                               const std::string& where);

// Does an entry set `key` for this model and scenario, wildcards included?
[[nodiscard]] bool Defines(const std::vector<UserConfEntry>& entries, std::string_view model,
                           std::string_view scenario, std::string_view key);

// The value that LoadGen takes for `key`: of the entry for this model and scenario, or else for any
// model, any scenario, any of both; of several the last. nullopt: none sets it.
// Source: MLCommons LoadGen 6.0.17, test_settings_internal.cc, lookupkv.
[[nodiscard]] std::optional<std::string> ValueOf(const std::vector<UserConfEntry>& entries,
                                                 std::string_view model, std::string_view scenario,
                                                 std::string_view key);

}  // namespace assay

#endif  // ASSAY_LOAD_USER_CONF_H_
