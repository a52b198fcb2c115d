// What a run tells of its machine, as its user sees it: telemetry, the doctor, and forgeries of
// both.

#include <csignal>
#include <filesystem>
#include <string>
#include <thread>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include "base/file.h"
#include "base/json.h"
#include "record/run_directory.h"
#include "record/telemetry.h"
#include "tests/process.h"

namespace assay {
namespace {

using testing::HasSubstr;
using testing::Not;
using testing_support::ChildrenOf;
using testing_support::Ended;
using testing_support::Process;
using testing_support::RunProcess;

class MachineTest : public testing::Test {
 protected:
  void SetUp() override {
    dir_ = fs::path(testing::TempDir()) / "assay_machine_test" /
           testing::UnitTest::GetInstance()->current_test_info()->name();
    fs::remove_all(dir_);
    fs::create_directories(dir_);
    ASSERT_TRUE(
        WriteFileAtomically(dir_ / "script.json",
                            R"({"slots":2,"ttft_ms":100,"tpot_ms":10,"generated":{"tokens":8}})")
            .has_value());
  }

  static std::vector<std::string> RunWords(const std::vector<std::string>& more) {
    std::vector<std::string> words{ASSAY_BINARY, "run", "--script", "script.json",
                                   "--samples",  "12",  "--mode",   "performance",
                                   "--output",   "run", "--quiet"};
    words.insert(words.end(), more.begin(), more.end());
    return words;
  }
  [[nodiscard]] Ended Assay(const std::vector<std::string>& arguments) const {
    std::vector<std::string> words{ASSAY_BINARY};
    words.insert(words.end(), arguments.begin(), arguments.end());
    return RunProcess(words, dir_.string());
  }
  [[nodiscard]] Json File(const std::string& name) const {
    return *ParseJson(*ReadFile(dir_ / "run" / name), name);
  }
  [[nodiscard]] fs::path TelemetryPath() const {
    return dir_ / "run" / "performance" / "telemetry.jsonl";
  }
  // Waits for three samples.
  void WaitForSamples() const {
    for (int i = 0; i < 600; ++i) {
      const auto telemetry = ReadTelemetry(TelemetryPath());
      if (telemetry && telemetry->samples.size() >= 3) return;
      std::this_thread::sleep_for(std::chrono::milliseconds(50));
    }
    FAIL() << "no samples in " << TelemetryPath();
  }

