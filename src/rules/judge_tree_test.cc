#include "rules/judge_tree.h"

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <functional>
#include <iterator>
#include <map>
#include <regex>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/json.h"
#include "rules/rule_table.h"
#include "rules/test_tree.h"
#include "rules/tree_mutations.h"
#include "rules/tree_silences.h"

namespace assay {
namespace {

const std::string kResults = "closed/ACME/results/SYS/llama3.1-8b/";

// Errors but for those that a package tells of itself: they go with the file that tells them.
std::ptrdiff_t Errors(const Judgement& judgement) {
  return std::count_if(judgement.findings.begin(), judgement.findings.end(), [](const Finding& f) {
    return f.severity == Severity::kError && f.rule != rule::kDatasetIdentity.id &&
           f.rule != rule::kModel.id;
  });
}

class Tree {
 public:
  explicit Tree(TreeFiles files) : files_(std::move(files)) {
    root_ = fs::path(::testing::TempDir()) /
            fmt::format("tree_{}_{}",
                        ::testing::UnitTest::GetInstance()->current_test_info()->name(), getpid());
    fs::remove_all(root_);
    for (const auto& [path, bytes] : files_) Write(path, bytes);
  }
  ~Tree() { fs::remove_all(root_); }
  Tree(const Tree&) = delete;
  Tree& operator=(const Tree&) = delete;

  // What is done with the changed tree before it is changed back.
  using Look = std::function<void(const fs::path& root, const Judgement&)>;

  // The judgement of the tree after `change`; the tree is as before afterwards.
  Judgement JudgeAfter(const TreeChange& change, const Look& look = {}) {
    TreeFiles changed = files_;
    change(changed);
    for (const auto& [path, bytes] : files_) {
      const auto it = changed.find(path);
      if (it == changed.end()) RemoveWithEmptyParents(path);
      if (it != changed.end() && it->second != bytes) Write(path, it->second);
    }
    for (const auto& [path, bytes] : changed) {
      if (!files_.contains(path)) Write(path, bytes);
    }
    const auto judgement = JudgeTree(root_, {});
    EXPECT_TRUE(judgement.has_value());
    if (judgement && look) look(root_, *judgement);
    for (const auto& [path, bytes] : changed) {
      if (!files_.contains(path)) RemoveWithEmptyParents(path);
    }
    for (const auto& [path, bytes] : files_) {
      const auto it = changed.find(path);
      if (it == changed.end() || it->second != bytes) Write(path, bytes);
    }
    return judgement ? *judgement : Judgement{};
  }

 private:
  void Write(const std::string& path, const std::string& bytes) {
    fs::create_directories((root_ / path).parent_path());
    std::ofstream(root_ / path, std::ios::binary) << bytes;
  }
  void RemoveWithEmptyParents(const std::string& path) {
    fs::remove(root_ / path);
    for (fs::path dir = (root_ / path).parent_path(); dir != root_ && fs::is_empty(dir);
         dir = dir.parent_path()) {
      fs::remove(dir);
    }
  }

  TreeFiles files_;
  fs::path root_;
};

// Leaves trees for tools/compare_official_checkers, where ASSAY_MUTATED_TREES says.
class KeptTrees {
 public:
  // `mutation` null: the tree is unchanged.
  void Add(const fs::path& root, const Judgement& judgement, const TreeMutation* mutation) {
    if (where_ == nullptr) return;
    const std::string tree = fmt::format("tree_{:03}", kept_++);
    fs::copy(root, fs::path(where_) / tree, fs::copy_options::recursive);
    const Silence* silence = mutation == nullptr ? nullptr : SilenceOn(*mutation);
    std::ofstream(fs::path(where_) / "index.jsonl", std::ios::app)
        << ToJsonLine(Json{{"tree", tree},
                           {"name", mutation == nullptr ? "unchanged" : mutation->name},
                           {"errors", Errors(judgement)},
                           {"alone", mutation == nullptr || mutation->alone},
                           {"silent", silence == nullptr ? "" : silence->why}})
        << '\n';
  }

