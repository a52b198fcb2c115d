#include "cli/score_command.h"

#include <cstdio>
#include <iostream>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <CLI/CLI.hpp>

#include "assay/scoring.h"
#include "assay/tokenizer.h"

#include "base/file.h"
#include "base/format.h"
#include "base/json.h"
#include "base/utf8.h"
#include "cli/exit_code.h"
#include "dataset/dataset.h"
#include "dataset/identity.h"
#include "record/loadgen_log.h"
#include "record/run_directory.h"
#include "rules/accuracy_limits.h"
#include "rules/run_evidence.h"
#include "run/derive.h"
#include "scoring/score_log.h"

namespace assay {
namespace {

struct ScoreOptions {
  std::optional<std::string> run_dir, accuracy_log, dataset, tokenizer, pairs, samples_out;
  std::string dtype = "auto";
  std::string benchmark = "llama3.1-8b";
  std::string format = "text";
};

// What a form of the verb found, before it is shown.
struct Scored {
  CorpusScore corpus;
  std::string what;  // the heading: what was scored
  std::optional<std::uint64_t> tokens;
  std::vector<std::string> notes;  // what a reader must know beside the figures
  std::vector<Json> samples;       // lines for --samples-out
  bool judged = false;             // on the official data set at full count
};

Error Usage(std::string message) {
  return {ErrorCode::kInvalidArgument, std::move(message)};
}

Result<std::optional<TokenWidth>> WidthOf(const std::string& dtype) {
  if (dtype == "auto") return std::optional<TokenWidth>{};
  return std::optional<TokenWidth>(dtype == "int32" ? TokenWidth::kInt32 : TokenWidth::kInt64);
}

std::string Reason(const UnscoredAnswer& u) {
  return u.reason == UnscoredAnswer::Reason::kNoReference
             ? "the data set has no such sample"
             : fmt::format("an id outside the vocabulary: {}", u.detail);
}

// Errors: kParse if an answer could not be scored, naming the first: a mean over the rest would be
// another figure under the same name.
Result<Scored> Summarize(const LogScore& score, std::string what, const std::string& where) {
  if (!score.corpus) {
    if (score.unscored.empty()) {
      return MakeError(ErrorCode::kParse, "{}: holds no answer to score", where);
    }
    const UnscoredAnswer& first = score.unscored.front();
    return MakeError(ErrorCode::kParse,
                     "{}:{}: {} answers cannot be scored; the first is sample {}: {}", where,
                     first.line, score.unscored.size(), first.index, Reason(first));
  }
  Scored scored;
  scored.corpus = *score.corpus;
  scored.what = std::move(what);
  scored.tokens = score.tokens;
  for (const ScoredAnswer& answer : score.answers) scored.samples.push_back(SampleJson(answer));
  if (!score.repeated.empty()) {
    scored.notes.push_back(
        fmt::format("{} records repeat a sample; the first of each counts", score.repeated.size()));
  }
  if (score.empty > 0) scored.notes.push_back(fmt::format("{} answers are empty", score.empty));
  return scored;
}

Result<Scored> ScoreAccuracyLog(const ScoreOptions& o) {
  if (!o.dataset || !o.tokenizer)
    return Usage("--accuracy-log needs --dataset FILE and --tokenizer PATH");
  ASSAY_ASSIGN_OR_RETURN(const AccuracyLog log, ReadAccuracyLog(*o.accuracy_log));
  if (log.truncated) {
    return MakeError(ErrorCode::kParse,
                     "{}: was truncated for submission, only its hash is left; score the whole log",
                     *o.accuracy_log);
  }
  ASSAY_ASSIGN_OR_RETURN(const Dataset dataset, LoadDataset(*o.dataset));
  ASSAY_ASSIGN_OR_RETURN(const auto tokenizer, LoadTokenizer(*o.tokenizer));
  ASSAY_ASSIGN_OR_RETURN(std::optional<TokenWidth> width, WidthOf(o.dtype));
  const bool found_out = !width;
  if (found_out) {
    ASSAY_ASSIGN_OR_RETURN(width, InferTokenWidth(log, *o.accuracy_log));
  }
  ASSAY_ASSIGN_OR_RETURN(std::vector<Answer> answers, AnswersOf(log, *width, *o.accuracy_log));
  const auto references = [&dataset](std::uint64_t index) -> std::optional<std::string_view> {
    if (index >= dataset.samples.size()) return std::nullopt;
    return dataset.samples[index].reference;
  };
  const LogScore score = ScoreAnswers(std::move(answers), references, *tokenizer);
  ASSAY_ASSIGN_OR_RETURN(Scored scored, Summarize(score, *o.accuracy_log, *o.accuracy_log));
  scored.judged = IdentityOf(dataset).set != OfficialSet::kNone &&
                  scored.corpus.gen_num == dataset.samples.size();
  if (found_out) {
    scored.notes.push_back(fmt::format("the data are {} integers, as their bytes show",
                                       *width == TokenWidth::kInt32 ? "int32" : "int64"));
  }
  if (!tokenizer->identity().clean_up_from_settings) {
    scored.notes.emplace_back(
        "no tokenizer_config.json: decoded text is cleaned up, as the reference's version does by "
        "default");
  }
  return scored;
}

// One pair a line; the whole file is read before anything is shown, so that a bad line costs
// nothing.
Result<Scored> ScorePairs(const ScoreOptions& o) {
  ASSAY_ASSIGN_OR_RETURN(const std::string bytes, ReadFile(*o.pairs));
  std::vector<SampleScore> scores;
  Scored scored;
  std::uint64_t line = 0;
  for (std::string_view rest = bytes; !rest.empty();) {
    const std::size_t end = std::min(rest.find('\n'), rest.size());
    const std::string_view text = rest.substr(0, end);
    rest.remove_prefix(std::min(end + 1, rest.size()));
    ++line;
    if (text.find_first_not_of(" \t\r") == std::string_view::npos) continue;
    const std::string where = fmt::format("{}:{}", *o.pairs, line);
    ASSAY_ASSIGN_OR_RETURN(const Json json, ParseJson(text, where));
    ASSAY_ASSIGN_OR_RETURN(const JsonReader r, JsonReader::Of(json, where));
    ASSAY_ASSIGN_OR_RETURN(const std::string prediction, r.String("prediction"));
    ASSAY_ASSIGN_OR_RETURN(const std::string reference, r.String("reference"));
    const SampleScore score = ScoreSample(prediction, reference);
    scored.samples.push_back(Json{{"index", scores.size()},
                                  {"rouge1", score.rouge1.fmeasure},
                                  {"rouge2", score.rouge2.fmeasure},
                                  {"rougeL", score.rougeL.fmeasure},
                                  {"rougeLsum", score.rougeLsum.fmeasure},
                                  {"gen_len", score.gen_len}});
    scores.push_back(score);
  }
  if (scores.empty()) return MakeError(ErrorCode::kParse, "{}: holds no pair to score", *o.pairs);
  scored.corpus = Aggregate(scores);
  scored.what = *o.pairs;
  return scored;
}

Result<Scored> ScoreRunDirectory(const ScoreOptions& o) {
  CheckOptions options;
  if (o.dataset) options.dataset = *o.dataset;
  if (o.tokenizer) options.tokenizer = *o.tokenizer;
  ASSAY_ASSIGN_OR_RETURN(const RunEvidence run, LoadRun(*o.run_dir, options));
  const TestEvidence* test = CountingTest(run);
  if (test == nullptr) {
    return MakeError(ErrorCode::kParse, "{}: no test of this run can be scored: {}", *o.run_dir,
                     run.no_score.empty() ? "none has an answer" : run.no_score);
  }
  return Summarize(*test->score,
                   fmt::format("{}, {} test", *o.run_dir, TestDirectoryName(test->test)),
                   test->JournalFile());
}

Result<Scored> Score(const ScoreOptions& o) {
  const int forms = (o.run_dir ? 1 : 0) + (o.accuracy_log ? 1 : 0) + (o.pairs ? 1 : 0);
  if (forms != 1) return Usage("score takes one of: RUN_DIR, --accuracy-log FILE, --pairs FILE");
  if (o.accuracy_log) return ScoreAccuracyLog(o);
  return o.pairs ? ScorePairs(o) : ScoreRunDirectory(o);
}

std::string LimitTable(const Scored& scored, BenchmarkId benchmark) {
  const RoundRules& newest = AllRounds().back();
  std::string text = fmt::format("{:<10} {:>12} {:>14} {:>12}  {}\n", "metric", "value", "limit",
                                 "difference", scored.judged ? "" : "shown, not judged");
  for (const AccuracyLimit& limit :
       AccuracyLimits(FiguresOf(scored.corpus), RulesOf(newest, benchmark))) {
    const bool upper = limit.upper && *limit.upper - limit.value < limit.value - limit.lower;
    text +=
        fmt::format("{:<10} {:>12} {:>2} {:>11} {:>+12.4f}  {}\n", limit.metric,
                    fmt::format("{:.10g}", limit.value),
                    upper ? "<=" : ">=", fmt::format("{:.10g}", upper ? *limit.upper : limit.lower),
                    limit.difference, limit.pass ? "pass" : "fail");
  }
  return text;
}

void Show(const Scored& scored, const ScoreOptions& o, BenchmarkId benchmark) {
  if (o.format == "json") {
    Json json = ReferenceJson(scored.corpus);
    json["output_tokens"] = scored.tokens ? Json(*scored.tokens) : Json(nullptr);
    json["notes"] = scored.notes;
    fmt::print("{}", ToPrettyJson(json));
    return;
  }
  fmt::print("{}\n\n{}\n", ReferenceDict(scored.corpus), LimitTable(scored, benchmark));
  fmt::print("{}: {} samples, gen_len {} characters", scored.what, scored.corpus.gen_num,
             scored.corpus.gen_len);
  if (scored.tokens) fmt::print(", {} output tokens", *scored.tokens);
  fmt::print("\n");
  for (const std::string& note : scored.notes) fmt::print("note: {}\n", note);
  if (!scored.judged) {
    fmt::print(
        "The limits are for the official data set at full count; here they are only a "
        "comparison.\n");
  }
}

int RunScore(const ScoreOptions& o) {
  const Result<BenchmarkId> benchmark = ParseBenchmark(o.benchmark);
  if (!benchmark) return Fail(benchmark.error());
  const Result<Scored> scored = Score(o);
  if (!scored) return Fail(scored.error());
  if (o.samples_out) {
    std::string lines;
    for (const Json& sample : scored->samples) lines += ToJsonLine(sample) + "\n";
    const Status written = WriteFileAtomically(*o.samples_out, lines);
    if (!written) return Fail(written.error());
  }
  Show(*scored, o, *benchmark);
  return kExitDone;
}

int RunSentences() {
  std::ios::sync_with_stdio(false);
  std::string line;
  for (std::uint64_t number = 1; std::getline(std::cin, line); ++number) {
    const std::string where = fmt::format("standard input:{}", number);
    const Result<Json> json = ParseJson(line, where);
    if (!json) return Fail(json.error());
    const Result<JsonReader> reader = JsonReader::Of(*json, where);
    if (!reader) return Fail(reader.error());
    const Result<std::string> text = reader->String("text");
    if (!text) return Fail(text.error());
    Json sentences = Json::array();
    for (const std::string_view sentence : SplitSentences(*text)) sentences.push_back(sentence);
    std::cout << ToJsonLine(Json{{"sentences", std::move(sentences)}}) << "\n";
    if (std::cin.rdbuf()->in_avail() <= 0) std::cout.flush();
  }
  std::cout.flush();
  return std::cout ? kExitDone : Fail({ErrorCode::kIo, "standard output: cannot write"});
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
  score->add_option("--benchmark", o->benchmark,
                    "Whose limits: llama3.1-8b (default), llama3.1-8b-edge");
  score->add_option("--samples-out", o->samples_out, "Write a JSON line per sample");
  score->add_option("--format", o->format, "text (default) or json")
      ->check(CLI::IsMember({"text", "json"}));
  score->callback([o, &code] { code = RunScore(*o); });
}

void AddSentencesCommand(CLI::App& app, int& code) {
  app.add_subcommand("sentences", "Splits texts into sentences: JSON lines in and out")
      ->callback([&code] { code = RunSentences(); });
}

}  // namespace assay
