#include "rules/judge_result.h"

#include <algorithm>
#include <array>
#include <memory>
#include <system_error>
#include <unordered_map>
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
#include "rules/scope.h"
#include "rules/special_files.h"
#include "rules/test06.h"

namespace assay {
namespace {

constexpr std::array<std::string_view, 7> kDirectories{
    "", "performance/run_1/", "performance/", "run_1/", "accuracy/", "TEST06/accuracy/", "TEST06/"};

bool Exists(const fs::path& path) {
  std::error_code error;
  return fs::exists(path, error);
}

bool HasLogs(const fs::path& dir) {
  return Exists(dir / "mlperf_log_detail.txt") || Exists(dir / "mlperf_log_accuracy.json");
}

// Is `dir` TEST06's folder, or one inside it?
bool IsInsideTest06(const fs::path& dir) {
  std::error_code error;
  const fs::path absolute = fs::weakly_canonical(dir, error);
  const std::string_view name = TestDirectoryName(TestKind::kCompliance);
  return std::any_of(absolute.begin(), absolute.end(),
                     [name](const fs::path& part) { return part.string() == name; });
}

// The test that a folder of logs in `dir` is: by the folder's name, otherwise by the detail log's
// mode; a log without a detail log beside it is an accuracy test's.
TestKind KindOf(const fs::path& dir, const LoadgenEvidence& evidence) {
  if (IsInsideTest06(dir)) return TestKind::kCompliance;
  if (evidence.directory.starts_with("performance")) return TestKind::kPerformance;
  if (evidence.directory.starts_with("TEST06")) return TestKind::kCompliance;
  if (evidence.directory.starts_with("accuracy") || !evidence.detail) return TestKind::kAccuracy;
  return TestOf(*evidence.detail).value_or(TestKind::kPerformance);
}

// The first component of the path that `read` understands, the last one first.
template <typename T, typename Read>
std::optional<T> FromPath(const fs::path& dir, const Read& read) {
  std::error_code error;
  const fs::path absolute = fs::weakly_canonical(dir, error);
  std::vector<std::string> parts;
  for (const fs::path& part : absolute) parts.push_back(part.string());
  for (auto it = parts.rbegin(); it != parts.rend(); ++it) {
    if (std::optional<T> value = read(*it)) return value;
  }
  return std::nullopt;
}

// Where a directory that is no result may belong.
std::string TreeAround(const fs::path& dir) {
  std::error_code error;
  fs::path at = fs::weakly_canonical(dir, error);
  while (!at.empty() && at != at.root_path()) {
    at = at.parent_path();
    if (IsSubmissionTree(at)) {
      return fmt::format("; it is inside the submission tree {}, which can be checked as a whole",
                         at.string());
    }
  }
  return "";
}

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
  ResultJudge(fs::path dir, const CheckOptions& options)
      : dir_(std::move(dir)), options_(options) {}

  ResultJudge(const SubmittedPlace& place, const CheckOptions& options)
      : dir_(place.tree->root), options_(options), place_(&place) {}

