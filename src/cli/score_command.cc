#include "cli/score_command.h"

#include <cstdint>
#include <future>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>

#include <CLI/CLI.hpp>

#include "assay/scoring.h"
#include "assay/tokenizer.h"

#include "base/atomic_file.h"
#include "base/format.h"
#include "base/json.h"
#include "cli/exit_code.h"
#include "cli/print.h"
#include "cli/score_output.h"
#include "dataset/identity.h"
#include "dataset/references.h"
#include "record/run_directory.h"
#include "rules/run_evidence.h"
#include "run/derive.h"
#include "scoring/score_file.h"
#include "scoring/score_log.h"

namespace assay {
namespace {

struct ScoreOptions {
  std::optional<std::string> run_dir, accuracy_log, dataset, tokenizer, pairs, samples_out;
  std::optional<std::string> dtype, benchmark;
  std::string format = "text";

  [[nodiscard]] bool finds_width() const { return dtype.value_or("auto") == "auto"; }
};

Error Usage(std::string message) {
  return {ErrorCode::kInvalidArgument, std::move(message)};
}

std::string_view NameOf(TokenWidth width) {
  return width == TokenWidth::kInt32 ? "int32" : "int64";
}

// Errors: kParse if an answer could not be scored, naming the first: a mean over the rest would be
// another figure under the same name.
Result<Scored> Summarize(const LogScore& score, std::string what, const std::string& where) {
  if (!score.corpus) {
    if (score.unscored.empty()) {
      return MakeError(ErrorCode::kParse, "{}: holds no answer to score", where);
    }
    return CannotBeScored(where, score.unscored.size(), score.unscored.front());
  }
  Scored scored;
  scored.corpus = *score.corpus;
  scored.what = std::move(what);
  scored.tokens = score.tokens;
  for (const ScoredAnswer& answer : score.answers) scored.scores.push_back(answer.score);
  if (!score.repeated.empty()) {
    scored.notes.push_back(
        fmt::format("{} records repeat a sample; the first of each counts", score.repeated.size()));
  }
  if (score.empty > 0) scored.notes.push_back(fmt::format("{} answers are empty", score.empty));
  return scored;
}

Scored ScoredOf(FileScore file, std::string what) {
  Scored scored;
  scored.corpus = file.corpus;
  scored.scores = std::move(file.scores);
  scored.what = std::move(what);
  scored.cleaned_up = file.cleaned_up;
  scored.without_clean_up = file.without_clean_up;
  if (file.repeated > 0) {
    scored.notes.push_back(
        fmt::format("{} records repeat a sample (the first on line {}); the first of each counts",
                    file.repeated, file.first_repeated_line));
  }
  if (file.empty > 0) scored.notes.push_back(fmt::format("{} answers are empty", file.empty));
  return scored;
}

// As --dtype says, or as the log's bytes show.
Result<TokenWidth> WidthOf(const ScoreOptions& o) {
  std::error_code ignored;
  const bool once = fs::exists(*o.accuracy_log, ignored) &&
                    !fs::is_regular_file(*o.accuracy_log, ignored) &&
                    !fs::is_directory(*o.accuracy_log, ignored);
  if (o.finds_width() && once) {
    return Usage(fmt::format(
        "{}: can be read only once, and --dtype auto reads twice: give --dtype", *o.accuracy_log));
  }
  if (o.finds_width()) return FindTokenWidth(*o.accuracy_log);
  return *o.dtype == "int32" ? TokenWidth::kInt32 : TokenWidth::kInt64;
}

Result<Scored> ScoreLog(const ScoreOptions& o, const SampleSink& sink) {
  if (!o.dataset || !o.tokenizer) {
    return Usage("--accuracy-log needs --dataset FILE and --tokenizer PATH");
  }
  // All three take their time; the log's errors come last.
  auto loading = std::async(std::launch::async, [&o] { return LoadTokenizer(*o.tokenizer); });
  auto finding = std::async(std::launch::async, [&o] { return WidthOf(o); });
  ASSAY_ASSIGN_OR_RETURN(const Dataset dataset, LoadReferences(*o.dataset));
  ASSAY_ASSIGN_OR_RETURN(const auto tokenizer, loading.get());
  ASSAY_ASSIGN_OR_RETURN(const TokenWidth width, finding.get());
  const auto references = [&dataset](std::uint64_t index) -> std::optional<std::string_view> {
    if (index >= dataset.samples.size()) return std::nullopt;
    return dataset.samples[index].reference;
  };
  ASSAY_ASSIGN_OR_RETURN(FileScore file,
                         ScoreAccuracyLog(*o.accuracy_log, width, references, *tokenizer, sink));
  const std::uint64_t tokens = file.tokens;
  const std::optional<TokenWidth> looks_like = file.looks_like;
  Scored scored = ScoredOf(std::move(file), *o.accuracy_log);
  scored.tokens = tokens;
  scored.judged = IdentityOf(dataset).set != OfficialSet::kNone &&
                  scored.corpus.gen_num == dataset.samples.size();
  if (tokens == 0) {
    scored.notes.emplace_back("the log holds no token");
  } else if (o.finds_width()) {
    scored.notes.push_back(
        fmt::format("the data are {} integers, as their bytes show", NameOf(width)));
  } else if (looks_like != width) {
    scored.notes.push_back(fmt::format(
        "the data were read as {}, as --dtype says; {}", *o.dtype,
        looks_like ? fmt::format("their bytes look like {}", NameOf(*looks_like))
                   : "neither int32 nor int64 fits the bytes and token counts of all records"));
  }
  if (!tokenizer->identity().clean_up_from_settings) {
    scored.notes.emplace_back(
        "no tokenizer_config.json: decoded text is cleaned up, as the benchmark's own tokenizer "
        "asks for in that file");
  }
  return scored;
}

Result<Scored> ScorePairsFile(const ScoreOptions& o, const SampleSink& sink) {
  ASSAY_ASSIGN_OR_RETURN(FileScore file, ScorePairs(*o.pairs, sink));
  return ScoredOf(std::move(file), *o.pairs);
}

Result<Scored> ScoreRunDirectory(const ScoreOptions& o, const SampleSink& sink) {
  CheckOptions options;
  if (o.dataset) options.dataset = *o.dataset;
  if (o.tokenizer) options.tokenizer = *o.tokenizer;
  ASSAY_ASSIGN_OR_RETURN(const RunEvidence run, LoadRun(*o.run_dir, options));
  const TestEvidence* test = CountingTest(run);
  if (test == nullptr) {
    return MakeError(ErrorCode::kParse, "{}: no test of this run can be scored: {}", *o.run_dir,
                     run.no_score.empty() ? "none has an answer" : run.no_score);
  }
  ASSAY_ASSIGN_OR_RETURN(
      Scored scored,
      Summarize(*test->score, fmt::format("{}, {} test", *o.run_dir, TestDirectoryName(test->test)),
                test->JournalFile()));
  scored.benchmark = run.record.config.benchmark;
  for (const ScoredAnswer& answer : test->score->answers) {
    if (sink) ASSAY_RETURN_IF_ERROR(sink(SampleJson(answer)));
  }
  return scored;
}

Result<Scored> Score(const ScoreOptions& o, const SampleSink& sink) {
  const int forms = (o.run_dir ? 1 : 0) + (o.accuracy_log ? 1 : 0) + (o.pairs ? 1 : 0);
  if (forms != 1) return Usage("score takes one of: RUN_DIR, --accuracy-log FILE, --pairs FILE");
  if (o.dtype && !o.accuracy_log) return Usage("--dtype is of --accuracy-log only");
  if (o.pairs && (o.dataset || o.tokenizer)) {
    return Usage("--pairs holds the texts: it takes neither --dataset nor --tokenizer");
  }
  if (o.accuracy_log) return ScoreLog(o, sink);
  return o.pairs ? ScorePairsFile(o, sink) : ScoreRunDirectory(o, sink);
}

Result<Scored> ScoreAndWriteSamples(const ScoreOptions& o) {
  if (!o.samples_out) return Score(o, nullptr);
  ASSAY_ASSIGN_OR_RETURN(AtomicFile out, AtomicFile::Create(*o.samples_out));
  ASSAY_ASSIGN_OR_RETURN(Scored scored, Score(o, [&out](const Json& sample) {
                           return out.Write(ToJsonLine(sample) + "\n");
                         }));
  ASSAY_RETURN_IF_ERROR(out.Commit());
  return scored;
}

int RunScore(const ScoreOptions& o) {
  std::optional<BenchmarkId> asked;
  if (o.benchmark) {
    const Result<BenchmarkId> benchmark = ParseBenchmark(*o.benchmark);
    if (!benchmark) return Fail(benchmark.error());
    asked = *benchmark;
  }
  const Result<Scored> scored = ScoreAndWriteSamples(o);
  if (!scored) return Fail(scored.error());
  const BenchmarkId benchmark =
      asked.value_or(scored->benchmark.value_or(BenchmarkId::kLlama31_8b));
  Print("{}", o.format == "json" ? ToPrettyJson(ScoreJson(*scored, benchmark))
                                 : ScoreText(*scored, benchmark));
  return kExitDone;
}

}  // namespace

void AddScoreCommand(CLI::App& app, int& code) {
  CLI::App* score =
      app.add_subcommand("score", "Scores of a run, an accuracy log, or pairs of texts");
  const auto o = std::make_shared<ScoreOptions>();
  score->add_option("run_dir", o->run_dir, "A run directory");
  score->add_option("--accuracy-log", o->accuracy_log, "mlperf_log_accuracy.json");
  score->add_option("--dataset", o->dataset, "The data set with the references");
  score->add_option("--tokenizer", o->tokenizer, "Tokenizer file or folder");
  score->add_option("--dtype", o->dtype, "Integers in the log: auto (default), int32, int64")
      ->check(CLI::IsMember({"auto", "int32", "int64"}));
  score->add_option("--pairs", o->pairs, "JSON lines with \"prediction\" and \"reference\"");
  score->add_option(
      "--benchmark", o->benchmark,
      "Whose limits: llama3.1-8b, llama3.1-8b-edge (default: the run's, or llama3.1-8b)");
  score->add_option("--samples-out", o->samples_out, "Write a JSON line per sample");
  score->add_option("--format", o->format, "text (default) or json")
      ->check(CLI::IsMember({"text", "json"}));
  score->callback([o, &code] { code = RunScore(*o); });
}

}  // namespace assay
