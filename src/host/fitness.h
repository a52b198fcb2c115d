// Is this host fit for measuring, and if not, what to change? docs/doctor.md explains each check.

#ifndef ASSAY_HOST_FITNESS_H_
#define ASSAY_HOST_FITNESS_H_

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "assay/clock.h"

#include "base/file.h"
#include "base/json.h"

namespace assay {

enum class Fitness {
  kFit,
  kNote,     // worth knowing when reading figures
  kMatters,  // figures of this host are not to be relied on until it is changed
  kUnknown,  // could not be looked at: `found` says why
};

struct FitnessCheck {
  std::string id;  // "governor"
  Fitness state = Fitness::kUnknown;
  std::string found;
  std::string why;  // it matters for measuring
  std::string fix;  // a command where there is one; empty: nothing can be done
};

struct FitnessOptions {
  fs::path root = "/";                       // where proc/, sys/ are
  std::optional<std::uint64_t> model_bytes;  // of the model that is to be run
  // How long the load of others is watched, and how that time passes (tests: it does not).
  Nanos watched = std::chrono::seconds(1);
  std::function<void(Nanos)> wait;  // empty: sleeps
};

// Value: every check, in a fixed order. Never an error: what cannot be looked at is kUnknown.
[[nodiscard]] std::vector<FitnessCheck> CheckFitness(const FitnessOptions& options);

// "fit", "note", "matters", "unknown".
[[nodiscard]] std::string_view FitnessName(Fitness state);
// An array of objects: `id`, `state`, `found`, `why`, `fix`.
[[nodiscard]] Json ToJson(const std::vector<FitnessCheck>& checks);

}  // namespace assay

#endif  // ASSAY_HOST_FITNESS_H_
