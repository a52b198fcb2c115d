#include "rules/check_accuracy_text.h"

#include <algorithm>
#include <array>
#include <utility>

#include "base/format.h"

namespace assay {
namespace {

constexpr double kMaxRouge = 100.0;  // percent

class AccuracyTextCheck {
 public:
  AccuracyTextCheck(const PrintedScores& printed, const AccuracyTextPlace& place,
                    const Scope& scope, Findings& findings)
      : printed_(printed), place_(place), scope_(scope), findings_(findings) {}

  void Check() {
    CheckScores();
    CheckRepeated();
    CheckHash();
    const std::uint64_t samples = scope_.benchmark->sample_count;
    if (!printed_.gen_num || *printed_.gen_num == samples) return;
    Report(rule::kAccuracyCount, {.message = "Not every sample of the data set is scored.",
                                  .found = fmt::format("gen_num {}", *printed_.gen_num),
                                  .needed = fmt::format("gen_num {}", samples),
                                  .fix = "score the whole accuracy log"});
  }

 private:
  void Report(const Rule& rule, FindingText text) {
    text.file = printed_.file;
    if (place_.open_division) {
      findings_.Warning(rule, std::move(text));
    } else {
      findings_.Error(rule, std::move(text));
    }
  }

  void CheckScores() {
    for (std::size_t i = 0; i < kScoreNames.size(); ++i) {
      const std::string_view name = kScoreNames.at(i);
      const auto& score = printed_.scores.at(i);
      if (score && (name == "gen_len" || score->value <= kMaxRouge)) continue;
      if (score) {
        Report(rule::kAccuracyText, {.message = fmt::format("{} cannot be so high.", name),
                                     .found = fmt::format("{}", score->value),
                                     .needed = fmt::format("from 0 to {}", kMaxRouge),
                                     .fix = "score the accuracy log again",
                                     .line = score->line});
        continue;
      }
      Report(rule::kAccuracyText,
             {.message = fmt::format("accuracy.txt has no {} that the checker can read.", name),
              .needed = fmt::format("'{}': {}", name, name == "gen_len" ? "INTEGER" : "'NUMBER'"),
              .fix = "score the accuracy log again and keep the line as it is printed"});
    }
  }

  // One that misses its limit spoils the file for the checker, whatever the first one is.
  void CheckRepeated() {
    const auto figures = printed_.Figures();
    if (!figures) return;
    for (const auto& [index, score] : printed_.repeated) {
      AccuracyFigures other = *figures;
      const std::array<double*, 5> members{&other.rouge1, &other.rouge2, &other.rougeL,
                                           &other.rougeLsum, &other.gen_len};
      *members.at(index) = score.value;
      const bool pass = AccuracyLimits(other, *scope_.benchmark).at(index).pass;
      FindingText text{
          .message = fmt::format("accuracy.txt has two values of {}{}.", kScoreNames.at(index),
                                 pass ? "" : ", and one of them misses its limit"),
          .found = fmt::format("{} and {}", printed_.scores.at(index)->value, score.value),
          .needed = "the output of one evaluation",
          .fix = "score the accuracy log once, into a file of its own",
          .line = score.line};
      if (pass) {
        text.file = printed_.file;
        findings_.Warning(rule::kAccuracyText, std::move(text));
      } else {
        Report(rule::kAccuracyText, std::move(text));
      }
    }
  }

  void CheckHash() {
    if (!printed_.hash) {
      Report(rule::kAccuracyHash, {.message = "accuracy.txt has no hash of the accuracy log.",
                                   .needed = "a line hash=SHA-256",
                                   .fix = "assay submission truncate"});
      return;
    }
    const std::string& hash = *printed_.hash;
    const bool is_sha256 = hash.size() == 64 && std::all_of(hash.begin(), hash.end(), [](char c) {
                             return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f');
                           });
    if (!is_sha256) {
      findings_.Warning(rule::kAccuracyHash, {.message = "The hash is no SHA-256.",
                                              .found = hash,
                                              .needed = "64 hexadecimal digits",
                                              .fix = "assay submission truncate",
                                              .file = printed_.file});
    }
    if (const auto& other = printed_.other_hash) {
      findings_.Warning(rule::kAccuracyHash, {.message = "accuracy.txt has two hashes.",
                                              .found = fmt::format("{} and {}", hash, other->hash),
                                              .needed = "the hash of one accuracy log",
                                              .fix = "keep the one of the log that was scored",
                                              .file = printed_.file,
                                              .line = other->line});
    }
    if (place_.log_sha256.empty()) {
      findings_.NotRun(printed_.file + ": the hash", "the accuracy log is not whole");
    } else if (place_.log_sha256 != hash) {
      Report(rule::kAccuracyHash, {.message = "The hash is not that of the accuracy log.",
                                   .found = hash,
                                   .needed = place_.log_sha256,
                                   .fix = "hand in the log that was scored, and its hash"});
    }
  }

  const PrintedScores& printed_;
  const AccuracyTextPlace& place_;
  const Scope& scope_;
  Findings& findings_;
};

}  // namespace

void CheckAccuracyText(const PrintedScores& printed, const AccuracyTextPlace& place,
                       const Scope& scope, Findings& findings) {
  AccuracyTextCheck(printed, place, scope, findings).Check();
}

}  // namespace assay
