#include "rules/tree_silences.h"

#include <algorithm>
#include <array>

namespace assay {

std::span<const Silence> Silences() {
  static constexpr std::array kAll{
      Silence{&rule::kTest06Verdict, "",
              "they read verify_accuracy.txt and never the log that it is about"},
      Silence{&rule::kUnreadable, "TEST06: no hex",
              "they read verify_accuracy.txt and never the log that it is about"},
      Silence{&rule::kUnreadable, "a damaged accuracy log",
              "they look at the accuracy log's size alone"},
      Silence{&rule::kCoverage, "a finding that was let pass",
              "the field is Assay's, and tells what was let pass when the package was built"},
      Silence{&rule::kLogsDiffer, "told twice", "they take the first value of a key"},
      Silence{&rule::kDamagedLog, "= 3.99e8", "any number will do for them"},
      Silence{&rule::kDamagedLog, "= -5", "any number will do for them"},
      Silence{&rule::kAccuracyText, "above 100", "any number above the limit will do for them"},
      Silence{&rule::kTokenCount, "",
              "they read verify_accuracy.txt and never the log that it is about"},
      Silence{&rule::kNoReference, "TEST06",
              "they read verify_accuracy.txt and never the log that it is about"},
      Silence{&rule::kLogsDiffer, "", "they read the detail log and not the summary"},
      Silence{&rule::kAccuracyCount, "", "they ask five scores of accuracy.txt and not gen_num"},
      Silence{&rule::kLoadgenErrors, "an error in the performance log",
              "one asks the performance log for errors under an option alone, the other for "
              "LoadGen's count of them"},
      Silence{&rule::kTestMode, "", "they never ask in which mode a log was made"},
      Silence{&rule::kGenerated, "", "they do not reproduce what the seeds give"},
      Silence{&rule::kLoadedSet, "", "they do not reproduce what the seeds give"},
      Silence{&rule::kLoadgenRelease, "", "they ask for the round's seeds, not for its LoadGen"},
      Silence{&rule::kTreeCalibration, "", "an empty file is enough for them"},
      Silence{&rule::kLatencyLimits, "",
              "they compare the result with a limit and not the limit that LoadGen was given, with "
              "which it judged early stopping"},
      Silence{&rule::kFigures, "", "they take each figure as it is told"},
  };
  return kAll;
}

const Silence* SilenceOn(const TreeMutation& mutation) {
  if (mutation.severity != Severity::kError) return nullptr;
  const auto all = Silences();
  const auto it = std::find_if(all.begin(), all.end(), [&](const Silence& silence) {
    return silence.rule->id == mutation.rule->id &&
           mutation.name.find(silence.part) != std::string::npos;
  });
  return it == all.end() ? nullptr : &*it;
}

}  // namespace assay
