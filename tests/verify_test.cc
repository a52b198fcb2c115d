// assay verify: a true run, and forged ones. Three kinds of forger: one who edits a file; one who
// makes the manifest fit again; one who also remakes every derived file from the forged record.

#include <filesystem>
#include <fstream>
#include <functional>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include "base/file.h"
#include "base/hash.h"
#include "base/json.h"
#include "record/run_directory.h"
#include "tests/process.h"
#include "tokenizer/small_tokenizer.h"

namespace assay {
namespace {

using testing::HasSubstr;
using testing::Not;
using testing_support::Ended;
using testing_support::RunProcess;

enum class Forger { kEditsAFile, kMakesTheManifestFit, kRemakesWhatFollows };

struct Forgery {
  const char* name;
  Forger forger;
  std::function<void(const fs::path&)> forge;
  const char* file;   // that the first discrepancy names
  const char* where;  // part of its place; "" for the file as a whole
};

std::string Bytes(const fs::path& path) {
  const auto bytes = ReadFile(path);
  EXPECT_TRUE(bytes.has_value()) << path;
  return bytes ? *bytes : "";
}

void Write(const fs::path& path, const std::string& bytes) {
  ASSERT_TRUE(WriteFileAtomically(path, bytes).has_value());
}

std::vector<std::string> LinesOf(const fs::path& path) {
  std::vector<std::string> lines;
  std::ifstream in(path);
  for (std::string line; std::getline(in, line);) lines.push_back(line);
  return lines;
}

void WriteLines(const fs::path& path, const std::vector<std::string>& lines) {
  std::string bytes;
  for (const std::string& line : lines) bytes += line + "\n";
  Write(path, bytes);
}

// Replaces the first `from`, which must be there.
void Replace(const fs::path& path, const std::string& from, const std::string& to) {
  std::string bytes = Bytes(path);
  const std::size_t at = bytes.find(from);
  ASSERT_NE(at, std::string::npos) << path << " has no " << from;
  Write(path, bytes.replace(at, from.size(), to));
}

void EditJson(const fs::path& path, const std::function<void(Json&)>& edit) {
  Json json = *ParseJson(Bytes(path), path.string());
  edit(json);
  Write(path, ToPrettyJson(json));
}

// Edits the journal line at `position` as JSON; the line stays one that the writer could write.
void EditRequest(const fs::path& journal, std::size_t position,
                 const std::function<void(Json&)>& edit) {
  std::vector<std::string> lines = LinesOf(journal);
  ASSERT_LT(position, lines.size());
  Json json = *ParseJson(lines[position], "line");
  edit(json);
  lines[position] = ToJsonLine(json);
  WriteLines(journal, lines);
}

void AddTo(Json& object, const char* key, std::int64_t amount) {
  object[key] = object[key].get<std::int64_t>() + amount;
}

// The value of `key` in LoadGen's detail log becomes `value`.
void SetLogged(const fs::path& log, const std::string& key, const std::string& value) {
  std::vector<std::string> lines = LinesOf(log);
  for (std::string& line : lines) {
    const std::string head = "\"key\": \"" + key + "\", \"value\": ";
    const std::size_t at = line.find(head);
    if (at == std::string::npos) continue;
    const std::size_t begin = at + head.size();
    line.replace(begin, line.find(", \"time_ms\"", begin) - begin, value);
    WriteLines(log, lines);
    return;
  }
  FAIL() << log << " has no " << key;
}

// "Min latency (ns)                : 1" with another value.
void SetSummary(const fs::path& summary, const std::string& name, const std::string& value) {
  std::vector<std::string> lines = LinesOf(summary);
  for (std::string& line : lines) {
    if (!line.starts_with(name)) continue;
    line.replace(line.find(':'), std::string::npos, ": " + value);
    WriteLines(summary, lines);
    return;
  }
  FAIL() << summary << " has no " << name;
}

// Moves an answer 30 ms back, with or without the times at which LoadGen was told of it.
void Earlier(Json& request, bool told_too) {
  for (const char* key : {"first_token_ns", "last_token_ns", "done_ns"}) {
    AddTo(request, key, -30'000'000);
  }
  std::vector<const char*> lists{"chunk_ns"};
  if (told_too) lists.insert(lists.end(), {"told_first_ns", "told_done_ns"});
  for (const char* list : lists) {
    for (Json& time : request[list]) time = time.get<std::int64_t>() - 30'000'000;
  }
}

class Verify : public testing::Test {
 protected:
  static void SetUpTestSuite() {
    base_ = fs::path(testing::TempDir()) / ("assay_verify_test_" + std::to_string(getpid()));
    fs::remove_all(base_);
    fs::create_directories(base_);
    Write(base_ / "script.json", R"({"ttft_ms":60,"tpot_ms":1,"generated":{"tokens":[8,16]}})");
    for (const std::string scenario : {"offline", "server"}) {
      const Ended run =
          RunProcess({ASSAY_BINARY, "run", "--script", "script.json", "--scenario", scenario,
                      "--target-qps", "50", "--samples", "12", "--output", scenario, "--quiet"},
                     base_.string());
      ASSERT_EQ(run.exit_code, 0) << run.err << run.out;
    }
  }
  static void TearDownTestSuite() { fs::remove_all(base_); }

