// Every rule that a finding can cite: its stable id, what it asks for, and where that stands.
// docs/rules.md lists them for people; a test compares the two.

#ifndef ASSAY_RULES_RULE_TABLE_H_
#define ASSAY_RULES_RULE_TABLE_H_

#include <span>
#include <string_view>

#include "rules/rounds.h"

namespace assay {

struct Rule {
  std::string_view id;
  std::string_view asks;
  std::string_view source;
};

namespace rule {

// What was checked, and by which rules.
inline constexpr Rule kRound{"check.round", "the round whose rules are applied is told",
                             source::kChecker};
inline constexpr Rule kNotRun{"check.not_run", "a check that could not run says so",
                              source::kAssay};
inline constexpr Rule kUnverified{"claims.unverified",
                                  "a result that MLCommons has not reviewed is called unverified",
                                  source::kMessaging};

// The files.
inline constexpr Rule kUnreadable{"record.unreadable", "every file of the result can be read",
                                  source::kAssay};
inline constexpr Rule kDamagedLog{"record.damaged_log",
                                  "every line of LoadGen's detail log is one of its messages",
                                  source::kChecker};
inline constexpr Rule kManifest{"record.manifest", "the record is what it was when the run ended",
                                source::kAssay};
inline constexpr Rule kLogsDiffer{"record.logs_differ",
                                  "logs that tell the same thing tell it alike", source::kAssay};

// The data.
inline constexpr Rule kDatasetIdentity{
    "dataset.identity", "the data set is the benchmark's, byte for byte", source::kReference};
inline constexpr Rule kNearDuplicates{"dataset.near_duplicates",
                                      "articles are texts of their own, not copies of a template",
                                      source::kAssay};
inline constexpr Rule kCoverage{"dataset.coverage", "every sample of the data set is asked",
                                source::kAccuracyCheck};
inline constexpr Rule kRepeated{"answers.repeated", "a sample is answered once in an accuracy log",
                                source::kReference};
inline constexpr Rule kNoReference{
    "answers.no_reference", "an answer belongs to a sample of the data set", source::kReference};

// The prompts.
inline constexpr Rule kPromptTemplate{
    "prompt.template", "an article stands in the benchmark's prompt, and nothing else",
    source::kReference};
inline constexpr Rule kPromptBos{
    "prompt.bos", "a prompt begins with one BOS where the tokenizer has one", source::kReference};
inline constexpr Rule kTokenizer{"tokenizer.model", "the tokenizer is the model's",
                                 source::kReference};
inline constexpr Rule kSampling{"sampling.greedy", "sampling is greedy", source::kRules};

// The model.
inline constexpr Rule kModel{"model.identity", "the model is the benchmark's", source::kReference};
inline constexpr Rule kModelPrecision{
    "model.precision", "another precision than the reference's is described", source::kRules};
inline constexpr Rule kGpuLayers{"model.gpu_layers", "all layers run on the accelerator",
                                 source::kAssay};

// LoadGen's settings.
inline constexpr Rule kSeeds{"settings.seeds", "LoadGen's seeds are the round's", source::kChecker};
inline constexpr Rule kLoadgenRelease{"settings.loadgen_release",
                                      "LoadGen is a release that carries the round's seeds",
                                      source::kRules};
inline constexpr Rule kTestMode{"settings.test_mode",
                                "the test ran in the mode that its place demands", source::kRules};
inline constexpr Rule kScenario{"settings.scenario", "the test ran in the benchmark's scenario",
                                source::kPerformanceCheck};
inline constexpr Rule kMinDuration{"settings.min_duration",
                                   "a performance test lasts as long as the round asks",
                                   source::kPerformanceCheck};
inline constexpr Rule kPerformanceSamples{"settings.performance_samples",
                                          "the whole data set is the performance sample set",
                                          source::kPerformanceCheck};
inline constexpr Rule kOfflineSamples{"settings.offline_samples",
                                      "an Offline query holds the whole data set",
                                      source::kPerformanceCheck};
inline constexpr Rule kTokenLatencies{
    "settings.token_latencies", "LoadGen measures token latencies", source::kPerformanceCheck};
inline constexpr Rule kEqualIssue{"settings.equal_issue", "every sample is issued equally often",
                                  source::kMlperfConf};
inline constexpr Rule kLatencyLimits{"settings.latency_limits",
                                     "LoadGen holds the run to the benchmark's latency limits",
                                     source::kMlperfConf};
inline constexpr Rule kLengths{"settings.lengths",
                               "answers have the lengths that the rules ask for", source::kRules};
inline constexpr Rule kAuditSettings{"settings.audit", "no compliance settings act in another test",
                                     source::kTest06};

// LoadGen's judgement.
inline constexpr Rule kLoadgenInvalid{"loadgen.invalid", "LoadGen calls the result VALID",
                                      source::kLoadgen};
inline constexpr Rule kLoadgenDuration{
    "loadgen.min_duration", "the test lasted as long as its settings ask", source::kLoadgen};
inline constexpr Rule kLoadgenQueries{
    "loadgen.min_queries", "as many queries were issued as the settings ask", source::kLoadgen};
inline constexpr Rule kEarlyStopping{"loadgen.early_stopping",
                                     "there are enough queries to be confident of the percentile",
                                     source::kLoadgen};
inline constexpr Rule kLoadgenErrors{"loadgen.errors", "LoadGen's detail log tells no error",
                                     source::kChecker};
inline constexpr Rule kLoadgenWarnings{"loadgen.warnings", "LoadGen's warnings are known",
                                       source::kAssay};
inline constexpr Rule kLoadgenIncomplete{"loadgen.incomplete", "LoadGen wrote its log to the end",
                                         source::kLoadgen};
inline constexpr Rule kTtft{"latency.ttft",
                            "the 99th percentile of TTFT is below the scenario's limit",
                            source::kPerformanceCheck};
inline constexpr Rule kTpot{"latency.tpot",
                            "the 99th percentile of TPOT is below the scenario's limit",
                            source::kPerformanceCheck};

// The answers' tokens.
inline constexpr Rule kTokensAboveMaximum{
    "tokens.above_maximum", "no answer has more tokens than the rules allow", source::kRules};
inline constexpr Rule kBosInside{"tokens.bos_inside",
                                 "no answer holds the token that begins a text", source::kAssay};
inline constexpr Rule kInteriorEnd{"tokens.interior_end",
                                   "an end token is the last token of its answer", source::kTest06};
inline constexpr Rule kPadding{"tokens.padding", "an answer ends with one end token at most",
                               source::kTest06};
inline constexpr Rule kNoTokens{"tokens.none", "every answer has a token", source::kRules};
inline constexpr Rule kTokenCount{
    "tokens.count", "the count of an answer's tokens is the number of its ids", source::kTest06};
inline constexpr Rule kTokenWidth{"tokens.width", "the logged data are token ids",
                                  source::kReference};
inline constexpr Rule kOutsideVocabulary{"tokens.outside_vocabulary",
                                         "every id is one of the tokenizer's", source::kReference};
inline constexpr Rule kDerivedTokens{
    "tokens.derived", "token ids are the engine's own, or are marked as derived", source::kAssay};
inline constexpr Rule kTokenLedger{"tokens.ledger", "all counts of the output tokens agree",
                                   source::kAssay};
inline constexpr Rule kCharacters{"tokens.characters",
                                  "gen_len counts characters, and is never called tokens",
                                  source::kReference};

// The accuracy.
inline constexpr Rule kAccuracyRouge1{
    "accuracy.rouge1", "rouge1 reaches its share of the reference's", source::kAccuracyCheck};
inline constexpr Rule kAccuracyRouge2{
    "accuracy.rouge2", "rouge2 reaches its share of the reference's", source::kAccuracyCheck};
inline constexpr Rule kAccuracyRougeL{
    "accuracy.rougeL", "rougeL reaches its share of the reference's", source::kAccuracyCheck};
inline constexpr Rule kAccuracyRougeLsum{
    "accuracy.rougeLsum", "rougeLsum reaches its share of the reference's", source::kAccuracyCheck};
inline constexpr Rule kAccuracyGenLen{"accuracy.gen_len",
                                      "gen_len is within its bounds around the reference's",
                                      source::kAccuracyCheck};
inline constexpr Rule kAllLimits{"accuracy.all_limits",
                                 "all five limits are kept: a share of them is no pass",
                                 source::kAccuracyCheck};
inline constexpr Rule kPrintedScores{"accuracy.printed", "printed scores are those of the answers",
                                     source::kReference};

// What LoadGen cannot have written.
inline constexpr Rule kLoadedSet{"authenticity.loaded_set",
                                 "the loaded samples follow from the seeds", source::kLoadgen};
inline constexpr Rule kGenerated{"authenticity.queries",
                                 "the generated queries follow from seeds and settings",
                                 source::kLoadgen};
inline constexpr Rule kIssueOrder{"authenticity.order",
                                  "logged samples stand in the order that the seeds give",
                                  source::kLoadgen};

// The compliance test.
inline constexpr Rule kTest06Missing{"test06.missing", "TEST06 left its accuracy log",
                                     source::kTest06};
inline constexpr Rule kTest06Records{
    "test06.records", "TEST06 logged as many answers as it asks for", source::kTest06};
inline constexpr Rule kTest06Verdict{"test06.verdict", "the answers pass TEST06's verification",
                                     source::kTest06};
inline constexpr Rule kTest06FirstToken{
    "test06.first_token", "every answer of TEST06 has a first token", source::kTest06};

// What the tests say of each other.
inline constexpr Rule kAgreement{
    "answers.agreement", "performance and accuracy test give the same answers", source::kRules};

// A submission tree.
inline constexpr Rule kTreeNames{
    "tree.names", "names in a tree are those that its round's layout gives", source::kOldChecker};
inline constexpr Rule kTreeFiles{
    "tree.files", "a result has the files that it needs, and no others", source::kOldChecker};
inline constexpr Rule kTreeSource{"tree.source", "the submitter's source code is in the tree",
                                  source::kMeasurementsCheck};
inline constexpr Rule kTreeCalibration{"tree.calibration", "the calibration is described",
                                       source::kOldChecker};
inline constexpr Rule kTreeScenarios{
    "tree.scenarios", "a benchmark has the scenarios that its division asks for", source::kChecker};
inline constexpr Rule kTreeSystems{"tree.systems", "every described system has results",
                                   source::kOldChecker};
inline constexpr Rule kTreeEmpty{"tree.empty", "a tree holds results of this benchmark",
                                 source::kAssay};
inline constexpr Rule kTreeDuplicate{"tree.duplicate", "a log stands for one result",
                                     source::kAssay};

// Descriptions.
inline constexpr Rule kSystemFields{"system.fields", "the system's description has every field",
                                    source::kSystemCheck};
inline constexpr Rule kSystemValues{"system.values", "the system's description fits its place",
                                    source::kSystemCheck};
inline constexpr Rule kMeasurements{"measurements.fields",
                                    "measurements.json tells data types, weights and retraining",
                                    source::kMeasurementsCheck};
inline constexpr Rule kUserConf{"user_conf.readable", "LoadGen understands every line of user.conf",
                                source::kLoadgen};
inline constexpr Rule kUserConfClosed{
    "user_conf.closed", "user.conf changes what a closed result may change, and nothing else",
    source::kMlperfConf};
inline constexpr Rule kUserConfEffect{
    "user_conf.effect", "every line of user.conf acts, and none says what another denies",
    source::kLoadgen};
inline constexpr Rule kEstimated{"settings.estimated",
                                 "a rate or latency that was estimated says so", source::kAssay};
inline constexpr Rule kUserConfAgrees{"user_conf.agrees",
                                      "user.conf is the one that the log ran with", source::kAssay};

// Submitted accuracy.
inline constexpr Rule kAccuracyText{"accuracy.text",
                                    "accuracy.txt holds five scores as the checker reads them",
                                    source::kAccuracyCheck};
inline constexpr Rule kAccuracyHash{"accuracy.hash",
                                    "accuracy.txt holds the SHA-256 of the whole accuracy log",
                                    source::kAccuracyCheck};
inline constexpr Rule kAccuracyLogSize{
    "accuracy.log_size", "a submitted accuracy log is cut to the size that the checker takes",
    source::kAccuracyCheck};
inline constexpr Rule kAccuracyCount{"accuracy.gen_num", "every sample of the data set is scored",
                                     source::kReference};

// Figures.
inline constexpr Rule kFigures{"metrics.figures", "a log's figures fit each other",
                               source::kLoadgen};
inline constexpr Rule kTokensPerSample{"metrics.tokens_per_sample",
                                       "no more tokens a sample are counted than the rules allow",
                                       source::kRules};
inline constexpr Rule kTestsDiffer{
    "record.tests_differ", "performance and accuracy test ran one system with one configuration",
    source::kRules};
inline constexpr Rule kTest06Text{"test06.text", "verify_accuracy.txt tells that TEST06 passed",
                                  source::kComplianceCheck};
inline constexpr Rule kTargetLatency{"settings.target_latency",
                                     "LoadGen's target latency is at most the checker's",
                                     source::kPerformanceCheck};

// A run of ours.
inline constexpr Rule kInterrupted{"run.interrupted", "the run reached its end", source::kAssay};
inline constexpr Rule kCrashed{"run.failed", "every test of the run reached its end",
                               source::kAssay};
inline constexpr Rule kServerEnded{"server.ended",
                                   "a server that the run started runs until it is stopped, and "
                                   "then is gone",
                                   source::kAssay};
inline constexpr Rule kPrefixCaching{
    "server.prefix_caching", "no answer uses what another request computed", source::kRules};
inline constexpr Rule kServerCounters{
    "server.counters", "the servers' own counters have the tokens of the journal", source::kAssay};
inline constexpr Rule kPreemptions{
    "server.preemptions", "requests that the server computes anew are told", source::kAssay};
inline constexpr Rule kTestMissing{"run.test_missing", "every test that a result needs was run",
                                   source::kChecker};
inline constexpr Rule kFailedRequests{"run.failed_requests", "every request is answered",
                                      source::kAssay};
inline constexpr Rule kJournalCutOff{"run.journal_cut_off", "the journal's last line is whole",
                                     source::kAssay};
inline constexpr Rule kRepeatedRequests{"run.repeated_requests",
                                        "a request stands once in the journal", source::kAssay};
inline constexpr Rule kClientDelay{"client.delay", "the client does not limit the run",
                                   source::kAssay};
inline constexpr Rule kToldLate{"client.told_late", "LoadGen is told of every answer at once",
                                source::kAssay};
inline constexpr Rule kClientLimited{
    "client.limited", "the client neither limits the run nor blurs its times", source::kAssay};
inline constexpr Rule kCalibration{"client.calibration",
                                   "what the client itself adds is measured on the run's host",
                                   source::kAssay};
inline constexpr Rule kClock{"client.clock", "the clocks of LoadGen and Assay run alike",
                             source::kAssay};
inline constexpr Rule kSchedule{"client.schedule", "requests are issued when they are due or later",
                                source::kAssay};
inline constexpr Rule kHostFitness{
    "host.fitness", "the host is fit for measuring when a run begins", source::kAssay};
inline constexpr Rule kHostDisturbed{
    "host.disturbed", "nothing else takes the machine while a test runs", source::kAssay};
inline constexpr Rule kHostThrottled{
    "host.throttled", "no processor slows itself down while a test runs", source::kAssay};
inline constexpr Rule kLoadgenFigures{"metrics.loadgen",
                                      "LoadGen's figures follow from the journal", source::kAssay};

// What only endpoints have.
inline constexpr Rule kEndpointModel{
    "endpoint.model", "what computed the answers can be told from the record", source::kAssay};
inline constexpr Rule kEndpointPrompt{"endpoint.prompt",
                                      "the model gets the benchmark's prompt and nothing else",
                                      source::kReference};
inline constexpr Rule kEndpointStream{
    "endpoint.stream", "first tokens are seen when they come, where their time is limited",
    source::kRules};
inline constexpr Rule kEndpointMinimum{
    "endpoint.minimum", "no answer ends before the least number of tokens that was asked for",
    source::kReference};
inline constexpr Rule kEndpointRetries{
    "endpoint.retries", "a request is sent once, and every retry is told", source::kAssay};
inline constexpr Rule kEndpointInsecure{
    "endpoint.insecure", "the server is the one that its certificate names", source::kAssay};
inline constexpr Rule kEndpointConnections{
    "endpoint.connections", "connections are opened before the measurement", source::kAssay};

}  // namespace rule

// All of the above, in this order.
[[nodiscard]] std::span<const Rule> AllRules();

}  // namespace assay

#endif  // ASSAY_RULES_RULE_TABLE_H_
