#include "rules/judge_result.h"

#include <algorithm>
#include <array>
#include <optional>
#include <unordered_set>
#include <utility>

#include "base/format.h"
#include "base/hash.h"
#include "dataset/dataset.h"
#include "dataset/identity.h"
#include "dataset/near_duplicates.h"
#include "rules/check_accuracy.h"
#include "rules/check_accuracy_text.h"
#include "rules/check_answers.h"
#include "rules/check_authenticity.h"
#include "rules/check_claims.h"
#include "rules/check_log.h"
#include "rules/check_validity.h"
#include "rules/printed_scores.h"
#include "rules/result_evidence.h"
#include "rules/test06.h"

namespace assay {
namespace {

DatasetFacts FactsOf(const Dataset& dataset) {
  std::vector<std::string_view> articles;
  articles.reserve(dataset.samples.size());
  for (const Sample& sample : dataset.samples) articles.emplace_back(sample.article);
  DatasetFacts facts;
  facts.file = fs::path(dataset.path).filename().string();
  facts.identity = Name(IdentityOf(dataset).set);
  facts.sha256 = dataset.sha256;
  facts.count = dataset.samples.size();
  facts.articles = articles.size();
  const NearDuplicates near = FindNearDuplicates(articles);
  facts.near_duplicates = near.near_duplicates;
  facts.near_duplicate_clusters = near.clusters.size();
  return facts;
}

class ResultJudge {
 public:
  // `place` null: the result is no part of a tree.
  ResultJudge(ResultEvidence evidence, const SubmittedPlace* place)
      : result_(std::move(evidence)),
        place_(place),
        findings_(*result_.scope.round, place != nullptr || result_.choice.asked) {}

  Judgement JudgeSubmitted() {
    for (const auto& [kind, evidence] : result_.tests) {
      if (kind == TestKind::kCompliance) {
        CheckSubmittedTest06(evidence);
      } else {
        CheckTest(kind, evidence);
      }
    }
    CheckData();
    CheckAccuracyTxt();
    CheckScores();
    CheckBothTests();
    CheckConfiguration();
    return MakeJudgement();
  }

  Judgement Judge() {
    for (const auto& [kind, evidence] : result_.tests) CheckTest(kind, evidence);
    CheckData();
    CheckScores();
    CheckBothTests();
    NoteRound(result_.choice, result_.scope, findings_);
    return MakeJudgement();
  }

 private:
  void CheckSubmittedTest06(const LoadgenEvidence& evidence) {
    for (const UnreadableFile& file : evidence.unreadable) {
      findings_.Error(rule::kUnreadable, {.message = "A file of TEST06 cannot be read.",
                                          .found = file.reason,
                                          .fix = "copy it again, or repeat TEST06",
                                          .file = file.file});
    }
    CheckTokens(evidence.answers, evidence.AccuracyFile(), LlamaTokens(), false, findings_);
    CheckTokenCounts(evidence, findings_);
    CheckSamples(evidence);
    CheckAuthenticity(evidence, findings_);
    if (result_.scope.scenario != nullptr) {
      CheckTest06(result_.root, evidence, result_.scope.scenario->scenario, false, findings_);
    }
  }

  // A submission claims the benchmark's data set; CheckUnscored looks where it is at hand.
  void CheckSamples(const LoadgenEvidence& evidence) {
    if (result_.dataset) return;
    std::optional<std::uint64_t> samples;
    if (evidence.detail) samples = evidence.detail->Unsigned("qsl_reported_total_count");
    if (!samples && result_.scope.submitted) samples = result_.scope.benchmark->sample_count;
    if (samples) CheckIndices(evidence.answers, *samples, evidence.AccuracyFile(), findings_);
  }

  [[nodiscard]] bool IsOpen() const {
    return place_ != nullptr && place_->result->division == "open";
  }

  void CheckAccuracyTxt() {
    const std::string file = place_->result->directory + "/accuracy/accuracy.txt";
    const auto bytes = ReadFile(result_.root / file, std::uint64_t{64} << 20U);
    if (!bytes) return;  // CheckResultFiles says that it is missing
    AccuracyTextPlace place{.open_division = IsOpen(), .log_sha256 = {}};
    const LoadgenEvidence* accuracy = result_.Find(TestKind::kAccuracy);
    if (accuracy != nullptr && accuracy->accuracy && !accuracy->accuracy->truncated) {
      if (auto hash = Sha256OfFile(result_.root / accuracy->AccuracyFile())) {
        place.log_sha256 = *hash;
      }
    }
    CheckAccuracyText(ParseAccuracyTxt(*bytes, file), place, result_.scope, findings_);
  }