  static Ended Assay(const std::vector<std::string>& arguments) {
    std::vector<std::string> words{ASSAY_BINARY};
    words.insert(words.end(), arguments.begin(), arguments.end());
    return RunProcess(words, base_.string());
  }

  static fs::path Copy(const std::string& scenario, const std::string& name) {
    fs::remove_all(base_ / name);
    fs::copy(base_ / scenario, base_ / name, fs::copy_options::recursive);
    return base_ / name;
  }

  static void Finish(const fs::path& dir, Forger forger) {
    if (forger == Forger::kEditsAFile) return;
    fs::remove(dir / "manifest.json");
    ASSERT_TRUE(WriteManifest(dir).has_value());
    if (forger == Forger::kRemakesWhatFollows) Assay({"report", dir.string()});
  }

  static void ExpectCaught(const std::string& scenario, const std::vector<Forgery>& forgeries) {
    for (const Forgery& forgery : forgeries) {
      SCOPED_TRACE(forgery.name);
      const fs::path dir = Copy(scenario, "forged");
      forgery.forge(dir);
      Finish(dir, forgery.forger);
      const Ended verify = Assay({"verify", "forged", "--format", "json"});
      EXPECT_EQ(verify.exit_code, 1) << verify.out << verify.err;
      const auto json = ParseJson(verify.out, "stdout");
      ASSERT_TRUE(json.has_value());
      ASSERT_FALSE((*json)["discrepancies"].empty());
      const Json& first = (*json)["discrepancies"][0];
      EXPECT_EQ(first["file"], forgery.file) << first;
      EXPECT_THAT(first["where"].get<std::string>(), HasSubstr(forgery.where)) << first;
    }
  }

