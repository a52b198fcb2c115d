#include "rules/test06_verifier.h"

#include <cstdlib>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "base/file.h"
#include "base/format.h"

namespace assay {
namespace {

std::string Hex(const std::vector<TokenId>& tokens, std::size_t size = 4) {
  std::string hex;
  for (const TokenId id : tokens) {
    const auto bits = static_cast<std::uint64_t>(std::int64_t{id});
    for (std::size_t i = 0; i < size; ++i) hex += fmt::format("{:02X}", (bits >> (8 * i)) & 0xFFU);
  }
  return hex;
}

// One record as LoadGen writes it, after what precedes `data`; the other members as given.
std::string Record(const std::vector<TokenId>& tokens, const std::string& more) {
  return fmt::format(R"({{ "seq_id" : 0, "qsl_idx" : 0, "data" : "{}"{} }})", Hex(tokens), more);
}
std::string Good(const std::vector<TokenId>& tokens) {
  return Record(tokens, fmt::format(R"(, "token_data" : "{}", "token_count" : {})",
                                    Hex({tokens.front()}), tokens.size()));
}
std::string Log(const std::vector<std::string>& records) {
  return fmt::format("[\n{}\n]\n", fmt::join(records, ",\n"));
}

Result<Test06Result> Verify(const std::string& log, Scenario scenario = Scenario::kServer) {
  return VerifyTest06(log, "log", scenario);
}

TEST(VerifyTest06, WritesWhatTheOfficialVerifierWrites) {
  EXPECT_EQ(Test06Text(*Verify(Log({Good({5, 6, 2})}))),
            "First token check pass: True\nEOS check pass: True\nSample length check pass: True\n"
            "TEST06 verification complete\n");
  EXPECT_EQ(Test06Text(*Verify(Log({Good({5, 6, 2, 2})}), Scenario::kOffline)),
            "First token check pass: Skipped\nEOS check pass: False\nSample length check pass: "
            "True\nTEST06 verification failed\n");
  EXPECT_TRUE(Verify("[]")->Pass()) << "an empty log passes";
}

TEST(VerifyTest06, EachCheckFailsForItself) {
  EXPECT_EQ(Verify(Log({Record({5, 6}, R"(, "token_data" : "07000000", "token_count" : 2)")}))
                ->first_token,
            false);
  EXPECT_EQ(Verify(Log({Record({5, 6}, R"(, "token_count" : 2)")}))->first_token, false);
  EXPECT_EQ(Verify(Log({Record({5, 6}, R"(, "token_data" : "", "token_count" : 2)")}))->first_token,
            true);
  EXPECT_FALSE(Verify(Log({Record({5, 6}, R"(, "token_count" : 3)")}))->sample_length);
  EXPECT_FALSE(Verify(Log({Record({5, 6}, "")})).has_value());
}

// The first token is never looked at, and an end token inside is none of its business.
TEST(VerifyTest06, TheEndTokenIsSoughtFromTheEndOnly) {
  EXPECT_TRUE(Verify(Log({Good({2, 2})}))->eos);
  EXPECT_FALSE(Verify(Log({Good({2, 2, 2})}))->eos);
  EXPECT_TRUE(Verify(Log({Good({5, 2, 6, 2})}))->eos);
}

TEST(VerifyTest06, AReadLogGivesTheSameAsItsBytes) {
  for (const std::string& record :
       {Good({5, 6}), Good({5, 2, 2}), Record({5, 6}, R"(, "token_count" : 1)"),
        Record({5, 6}, R"(, "token_data" : "06000000", "token_count" : 2)")}) {
    const std::string text = Log({record, Good({7, 8})});
    const auto log = ParseAccuracyLog(text, "log");
    ASSERT_TRUE(log.has_value());
    for (const Scenario scenario : {Scenario::kOffline, Scenario::kServer}) {
      EXPECT_EQ(Test06Text(*VerifyTest06(*log, scenario, TokenWidth::kInt32)),
                Test06Text(*Verify(text, scenario)));
    }
  }
}

// The official verifier as it is, run beside ours. It needs of NumPy no more than frombuffer; where
// NumPy is not installed, the few lines below stand in for it.
class OfficialVerifier : public testing::Test {
 protected:
  void SetUp() override {
    script_ = fs::path(ASSAY_SHARED_DIR) /
              "reference/mlcommons-inference/compliance/TEST06/run_verification.py";
    if (!fs::exists(script_)) GTEST_SKIP() << script_ << " is missing";
    if (!Succeeds("python3 -c 1 2>/dev/null")) GTEST_SKIP() << "no python3";
    dir_ = fs::path(testing::TempDir()) / "assay_test06_test" /
           testing::UnitTest::GetInstance()->current_test_info()->name();
    fs::remove_all(dir_);
    ASSERT_TRUE(MakeDirectories(dir_));
    if (!Succeeds("python3 -c 'import numpy' 2>/dev/null")) {
      ASSERT_TRUE(MakeDirectories(dir_ / "stand-in"));
      ASSERT_TRUE(WriteFileAtomically(dir_ / "stand-in/numpy.py", kStandIn));
    }
  }