  Result<Judgement> JudgeSubmitted() {
    const SubmittedResult& result = *place_->result;
    AddIfThere(TestKind::kPerformance, result.directory + "/performance/run_1/");
    AddIfThere(TestKind::kAccuracy, result.directory + "/accuracy/");
    AddIfThere(TestKind::kCompliance, result.compliance + "/TEST06/accuracy/");
    if (Find(TestKind::kCompliance) == nullptr) {
      AddIfThere(TestKind::kCompliance, result.compliance + "/performance/run_1/", true);
    }
    ASSAY_RETURN_IF_ERROR(LoadTexts());
    SetSubmittedScope();
    findings_.emplace(*scope_.round, true);
    for (const auto& [kind, evidence] : tests_) {
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

  Result<Judgement> Judge() {
    if (IsLoadgenResult(dir_)) ASSAY_RETURN_IF_ERROR(CheckNoSpecialFiles(dir_));
    for (const std::string_view directory : kDirectories) {
      if (!HasLogs(dir_ / directory)) continue;
      LoadgenEvidence evidence = LoadLoadgenEvidence(dir_, std::string(directory));
      const TestKind kind = KindOf(dir_, evidence);
      if (Find(kind) == nullptr) tests_.emplace_back(kind, std::move(evidence));
    }
    if (tests_.empty()) {
      return MakeError(ErrorCode::kInvalidArgument,
                       "{}: holds no mlperf_log_detail.txt or mlperf_log_accuracy.json, itself or "
                       "in performance/ or accuracy/{}",
                       dir_.string(), TreeAround(dir_));
    }
    ASSAY_RETURN_IF_ERROR(LoadTexts());
    SetScope();
    findings_.emplace(*scope_.round, choice_.asked);
    for (const auto& [kind, evidence] : tests_) CheckTest(kind, evidence);
    CheckData();
    CheckScores();
    CheckBothTests();
    NoteRound(choice_, scope_, *findings_);
    return MakeJudgement();
  }

 private:
  [[nodiscard]] const LoadgenEvidence* Find(TestKind kind) const {
    for (const auto& [test, evidence] : tests_) {
      if (test == kind) return &evidence;
    }
    return nullptr;
  }

  // TEST06's own run keeps its performance logs; those of a v6 result are not TEST06's.
  void AddIfThere(TestKind kind, const std::string& directory, bool only_compliance = false) {
    if (!HasLogs(dir_ / directory)) return;
    LoadgenEvidence evidence = LoadLoadgenEvidence(dir_, directory);
    if (only_compliance &&
        (!evidence.detail || TestOf(*evidence.detail) != TestKind::kCompliance)) {
      return;
    }
    tests_.emplace_back(kind, std::move(evidence));
  }

  void SetSubmittedScope() {
    const SubmittedResult& result = *place_->result;
    choice_ = {place_->round, place_->round_asked, place_->round_why};
    scope_.round = &RulesOf(choice_.round);
    scope_.submitted = true;
    scope_.benchmark = &RulesOf(*scope_.round, result.benchmark.value_or(BenchmarkId::kLlama31_8b));
    if (!result.scenario) return;
    scope_.scenario = RulesOf(*scope_.benchmark, *result.scenario);
    const LoadgenEvidence* performance = Find(TestKind::kPerformance);
    // The rules allow an edge system to infer Offline from SingleStream, by copying the directory.
    inferred_ = result.benchmark == BenchmarkId::kLlama31_8bEdge &&
                result.scenario == Scenario::kOffline && performance != nullptr &&
                performance->detail &&
                performance->detail->Text("effective_scenario") == "SingleStream";
    if (inferred_) scope_.scenario = RulesOf(*scope_.benchmark, Scenario::kSingleStream);
  }

  void CheckSubmittedTest06(const LoadgenEvidence& evidence) {
    for (const UnreadableFile& file : evidence.unreadable) {
      findings_->Error(rule::kUnreadable, {.message = "A file of TEST06 cannot be read.",
                                           .found = file.reason,
                                           .fix = "copy it again, or repeat TEST06",
                                           .file = file.file});
    }
    CheckTokens(evidence.answers, evidence.AccuracyFile(), LlamaTokens(), false, *findings_);
    CheckTokenCounts(evidence, *findings_);
    CheckAuthenticity(evidence, *findings_);
    if (scope_.scenario != nullptr) {
      CheckTest06(evidence, scope_.scenario->scenario, false, *findings_);
    }
  }

  [[nodiscard]] bool IsOpen() const {
    return place_ != nullptr && place_->result->division == "open";
  }

  void CheckAccuracyTxt() {
    const std::string file = place_->result->directory + "/accuracy/accuracy.txt";
    const auto bytes = ReadFile(dir_ / file, std::uint64_t{64} << 20U);
    if (!bytes) return;  // CheckResultFiles says that it is missing
    AccuracyTextPlace place{.open_division = IsOpen(), .log_sha256 = {}};
    const LoadgenEvidence* accuracy = Find(TestKind::kAccuracy);
    if (accuracy != nullptr && accuracy->accuracy && !accuracy->accuracy->truncated) {
      if (auto hash = Sha256OfFile(dir_ / accuracy->AccuracyFile())) place.log_sha256 = *hash;
    }
    CheckAccuracyText(ParseAccuracyTxt(*bytes, file), place, scope_, *findings_);
  }

  void CheckConfiguration() {
    const LoadgenEvidence* performance = Find(TestKind::kPerformance);
    const LoadgenEvidence* accuracy = Find(TestKind::kAccuracy);
    if (performance == nullptr) return;
    if (accuracy != nullptr) CheckTestsDiffer(*performance, *accuracy, *findings_);
    const std::string file = place_->result->measurements + "/user.conf";
    const auto text = ReadFile(dir_ / file, std::uint64_t{1} << 20U);
    if (text) CheckUserConf(*text, file, *performance, scope_, *findings_);
    if (inferred_) {
      findings_->Note(rule::kScenario,
                      {.message = "Offline is inferred from SingleStream, as edge systems may.",
                       .file = performance->DetailFile()});
    }
    if (place_->result->division == "network" && performance->detail &&
        performance->detail->Text("sut_name").value_or("").find("Network SUT") ==
            std::string::npos) {
      findings_->Error(rule::kScenario,
                       {.message = "The system's name does not say that it is a network's.",
                        .found = performance->detail->Text("sut_name").value_or("absent"),
                        .needed = "a sut_name with \"Network SUT\"",
                        .fix = "name it so in the SUT's Name()",
                        .file = performance->DetailFile()});
    }
  }

  [[nodiscard]] const LoadgenDetailLog* AnyDetail() const {
    for (const TestKind kind :
         {TestKind::kPerformance, TestKind::kAccuracy, TestKind::kCompliance}) {
      const LoadgenEvidence* evidence = Find(kind);
      if (evidence != nullptr && evidence->detail) return &*evidence->detail;
    }
    return nullptr;
  }

  Status LoadTexts() {
    if (options_.dataset) {
      ASSAY_ASSIGN_OR_RETURN(dataset_, LoadDataset(*options_.dataset));
    } else {
      FindDatasetBeside();
    }
    if (options_.tokenizer) {
      ASSAY_ASSIGN_OR_RETURN(tokenizer_, LoadTokenizer(*options_.tokenizer));
    }
    return Ok{};
  }

  // A data set beside a log, under an official file's name.
  void FindDatasetBeside() {
    for (const auto& [kind, evidence] : tests_) {
      for (const BenchmarkRules& benchmark : AllRounds().front().benchmarks) {
        const std::string file = evidence.directory + std::string(benchmark.dataset_file);
        if (!Exists(dir_ / file)) continue;
        auto dataset = LoadDataset(dir_ / file);
        if (dataset) {
          dataset_ = std::move(*dataset);
          return;
        }
        unreadable_.push_back({file, dataset.error().message});
      }
    }
  }

  void SetScope() {
    const LoadgenDetailLog* log = AnyDetail();
    choice_ = ChooseRound(options_.rules, log);
    scope_.round = &RulesOf(choice_.round);
    auto benchmark = FromPath<BenchmarkId>(dir_, BenchmarkOfDirectory);
    if (!benchmark && log != nullptr) benchmark = BenchmarkOf(*log);
    scope_.benchmark =
        &RulesOf(*scope_.round, benchmark.value_or(scope_.round->benchmarks.front().benchmark));
    auto scenario = FromPath<Scenario>(dir_, [](const std::string& part) {
      const auto parsed = ParseScenario(part);
      return parsed ? std::optional<Scenario>(*parsed) : std::nullopt;
    });
    if (!scenario && log != nullptr) scenario = ScenarioOf(*log, *scope_.benchmark);
    if (scenario) scope_.scenario = RulesOf(*scope_.benchmark, *scenario);
  }

  void CheckTest(TestKind kind, const LoadgenEvidence& evidence) {
    CheckLogs(evidence, *findings_);
    if (evidence.detail) {
      CheckSettings(evidence, kind, scope_, *findings_);
      if (kind == TestKind::kPerformance) {
        CheckLoadgenResult(evidence, scope_, *findings_);
        CheckFigures(evidence, scope_, *findings_);
      }
    } else {
      findings_->NotRun(fmt::format("settings of the {} test", TestDirectoryName(kind)),
                        "no detail log");
    }
    CheckTokens(evidence.answers, evidence.AccuracyFile(),
                tokenizer_ == nullptr ? LlamaTokens() : TokensOfTokenizer(*tokenizer_), false,
                *findings_);
    CheckTokenCounts(evidence, *findings_);
    CheckAuthenticity(evidence, *findings_);
    if (kind == TestKind::kCompliance && scope_.scenario != nullptr) {
      CheckTest06(evidence, scope_.scenario->scenario, false, *findings_);
    }
    if (kind != TestKind::kAccuracy) return;
    CheckRepeated(evidence.answers, evidence.AccuracyFile(), *findings_);
    if (evidence.answers.empty()) {
      findings_->NotRun("token ids of the accuracy test",
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
    for (const UnreadableFile& file : unreadable_) {
      findings_->Error(rule::kUnreadable, {.message = "The data set cannot be read.",
                                           .found = file.reason,
                                           .fix = "--dataset with a file that can",
                                           .file = file.file});
    }
    if (dataset_) {
      const DatasetFacts facts = FactsOf(*dataset_);
      right_data_ = facts.identity == scope_.benchmark->dataset_identity;
      CheckDataset(facts, scope_, *findings_);
    } else {
      findings_->NotRun("the data set's identity",
                        "no data set beside the log and none given (--dataset)");
    }
    if (const LoadgenEvidence* accuracy = Find(TestKind::kAccuracy)) {
      covered_ = Covered(*accuracy);
      if (covered_) {
        CheckCoverage(*covered_, TestKind::kAccuracy,
                      accuracy->answers.empty() ? accuracy->DetailFile() : accuracy->AccuracyFile(),
                      scope_, *findings_);
      }
    }
  }

  // The accuracy answers against the references, where everything is at hand.
  std::optional<LogScore> Score(const LoadgenEvidence& accuracy) {
    std::string missing;
    if (accuracy.answers.empty()) missing = "no answers in the accuracy log";
    if (!dataset_) missing = "no data set (--dataset)";
    if (tokenizer_ == nullptr) missing = "no tokenizer (--tokenizer)";
    if (!missing.empty()) {
      findings_->NotRun("scores of the answers", missing);
      return std::nullopt;
    }
    const std::vector<Sample>& samples = dataset_->samples;
    return ScoreAnswers(
        accuracy.answers,
        [&samples](std::uint64_t index) -> std::optional<std::string_view> {
          if (index >= samples.size()) return std::nullopt;
          return samples[index].reference;
        },
        *tokenizer_);
  }

  void CheckPrinted(const PrintedScores& printed, const CorpusScore& score) {
    const AccuracyFigures figures = FiguresOf(score);
    const std::array<double, 5> values{figures.rouge1, figures.rouge2, figures.rougeL,
                                       figures.rougeLsum, figures.gen_len};
    for (std::size_t i = 0; i < values.size(); ++i) {
      const auto& claim = printed.scores.at(i);
      if (!claim || claim->value == values.at(i)) continue;
      findings_->Error(
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
    const LoadgenEvidence* accuracy = Find(TestKind::kAccuracy);
    if (accuracy == nullptr) return;
    const std::optional<LogScore> score = Score(*accuracy);
    const std::optional<PrintedScores> printed = FindPrintedScores(dir_, accuracy->directory);
    if (score) CheckUnscored(*score, accuracy->AccuracyFile(), *findings_);
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
      findings_->NotRun("the accuracy limits", "no scores: neither computed nor printed");
      return;
    }
    // A submission claims the benchmark's data set; its log tells how much of it.
    evidence.judged = (right_data_ || (place_ != nullptr && !dataset_ && !IsOpen())) &&
                      covered_ == scope_.benchmark->sample_count;
    evidence.why_not_judged = IsOpen()      ? "the open division has no limits"
                              : !dataset_   ? "the data set is not known"
                              : right_data_ ? "not every sample was run"
                                            : "the data set is not the benchmark's";
    CheckAccuracy(evidence, scope_, *findings_);
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
    const LoadgenEvidence* performance = Find(TestKind::kPerformance);
    const LoadgenEvidence* accuracy = Find(TestKind::kAccuracy);
    if (performance == nullptr) {
      findings_->NotRun("rates and latencies", "no log of a performance test");
    } else if (accuracy == nullptr) {
      findings_->NotRun("the accuracy", "no log of an accuracy test");
    } else {
      CheckAgreement(CompareAnswers(performance->answers, accuracy->answers), *findings_);
    }
    findings_->NotRun("the model", "LoadGen's logs do not tell it");
  }

  Judgement MakeJudgement() {
    Judgement judgement;
    judgement.findings = findings_->Sorted();
    judgement.verdict = VerdictOf(judgement.findings);
    const LoadgenEvidence* performance = Find(TestKind::kPerformance);
    const OfficialMetric metric = MetricOf(
        performance == nullptr || !performance->detail ? nullptr : &*performance->detail, scope_);
    JudgedResult result;
    if (place_ != nullptr) {
      result.division = place_->result->division;
      result.submitter = place_->result->submitter;
      result.system = place_->result->system;
    }
    result.benchmark = BenchmarkName(scope_.benchmark->benchmark);
    if (scope_.scenario != nullptr) result.scenario = ScenarioTitle(scope_.scenario->scenario);
    result.metric = metric.name;
    result.value = metric.value;
    if (inferred_ && performance != nullptr && performance->detail) {
      result.scenario = ScenarioTitle(Scenario::kOffline);
      result.metric = "samples per second, inferred from SingleStream";
      result.value = performance->detail->Number("result_qps_without_loadgen_overhead");
    }
    result.verdict = judgement.verdict;
    judgement.results.push_back(std::move(result));
    return judgement;
  }

  fs::path dir_;
  const CheckOptions& options_;
  std::vector<std::pair<TestKind, LoadgenEvidence>> tests_;
  std::optional<Dataset> dataset_;
  std::shared_ptr<const Tokenizer> tokenizer_;
  std::vector<UnreadableFile> unreadable_;
  RoundChoice choice_;
  Scope scope_;
  std::optional<Findings> findings_;
  bool right_data_ = false;
  const SubmittedPlace* place_ = nullptr;  // null: no part of a tree
  bool inferred_ = false;
  std::optional<std::uint64_t> covered_;
};

}  // namespace

Result<Judgement> JudgeSubmittedResult(const SubmittedPlace& place, const CheckOptions& options) {
  return ResultJudge(place, options).JudgeSubmitted();
}

bool IsLoadgenResult(const fs::path& dir) {
  return std::any_of(kDirectories.begin(), kDirectories.end(),
                     [&](std::string_view directory) { return HasLogs(dir / directory); });
}

Result<Judgement> JudgeResult(const fs::path& dir, const CheckOptions& options) {
  return ResultJudge(dir, options).Judge();
}

}  // namespace assay