  fs::path dir_;
};

TEST_F(MachineTest, ARunTellsWhatTheMachineDid) {
  const Ended run = RunProcess(RunWords({"--telemetry-hz", "10"}), dir_.string());
  ASSERT_EQ(run.exit_code, 0) << run.err;
  const auto telemetry = ReadTelemetry(TelemetryPath());
  ASSERT_TRUE(telemetry.has_value()) << telemetry.error().message;
  EXPECT_GE(telemetry->samples.size(), 3U);
  const Json machine = File("metrics.json")["machine"];
  EXPECT_EQ(machine["rate_hz"], 10.0);
  EXPECT_EQ(machine["samples"], telemetry->samples.size());
  EXPECT_EQ(machine["covers_window"], true);
  EXPECT_GT(machine["process_rss_max_bytes"].get<double>(), 1e6);
  EXPECT_EQ(machine["energy"].is_null(),
            telemetry->header.energy.empty() && telemetry->header.gpus.empty());
  // The scripted engine has no model: no roofline, and the reason.
  EXPECT_TRUE(File("metrics.json")["roofline"]["not_known"].is_string());
  EXPECT_EQ(File("run.json")["host"]["fitness"].size(), 16U);
  EXPECT_FALSE(File("run.json")["host"].contains("peak"));
  EXPECT_THAT(*ReadFile(dir_ / "run" / "report.txt"), HasSubstr("The machine during the run"));
  EXPECT_TRUE(File("manifest.json")["files"].contains("performance/telemetry.jsonl"));
  const Ended verified = Assay({"verify", "run"});
  EXPECT_EQ(verified.exit_code, 0) << verified.out;
}

TEST_F(MachineTest, NoneIfNoneIsWanted) {
  ASSERT_EQ(RunProcess(RunWords({"--telemetry-hz", "0"}), dir_.string()).exit_code, 0);
  EXPECT_FALSE(fs::exists(TelemetryPath()));
  EXPECT_TRUE(File("metrics.json")["machine"].is_null());
  EXPECT_THAT(*ReadFile(dir_ / "run" / "report.txt"), Not(HasSubstr("The machine during the run")));
  EXPECT_EQ(Assay({"verify", "run"}).exit_code, 0);
}

TEST_F(MachineTest, ARateThatCannotBeIsAUsageError) {
  for (const char* rate : {"-1", "1000", "nan", "often"}) {
    const Ended run = RunProcess(RunWords({"--telemetry-hz", rate}), dir_.string());
    EXPECT_EQ(run.exit_code, 2) << rate;
    EXPECT_THAT(run.err, HasSubstr("telemetry-hz")) << rate;
    EXPECT_FALSE(fs::exists(dir_ / "run"));
  }
}

TEST_F(MachineTest, ProcessorsAreKeptOutOfIdleStatesIfAsked) {
  for (const char* us : {"-1", "soon", "3000000000"}) {
    const Ended run = RunProcess(RunWords({"--cpu-latency-us", us}), dir_.string());
    EXPECT_EQ(run.exit_code, 2) << us;
    EXPECT_THAT(run.err, HasSubstr("cpu-latency-us")) << us;
  }
  const Ended run = RunProcess(RunWords({"--cpu-latency-us", "20"}), dir_.string());
  if (::access("/dev/cpu_dma_latency", W_OK) != 0) {
    EXPECT_EQ(run.exit_code, 3);
    EXPECT_THAT(run.err, HasSubstr("/dev/cpu_dma_latency: cannot keep processors out of idle"));
    EXPECT_FALSE(fs::exists(dir_ / "run"));
    return;
  }
  ASSERT_EQ(run.exit_code, 0) << run.err;
  EXPECT_EQ(File("run.json")["config"]["cpu_latency_us"], 20);
  EXPECT_THAT(*ReadFile(dir_ / "run" / "report.txt"),
              HasSubstr("kept out of idle states of more than 20 µs"));
  EXPECT_EQ(Assay({"verify", "run"}).exit_code, 0);
}

TEST_F(MachineTest, CtrlCAndSigkillLeaveWholeLines) {
  for (const int signal : {SIGINT, SIGKILL}) {
    fs::remove_all(dir_ / "run");
    ASSERT_TRUE(
        WriteFileAtomically(dir_ / "script.json",
                            R"({"slots":1,"ttft_ms":500,"tpot_ms":80,"generated":{"tokens":8}})")
            .has_value());
    Process run(RunWords({"--telemetry-hz", "50"}), dir_.string());
    WaitForSamples();
    if (signal == SIGINT) {
      run.Signal(SIGINT);
      EXPECT_EQ(run.Wait().exit_code, 3);
    } else {
      for (const pid_t child : ChildrenOf(run.pid())) kill(child, SIGKILL);
      static_cast<void>(run.Wait());
    }
    const auto telemetry = ReadTelemetry(TelemetryPath());
    ASSERT_TRUE(telemetry.has_value()) << telemetry.error().message;
    EXPECT_GE(telemetry->samples.size(), 3U);
    EXPECT_LE(Assay({"report", "run"}).exit_code, 1);
    EXPECT_FALSE(File("metrics.json")["machine"].is_null());
  }
}

// Changes the record so that the manifest fits, and remakes what follows from it.
template <typename Edit>
Ended Forge(const fs::path& dir, const fs::path& file, Edit edit) {
  std::string bytes = *ReadFile(file);
  edit(bytes);
  EXPECT_TRUE(WriteFileAtomically(file, bytes).has_value());
  EXPECT_TRUE(WriteManifest(dir / "run").has_value());
  const std::string binary = ASSAY_BINARY;
  static_cast<void>(RunProcess({binary, "report", "run"}, dir.string()));
  return RunProcess({binary, "verify", "run"}, dir.string());
}

TEST_F(MachineTest, ForgedTelemetryIsFound) {
  ASSERT_EQ(RunProcess(RunWords({}), dir_.string()).exit_code, 0);
  const std::string honest = *ReadFile(TelemetryPath());
  // Edited and remade: no manifest helps, but the line is not as the sampler writes it.
  Ended verified = Forge(dir_, TelemetryPath(), [](std::string& bytes) {
    bytes.replace(bytes.find("\"width_ns\":"), 11, "\"width_ns\": ");
  });
  EXPECT_EQ(verified.exit_code, 1);
  EXPECT_THAT(verified.out, HasSubstr("performance/telemetry.jsonl, line 2"));
  // The last sample is said to be later than the test's end.
  verified = Forge(dir_, TelemetryPath(), [&honest](std::string& bytes) {
    bytes = honest;
    const std::size_t at = bytes.rfind("\"t_ns\":") + 7;
    bytes.insert(at, "9");
  });
  EXPECT_EQ(verified.exit_code, 1);
  EXPECT_THAT(verified.out, HasSubstr("Sampling ends before the test does"));
  // It was asked for, and is gone.
  fs::remove(TelemetryPath());
  ASSERT_TRUE(WriteManifest(dir_ / "run").has_value());
  static_cast<void>(Assay({"report", "run"}));
  verified = Assay({"verify", "run"});
  EXPECT_EQ(verified.exit_code, 1);
  EXPECT_THAT(verified.out, HasSubstr("Telemetry was asked for"));
}

TEST_F(MachineTest, TheDoctorSaysWhatItFoundAndItsCodeFollows) {
  const Ended json = Assay({"doctor", "--format", "json", "--peak", "--threads", "1"});
  const auto document = ParseJson(json.out, "doctor");
  ASSERT_TRUE(document.has_value()) << json.out << json.err;
  EXPECT_EQ((*document)["checks"].size(), 16U);
  EXPECT_GT((*document)["peak"]["bytes_per_s"].get<double>(), 0.0);
  bool matters = false;
  for (const Json& check : (*document)["checks"]) {
    matters = matters || check["state"] == "matters";
  }
  EXPECT_EQ((*document)["fit"], !matters);
  EXPECT_EQ(json.exit_code, matters ? 1 : 0);
  const Ended text = Assay({"doctor"});
  EXPECT_THAT(text.out, HasSubstr("governor"));
  EXPECT_EQ(Assay({"doctor", "--model", "no-such-model"}).exit_code, 2);
  EXPECT_EQ(Assay({"doctor", "--threads", "0"}).exit_code, 2);
}

}  // namespace
}  // namespace assay
