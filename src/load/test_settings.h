// LoadGen's settings for one test of a run.

#ifndef ASSAY_LOAD_TEST_SETTINGS_H_
#define ASSAY_LOAD_TEST_SETTINGS_H_

#include <cstdint>
#include <string>

#include <test_settings.h>

#include "assay/result.h"

#include "base/json.h"
#include "record/run_config.h"

namespace assay {

// "llama3_1-8b", "llama3_1-8b-interactive", "llama3_1-8b-edge": the names in LoadGen's mlperf.conf.
[[nodiscard]] std::string LoadgenModel(BenchmarkId benchmark, Scenario scenario);
// "Offline", "Server" (Interactive too), "SingleStream".
[[nodiscard]] std::string LoadgenScenario(Scenario scenario);

// The settings that StartTest gets: LoadGen's mlperf.conf for the benchmark, then user.conf, then
// the round's seeds where they are another round's, then what the run asked for by option.
//
// Without `config.rules`: min_query_count is such that each of the run's samples is asked once, and
// min_duration is the run's. With it: the round's own values throughout.
//
// A compliance test's settings (`config.compliance`) beat all of these.
//
// Errors: kInvalidArgument: user.conf cannot be read or is wrong, no settings of the compliance
// test where it is asked for, a performance sample count below the number of samples (LoadGen would
// split the test), more than twenty million queries. Once per process: LoadGen counts the calls of
// FromConfig in a static variable.
[[nodiscard]] Result<mlperf::TestSettings> MakeTestSettings(const RunConfig& config, TestKind test);

// Every field, names as in LoadGen's test_settings.h: what ran is what is reported.
[[nodiscard]] Json ToJson(const mlperf::TestSettings& settings);

}  // namespace assay

#endif  // ASSAY_LOAD_TEST_SETTINGS_H_