  void CheckConfiguration() {
    const LoadgenEvidence* performance = result_.Find(TestKind::kPerformance);
    const LoadgenEvidence* accuracy = result_.Find(TestKind::kAccuracy);
    if (performance == nullptr) return;
    if (accuracy != nullptr) CheckTestsDiffer(*performance, *accuracy, findings_);
    const std::string file = place_->result->measurements + "/user.conf";
    const auto text = ReadFile(result_.root / file, std::uint64_t{1} << 20U);
    if (text) CheckUserConf(*text, file, *performance, result_.scope, findings_);
    if (result_.inferred) {
      findings_.Note(rule::kScenario,
                     {.message = "Offline is inferred from SingleStream, as edge systems may.",
                      .file = performance->DetailFile()});
    }
    if (place_->result->division == "network" && performance->detail &&
        performance->detail->Text("sut_name").value_or("").find("Network SUT") ==
            std::string::npos) {
      findings_.Error(rule::kScenario,
                      {.message = "The system's name does not say that it is a network's.",
                       .found = performance->detail->Text("sut_name").value_or("absent"),
                       .needed = "a sut_name with \"Network SUT\"",
                       .fix = "name it so in the SUT's Name()",
                       .file = performance->DetailFile()});
    }
  }

  void CheckTest(TestKind kind, const LoadgenEvidence& evidence) {
    CheckLogs(evidence, findings_);
    if (evidence.detail) {
      CheckSettings(evidence, kind, result_.scope, findings_);
      if (kind == TestKind::kPerformance) {
        CheckLoadgenResult(evidence, result_.scope, findings_);
        CheckFigures(evidence, result_.scope, findings_);
      }
    } else {
      findings_.NotRun(fmt::format("settings of the {} test", TestDirectoryName(kind)),
                       "no detail log");
    }
    CheckTokens(
        evidence.answers, evidence.AccuracyFile(),
        result_.tokenizer == nullptr ? LlamaTokens() : TokensOfTokenizer(*result_.tokenizer), false,
        findings_);
    CheckTokenCounts(evidence, findings_);
    CheckSamples(evidence);
    CheckAuthenticity(evidence, findings_);
    if (kind == TestKind::kCompliance && result_.scope.scenario != nullptr) {
      CheckTest06(result_.root, evidence, result_.scope.scenario->scenario, false, findings_);
    }
    if (kind != TestKind::kAccuracy) return;
    CheckRepeated(evidence.answers, evidence.AccuracyFile(), findings_);
    if (evidence.answers.empty()) {
      findings_.NotRun("token ids of the accuracy test",
                       evidence.accuracy && evidence.accuracy->truncated
                           ? "the accuracy log is truncated, as submissions are"
                           : "the accuracy log holds none");
    }
  }

  // Distinct samples that the accuracy test covers, by the best source there is.
  [[nodiscard]] std::optional<std::uint64_t> Covered(const LoadgenEvidence& accuracy) const {
    if (!accuracy.answers.empty()) {
      std::unordered_set<std::uint64_t> indices;
      for (const Answer& answer : accuracy.answers) indices.insert(answer.index);
      return indices.size();
    }
    if (!accuracy.detail) return std::nullopt;
    const auto effective = accuracy.detail->Unsigned("effective_accuracy_sample_count");
    return effective ? effective : accuracy.detail->Unsigned("qsl_reported_total_count");
  }

  void CheckData() {
    for (const UnreadableFile& file : result_.unreadable) {
      findings_.Error(rule::kUnreadable, {.message = "The data set cannot be read.",
                                          .found = file.reason,
                                          .fix = "--dataset with a file that can",
                                          .file = file.file});
    }
    if (result_.dataset) {
      const DatasetFacts facts = FactsOf(*result_.dataset);
      right_data_ = facts.identity == result_.scope.benchmark->dataset_identity;
      CheckDataset(facts, result_.scope, findings_);
    } else {
      findings_.NotRun("the data set's identity",
                       "no data set beside the log and none given (--dataset)");
    }
    if (const LoadgenEvidence* accuracy = result_.Find(TestKind::kAccuracy)) {
      covered_ = Covered(*accuracy);
      if (covered_) {
        CheckCoverage(*covered_, TestKind::kAccuracy,
                      accuracy->answers.empty() ? accuracy->DetailFile() : accuracy->AccuracyFile(),
                      result_.scope, findings_);
      }
    }
  }

  // The accuracy answers against the references, where everything is at hand.
  std::optional<LogScore> Score(const LoadgenEvidence& accuracy) {
    std::string missing;
    if (accuracy.answers.empty()) missing = "no answers in the accuracy log";
    if (!result_.dataset) missing = "no data set (--dataset)";
    if (result_.tokenizer == nullptr) missing = "no tokenizer (--tokenizer)";
    if (!missing.empty()) {
      findings_.NotRun("scores of the answers", missing);
      return std::nullopt;
    }
    const std::vector<Sample>& samples = result_.dataset->samples;
    return ScoreAnswers(
        accuracy.answers,
        [&samples](std::uint64_t index) -> std::optional<std::string_view> {
          if (index >= samples.size()) return std::nullopt;
          return samples[index].reference;
        },
        *result_.tokenizer);
  }

