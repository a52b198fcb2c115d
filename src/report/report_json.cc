#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "base/json_or_null.h"
#include "metrics/machine_json.h"
#include "report/report.h"
#include "rules/accuracy_limits.h"
#include "rules/render_judgement.h"

namespace assay {
namespace {

Json EngineJson(const EngineInfo& engine) {
  Json settings = Json::object();
  for (const auto& [name, value] : engine.settings) settings[name] = value;
  return {{"engine", engine.engine},
          {"version", engine.version},
          {"model_name", engine.model_name},
          {"model_path", engine.model_path},
          {"model_sha256", OrNull(engine.model_sha256)},
          {"model_size_bytes", engine.model_size_bytes},
          {"parameter_count", engine.parameter_count},
          {"precision", engine.precision},
          {"context_tokens", engine.context_tokens},
          {"device", engine.device},
          {"layers_total", engine.layers_total},
          {"layers_on_gpu", engine.layers_on_gpu},
          {"settings", std::move(settings)}};
}

Json RunJson(const ReportModel& model) {
  const RunRecord& run = model.run;
  return {{"directory", model.run_dir.string()},
          {"assay_version", run.assay_version},
          {"build", run.build},
          {"command", run.command},
          {"started_utc", run.started_utc},
          {"ended_utc", OrNull(run.ended_utc)},
          {"interrupted", run.interrupted},
          {"complete", IsComplete(model)},
          {"configuration", ToJson(run.config)},
          {"dataset",
           {{"path", run.dataset.path},
            {"sha256", OrNull(run.dataset.sha256)},
            {"format", run.dataset.format},
            {"count", run.dataset.count},
            {"identity", run.dataset.identity},
            {"bundled_sample", run.dataset.bundled_sample},
            {"near_duplicates", run.dataset.near_duplicates}}},
          {"tokenizer",
           {{"kind", run.tokenizer.kind},
            {"sha256", OrNull(run.tokenizer.sha256)},
            {"clean_up_spaces", run.tokenizer.clean_up_spaces},
            {"clean_up_from_settings", run.tokenizer.clean_up_from_settings},
            {"settings", run.tokenizer.settings}}},
          {"host", run.host}};
}

// Of the score that counts.
Json IntervalJson(const ReportModel& model, std::string_view metric) {
  for (const ScoreInterval& score : model.intervals) {
    if (score.metric != metric) continue;
    return {
        {"confidence", kConfidence}, {"low", score.interval.low}, {"high", score.interval.high}};
  }
  return nullptr;
}

Json ScoreJson(const ReportModel& model, const TestView& test) {
  const CorpusScore& score = *test.score;
  const bool scored = &test == ScoredTest(model);
  Json json{{"rouge1", score.rouge1},       {"rouge2", score.rouge2},   {"rougeL", score.rougeL},
            {"rougeLsum", score.rougeLsum}, {"gen_len", score.gen_len}, {"gen_num", score.gen_num}};
  json["verification"] = "unverified";
  if (score.gen_num == 0) return json;
  const std::string why = WhyNotJudged(model, score);
  Json limits = Json::array();
  for (const AccuracyLimit& limit :
       AccuracyLimits(FiguresOf(score), RulesOf(RoundOf(model), model.run.config.benchmark))) {
    limits.push_back({{"metric", limit.metric},
                      {"unit", limit.upper ? "characters" : "percent"},
                      {"value", limit.value},
                      {"lower", limit.lower},
                      {"upper", OrNull(limit.upper)},
                      {"difference", limit.difference},
                      {"pass", why.empty() ? Json(limit.pass) : Json(nullptr)},
                      {"interval", scored ? IntervalJson(model, limit.metric) : Json(nullptr)}});
  }
  json["round"] = RoundOf(model).name;
  json["limits_not_judged"] = OrNull(why);
  json["limits"] = std::move(limits);
  return json;
}

Json ToolsJson(const TestView& test) {
  Json tools = Json::array();
  if (!test.series) return tools;
  for (const ToolFigure& figure : test.series->tools) {
    tools.push_back({{"tool", figure.tool},
                     {"metric", figure.metric},
                     {"name", figure.name},
                     {"definition", figure.definition},
                     {"mean_ms", OrNull(figure.mean_ms)},
                     {"median_ms", OrNull(figure.median_ms)},
                     {"p99_ms", OrNull(figure.p99_ms)}});
  }
  return tools;
}

Json TestJson(const ReportModel& model, const TestView& test) {
  Json json{{"test", TestDirectoryName(test.test)}};
  for (const TestEnd& end : model.run.tests) {
    if (end.test != test.test) continue;
    json["outcome"] = end.outcome;
    json["exit_code"] = OrNull(end.exit_code);
    json["signal"] = OrNull(end.signal);
    json["message"] = OrNull(end.message);
  }
  json["status"] = test.record ? Json(test.record->status) : Json(nullptr);
  json["loadgen_version"] = test.record ? OrNull(test.record->loadgen_version) : Json(nullptr);
  json["engine"] =
      test.record && test.record->engine ? EngineJson(*test.record->engine) : Json(nullptr);
  json["journal_cut_off"] = test.journal_cut_off;
  json["metrics"] = test.numbers ? ToJson(test.numbers->metrics) : Json(nullptr);
  json["loadgen"] =
      test.numbers && test.numbers->loadgen ? ToJson(*test.numbers->loadgen) : Json(nullptr);
  json["tools"] = ToolsJson(test);
  json["machine"] =
      test.numbers && test.numbers->machine ? ToJson(*test.numbers->machine) : Json(nullptr);
  json["roofline"] = test.numbers ? ToJson(test.numbers->roofline) : Json(nullptr);
  json["score"] = test.score ? ScoreJson(model, test) : Json(nullptr);
  json["not_scored"] = OrNull(test.not_scored);
  return json;
}

Json RecommendationsJson(const ReportModel& model) {
  Json all = Json::array();
  for (const Recommendation& recommendation : model.recommendations) {
    Json figures = Json::object();
    for (const auto& [name, value] : recommendation.figures) figures[name] = value;
    all.push_back({{"id", recommendation.id},
                   {"message", recommendation.message},
                   {"change", recommendation.change},
                   {"figures", std::move(figures)}});
  }
  return all;
}

}  // namespace

Json ReportJson(const ReportModel& model) {
  Json json;
  json["schema_version"] = 1;
  json["verification"] = kUnverified;
  json["run"] = RunJson(model);
  Json tests = Json::array();
  for (const TestView& test : model.tests) tests.push_back(TestJson(model, test));
  json["tests"] = std::move(tests);
  json["judgement"] = model.judgement ? ToJson(*model.judgement) : Json(nullptr);
  json["not_judged"] = OrNull(model.not_judged);
  json["recommendations"] = RecommendationsJson(model);
  Json samples = Json::array();
  for (const SampleExcerpt& s : model.excerpts) {
    samples.push_back({{"index", s.index},
                       {"id", s.id},
                       {"why", s.why},
                       {"rouge1", s.score.rouge1.fmeasure},
                       {"rouge2", s.score.rouge2.fmeasure},
                       {"rougeL", s.score.rougeL.fmeasure},
                       {"rougeLsum", s.score.rougeLsum.fmeasure},
                       {"gen_len", s.score.gen_len},
                       {"output_tokens", s.output_tokens},
                       {"reference", s.reference},
                       {"output", s.output}});
  }
  json["samples"] = std::move(samples);
  json["samples_in_html"] = model.most_texts;
  return json;
}

}  // namespace assay
