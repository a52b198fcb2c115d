#include "cli/score_output.h"

#include <algorithm>
#include <thread>

#include "base/format.h"
#include "rules/accuracy_limits.h"
#include "scoring/score_log.h"

namespace assay {
namespace {

constexpr Resampling kResampling = {.resamples = 1000, .seed = 1, .threads = 1};

const BenchmarkRules& NewestRules(BenchmarkId benchmark) {
  return RulesOf(AllRounds().back(), benchmark);
}

std::vector<MetricForecast> Forecasts(const Scored& scored, BenchmarkId benchmark) {
  Resampling resampling = kResampling;
  resampling.threads = std::max(1U, std::thread::hardware_concurrency());
  return ForecastAccuracy(scored.scores, NewestRules(benchmark), resampling);
}

std::string LimitTable(const Scored& scored, BenchmarkId benchmark) {
  std::string text = fmt::format("{:<10} {:>12} {:>14} {:>12}  {}\n", "metric", "value", "limit",
                                 "difference", scored.judged ? "" : "shown, not judged");
  for (const AccuracyLimit& limit :
       AccuracyLimits(FiguresOf(scored.corpus), NewestRules(benchmark))) {
    const bool upper = limit.upper && *limit.upper - limit.value < limit.value - limit.lower;
    text +=
        fmt::format("{:<10} {:>12} {:>2} {:>11} {:>+12.4f}  {}\n", limit.metric,
                    fmt::format("{:.10g}", limit.value),
                    upper ? "<=" : ">=", fmt::format("{:.10g}", upper ? *limit.upper : limit.lower),
                    limit.difference, limit.pass ? "pass" : "fail");
  }
  return text;
}

std::string ForecastTable(const std::vector<MetricForecast>& forecasts,
                          const BenchmarkRules& benchmark) {
  std::string text = fmt::format("{:<10} {:>12} {:>23} {:>12} {:>14}\n", "per sample", "mean",
                                 "95 % interval", "P(pass)", "decided after");
  for (const MetricForecast& f : forecasts) {
    text += fmt::format(
        "{:<10} {:>12.4f} {:>23} {:>12} {:>14}\n", f.metric, f.mean,
        f.interval ? fmt::format("{:.4f} to {:.4f}", f.interval->low, f.interval->high) : "n/a",
        f.probability_of_passing ? fmt::format("{:.4f}", *f.probability_of_passing) : "n/a",
        f.samples_until_decided ? fmt::format("{}", *f.samples_until_decided) : "n/a");
  }
  return text + fmt::format(
                    "P(pass): that all {} samples would keep the limit, if these are a "
                    "random part of them\n",
                    benchmark.sample_count);
}

Json ForecastJson(const std::vector<MetricForecast>& forecasts, const BenchmarkRules& benchmark) {
  const auto optional = [](const auto& value) { return value ? Json(*value) : Json(nullptr); };
  Json metrics = Json::array();
  for (const MetricForecast& f : forecasts) {
    metrics.push_back(
        {{"metric", f.metric},
         {"mean", f.mean},
         {"interval", f.interval ? Json{f.interval->low, f.interval->high} : Json(nullptr)},
         {"limit", Json{{"at_least", f.limit.at_least}, {"at_most", optional(f.limit.at_most)}}},
         {"probability_of_passing", optional(f.probability_of_passing)},
         {"samples_until_decided", optional(f.samples_until_decided)}});
  }
  return Json{{"confidence", kForecastConfidence},
              {"resamples", kResampling.resamples},
              {"seed", kResampling.seed},
              {"full_count", benchmark.sample_count},
              {"metrics", std::move(metrics)}};
}

std::vector<std::string> Notes(const Scored& scored) {
  std::vector<std::string> notes = scored.notes;
  if (scored.without_clean_up) {
    const CorpusScore& other = *scored.without_clean_up;
    notes.push_back(fmt::format(
        "the clean-up of spaces changed {} answers; without it, as newer versions of the "
        "reference's library decode, the figures are {}",
        scored.cleaned_up, ReferenceDict(other)));
  }
  return notes;
}

}  // namespace

std::string ScoreText(const Scored& scored, BenchmarkId benchmark) {
  std::string text =
      fmt::format("{}\n\n{}\n{}\n", ReferenceDict(scored.corpus), LimitTable(scored, benchmark),
                  ForecastTable(Forecasts(scored, benchmark), NewestRules(benchmark)));
  text += fmt::format("{}: {} samples, gen_len {} characters", scored.what, scored.corpus.gen_num,
                      scored.corpus.gen_len);
  if (scored.tokens) text += fmt::format(", {} output tokens", *scored.tokens);
  text += "\n";
  for (const std::string& note : Notes(scored)) text += fmt::format("note: {}\n", note);
  if (!scored.judged) {
    text +=
        "The limits are for the official data set at full count; here they are only a "
        "comparison.\n";
  }
  return text;
}

Json ScoreJson(const Scored& scored, BenchmarkId benchmark) {
  Json json = ReferenceJson(scored.corpus);
  json["output_tokens"] = scored.tokens ? Json(*scored.tokens) : Json(nullptr);
  json["judged"] = scored.judged;
  json["uncertainty"] = ForecastJson(Forecasts(scored, benchmark), NewestRules(benchmark));
  json["answers_cleaned_up"] = scored.cleaned_up;
  json["without_clean_up"] =
      scored.without_clean_up ? ReferenceJson(*scored.without_clean_up) : Json(nullptr);
  json["notes"] = Notes(scored);
  return json;
}

}  // namespace assay