  static bool Succeeds(const std::string& command) {
    return std::system(command.c_str()) == 0;  // NOLINT(concurrency-mt-unsafe): one thread
  }

  static constexpr const char* kStandIn = R"(import struct
int64, int32, int16, float32 = 'q', 'i', 'h', 'f'
class Array(list):
    @property
    def shape(self):
        return (len(self),)
def frombuffer(buffer, dtype):
    if len(buffer) % struct.calcsize(dtype) != 0:
        raise ValueError('buffer size must be a multiple of element size')
    return Array(x for x, in struct.iter_unpack('<' + dtype, buffer))
)";

  struct Case {
    std::string log;
    Scenario scenario;
    TokenWidth width;
  };
  static std::vector<Case> CasesOf(const std::string& log) {
    std::vector<Case> cases;
    for (const Scenario scenario : {Scenario::kOffline, Scenario::kServer}) {
      for (const TokenWidth width : {TokenWidth::kInt32, TokenWidth::kInt64}) {
        cases.push_back({log, scenario, width});
      }
    }
    return cases;
  }

  // Calls the script's main once for each line "DIRECTORY SCENARIO DTYPE" of the file `cases`.
  static constexpr const char* kDriver = R"(import sys, importlib.util
spec = importlib.util.spec_from_file_location('verification', sys.argv[1])
script = importlib.util.module_from_spec(spec)
spec.loader.exec_module(script)
for line in open(sys.argv[2]):
    directory, scenario, dtype = line.split()
    sys.argv = ['', '-c', directory, '-o', directory, '-s', scenario, '-d', dtype]
    try:
        script.main()
    except Exception:
        pass
)";

  // What the script wrote in each case; nullopt: it ended with an exception.
  std::vector<std::optional<std::string>> Official(const std::vector<Case>& cases) {
    std::string lines;
    for (std::size_t i = 0; i < cases.size(); ++i) {
      const fs::path log_dir = dir_ / fmt::format("{}", i);
      EXPECT_TRUE(MakeDirectories(log_dir));
      EXPECT_TRUE(WriteFileAtomically(log_dir / "mlperf_log_accuracy.json", cases[i].log));
      lines += fmt::format("{} {} {}\n", log_dir.string(), ScenarioTitle(cases[i].scenario),
                           cases[i].width == TokenWidth::kInt32 ? "int32" : "int64");
    }
    EXPECT_TRUE(WriteFileAtomically(dir_ / "cases", lines));
    EXPECT_TRUE(WriteFileAtomically(dir_ / "driver.py", kDriver));
    const std::string command =
        fmt::format("PYTHONPATH={0}/stand-in python3 {0}/driver.py {1} {0}/cases >/dev/null",
                    dir_.string(), script_.string());
    EXPECT_TRUE(Succeeds(command));
    std::vector<std::optional<std::string>> texts;
    for (std::size_t i = 0; i < cases.size(); ++i) {
      const auto text = ReadFile(dir_ / fmt::format("{}", i) / "TEST06/verify_accuracy.txt");
      texts.push_back(text ? std::optional(*text) : std::nullopt);
    }
    return texts;
  }

  // The number of cases on which the script ends with a result.
  std::size_t ExpectAgreement(const std::vector<Case>& cases) {
    const auto official = Official(cases);
    std::size_t ended = 0;
    for (std::size_t i = 0; i < cases.size(); ++i) {
      const auto result = VerifyTest06(cases[i].log, "log", cases[i].scenario, cases[i].width);
      EXPECT_EQ(result ? std::optional(Test06Text(*result)) : std::nullopt, official[i])
          << ScenarioTitle(cases[i].scenario) << cases[i].log.substr(0, 500);
      ended += official[i] ? 1U : 0U;
    }
    return ended;
  }

