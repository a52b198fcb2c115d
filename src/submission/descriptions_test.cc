#include "submission/descriptions.h"

#include <algorithm>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/format.h"
#include "rules/submission_rules.h"

namespace assay {
namespace {

using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

class DescriptionsTest : public testing::Test {
 protected:
  void SetUp() override {
    dir_ =
        fs::path(testing::TempDir()) /
        fmt::format("described_{}", testing::UnitTest::GetInstance()->current_test_info()->name());
    fs::remove_all(dir_);
    for (auto& [key, value] : system_.items()) value = "N/A";
    system_["status"] = "available";
    system_["system_type"] = "datacenter";
    system_["number_of_nodes"] = "1";
    system_["accelerators_per_node"] = "0";
    for (auto& [key, value] : submitter_.items()) value = "No";
    submitter_["division"] = "closed";
    submitter_["submitter"] = "ACME";
    submitter_["system"] = "SYS";
  }
  void TearDown() override { fs::remove_all(dir_); }

  Descriptions Read() {
    problems_.clear();
    fs::create_directories(dir_);
    EXPECT_TRUE(WriteFileAtomically(dir_ / "s.json", ToPrettyJson(system_)).has_value());
    EXPECT_TRUE(WriteFileAtomically(dir_ / "u.json", ToPrettyJson(submitter_)).has_value());
    const auto read = ReadDescriptions(dir_ / "s.json", dir_ / "u.json", problems_);
    EXPECT_TRUE(read.has_value());
    return read ? *read : Descriptions{};
  }

  fs::path dir_;
  Json system_ = SystemTemplate();
  Json submitter_ = SubmitterTemplate();
  std::vector<std::string> problems_;
};

TEST_F(DescriptionsTest, AreReadWhereTheySayEverything) {
  const Descriptions read = Read();
  EXPECT_THAT(problems_, IsEmpty());
  EXPECT_EQ(read.division, "closed");
  EXPECT_EQ(read.system, "SYS");
  EXPECT_EQ(read.system_type, "datacenter");
  EXPECT_EQ(read.system_json["division"], "closed");
  EXPECT_EQ(read.system_json["submitter"], "ACME");
  EXPECT_EQ(read.system_json.size(), kSystemFields.size() + kSystemFieldsMayBeEmpty.size());
  EXPECT_EQ(read.measurements.size(), kMeasurementFields.size());
}

// Each field that a checker asks for is named, with its file, when it is empty and when it is gone.
TEST_F(DescriptionsTest, NameEveryFieldThatSaysNothing) {
  const Json system = system_;
  const Json submitter = submitter_;
  const auto names = [&](const std::string& file, const std::string& field) {
    return std::any_of(problems_.begin(), problems_.end(), [&](const std::string& problem) {
      return problem.find(file) != std::string::npos &&
             problem.find("\"" + field + "\"") != std::string::npos;
    });
  };
  int looked_at = 0;
  for (const Json& change : {Json(""), Json(nullptr), Json(false), Json(0), Json("absent")}) {
    const auto apply = [&](Json& json, const std::string& field) {
      if (change == "absent") {
        json.erase(field);
      } else {
        json[field] = change;
      }
    };
    for (const auto& [field, value] : system.items()) {
      system_ = system;
      const bool may_be_empty =
          std::find(kSystemFieldsMayBeEmpty.begin(), kSystemFieldsMayBeEmpty.end(), field) !=
          kSystemFieldsMayBeEmpty.end();
      apply(system_, field);
      Read();
      if (may_be_empty && change != "absent") {
        EXPECT_THAT(problems_, IsEmpty()) << field;
      } else {
        EXPECT_TRUE(names("s.json", field)) << field << " as " << change;
      }
      ++looked_at;
    }
    system_ = system;
    for (const auto& [field, value] : submitter.items()) {
      submitter_ = submitter;
      apply(submitter_, field);
      Read();
      EXPECT_TRUE(names("u.json", field)) << field << " as " << change;
      ++looked_at;
    }
    submitter_ = submitter;
  }
  EXPECT_EQ(looked_at, 5 * (24 + 9 + 10));
}

TEST_F(DescriptionsTest, NamesMustStandInPathsAndLogs) {
  for (const char* name : {"A B", "a'b", "a\"b", "a/b", "..", ".a", "a\nb", "a,b", "\xC3\xA9"}) {
    EXPECT_FALSE(IsTreeName(name)) << name;
    submitter_["system"] = name;
    Read();
    EXPECT_THAT(problems_, ElementsAre(HasSubstr("u.json: the field \"system\" names a directory")))
        << name;
  }
  EXPECT_TRUE(IsTreeName("1-node-2S_GNR.128C+x"));
  EXPECT_FALSE(IsTreeName(std::string(101, 'a')));
  EXPECT_FALSE(IsTreeName(""));
}

TEST_F(DescriptionsTest, ValuesMustFit) {
  const auto problem_with = [&](Json& json, const std::string& field, const Json& value) {
    const Json before = json;
    json[field] = value;
    Read();
    json = before;
    return problems_;
  };
  EXPECT_THAT(problem_with(system_, "status", "sold out"),
              ElementsAre(HasSubstr("available | preview | rdi")));
  EXPECT_THAT(problem_with(system_, "system_type", "Datacenter"),
              ElementsAre(HasSubstr("\"system_type\" must be one of")));
  EXPECT_THAT(problem_with(system_, "accelerators_per_node", "N/A"),
              ElementsAre(HasSubstr("must be a whole number")));
  EXPECT_THAT(problem_with(system_, "division", "open"), Contains(HasSubstr("\"division\" is")));
  EXPECT_THAT(problem_with(system_, "is_network", "False"),
              ElementsAre(HasSubstr("network division")));
  EXPECT_THAT(problem_with(submitter_, "division", "network"),
              ElementsAre(HasSubstr("closed | open")));
  EXPECT_THAT(problem_with(submitter_, "submiter", "ACME"),
              ElementsAre(HasSubstr("\"submiter\" is not known here")));
  EXPECT_THAT(problem_with(submitter_, "calibration", 7), ElementsAre(HasSubstr("string")));
  EXPECT_THAT(problem_with(system_, "number_of_nodes", 4), IsEmpty());
  EXPECT_THAT(problem_with(system_, "system_power_capacity", "2 kW"), IsEmpty());
}

TEST_F(DescriptionsTest, TemplatesAreNotOverwritten) {
  ASSERT_TRUE(WriteTemplates(dir_).has_value());
  EXPECT_EQ(*ReadFile(dir_ / "system.json"), ToPrettyJson(SystemTemplate()));
  EXPECT_EQ(*ReadFile(dir_ / "submitter.json"), ToPrettyJson(SubmitterTemplate()));
  const auto again = WriteTemplates(dir_);
  ASSERT_FALSE(again.has_value());
  EXPECT_EQ(again.error().code, ErrorCode::kInvalidArgument);
}

TEST_F(DescriptionsTest, FilesThatAreNoObjectsAreErrors) {
  Read();
  ASSERT_TRUE(WriteFileAtomically(dir_ / "s.json", "[]").has_value());
  EXPECT_FALSE(ReadDescriptions(dir_ / "s.json", dir_ / "u.json", problems_).has_value());
  EXPECT_FALSE(ReadDescriptions(dir_ / "none.json", dir_ / "u.json", problems_).has_value());
}

}  // namespace
}  // namespace assay
