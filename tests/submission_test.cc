// assay submission as its user runs it: packages that are refused, templates, and truncation beside
// the official tool. What is accepted takes runs of ten minutes: tools/rehearse_submission.

#include <filesystem>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include "base/file.h"
#include "base/format.h"
#include "base/json.h"
#include "tests/process.h"

namespace assay {
namespace {

using testing::HasSubstr;
using testing_support::Ended;
using testing_support::RunProcess;

const fs::path kPackages = fs::path(ASSAY_SOURCE_DIR) / "tests" / "data" / "submissions";

std::string Bytes(const fs::path& path) {
  const auto bytes = ReadFile(path);
  EXPECT_TRUE(bytes.has_value()) << path;
  return bytes ? *bytes : "";
}

void Write(const fs::path& path, const std::string& bytes) {
  ASSERT_TRUE(MakeDirectories(path.parent_path()).has_value());
  ASSERT_TRUE(WriteFileAtomically(path, bytes).has_value());
}

class Submission : public testing::Test {
 protected:
  static void SetUpTestSuite() {
    base_ = fs::path(testing::TempDir()) / fmt::format("assay_submission_{}", getpid());
    fs::remove_all(base_);
    fs::create_directories(base_);
    Write(base_ / "script.json", R"({"ttft_ms":60,"tpot_ms":1,"generated":{"tokens":[8,16]}})");
    MakeRun();
    Describe();
  }
  static void TearDownTestSuite() { fs::remove_all(base_); }

  static Ended Assay(const std::vector<std::string>& arguments) {
    std::vector<std::string> words{ASSAY_BINARY};
    words.insert(words.end(), arguments.begin(), arguments.end());
    return RunProcess(words, base_.string());
  }

  // A short run, held to no round's rules.
  static void MakeRun() {
    const Ended run =
        Assay({"run", "--script", "script.json", "--samples", "12", "--quiet", "--output", "free"});
    ASSERT_EQ(run.exit_code, 0) << run.err << run.out;
  }

  // The templates, filled in.
  static void Describe() {
    ASSERT_EQ(Assay({"submission", "templates", "described"}).exit_code, 0);
    const auto fill = [](const std::string& name, const Json& values) {
      const fs::path path = base_ / "described" / name;
      Json json = *ParseJson(Bytes(path), name);
      for (auto& [key, value] : json.items()) value = "N/A";
      json.update(values);
      Write(path, ToPrettyJson(json));
    };
    fill("system.json", {{"status", "available"},
                         {"system_type", "datacenter"},
                         {"number_of_nodes", "1"},
                         {"accelerators_per_node", "0"}});
    fill("submitter.json", {{"division", "closed"}, {"submitter", "ACME"}, {"system", "SYS"}});
  }

  static Ended Build(std::vector<std::string> arguments) {
    arguments.insert(arguments.begin(), {"submission", "build"});
    arguments.insert(arguments.end(), {"--system", "described/system.json", "--submitter",
                                       "described/submitter.json", "--output", "package"});
    Ended ended = Assay(arguments);
    EXPECT_FALSE(fs::exists(base_ / "package"));
    EXPECT_FALSE(fs::exists(base_ / "package-whole-logs"));
    for (const auto& entry : fs::directory_iterator(base_)) {
      EXPECT_FALSE(entry.path().filename().string().starts_with(".package")) << entry.path();
    }
    return ended;
  }