  fs::path script_;
  fs::path dir_;
};

TEST_F(OfficialVerifier, AgreesOnGoodAndOnSpoiledLogs) {
  const std::string good = Good({5, 6, 7});
  const std::string mismatch =
      Record({5, 6, 7}, R"(, "token_data" : "05000000", "token_count" : 4)");
  const auto counted = [](const std::string& count) {
    return Record({5, 6}, R"(, "token_data" : "05000000", "token_count" : )" + count);
  };
  const auto with_data = [](const std::string& data) {
    return fmt::format(R"({{ "data" : {}, "token_data" : "05000000", "token_count" : 2 }})", data);
  };
  const std::vector<std::string> logs = {
      "[]", "{}", "\"\"", "null", "3", "", "[", "{\"a\": 1}", "\"text\"", "[1]", "[null]", "[[]]",
      Log({good}), Log({good, good}), Log({good}) + "x", Log({good, mismatch, good}),
      // First tokens.
      Log({Record({5, 6}, R"(, "token_data" : "06000000", "token_count" : 2)"), good}),
      Log({Record({5}, R"(, "token_data" : "0500000006000000", "token_count" : 1)")}),
      Log({Record({5, 6}, R"(, "token_count" : 2)")}),
      Log({Record({5, 6}, R"(, "token_data" : null, "token_count" : 2)")}),
      Log({Record({5, 6}, R"(, "token_data" : 5, "token_count" : 2)")}),
      Log({Record({5, 6}, R"(, "token_data" : "0500", "token_count" : 2)")}),
      Log({Record({5, 6}, R"(, "token_data" : "xy", "token_count" : 2)")}),
      // End tokens.
      Log({Good({2}), Good({2, 2}), Good({5, 2, 6})}), Log({Good({9, 2, 2})}),
      Log({Good({2, 2, 2, 2}), mismatch}),
      // Counts.
      Log({counted("2")}), Log({counted("\"2\"")}), Log({counted("2.9")}), Log({counted("true")}),
      Log({counted("\" +2 \"")}), Log({counted("\"0_2\"")}), Log({counted("\"_2\"")}),
      Log({counted("\"2.0\"")}), Log({counted("null")}), Log({counted("1e99")}),
      Log({counted("-2")}), Log({counted("18446744073709551615")}), Log({counted("[]")}),
      Log({counted("\"99999999999999999999\"")}), Log({Record({5, 6}, "")}),
      // Data.
      Log({with_data("\"05000000 06000000\"")}), Log({with_data("\"05000000\\n06000000\"")}),
      Log({with_data("\"0500000 006000000\"")}), Log({with_data("\"050000000600\"")}),
      Log({with_data("\"0500000006000000\"")}), Log({with_data("\"\"")}), Log({with_data("5")}),
      Log({with_data("null")}), Log({R"({"token_count" : 0})"}),
      // What comes after the first wrong count is not read.
      Log({mismatch, with_data("\"05\"")}), Log({mismatch, counted("null"), "7"}),
      Log({with_data("\"05\""), mismatch})};
  std::vector<Case> cases;
  for (const std::string& log : logs) {
    for (const Case& one : CasesOf(log)) cases.push_back(one);
  }
  EXPECT_GT(ExpectAgreement(cases), cases.size() / 3) << "many of them end";
}

TEST_F(OfficialVerifier, AgreesOnPublishedLogs) {
  const fs::path root = fs::path(ASSAY_SHARED_DIR) / "data/results-v5.1";
  if (!fs::exists(root)) GTEST_SKIP() << root << " is missing";
  std::vector<Case> cases;
  for (const fs::directory_entry& entry : fs::recursive_directory_iterator(root)) {
    const fs::path& path = entry.path();
    if (path.filename() != "mlperf_log_accuracy.json" ||
        path.string().find("TEST06") == std::string::npos) {
      continue;
    }
    for (const Case& one : CasesOf(ReadFile(path).value())) cases.push_back(one);
  }
  EXPECT_GT(ExpectAgreement(cases), 0U);
}

}  // namespace
}  // namespace assay
