// report.json keeps to the schema that is published for it.

#include <cstdlib>
#include <filesystem>
#include <string>

#include <gtest/gtest.h>
#include <unistd.h>

#include "base/file.h"
#include "report/recommendations.h"
#include "report/report.h"
#include "report/test_model.h"

namespace assay {
namespace {

class ReportSchema : public testing::Test {
 protected:
  // Does this text keep to the schema? What does not fit is printed.
  static bool Fits(const std::string& text) {
    const fs::path file = fs::path(testing::TempDir()) /
                          ("assay_report_schema_" + std::to_string(getpid()) + ".json");
    EXPECT_TRUE(WriteFileAtomically(file, text));
    const std::string command =
        std::string("'" ASSAY_PYTHON "' '" ASSAY_SOURCE_DIR
                    "/tests/validate_reports.py' '" ASSAY_FASTJSONSCHEMA "' '" ASSAY_SOURCE_DIR
                    "/docs/schema/report.schema.json' '") +
        file.string() + "'";
    const bool fits =
        std::system(command.c_str()) == 0;  // NOLINT(concurrency-mt-unsafe): one thread
    fs::remove(file);
    return fits;
  }
  static bool Fits(const ReportModel& model) { return Fits(ToPrettyJson(ReportJson(model))); }
};

TEST_F(ReportSchema, FitsCompleteKilledAndEmptyRuns) {
  EXPECT_TRUE(Fits(CompleteRun()));
  EXPECT_TRUE(Fits(KilledRun()));
  EXPECT_TRUE(Fits(ReportModel{}));
}

TEST_F(ReportSchema, FitsRecommendations) {
  ReportModel model = CompleteRun();
  model.run.config.scenario = Scenario::kServer;
  model.recommendations = Recommend(model);
  ASSERT_FALSE(model.recommendations.empty());
  EXPECT_TRUE(Fits(model));
}

TEST_F(ReportSchema, FitsWhatTheMachineDid) {
  ReportModel model = CompleteRun();
  MachineFigures& machine = model.tests[0].numbers->machine.emplace();
  machine.cpu_busy_mean = 0.5;
  machine.gpus.resize(1);
  machine.gpus[0].limited = {{"power cap", 0.25}};
  machine.energy.emplace().counted = {"package-0"};
  machine.absent = {{"mhz", "no cpufreq"}};
  Roofline roofline;
  roofline.generation.emplace().limited_by = "memory";
  model.tests[0].numbers->roofline = roofline;
  const Json report = ReportJson(model);
  EXPECT_TRUE(Fits(ToPrettyJson(report)));
  for (const auto& [pointer, value] :
       {std::pair{"/tests/0/machine/cpu_busy_mean", Json("half")},
        std::pair{"/tests/0/machine/energy/official_power_result", Json(true)},
        std::pair{"/tests/0/roofline/generation/limited_by", Json("luck")}}) {
    Json changed = report;
    changed[Json::json_pointer(pointer)] = value;
    EXPECT_FALSE(Fits(ToPrettyJson(changed))) << pointer;
  }
}

TEST_F(ReportSchema, RejectsWhatIsMissingOrOfAnotherType) {
  const Json report = ReportJson(CompleteRun());
  for (const auto& [pointer, value] :
       {std::pair{"/schema_version", Json("1")}, std::pair{"/tests/0/metrics/completed", Json(-1)},
        std::pair{"/tests/1/score/limits/0/pass", Json("yes")},
        std::pair{"/judgement/verdict", Json("fine")}, std::pair{"/samples/0/index", Json("0")},
        std::pair{"/tests/0/tools/0/tool", Json("another")}}) {
    Json changed = report;
    changed[Json::json_pointer(pointer)] = value;
    EXPECT_FALSE(Fits(ToPrettyJson(changed))) << pointer;
  }
  Json without = report;
  without.erase("run");
  EXPECT_FALSE(Fits(ToPrettyJson(without)));
}

}  // namespace
}  // namespace assay