 private:
  // Nobody sets it while the test runs.
  const char* where_ = std::getenv("ASSAY_MUTATED_TREES");  // NOLINT(concurrency-mt-unsafe)
  std::size_t kept_ = 0;
};

constexpr const char* kPackage = "tests/data/submissions/v6.1-closed-datacenter";

TreeFiles ReadTree(const fs::path& root) {
  TreeFiles files;
  for (const auto& entry : fs::recursive_directory_iterator(root)) {
    if (!entry.is_regular_file()) continue;
    const auto bytes = ReadFile(entry.path());
    if (bytes) files[entry.path().lexically_relative(root).string()] = *bytes;
  }
  return files;
}

std::string Listed(const Judgement& judgement) {
  std::string text;
  for (const Finding& f : judgement.findings) {
    if (f.severity == Severity::kNote) continue;
    text += fmt::format("{} {} {}: {}\n", f.rule, f.file, f.message, f.found);
  }
  return text;
}

TEST(JudgeTree, FindsNothingInTheValidTreeOfEveryRound) {
  for (const RoundRules& round : AllRounds()) {
    if (round.layout != TreeLayout::kV6) continue;
    Tree tree(ValidTree(round));
    const Judgement judgement = tree.JudgeAfter([](TreeFiles&) {});
    EXPECT_EQ(judgement.verdict, Verdict::kValid) << round.name;
    EXPECT_EQ(Listed(judgement), "") << round.name;
    ASSERT_EQ(judgement.results.size(), 3U);
    EXPECT_EQ(judgement.results[0].scenario, "Interactive");
    EXPECT_EQ(judgement.results[1].value, 2560.0);
    EXPECT_EQ(judgement.results[1].submitter, "ACME");
  }
}

// Findings of a rule with a severity.
std::ptrdiff_t Count(const Judgement& judgement, const TreeMutation& mutation) {
  return std::count_if(judgement.findings.begin(), judgement.findings.end(), [&](const Finding& f) {
    return f.rule == mutation.rule->id && f.severity == mutation.severity;
  });
}

// An error or a warning without a fix leaves its reader alone.
void ExpectFixes(const Judgement& judgement, const std::string& name) {
  for (const Finding& finding : judgement.findings) {
    if (finding.severity == Severity::kNote) continue;
    EXPECT_NE(finding.fix, "") << name << ": " << finding.rule << ": " << finding.message;
  }
}

// Each change brings the finding that it should, and errors only where it should.
void FindsEverySingleChange(const TreeFiles& files) {
  Tree tree(files);
  const std::vector<TreeMutation> mutations = MutationsOf(files);
  EXPECT_GE(mutations.size(), 150U);
  KeptTrees kept;
  const auto keep = [&kept](const TreeMutation* mutation) {
    return [&kept, mutation](const fs::path& root, const Judgement& judgement) {
      kept.Add(root, judgement, mutation);
    };
  };
  const Judgement base = tree.JudgeAfter([](TreeFiles&) {}, keep(nullptr));
  for (const TreeMutation& mutation : mutations) {
    const Judgement judgement = tree.JudgeAfter(mutation.change, keep(&mutation));
    ExpectFixes(judgement, mutation.name);
    EXPECT_GT(Count(judgement, mutation), Count(base, mutation))
        << mutation.name << " should break " << mutation.rule->id << "; found:\n"
        << Listed(judgement);
    if (!mutation.alone) continue;
    EXPECT_EQ(Errors(judgement) > Errors(base), mutation.severity == Severity::kError)
        << mutation.name << "\n"
        << Listed(judgement);
  }
}

TEST(JudgeTree, FindsEverySingleChange) {
  FindsEverySingleChange(ValidTree(RulesOf(Round::kV61)));
}

// A package of assay submission build, from LoadGen's own logs of runs of the scripted engine:
// tools/rehearse_submission made it. It tells itself that data set and model are not the
// benchmark's; nothing else is wrong with it.
TEST(JudgeTree, FindsEverySingleChangeToAPackage) {
  const TreeFiles package = ReadTree(fs::path(ASSAY_SOURCE_DIR) / kPackage);
  ASSERT_FALSE(package.empty());
  std::set<std::string> errors;
  for (const Finding& finding : Tree(package).JudgeAfter([](TreeFiles&) {}).findings) {
    if (finding.severity == Severity::kError) errors.insert(finding.rule);
    EXPECT_NE(finding.severity, Severity::kWarning) << finding.rule << ": " << finding.message;
  }
  EXPECT_THAT(errors, ::testing::UnorderedElementsAre(rule::kDatasetIdentity.id, rule::kModel.id));
  FindsEverySingleChange(package);
}

// tools/compare_official_checkers compares these with what the checkers do.
TEST(JudgeTree, EverySilenceOfTheOfficialCheckersIsOneOfSomeChange) {
  const auto page = ReadFile(fs::path(ASSAY_SOURCE_DIR) / "docs" / "rules.md");
  ASSERT_TRUE(page.has_value());
  const std::vector<TreeMutation> mutations =
      MutationsOf(ReadTree(fs::path(ASSAY_SOURCE_DIR) / kPackage));
  for (const Silence& silence : Silences()) {
    EXPECT_TRUE(
        std::any_of(mutations.begin(), mutations.end(),
                    [&](const TreeMutation& mutation) { return SilenceOn(mutation) == &silence; }))
        << silence.rule->id << " " << silence.part;
    EXPECT_NE(page->find(fmt::format("| `{}` | {} |", silence.rule->id, silence.why)),
              std::string::npos)
        << "docs/rules.md does not tell " << silence.rule->id << ": " << silence.why;
  }
}

TEST(JudgeTree, AResultOfAnEndpointIsNamedAndNotJudged) {
  Tree tree(ValidTree(RulesOf(Round::kV61)));
  const Judgement judgement = tree.JudgeAfter([](TreeFiles& files) {
    std::erase_if(
        files, [](const auto& file) { return file.first.starts_with(kResults + "Interactive/"); });
    files[kResults + "Interactive/config.yaml"] = "type: online\n";
    files[kResults + "Interactive/performance/result_summary.json"] = "{}\n";
  });
  ASSERT_EQ(judgement.results.size(), 3U);
  EXPECT_EQ(judgement.results[0].scenario, "Interactive");
  EXPECT_EQ(judgement.results[0].verdict, Verdict::kNotComparable);
  EXPECT_EQ(judgement.results[0].value, std::nullopt);
  EXPECT_EQ(judgement.results[1].verdict, Verdict::kValid);
  EXPECT_EQ(judgement.verdict, Verdict::kNotComparable) << Listed(judgement);
}

// The fifteen published results: their figures as the rules' page prints them.
TEST(JudgeTree, PublishedResultsAreReproduced) {
  const fs::path shared(ASSAY_SHARED_DIR);
  const auto page = ReadFile(shared / "spec" / "benchmark-rules.md");
  if (!page || !fs::is_directory(shared / "data" / "results-v5.1")) {
    GTEST_SKIP() << "needs " << (shared / "data" / "results-v5.1").string();
  }
  const auto judgement = JudgeTree(shared / "data" / "results-v5.1", {});
  ASSERT_TRUE(judgement.has_value());
  ASSERT_EQ(judgement->results.size(), 15U);
  for (const JudgedResult& result : judgement->results) {
    const bool incomplete = result.submitter == "GATEOverflow";
    EXPECT_EQ(result.verdict, incomplete ? Verdict::kInvalid : Verdict::kValid) << result.system;
    std::string spelt = incomplete ? "offline" : result.scenario;
    const std::regex row(
        fmt::format(R"(\| 5.1-[0-9]+ \| {} \| {} \| {} \| [^|]+ \| {} \|(?: [0-9.]+ \|){{6}} )"
                    R"((?:([0-9.]+)|\(p90 ([0-9.]+) ms\)) \| ([0-9.]+) \|)",
                    result.division, result.submitter, result.system, spelt));
    std::smatch match;
    ASSERT_TRUE(std::regex_search(*page, match, row)) << result.system << " " << spelt;
    if (result.scenario == "SingleStream") {
      EXPECT_NEAR(*result.value, std::stod(match[2]), 0.05) << result.system;
    } else {
      EXPECT_EQ(*result.value, std::stod(match[3])) << result.system;
    }
  }
  for (const Finding& finding : judgement->findings) {
    EXPECT_FALSE(finding.rule.starts_with("authenticity.")) << finding.file;
    EXPECT_NE(finding.rule, rule::kFigures.id) << finding.file;
    if (finding.severity == Severity::kError) {
      EXPECT_EQ(finding.rule, rule::kCoverage.id);
      EXPECT_THAT(finding.file, ::testing::HasSubstr("GATEOverflow"));
    }
  }
}

TEST(JudgeTree, APipeIsNamedAndNotWaitedFor) {
  const fs::path root = fs::path(::testing::TempDir()) / "assay_tree_with_a_pipe";
  fs::remove_all(root);
  fs::create_directories(root / kResults / "Offline");
  ASSERT_EQ(mkfifo((root / kResults / "Offline" / "user.conf").c_str(), 0600), 0);
  const auto judgement = JudgeTree(root, {});
  fs::remove_all(root);
  ASSERT_FALSE(judgement.has_value());
  EXPECT_THAT(judgement.error().message, ::testing::HasSubstr("user.conf: is a pipe"));
}

TEST(JudgeTree, AFolderWithoutResultsIsNoTree) {
  const auto judgement = JudgeTree(::testing::TempDir(), {});
  ASSERT_FALSE(judgement.has_value());
  EXPECT_THAT(judgement.error().message, ::testing::HasSubstr("no submission tree"));
}

}  // namespace
}  // namespace assay
