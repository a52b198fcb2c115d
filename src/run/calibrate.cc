#include "run/calibrate.h"

#include <array>
#include <charconv>
#include <cstdlib>
#include <optional>
#include <string_view>
#include <vector>

#include "assay/clock.h"

#include "base/format.h"
#include "calibration/calibration_plan.h"
#include "load/user_conf.h"
#include "rules/rounds.h"
#include "run/null_server_process.h"
#include "run/supervisor.h"

namespace assay {
namespace {

// target_qps of user.conf; nullopt: it sets none for this scenario.
std::optional<double> RateOfUserConf(const RunConfig& config) {
  if (config.user_conf.empty()) return std::nullopt;
  const Result<std::string> text = ReadFile(config.user_conf);
  if (!text) return std::nullopt;
  const auto entries = ParseUserConf(*text, config.user_conf);
  if (!entries) return std::nullopt;
  const ScenarioRules* scenario =
      RulesOf(RulesOf(AllRounds().back(), config.benchmark), config.scenario);
  if (scenario == nullptr) return std::nullopt;
  const auto value =
      ValueOf(*entries, scenario->loadgen_model, scenario->loadgen_scenario, "target_qps");
  double rate = 0.0;
  if (!value ||
      std::from_chars(value->data(), value->data() + value->size(), rate).ec != std::errc()) {
    return std::nullopt;
  }
  return rate;
}

std::optional<double> RateOf(const RunConfig& config) {
  const bool scheduled =
      config.scenario == Scenario::kServer || config.scenario == Scenario::kInteractive;
  if (!scheduled) return std::nullopt;
  return config.target_qps ? config.target_qps : RateOfUserConf(config);
}

std::vector<std::string> ServerOptions(const CalibrationPlan& plan, const fs::path& phase_dir) {
  return {"--ttft",      ToWords(plan.script.ttft), "--tpot", ToWords(plan.script.tpot),
          "--tokenizer", plan.config.tokenizer,     "--log",  ServerLogPath(phase_dir).string()};
}

// Whatever proxy the environment names, the null server is on this host: children that are started
// while this lives use none for it. No other thread runs meanwhile.
class ScopedNoProxy {
 public:
  ScopedNoProxy() {
    for (const char* name : kNames) {
      const char* value = std::getenv(name);  // NOLINT(concurrency-mt-unsafe)
      before_.push_back(value == nullptr ? std::nullopt : std::optional<std::string>(value));
      setenv(name, "*", 1);  // NOLINT(concurrency-mt-unsafe)
    }
  }
  ~ScopedNoProxy() {
    for (std::size_t i = 0; i < kNames.size(); ++i) {
      if (before_[i]) {
        setenv(kNames[i], before_[i]->c_str(), 1);  // NOLINT(concurrency-mt-unsafe)
      } else {
        unsetenv(kNames[i]);  // NOLINT(concurrency-mt-unsafe)
      }
    }
  }
  ScopedNoProxy(const ScopedNoProxy&) = delete;
  ScopedNoProxy& operator=(const ScopedNoProxy&) = delete;

 private:
  static constexpr std::array<const char*, 2> kNames{"no_proxy", "NO_PROXY"};
  std::vector<std::optional<std::string>> before_;
};

// Value: was it interrupted?
Result<bool> RunPhase(const fs::path& phase_dir, const CalibrationPlan& plan, const RunRecord& run,
                      const std::string& test_verb) {
  ASSAY_RETURN_IF_ERROR(MakeDirectories(phase_dir));
  ASSAY_ASSIGN_OR_RETURN(NullServerProcess server,
                         NullServerProcess::Start(ServerOptions(plan, phase_dir)));
  const ScopedNoProxy no_proxy;
  RunRecord record = run;
  record.config = plan.config;
  record.server.reset();
  record.config.endpoint->base_urls = {server.url()};
  record.started_utc = FormatUtc(WallNow());
  record.tests = {{TestKind::kPerformance, "running", {}, {}, ""}};
  ASSAY_RETURN_IF_ERROR(WriteRunRecord(phase_dir, record));
  ASSAY_ASSIGN_OR_RETURN(
      record.tests.front(),
      SuperviseTest(phase_dir, TestKind::kPerformance,
                    {test_verb, phase_dir.string(),
                     std::string(TestDirectoryName(TestKind::kPerformance)), "--quiet"}));
  server.Stop();
  record.ended_utc = FormatUtc(WallNow());
  record.interrupted = record.tests.front().outcome == "interrupted";
  ASSAY_RETURN_IF_ERROR(WriteRunRecord(phase_dir, record));
  return record.interrupted;
}

}  // namespace

Result<bool> Calibrate(const fs::path& run_dir, const RunRecord& record,
                       const std::string& test_verb) {
  for (const CalibrationPhase phase : kCalibrationPhases) {
    ASSAY_ASSIGN_OR_RETURN(
        const bool interrupted,
        RunPhase(PhaseDirectory(run_dir, phase),
                 PlanCalibration(phase, record.config, RateOf(record.config)), record, test_verb));
    if (interrupted) return false;
  }
  return true;
}

}  // namespace assay
