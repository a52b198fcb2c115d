#include "rules/test06.h"

#include <gtest/gtest.h>

#include "base/file.h"
#include "base/format.h"

namespace assay {
namespace {

struct Record {
  std::vector<TokenId> tokens;
  std::optional<std::vector<TokenId>> first;
  std::optional<std::int64_t> count;
};

std::string Hex(const std::vector<TokenId>& tokens) {
  std::string hex;
  for (const TokenId id : tokens) {
    for (unsigned shift = 0; shift < 32; shift += 8) {
      hex += fmt::format("{:02X}", (static_cast<std::uint32_t>(id) >> shift) & 0xFFU);
    }
  }
  return hex;
}

std::string LogText(const std::vector<Record>& records) {
  std::string text = "[\n";
  for (std::size_t i = 0; i < records.size(); ++i) {
    const Record& r = records[i];
    text += fmt::format("{}{{ \"seq_id\" : {}, \"qsl_idx\" : {}, \"data\" : \"{}\"{}{} }}",
                        i > 0 ? ",\n" : "", i, i, Hex(r.tokens),
                        r.first ? fmt::format(", \"token_data\" : \"{}\"", Hex(*r.first)) : "",
                        r.count ? fmt::format(", \"token_count\" : {}", *r.count) : "");
  }
  return text + "\n]\n";
}

Record Good(std::vector<TokenId> tokens) {
  const auto count = static_cast<std::int64_t>(tokens.size());
  return {tokens, std::vector<TokenId>{tokens.front()}, count};
}

TEST(CheckTest06, SaysWhatTheOfficialVerifierPasses) {
  LoadgenEvidence evidence;
  evidence.directory = "TEST06/";
  Findings missing(RulesOf(Round::kV61), true);
  CheckTest06(fs::path(), evidence, Scenario::kServer, false, missing);
  ASSERT_EQ(missing.all().size(), 1U);
  EXPECT_EQ(missing.all()[0].rule, "test06.missing");

  evidence.unreadable.push_back({"TEST06/mlperf_log_accuracy.json", "no hex"});
  Findings unreadable(RulesOf(Round::kV61), true);
  CheckTest06(fs::path(), evidence, Scenario::kServer, false, unreadable);
  ASSERT_EQ(unreadable.all().size(), 1U) << "it is there";
  EXPECT_EQ(unreadable.all()[0].rule, "check.not_run");

  std::vector<Record> records(99, Good({5, 6, 7}));
  records[3].first = std::vector<TokenId>{};
  evidence.accuracy = ParseAccuracyLog(LogText(records), "log").value();
  evidence.width = TokenWidth::kInt32;
  Findings published(RulesOf(Round::kV61), true);
  CheckTest06(fs::path(), evidence, Scenario::kServer, false, published);
  ASSERT_EQ(published.all().size(), 2U);
  EXPECT_EQ(published.all()[0].rule, "test06.records");
  EXPECT_EQ(published.all()[0].severity, Severity::kWarning);
  EXPECT_EQ(published.all()[1].rule, "test06.first_token");
  EXPECT_EQ(published.all()[1].line, 5U);
  Findings own(RulesOf(Round::kV61), true);
  CheckTest06(fs::path(), evidence, Scenario::kOffline, true, own);
  ASSERT_EQ(own.all().size(), 2U);
  EXPECT_EQ(own.all()[0].severity, Severity::kError);
  EXPECT_EQ(own.all()[1].rule, "test06.verdict");
  EXPECT_EQ(own.all()[1].severity, Severity::kNote) << "an official pass beside the error";
}

// LoadGen writes counts as numbers; the official verifier takes them as text too.
TEST(CheckTest06, ALogOfAnotherKindIsVerifiedAsTheOfficialVerifierReadsIt) {
  const fs::path root = fs::path(testing::TempDir()) / "assay_check_test06_test";
  ASSERT_TRUE(MakeDirectories(root));
  const auto judged = [&](const std::string& count) {
    EXPECT_TRUE(WriteFileAtomically(
        root / "mlperf_log_accuracy.json",
        fmt::format(R"([{{"seq_id":0,"qsl_idx":0,"data":"05000000","token_count":{}}}])", count)));
    const LoadgenEvidence evidence = LoadLoadgenEvidence(root, "");
    EXPECT_EQ(evidence.unreadable.size(), 1U) << count;
    Findings findings(RulesOf(Round::kV61), true);
    CheckTest06(root, evidence, Scenario::kOffline, false, findings);
    EXPECT_EQ(findings.all().size(), 1U);
    return findings.all().front();
  };
  const Finding pass = judged("\"1\"");
  EXPECT_EQ(pass.rule, "test06.verdict");
  EXPECT_EQ(pass.severity, Severity::kNote);
  EXPECT_EQ(pass.found,
            "First token check pass: Skipped\nEOS check pass: True\n"
            "Sample length check pass: True\nTEST06 verification complete\n");
  const Finding fail = judged("2.5");
  EXPECT_EQ(fail.rule, "test06.verdict");
  EXPECT_EQ(fail.severity, Severity::kError);
  EXPECT_EQ(judged("\"one\"").rule, "check.not_run") << "it ends with an exception";
  fs::remove_all(root);
}

TEST(CheckTest06, TheFixIsThatOfTheCheckThatFailed) {
  std::vector<Record> records(100, Good({5, 6, 7}));
  records[3].count = 4;
  LoadgenEvidence evidence;
  evidence.accuracy = ParseAccuracyLog(LogText(records), "log").value();
  Findings findings(RulesOf(Round::kV61), true);
  CheckTest06(fs::path(), evidence, Scenario::kServer, false, findings);
  ASSERT_EQ(findings.all().size(), 1U);
  EXPECT_EQ(findings.all()[0].fix,
            "tell LoadGen as n_tokens the number of ids in the answer's data; then repeat TEST06");
}

}  // namespace
}  // namespace assay