  void CheckPrinted(const PrintedScores& printed, const CorpusScore& score) {
    const AccuracyFigures figures = FiguresOf(score);
    const std::array<double, 5> values{figures.rouge1, figures.rouge2, figures.rougeL,
                                       figures.rougeLsum, figures.gen_len};
    for (std::size_t i = 0; i < values.size(); ++i) {
      const auto& claim = printed.scores.at(i);
      if (!claim || claim->value == values.at(i)) continue;
      findings_.Error(
          rule::kPrintedScores,
          {.message = fmt::format("The printed {} is not that of the answers.", kScoreNames.at(i)),
           .found = fmt::format("{}", claim->value),
           .needed = fmt::format("{}", values.at(i)),
           .fix = "score the log again",
           .file = printed.file,
           .line = claim->line});
    }
  }

  void CheckScores() {
    const LoadgenEvidence* accuracy = result_.Find(TestKind::kAccuracy);
    if (accuracy == nullptr) return;
    const std::optional<LogScore> score = Score(*accuracy);
    const std::optional<PrintedScores> printed =
        FindPrintedScores(result_.root, accuracy->directory);
    if (score) CheckUnscored(*score, accuracy->AccuracyFile(), findings_);
    AccuracyEvidence evidence;
    if (score && score->corpus) {
      evidence.figures = FiguresOf(*score->corpus);
      evidence.samples = score->corpus->gen_num;
      evidence.tokens = score->tokens;
      evidence.file = accuracy->AccuracyFile();
      if (printed) CheckPrinted(*printed, *score->corpus);
    } else if (printed && printed->Figures()) {
      evidence.figures = *printed->Figures();
      evidence.samples = printed->gen_num.value_or(covered_.value_or(0));
      evidence.file = printed->file;
      if (!accuracy->answers.empty()) evidence.tokens = TokensOfFirstAnswers(accuracy->answers);
    } else {
      findings_.NotRun("the accuracy limits", "no scores: neither computed nor printed");
      return;
    }
    // A submission claims the benchmark's data set; its log tells how much of it.
    evidence.judged = (right_data_ || (place_ != nullptr && !result_.dataset && !IsOpen())) &&
                      covered_ == result_.scope.benchmark->sample_count;
    evidence.why_not_judged = IsOpen()           ? "the open division has no limits"
                              : !result_.dataset ? "the data set is not known"
                              : right_data_      ? "not every sample was run"
                                                 : "the data set is not the benchmark's";
    CheckAccuracy(evidence, result_.scope, findings_);
  }

  static std::uint64_t TokensOfFirstAnswers(const std::vector<Answer>& answers) {
    std::unordered_set<std::uint64_t> seen;
    std::uint64_t tokens = 0;
    for (const Answer& answer : answers) {
      if (seen.insert(answer.index).second) tokens += answer.tokens.size();
    }
    return tokens;
  }

  void CheckBothTests() {
    const LoadgenEvidence* performance = result_.Find(TestKind::kPerformance);
    const LoadgenEvidence* accuracy = result_.Find(TestKind::kAccuracy);
    if (performance == nullptr) {
      findings_.NotRun("rates and latencies", "no log of a performance test");
    } else if (accuracy == nullptr) {
      findings_.NotRun("the accuracy", "no log of an accuracy test");
    } else {
      CheckAgreement(CompareAnswers(performance->answers, accuracy->answers), findings_);
    }
    findings_.NotRun("the model", "LoadGen's logs do not tell it");
  }

  Judgement MakeJudgement() {
    Judgement judgement;
    judgement.findings = findings_.Sorted();
    judgement.verdict = VerdictOf(judgement.findings);
    const LoadgenEvidence* performance = result_.Find(TestKind::kPerformance);
    const OfficialMetric metric =
        MetricOf(performance == nullptr || !performance->detail ? nullptr : &*performance->detail,
                 result_.scope);
    JudgedResult result;
    if (place_ != nullptr) {
      result.division = place_->result->division;
      result.submitter = place_->result->submitter;
      result.system = place_->result->system;
    }
    result.benchmark = BenchmarkName(result_.scope.benchmark->benchmark);
    if (result_.scope.scenario != nullptr) {
      result.scenario = ScenarioTitle(result_.scope.scenario->scenario);
    }
    result.metric = metric.name;
    result.value = metric.value;
    if (result_.inferred && performance != nullptr && performance->detail) {
      result.scenario = ScenarioTitle(Scenario::kOffline);
      result.metric = "samples per second, inferred from SingleStream";
      result.value = performance->detail->Number("result_qps_without_loadgen_overhead");
    }
    result.verdict = judgement.verdict;
    judgement.results.push_back(std::move(result));
    return judgement;
  }

  const ResultEvidence result_;
  const SubmittedPlace* place_;
  Findings findings_;
  bool right_data_ = false;
  std::optional<std::uint64_t> covered_;
};

}  // namespace

Result<Judgement> JudgeSubmittedResult(const SubmittedPlace& place, const CheckOptions& options) {
  ASSAY_ASSIGN_OR_RETURN(ResultEvidence evidence, LoadSubmittedResult(place, options));
  return ResultJudge(std::move(evidence), &place).JudgeSubmitted();
}

Result<Judgement> JudgeResult(const fs::path& dir, const CheckOptions& options) {
  ASSAY_ASSIGN_OR_RETURN(ResultEvidence evidence, LoadResult(dir, options));
  return ResultJudge(std::move(evidence), nullptr).Judge();
}

}  // namespace assay