  static fs::path base_;
};
fs::path Submission::base_;

TEST_F(Submission, EmptyTemplatesAreNamedFieldByField) {
  ASSERT_EQ(Assay({"submission", "templates", "empty"}).exit_code, 0);
  const Ended ended = Assay({"submission", "build", "free", "--system", "empty/system.json",
                             "--submitter", "empty/submitter.json", "--output", "package"});
  EXPECT_EQ(ended.exit_code, 2);
  for (const char* name : {"system.json", "submitter.json"}) {
    const Json json = *ParseJson(Bytes(base_ / "empty" / name), name);
    for (const auto& [field, value] : json.items()) {
      const bool may_be_empty =
          ended.err.find(fmt::format("{}: the field \"{}\"", name, field)) == std::string::npos;
      EXPECT_EQ(may_be_empty, field.starts_with("host_processor_frequency") ||
                                  field.starts_with("host_processor_caches") ||
                                  field.starts_with("host_processor_interconnect") ||
                                  field == "accelerator_frequency" ||
                                  field == "accelerator_interconnect_topology" ||
                                  field == "accelerator_on-chip_memories" || field == "hw_notes" ||
                                  field == "sw_notes" || field == "system_type_detail")
          << name << " " << field;
    }
  }
  EXPECT_EQ(Assay({"submission", "templates", "empty"}).exit_code, 2);
}

TEST_F(Submission, ARunWithoutRulesIsRefused) {
  const Ended ended = Build({"free", "--accept-unofficial"});
  EXPECT_EQ(ended.exit_code, 2);
  EXPECT_THAT(ended.err, HasSubstr("free: the run was held to no round's rules"));
}

TEST_F(Submission, ARecordThatDoesNotHoldIsRefused) {
  fs::copy(base_ / "free", base_ / "edited", fs::copy_options::recursive);
  const fs::path log = base_ / "edited" / "performance" / "mlperf_log_detail.txt";
  std::string text = Bytes(log);
  const std::string from = "\"result_samples_per_second\", \"value\": ";
  const std::size_t at = text.find(from);
  ASSERT_NE(at, std::string::npos);
  text.insert(at + from.size(), "1");
  Write(log, text);
  const Ended ended = Build({"edited", "--accept-unofficial"});
  EXPECT_EQ(ended.exit_code, 3);
  EXPECT_THAT(ended.err, HasSubstr("edited: the record does not hold"));
  EXPECT_THAT(ended.err, HasSubstr("performance/mlperf_log_detail.txt"));
}

TEST_F(Submission, PlacesThatAreTakenAreRefused) {
  Write(base_ / "taken" / "x", "x");
  const std::vector<std::string> words{"submission",
                                       "build",
                                       "free",
                                       "--system",
                                       "described/system.json",
                                       "--submitter",
                                       "described/submitter.json",
                                       "--output"};
  auto with = [&words](const std::vector<std::string>& more) {
    std::vector<std::string> all = words;
    all.insert(all.end(), more.begin(), more.end());
    return Assay(all);
  };
  EXPECT_THAT(with({"taken"}).err, HasSubstr("taken: is there already; nothing is overwritten"));
  EXPECT_THAT(with({"package", "--backup", "taken"}).err, HasSubstr("taken: is there already"));
  EXPECT_THAT(with({"package", "--backup", "package/logs"}).err, HasSubstr("outside"));
  EXPECT_EQ(Bytes(base_ / "taken" / "x"), "x");
}

TEST_F(Submission, CheckWantsATree) {
  const Ended run = Assay({"submission", "check", "free"});
  EXPECT_EQ(run.exit_code, 2);
  EXPECT_THAT(run.err, HasSubstr("no submission tree"));
}

// The whole program over a whole tree. Data set and model are not the benchmark's, and the package
// tells so itself.
TEST_F(Submission, ChecksAPackage) {
  const Ended ended = Assay(
      {"submission", "check", (kPackages / "v6.1-closed-datacenter").string(), "--format", "json"});
  EXPECT_EQ(ended.exit_code, 1) << ended.err;
  const Json json = *ParseJson(ended.out, "stdout");
  EXPECT_EQ(json["verdict"], "invalid");
  EXPECT_EQ(json["results"].size(), 3U);
  for (const Json& finding : json["findings"]) {
    if (finding["severity"] != "error") continue;
    EXPECT_TRUE(finding["rule"] == "dataset.identity" || finding["rule"] == "model.identity")
        << finding.dump();
  }
}

// A package for v6.0, made with LoadGen 6.0.17, which is v6.1's: both official checkers accept it.
TEST_F(Submission, APackageOfAnotherRoundsLoadGenIsFound) {
  const Ended ended = Assay(
      {"submission", "check", (kPackages / "v6.0-open-offline").string(), "--format", "json"});
  EXPECT_EQ(ended.exit_code, 1) << ended.err;
  const Json json = *ParseJson(ended.out, "stdout");
  std::vector<std::string> errors;
  for (const Json& finding : json["findings"]) {
    if (finding["severity"] == "error") errors.push_back(finding["rule"]);
  }
  EXPECT_THAT(errors, testing::Contains("settings.loadgen_release"));
}

// Logs of several lengths, one with Windows' line ends: the same bytes as the official tool's.
TEST_F(Submission, TruncatesAsTheOfficialToolDoes) {
  const fs::path tool = fs::path(ASSAY_SHARED_DIR) / "reference" / "mlcommons-inference" / "tools" /
                        "submission" / "truncate_accuracy_log.py";
  if (!fs::exists(tool)) GTEST_SKIP() << "needs " << tool;
  const std::vector<std::pair<int, std::string>> logs{
      {1, "\n"}, {30, "\n"}, {60, "\n"}, {100, "\n"}, {400, "\n"}, {5000, "\n"}, {400, "\r\n"}};
  for (std::size_t i = 0; i < logs.size(); ++i) {
    std::string log = "[" + logs[i].second;
    for (int n = 0; n < logs[i].first; ++n) {
      log += fmt::format(R"({{ "seq_id" : {0}, "qsl_idx" : {0}, "data" : "{0:08X}", )"
                         R"("token_count" : 1 }}{1}{2})",
                         n, n + 1 < logs[i].first ? "," : "", logs[i].second);
    }
    const fs::path dir = fmt::format("closed/ACME/results/SYS{}/llama3.1-8b/Offline/accuracy", i);
    for (const char* tree : {"official", "ours"}) {
      Write(base_ / tree / dir / "mlperf_log_accuracy.json", log + "]" + logs[i].second);
      Write(base_ / tree / dir / "accuracy.txt", "{'rouge1': '38.7792', 'gen_num': 13368}\n");
    }
  }
  const Ended official =
      RunProcess({"/usr/bin/env", "python3", tool.string(), "--input", "official", "--submitter",
                  "ACME", "--backup", (base_ / "official-backup").string()},
                 base_.string());
  ASSERT_EQ(official.exit_code, 0) << official.err;
  const Ended ours = Assay({"submission", "truncate", "ours", "--backup", "ours-backup"});
  ASSERT_EQ(ours.exit_code, 0) << ours.err;
  std::size_t compared = 0;
  for (const char* suffix : {"", "-backup"}) {
    const fs::path root = base_ / fmt::format("official{}", suffix);
    for (const auto& entry : fs::recursive_directory_iterator(root)) {
      if (!entry.is_regular_file()) continue;
      const fs::path relative = entry.path().lexically_relative(root);
      EXPECT_EQ(Bytes(entry.path()), Bytes(base_ / fmt::format("ours{}", suffix) / relative))
          << relative;
      ++compared;
    }
  }
  EXPECT_EQ(compared, 3 * logs.size());
}

}  // namespace
}  // namespace assay
