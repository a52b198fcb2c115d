#include <cmath>
#include <string>
#include <utility>

#include "base/format.h"
#include "report/number_format.h"
#include "report/safe_text.h"
#include "report/sections.h"
#include "rules/accuracy_limits.h"

namespace assay {
namespace {

constexpr int kRougeDecimals = 4;
constexpr int kIntervalDecimals = 2;
constexpr int kLimitDecimals = 6;  // enough for 99 % of a reference of four decimals

bool IsLength(const AccuracyLimit& limit) {
  return limit.upper.has_value();
}

std::string LimitText(const AccuracyLimit& limit) {
  if (!IsLength(limit)) return "at least " + FormatFixed(limit.lower, kLimitDecimals);
  // The whole numbers that pass.
  return fmt::format("{} to {}", FormatFixed(std::ceil(limit.lower), 0),
                     FormatFixed(std::floor(*limit.upper), 0));
}

std::string Signed(double value, int decimals) {
  const std::string text = FormatFixed(value, decimals);
  return value > 0.0 ? "+" + text : text;
}

std::vector<Text> LimitRow(const AccuracyLimit& limit, bool judged) {
  const bool length = IsLength(limit);
  Text outcome("shown, not judged", Tone::kQuiet);
  if (judged) outcome = limit.pass ? Text("pass", Tone::kGood) : Text("FAIL", Tone::kBad);
  return {Text(length ? "gen_len, characters" : std::string(limit.metric)),
          Text(FormatFixed(limit.value, length ? 0 : kRougeDecimals), Tone::kStrong),
          Text(LimitText(limit)), Text(Signed(limit.difference, length ? 0 : kLimitDecimals)),
          std::move(outcome)};
}

// The same figures of the other tests, a line each.
Fields OtherScores(const ReportModel& model, const TestView& scored) {
  Fields fields;
  for (const TestView& test : model.tests) {
    if (&test == &scored) continue;
    Field field{std::string(TestDirectoryName(test.test)), {}};
    if (!test.score || test.score->gen_num == 0) {
      field.parts.push_back(
          Text("not scored: " + (test.not_scored.empty() ? "no answers" : test.not_scored)));
    } else {
      const CorpusScore& score = *test.score;
      field.parts.emplace_back(fmt::format("rouge1 {}, rouge2 {}, rougeL {}, rougeLsum {}",
                                           score.rouge1, score.rouge2, score.rougeL,
                                           score.rougeLsum));
      field.parts.emplace_back(fmt::format("gen_len {} characters", FormatCount(score.gen_len)));
      field.parts.emplace_back(fmt::format("{} answers, unverified", FormatCount(score.gen_num)));
    }
    fields.fields.push_back(std::move(field));
  }
  return fields;
}

std::string JoinedReason(const ReportModel& model) {
  for (const TestView& test : model.tests) {
    if (!test.not_scored.empty()) return test.not_scored;
  }
  return "there are no answers";
}

Field IntervalField(const ReportModel& model) {
  Field field{"95 % interval", {}};
  for (const ScoreInterval& score : model.intervals) {
    field.parts.emplace_back(fmt::format("{} {}", score.metric, IntervalText(score)));
  }
  field.parts.emplace_back("bootstrap over the answers");
  return field;
}

}  // namespace

std::string IntervalText(const ScoreInterval& score) {
  const int decimals = score.metric == "gen_len" ? 0 : kIntervalDecimals;
  return fmt::format("{} to {}", FormatFixed(score.interval.low, decimals),
                     FormatFixed(score.interval.high, decimals));
}

Table LimitTable(const ReportModel& model, const CorpusScore& score) {
  Table table{{{"", false}, {"score (unverified)"}, {"limit"}, {"difference"}, {"", false}}, {}};
  const auto limits =
      AccuracyLimits(FiguresOf(score), RulesOf(RoundOf(model), model.run.config.benchmark));
  const bool judged = WhyNotJudged(model, score).empty();
  for (const AccuracyLimit& limit : limits) table.rows.push_back(LimitRow(limit, judged));
  return table;
}

std::vector<Block> ScoreNotes(const ReportModel& model, const TestView& scored) {
  std::vector<Block> notes;
  const std::string why = WhyNotJudged(model, *scored.score);
  if (!why.empty()) {
    notes.emplace_back(Paragraph{{Text("The limits are shown, not judged: " + why + ".")}});
  }
  Fields others = OtherScores(model, scored);
  if (!others.fields.empty()) notes.emplace_back(std::move(others));
  return notes;
}

Section ScoreSection(const ReportModel& model) {
  Section section{"Scores", {}, {}};
  const TestView* scored = ScoredTest(model);
  if (scored == nullptr || scored->score->gen_num == 0) {
    section.blocks.emplace_back(
        Paragraph{{Text("Nothing was scored:"), Text(JoinedReason(model))}});
    return section;
  }
  section.subtitle =
      Text(fmt::format("{} answers of the {} test, limits of {} {}",
                       FormatCount(scored->score->gen_num), TestDirectoryName(scored->test),
                       RoundOf(model).name, BenchmarkName(model.run.config.benchmark)));
  section.blocks.emplace_back(LimitTable(model, *scored->score));
  if (!model.intervals.empty()) section.blocks.emplace_back(Fields{{IntervalField(model)}});
  for (Block& note : ScoreNotes(model, *scored)) section.blocks.push_back(std::move(note));
  return section;
}

std::optional<Section> SampleSection(const ReportModel& model) {
  if (model.excerpts.empty()) return std::nullopt;
  constexpr std::size_t kExcerptColumns = 320;
  Section section{"Samples", {}, {}};
  for (const SampleExcerpt& sample : model.excerpts) {
    const auto excerpt = [](const std::string& text) {
      return Foreign(Shortened(Printable(text), kExcerptColumns));
    };
    Fields fields;
    fields.fields.push_back(
        {fmt::format("sample {}", sample.index),
         {Text(sample.why),
          Text(fmt::format("rougeL {:.4f}", sample.score.rougeL.fmeasure * 100.0), Tone::kStrong),
          Text(fmt::format("{} tokens, {} characters", FormatCount(sample.output_tokens),
                           FormatCount(sample.score.gen_len)))}});
    fields.fields.push_back({"reference", {excerpt(sample.reference)}});
    fields.fields.push_back({"output", {excerpt(sample.output)}});
    section.blocks.emplace_back(std::move(fields));
  }
  return section;
}

}  // namespace assay
