#include "report/details.h"

#include <string>
#include <utility>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace assay {
namespace {

using ::testing::ElementsAre;

RequestRecord Answered(std::uint64_t sample, std::uint64_t told) {
  RequestRecord request;
  request.sample_index = sample;
  request.outcome.token_ids = {5, 2};
  request.outcome.other_counts = {{"text_chunks", 1}, {"usage", told}};
  return request;
}

// A test that asked sample 0 three times and sample 1 once; the scores know one answer of sample 0.
RunEvidence RunOf(TestKind kind) {
  RunEvidence run;
  run.record.config.max_tokens = 128;
  TestEvidence& test = run.tests.emplace_back();
  test.test = kind;
  test.record = TestRecord{};
  test.journal = Journal{};
  test.journal->requests = {Answered(0, 3), Answered(0, 3), Answered(0, 2), Answered(1, 2)};
  test.journal->requests[3].outcome.error = {"reset", "gone"};
  test.score = LogScore{};
  test.score->answers.emplace_back().answer = {.index = 0, .tokens = {5, 2}};
  test.score->repeated = {{.index = 0, .tokens = {5, 2}}, {.index = 0, .tokens = {5, 2}}};
  return run;
}

std::vector<std::string> RemarksOf(TestKind kind) {
  ReportModel model;
  const RunEvidence run = RunOf(kind);
  model.run = run.record;
  FillDetails(run, 10, model);
  std::vector<std::string> remarks;
  for (const SampleRow& row : model.samples) remarks.push_back(row.remark);
  return remarks;
}

TEST(Details, ARemarkStandsOnceWithItsCount) {
  EXPECT_THAT(RemarksOf(TestKind::kAccuracy),
              ElementsAre("answered again: not scored (2 times); "
                          "accuracy: usage says 3 tokens, the ids are 2 (2 times)",
                          "accuracy: failed (reset)"));
}

TEST(Details, APerformanceTestAsksSamplesAgain) {
  EXPECT_THAT(RemarksOf(TestKind::kPerformance),
              ElementsAre("performance: usage says 3 tokens, the ids are 2 (2 times)",
                          "performance: failed (reset)"));
}

}  // namespace
}  // namespace assay