  static fs::path base_;
};

fs::path Verify::base_;

TEST_F(Verify, ATrueRunFollowsWhereverItLies) {
  for (const std::string scenario : {"offline", "server"}) {
    const Ended verify = Assay({"verify", scenario});
    EXPECT_EQ(verify.exit_code, 0) << verify.out << verify.err;
    EXPECT_THAT(verify.out, HasSubstr("every number follows"));
    Copy(scenario, "moved");
    const Ended moved = Assay({"verify", "moved", "--format", "json"});
    EXPECT_EQ(moved.exit_code, 0) << moved.out << moved.err;
    EXPECT_EQ((*ParseJson(moved.out, "stdout"))["answer"], "follows");
  }
}

// What cannot be read is named as the run's directory has it, wherever that is.
TEST_F(Verify, ACutRunFollowsWhereverItLies) {
  const fs::path dir = Copy("offline", "cut");
  const fs::path log = dir / "performance" / "mlperf_log_accuracy.json";
  fs::resize_file(log, fs::file_size(log) / 2);
  Finish(dir, Forger::kRemakesWhatFollows);  // by another path than the next ones
  EXPECT_THAT(Bytes(dir / "report.json"),
              HasSubstr("\"found\": \"performance/mlperf_log_accuracy.json:"));
  fs::remove_all(base_ / "elsewhere");
  fs::copy(dir, base_ / "elsewhere", fs::copy_options::recursive);
  for (const std::string path : {"cut", "./cut/", "elsewhere", dir.c_str()}) {
    const Ended verify = Assay({"verify", path});
    EXPECT_THAT(verify.out, Not(HasSubstr("verdict.json"))) << path << verify.out;
    EXPECT_THAT(verify.out, Not(HasSubstr("report.json"))) << path << verify.out;
  }
}

TEST_F(Verify, ATestThatDiedBeforeLoadgenWroteAnythingIsNoForgery) {
  Write(
      base_ / "crash.json",
      R"({"ttft_ms":1,"tpot_ms":1,"generated":{"tokens":[1,20]},)"
      R"("answers":[{"index":2,"text":"one two three","fault":"crash","fault_after_tokens":2}]})");
  const Ended run =
      Assay({"run", "--script", "crash.json", "--samples", "5", "--output", "crashed", "--quiet"});
  EXPECT_NE(run.exit_code, 0);
  const Ended verify = Assay({"verify", "crashed"});
  EXPECT_EQ(verify.exit_code, 0) << verify.out << verify.err;
}

TEST_F(Verify, AnotherDataSetOrTokenizerThanTheRunsIsRefused) {
  const std::string source = ASSAY_SOURCE_DIR;
  const Ended own =
      Assay({"score", "offline", "--dataset", source + "/data/sample/articles.jsonl"});
  EXPECT_EQ(own.exit_code, 0) << own.err;
  Write(base_ / "other.jsonl", [&] {
    std::string bytes = Bytes(source + "/data/sample/articles.jsonl");
    return bytes.replace(bytes.rfind("\"highlights\": \"") + 15, 0, "Also: ");
  }());
  const Ended other = Assay({"score", "offline", "--dataset", "other.jsonl"});
  EXPECT_EQ(other.exit_code, 0) << "the run did not ask the last sample" << other.err;
  std::vector<std::string> lines = LinesOf(source + "/data/sample/articles.jsonl");
  std::swap(lines[0], lines[1]);
  WriteLines(base_ / "other.jsonl", lines);
  for (const std::string verb : {"score", "check"}) {
    const Ended swapped = Assay({verb, "offline", "--dataset", "other.jsonl"});
    EXPECT_EQ(swapped.exit_code, 3) << swapped.out;
    EXPECT_THAT(swapped.err, HasSubstr("other.jsonl: is not the data set of the run: sample 0"));
  }
  Write(base_ / "tokenizer.json", ToJsonLine(tok::SmallTokenizer({})));
  const Ended tokenizer = Assay({"score", "offline", "--tokenizer", "tokenizer.json"});
  EXPECT_EQ(tokenizer.exit_code, 3) << tokenizer.out;
  EXPECT_THAT(tokenizer.err, HasSubstr("tokenizer.json: is not the run's tokenizer"));
  const auto run = *ParseJson(Bytes(base_ / "offline" / "run.json"), "run.json");
  fs::create_directories(base_ / "settings");
  fs::create_symlink(run["tokenizer"]["path"].get<std::string>(), base_ / "settings" / "own.gguf");
  EXPECT_EQ(Assay({"score", "offline", "--tokenizer", "settings"}).exit_code, 0);
  Write(base_ / "settings" / "tokenizer_config.json", "{}");
  const Ended settings = Assay({"score", "offline", "--tokenizer", "settings"});
  EXPECT_EQ(settings.exit_code, 3) << settings.out;
  EXPECT_THAT(settings.err, HasSubstr("settings/tokenizer_config.json: is not what stood beside"));
}

TEST_F(Verify, WritesNothing) {
  const fs::path dir = Copy("offline", "untouched");
  std::vector<std::pair<std::string, std::string>> before;
  for (const auto& entry : fs::recursive_directory_iterator(dir)) {
    if (entry.is_regular_file()) before.emplace_back(entry.path(), *Sha256OfFile(entry.path()));
  }
  Assay({"verify", "untouched"});
  std::size_t files = 0;
  for (const auto& entry : fs::recursive_directory_iterator(dir)) files += entry.is_regular_file();
  EXPECT_EQ(files, before.size());
  for (const auto& [path, hash] : before) EXPECT_EQ(*Sha256OfFile(path), hash) << path;
}

TEST_F(Verify, EditedDerivedFilesAreNamedWithPlaceAndBothValues) {
  ExpectCaught(
      "offline",
      {{"a score", Forger::kEditsAFile,
        [](const fs::path& d) { EditJson(d / "score.json", [](Json& j) { j["rouge1"] = "99"; }); },
        "score.json", "/rouge1"},
       {"a sample's score", Forger::kEditsAFile,
        [](const fs::path& d) {
          std::vector<std::string> lines = LinesOf(d / "samples.jsonl");
          Json json = *ParseJson(lines[4], "line");
          json["rougeL"] = 0.5;
          lines[4] = ToJsonLine(json);
          WriteLines(d / "samples.jsonl", lines);
        },
        "samples.jsonl", "line 5 /rougeL"},
       {"a sample left out", Forger::kEditsAFile,
        [](const fs::path& d) {
          std::vector<std::string> lines = LinesOf(d / "samples.jsonl");
          lines.pop_back();
          WriteLines(d / "samples.jsonl", lines);
        },
        "samples.jsonl", "line 12"},
       {"a metric's last digit", Forger::kEditsAFile,
        [](const fs::path& d) {
          EditJson(d / "metrics.json", [](Json& j) {
            j["mean_ttft_ms"] = std::nextafter(j["mean_ttft_ms"].get<double>(), 0.0);
          });
        },
        "metrics.json", "/mean_ttft_ms"},
       {"a metric taken away", Forger::kEditsAFile,
        [](const fs::path& d) { EditJson(d / "metrics.json", [](Json& j) { j.erase("failed"); }); },
        "metrics.json", "/failed"},
       {"the verdict", Forger::kEditsAFile,
        [](const fs::path& d) {
          EditJson(d / "verdict.json", [](Json& j) { j["verdict"] = "valid"; });
        },
        "verdict.json", "/verdict"},
       {"a finding left out", Forger::kEditsAFile,
        [](const fs::path& d) {
          EditJson(d / "verdict.json", [](Json& j) { j["findings"].erase(0); });
        },
        "verdict.json", "/findings/0"},
       {"a number in report.txt", Forger::kEditsAFile,
        [](const fs::path& d) { Replace(d / "report.txt", "12", "13"); }, "report.txt", "line"},
       {"a word in report.md", Forger::kEditsAFile,
        [](const fs::path& d) { Replace(d / "report.md", "ot comparable", "ow comparable"); },
        "report.md", "line"},
       {"a figure in report.html", Forger::kEditsAFile,
        [](const fs::path& d) { Replace(d / "report.html", "12 completed", "13 completed"); },
        "report.html", "line"},
       {"report.json", Forger::kEditsAFile,
        [](const fs::path& d) {
          EditJson(d / "report.json", [](Json& j) { j["tests"][0]["metrics"]["completed"] = 13; });
        },
        "report.json", "/tests/0/metrics/completed"},
       {"no verdict at all", Forger::kEditsAFile,
        [](const fs::path& d) { fs::remove(d / "verdict.json"); }, "verdict.json", ""}});
}

TEST_F(Verify, EditedRecordsDoNotFitTheManifest) {
  ExpectCaught(
      "offline",
      {{"a journal time", Forger::kEditsAFile,
        [](const fs::path& d) {
          EditRequest(d / "performance/requests.jsonl", 3, [](Json& r) { AddTo(r, "done_ns", 1); });
        },
        "performance/requests.jsonl", ""},
       {"a journal line deleted", Forger::kEditsAFile,
        [](const fs::path& d) {
          std::vector<std::string> lines = LinesOf(d / "performance/requests.jsonl");
          lines.erase(lines.begin() + 2);
          WriteLines(d / "performance/requests.jsonl", lines);
        },
        "performance/requests.jsonl", ""},
       {"two tests' journals swapped", Forger::kEditsAFile,
        [](const fs::path& d) {
          fs::rename(d / "performance/requests.jsonl", d / "keep");
          fs::rename(d / "accuracy/requests.jsonl", d / "performance/requests.jsonl");
          fs::rename(d / "keep", d / "accuracy/requests.jsonl");
        },
        "accuracy/requests.jsonl", ""},
       {"LoadGen's summary", Forger::kEditsAFile,
        [](const fs::path& d) {
          SetSummary(d / "performance/mlperf_log_summary.txt", "Samples per second", "999");
        },
        "performance/mlperf_log_summary.txt", ""},
       {"a file missing", Forger::kEditsAFile,
        [](const fs::path& d) { fs::remove(d / "performance/mlperf_log_accuracy.json"); },
        "performance/mlperf_log_accuracy.json", ""},
       {"a file added", Forger::kEditsAFile,
        [](const fs::path& d) { Write(d / "performance/notes.txt", "all good"); },
        "performance/notes.txt", ""},
       {"a hash in the manifest", Forger::kEditsAFile,
        [](const fs::path& d) {
          EditJson(d / "manifest.json",
                   [](Json& j) { j["files"]["run.json"]["sha256"] = std::string(64, '0'); });
        },
        "run.json", ""},
       {"the manifest taken away", Forger::kEditsAFile,
        [](const fs::path& d) { fs::remove(d / "manifest.json"); }, "manifest.json", ""}});
}

TEST_F(Verify, AManifestThatFitsLeavesTheDerivedFilesBehind) {
  ExpectCaught("offline", {{"an end time within LoadGen's tolerance", Forger::kMakesTheManifestFit,
                            [](const fs::path& d) {
                              EditRequest(d / "performance/requests.jsonl", 3,
                                          [](Json& r) { AddTo(r, "done_ns", 1); });
                            },
                            "metrics.json", "e2el"}});
}

TEST_F(Verify, AnswersThatLoadgenWasToldOfMuchLaterAreOpen) {
  const fs::path dir = Copy("offline", "forged");
  EditRequest(dir / "performance/requests.jsonl", 3, [](Json& r) { Earlier(r, false); });
  Finish(dir, Forger::kRemakesWhatFollows);
  const Ended verify = Assay({"verify", "forged", "--format", "json"});
  EXPECT_EQ(verify.exit_code, 3) << verify.out << verify.err;
  EXPECT_THAT(verify.out, HasSubstr("LoadGen was told up to 30."));
}

TEST_F(Verify, AForgerOfTheWholeDirectoryMeetsWhatTheRecordSaysTwice) {
  const auto remade = Forger::kRemakesWhatFollows;
  ExpectCaught(
      "offline",
      {{"all answers earlier by half", remade,
        [](const fs::path& d) {
          for (std::size_t i = 0; i < 12; ++i) {
            EditRequest(d / "performance/requests.jsonl", i, [](Json& r) { Earlier(r, true); });
          }
        },
        "performance/mlperf_log_detail.txt", "result_"},
       {"one token's time", remade,
        [](const fs::path& d) {
          EditRequest(d / "performance/requests.jsonl", 3,
                      [](Json& r) { AddTo(r, "first_token_ns", -5'000'000); });
        },
        "performance/requests.jsonl", "line 4 /first_token_ns"},
       {"a token id in the accuracy test's journal", remade,
        [](const fs::path& d) {
          EditRequest(d / "accuracy/requests.jsonl", 3, [](Json& r) { r["token_ids"][2] = 100; });
        },
        "accuracy/mlperf_log_accuracy.json", "seq_id"},
       {"an answer in the accuracy log", remade,
        [](const fs::path& d) {
          Replace(d / "accuracy/mlperf_log_accuracy.json", "\"data\" : \"C435",
                  "\"data\" : \"C535");
        },
        "accuracy/mlperf_log_accuracy.json", "seq_id"},
       {"n_tokens against the ids", remade,
        [](const fs::path& d) {
          EditRequest(d / "performance/requests.jsonl", 0,
                      [](Json& r) { AddTo(r, "n_tokens", 5); });
        },
        "performance/requests.jsonl", "line 1 byte"},
       {"more tokens, with chunks that fit", remade,
        [](const fs::path& d) {
          EditRequest(d / "performance/requests.jsonl", 1, [](Json& r) {
            r["token_ids"].push_back(100);
            AddTo(r, "n_tokens", 1);
            r["chunk_tokens"][1] = 2;
          });
        },
        "performance/mlperf_log_detail.txt", "result_tokens_per_second"},
       {"a line left out", remade,
        [](const fs::path& d) {
          std::vector<std::string> lines = LinesOf(d / "performance/requests.jsonl");
          lines.erase(lines.begin() + 5);
          WriteLines(d / "performance/requests.jsonl", lines);
        },
        "performance/requests.jsonl", "id "},
       {"a line twice", remade,
        [](const fs::path& d) {
          std::vector<std::string> lines = LinesOf(d / "performance/requests.jsonl");
          lines.push_back(lines.front());
          WriteLines(d / "performance/requests.jsonl", lines);
        },
        "performance/requests.jsonl", "line 13 /id"},
       {"another sample", remade,
        [](const fs::path& d) {
          EditRequest(d / "performance/requests.jsonl", 0,
                      [](Json& r) { r["sample_index"] = (r["sample_index"].get<int>() + 1) % 12; });
        },
        "performance/requests.jsonl", "line 1 /"},
       {"another article", remade,
        [](const fs::path& d) { Replace(d / "inputs/samples.jsonl", "the ", "tho "); },
        "inputs/samples.jsonl", "/sha256"},
       {"another reference, hashed again", remade,
        [](const fs::path& d) {
          EditRequest(d / "inputs/samples.jsonl", 0, [](Json& s) {
            s["reference"] = "What the model said.";
            s["sha256"] = Sha256Hex(s["article"].get<std::string>() + '\0' +
                                    s["reference"].get<std::string>());
          });
        },
        "inputs/samples.jsonl", "/sha256"},
       {"the official data set's name", remade,
        [](const fs::path& d) {
          EditJson(d / "run.json",
                   [](Json& j) { j["dataset"]["identity"] = "cnn_dailymail-validation-13368"; });
        },
        "run.json", "/dataset/identity"},
       {"another engine", remade,
        [](const fs::path& d) {
          EditJson(d / "run.json", [](Json& j) { j["config"]["engine"] = "llama"; });
        },
        "run.json", "/config/engine"},
       {"another scenario", remade,
        [](const fs::path& d) {
          EditJson(d / "run.json", [](Json& j) { j["config"]["scenario"] = "server"; });
        },
        "run.json", "/config/scenario"},
       {"a run that ended before it began", remade,
        [](const fs::path& d) {
          EditJson(d / "run.json", [](Json& j) { j["ended_utc"] = j["started_utc"]; });
          EditJson(d / "run.json", [](Json& j) { j["started_utc"] = "2126-01-01T00:00:00Z"; });
        },
        "performance/test.json", "/clocks_start"},
       {"a throughput in the detail log alone", remade,
        [](const fs::path& d) {
          SetLogged(d / "performance/mlperf_log_detail.txt", "result_samples_per_second", "9999");
        },
        "performance/mlperf_log_summary.txt", "Samples per second"},
       {"a throughput in both of LoadGen's logs", remade,
        [](const fs::path& d) {
          SetLogged(d / "performance/mlperf_log_detail.txt", "result_samples_per_second", "9999");
          SetSummary(d / "performance/mlperf_log_summary.txt", "Samples per second", "9999");
        },
        "performance/mlperf_log_detail.txt", "result_samples_per_second"},
       {"a seed", remade,
        [](const fs::path& d) {
          SetLogged(d / "performance/mlperf_log_detail.txt", "effective_qsl_rng_seed", "1");
        },
        "performance/requests.jsonl", "/sample_index"},
       {"LoadGen's settings", remade,
        [](const fs::path& d) {
          EditJson(d / "performance/test.json",
                   [](Json& j) { j["loadgen_settings"]["min_duration_ms"] = 600000; });
        },
        "performance/test.json", "/loadgen_settings/min_duration_ms"},
       {"a count", remade,
        [](const fs::path& d) {
          EditJson(d / "performance/test.json", [](Json& j) { j["completed"] = 13; });
        },
        "performance/test.json", "/completed"}});
}

TEST_F(Verify, AForgedScheduleDoesNotFollowFromTheSeeds) {
  ExpectCaught("server", {{"an offset", Forger::kRemakesWhatFollows,
                           [](const fs::path& d) {
                             EditRequest(d / "performance/requests.jsonl", 4, [](Json& r) {
                               AddTo(r, "offset_ns", 1000);
                               AddTo(r, "scheduled_ns", 1000);
                             });
                           },
                           "performance/requests.jsonl", "offset_ns"},
                          {"a scheduled time", Forger::kRemakesWhatFollows,
                           [](const fs::path& d) {
                             EditRequest(d / "performance/requests.jsonl", 4,
                                         [](Json& r) { AddTo(r, "scheduled_ns", 1000); });
                           },
                           "performance/requests.jsonl", "line 5 /scheduled_ns"}});
}

TEST_F(Verify, WhatCannotBeRecomputedIsSaid) {
  const Ended run = Assay({"run", "--script", "script.json", "--samples", "4", "--output", "hashes",
                           "--no-inputs", "--quiet"});
  ASSERT_EQ(run.exit_code, 0) << run.err;
  const Ended verify = Assay({"verify", "hashes"});
  EXPECT_EQ(verify.exit_code, 0) << verify.out;
  EXPECT_THAT(verify.out, HasSubstr("kept only hashes"));

  const fs::path dir = Copy("offline", "no_tokenizer");
  EditJson(dir / "run.json", [](Json& j) { j["tokenizer"]["path"] = "/nowhere/tokenizer.json"; });
  Finish(dir, Forger::kMakesTheManifestFit);
  const Ended open = Assay({"verify", "no_tokenizer"});
  EXPECT_EQ(open.exit_code, 3) << open.out;
  EXPECT_THAT(open.out, HasSubstr("OPEN"));
  EXPECT_THAT(open.out, HasSubstr("score.json: it needs the run's tokenizer"));
}

TEST_F(Verify, AnotherVersionIsSaid) {
  const fs::path dir = Copy("offline", "other_version");
  EditJson(dir / "run.json", [](Json& j) { j["assay_version"] = "0.0.9"; });
  Finish(dir, Forger::kRemakesWhatFollows);
  const Ended verify = Assay({"verify", "other_version"});
  EXPECT_EQ(verify.exit_code, 0) << verify.out;
  EXPECT_THAT(verify.out, HasSubstr("the run was made by 0.0.9"));
}

TEST_F(Verify, ExitCodesOfWhatIsNoRun) {
  EXPECT_EQ(Assay({"verify", "nowhere"}).exit_code, 2);
  fs::create_directories(base_ / "empty");
  EXPECT_EQ(Assay({"verify", "empty"}).exit_code, 3);
}

TEST_F(Verify, WhatTest06SaysFollowsFromItsLog) {
  const Ended run = Assay({"run", "--script", "script.json", "--samples", "12", "--mode",
                           "compliance", "--output", "compliance", "--quiet"});
  ASSERT_EQ(run.exit_code, 0) << run.err;
  ASSERT_EQ(Assay({"verify", "compliance"}).exit_code, 0);
  const char* const text = "TEST06/verify_accuracy.txt";
  ExpectCaught("compliance",
               {{"another verification", Forger::kRemakesWhatFollows,
                 [&](const fs::path& d) { Replace(d / text, "Skipped", "True"); }, text, ""},
                {"no verification", Forger::kRemakesWhatFollows,
                 [&](const fs::path& d) { fs::remove(d / text); }, text, ""},
                {"another count of tokens", Forger::kRemakesWhatFollows,
                 [](const fs::path& d) {
                   Replace(d / "TEST06/mlperf_log_accuracy.json", "\"token_count\" : 1",
                           "\"token_count\" : 2");
                 },
                 "TEST06/mlperf_log_accuracy.json", "seq_id"}});
}

}  // namespace
}  // namespace assay
