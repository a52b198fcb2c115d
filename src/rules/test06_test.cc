#include "rules/test06.h"

#include <array>
#include <cstdio>
#include <memory>

#include <gtest/gtest.h>

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

Result<Test06Result> Verify(const std::vector<Record>& records, Scenario scenario) {
  return VerifyTest06(ParseAccuracyLog(LogText(records), "log").value(), scenario,
                      TokenWidth::kInt32);
}

TEST(VerifyTest06, PassesAndSkipsAsTheOfficialVerifierDoes) {
  EXPECT_EQ(Test06Text(*Verify({Good({5, 6, 2})}, Scenario::kServer)),
            "First token check pass: True\nEOS check pass: True\nSample length check pass: True\n"
            "TEST06 verification complete\n");
  EXPECT_EQ(Test06Text(*Verify({Good({5, 6, 2, 2})}, Scenario::kOffline)),
            "First token check pass: Skipped\nEOS check pass: False\nSample length check pass: "
            "True\nTEST06 verification failed\n");
  EXPECT_TRUE(Verify({}, Scenario::kServer)->Pass());
}

TEST(VerifyTest06, EachCheckFailsForItself) {
  Record other = Good({5, 6});
  other.first = {7};
  EXPECT_EQ(Verify({other}, Scenario::kInteractive)->first_token, false);
  Record none = Good({5, 6});
  none.first = std::nullopt;
  EXPECT_EQ(Verify({none}, Scenario::kServer)->first_token, false);
  Record empty = Good({5, 6});
  empty.first = std::vector<TokenId>{};
  EXPECT_EQ(Verify({empty}, Scenario::kServer)->first_token, true);
  Record count = Good({5, 6});
  count.count = 3;
  EXPECT_FALSE(Verify({count}, Scenario::kServer)->sample_length);
  count.count = std::nullopt;
  EXPECT_FALSE(Verify({count}, Scenario::kServer).has_value());
}

// The first token is never looked at, and an end token inside is none of its business.
TEST(VerifyTest06, TheEndTokenIsSoughtFromTheEndOnly) {
  EXPECT_TRUE(Verify({Good({2, 2})}, Scenario::kOffline)->eos);
  EXPECT_FALSE(Verify({Good({2, 2, 2})}, Scenario::kOffline)->eos);
  EXPECT_TRUE(Verify({Good({5, 2, 6, 2})}, Scenario::kOffline)->eos);
}

TEST(CheckTest06, SaysWhatTheOfficialVerifierPasses) {
  LoadgenEvidence evidence;
  evidence.directory = "TEST06/";
  Findings missing(RulesOf(Round::kV61), true);
  CheckTest06(evidence, Scenario::kServer, false, missing);
  ASSERT_EQ(missing.all().size(), 1U);
  EXPECT_EQ(missing.all()[0].rule, "test06.missing");

  std::vector<Record> records(99, Good({5, 6, 7}));
  records[3].first = std::vector<TokenId>{};
  evidence.accuracy = ParseAccuracyLog(LogText(records), "log").value();
  evidence.width = TokenWidth::kInt32;
  Findings published(RulesOf(Round::kV61), true);
  CheckTest06(evidence, Scenario::kServer, false, published);
  ASSERT_EQ(published.all().size(), 2U);
  EXPECT_EQ(published.all()[0].rule, "test06.records");
  EXPECT_EQ(published.all()[0].severity, Severity::kWarning);
  EXPECT_EQ(published.all()[1].rule, "test06.first_token");
  EXPECT_EQ(published.all()[1].line, 5U);
  Findings own(RulesOf(Round::kV61), true);
  CheckTest06(evidence, Scenario::kOffline, true, own);
  ASSERT_EQ(own.all().size(), 1U);
  EXPECT_EQ(own.all()[0].severity, Severity::kError);
}

std::string OutputOf(const std::string& command) {
  struct Close {
    void operator()(FILE* f) const { pclose(f); }
  };
  const std::unique_ptr<FILE, Close> pipe(popen(command.c_str(), "r"));
  std::string output;
  std::array<char, 4096> buffer{};
  while (const std::size_t n = fread(buffer.data(), 1, buffer.size(), pipe.get())) {
    output.append(buffer.data(), n);
  }
  return output;
}

// The official verifier itself, where it and NumPy are at hand, on good and on spoiled logs.
TEST(VerifyTest06, AgreesWithTheOfficialVerifier) {
  const fs::path script = fs::path(ASSAY_SHARED_DIR) /
                          "reference/mlcommons-inference/compliance/TEST06/run_verification.py";
  if (!fs::exists(script)) GTEST_SKIP() << script << " is missing";
  if (OutputOf("python3 -c 'import numpy; print(1)' 2>/dev/null") != "1\n") {
    GTEST_SKIP() << "python3 has no numpy";
  }
  Record other = Good({5, 6, 7});
  other.first = {6};
  Record longer = Good({5});
  longer.first = {5, 6};
  Record none = Good({5, 6, 7});
  none.first = std::nullopt;
  Record count = Good({5, 6, 7});
  count.count = 4;
  const std::vector<std::vector<Record>> logs = {
      {},          {Good({5, 6, 7})}, {Good({5, 6, 2}), other},   {longer},
      {none},      {count},           {Good({2, 2}), Good({5})},  {Good({9, 2, 2})},
      {Good({2})}, {Good({5, 2, 6})}, {Good({2, 2, 2, 2}), count}};
  const fs::path dir = fs::path(testing::TempDir()) / "assay_test06_test";
  fs::remove_all(dir);
  ASSERT_TRUE(MakeDirectories(dir));
  for (std::size_t i = 0; i < logs.size(); ++i) {
    ASSERT_TRUE(WriteFileAtomically(dir / "mlperf_log_accuracy.json", LogText(logs[i])));
    for (const Scenario scenario : {Scenario::kOffline, Scenario::kServer}) {
      const std::string command =
          fmt::format("python3 {} -c {} -o {} -s {} >/dev/null 2>&1; cat {}", script.string(),
                      dir.string(), (dir / "out").string(), ScenarioTitle(scenario),
                      (dir / "out/TEST06/verify_accuracy.txt").string());
      EXPECT_EQ(Test06Text(*Verify(logs[i], scenario)), OutputOf(command)) << i;
    }
  }
}

}  // namespace
}  // namespace assay
