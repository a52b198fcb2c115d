#include "report/details.h"

#include <algorithm>
#include <cstdint>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "base/format.h"
#include "metrics/request_times.h"
#include "metrics/schedule.h"
#include "report/recommendations.h"

namespace assay {
namespace {

constexpr std::size_t kMostBins = 40;
constexpr std::size_t kMostTimelineBins = 240;
constexpr std::uint32_t kResamples = 1000;
constexpr double kPercent = 100.0;

TestSeries SeriesOf(const std::vector<RequestRecord>& requests, const TestRecord& record) {
  const Schedule schedule = RecoverSchedule(requests, record.origin_not_before_ns);
  std::vector<std::int64_t> ttft;
  std::vector<std::int64_t> tpot;
  std::vector<std::int64_t> e2el;
  std::vector<std::int64_t> lengths;
  for (std::size_t i = 0; i < requests.size(); ++i) {
    const RequestOutcome& o = requests[i].outcome;
    if (!Completed(o)) continue;
    const RequestTimes t = TimesOf(o, schedule.scheduled_ns[i]);
    if (t.ttft) ttft.push_back(*t.ttft);
    if (t.tpot) tpot.push_back(*t.tpot);
    e2el.push_back(t.e2el);
    lengths.push_back(static_cast<std::int64_t>(o.token_ids.size()));
  }
  return {HistogramOf(std::move(ttft), kMostBins),
          HistogramOf(std::move(tpot), kMostBins),
          HistogramOf(std::move(e2el), kMostBins),
          HistogramOf(std::move(lengths), kMostBins),
          TimelineOf(requests, record, kMostTimelineBins),
          FiguresByTool(requests, record),
          {}};
}

std::vector<ScoreInterval> IntervalsOf(const LogScore& score) {
  const auto of = [&](std::string_view metric, auto value_of, double scale) {
    std::vector<double> values;
    for (const ScoredAnswer& answer : score.answers) values.push_back(value_of(answer.score));
    const auto interval = BootstrapInterval(values, kConfidence, {.resamples = kResamples});
    return ScoreInterval{metric, {interval->low * scale, interval->high * scale}};
  };
  if (score.answers.size() < 2) return {};
  return {of(
              "rouge1", [](const SampleScore& s) { return s.rouge1.fmeasure; }, kPercent),
          of(
              "rouge2", [](const SampleScore& s) { return s.rouge2.fmeasure; }, kPercent),
          of(
              "rougeL", [](const SampleScore& s) { return s.rougeL.fmeasure; }, kPercent),
          of(
              "rougeLsum", [](const SampleScore& s) { return s.rougeLsum.fmeasure; }, kPercent),
          of(
              "gen_len", [](const SampleScore& s) { return static_cast<double>(s.gen_len); },
              static_cast<double>(score.answers.size()))};
}

// The number of output tokens by another source than the ids, where one differs. Events with text
// are no tokens: their number is there for other tools' sake.
std::optional<std::string> Disagreement(const RequestOutcome& o) {
  for (const auto& [name, count] : o.other_counts) {
    if (name != "text_chunks" && count != o.token_ids.size()) {
      return fmt::format("{} says {} tokens, the ids are {}", name, count, o.token_ids.size());
    }
  }
  return std::nullopt;
}

// What is to be said of one sample, each thing once and how often.
using Remarks = std::vector<std::pair<std::string, std::uint64_t>>;

void AddRemark(Remarks& remarks, const std::string& remark) {
  const auto known = std::find_if(remarks.begin(), remarks.end(),
                                  [&](const auto& said) { return said.first == remark; });
  if (known == remarks.end()) {
    remarks.emplace_back(remark, 1);
  } else {
    ++known->second;
  }
}

std::string TextOf(const Remarks& remarks) {
  std::string text;
  for (const auto& [remark, count] : remarks) {
    if (!text.empty()) text += "; ";
    text += count == 1 ? remark : fmt::format("{} ({} times)", remark, count);
  }
  return text;
}

// The rows of all samples that the run asked, one after the other.
class RowBuilder {
 public:
  RowBuilder(const RunEvidence& run, const ReportModel& model) : run_(run), model_(model) {
    for (const InputSample& sample : run.samples) rows_[sample.index].row.id = sample.id;
  }

  void AddRequests(const TestEvidence& test, bool main) {
    if (!test.journal || !test.record) return;
    const std::vector<RequestRecord>& requests = test.journal->requests;
    const Schedule schedule = RecoverSchedule(requests, test.record->origin_not_before_ns);
    for (std::size_t i = 0; i < requests.size(); ++i) {
      auto& [row, remarks] = rows_[requests[i].sample_index];
      Remark(test, requests[i].outcome, remarks);
      if (main && !row.e2el_ns) AddTimes(requests[i].outcome, schedule.scheduled_ns[i], row);
    }
  }

  // A performance test asks samples as often as it takes; an accuracy test asks each once.
  void AddScores(const LogScore& score, TestKind test) {
    for (const ScoredAnswer& answer : score.answers) {
      auto& [row, remarks] = rows_[answer.answer.index];
      row.score = answer.score;
      row.output_tokens = answer.answer.tokens.size();
      if (answer.answer.tokens.empty()) AddRemark(remarks, "empty answer");
    }
    for (const UnscoredAnswer& answer : score.unscored) {
      AddRemark(rows_[answer.index].remarks, answer.reason == UnscoredAnswer::Reason::kNoReference
                                                 ? std::string("no reference: not scored")
                                                 : "not decoded: " + answer.detail);
    }
    if (test != TestKind::kAccuracy) return;
    for (const Answer& answer : score.repeated) {
      AddRemark(rows_[answer.index].remarks, "answered again: not scored");
    }
  }

  std::vector<SampleRow> Take() {
    std::vector<SampleRow> rows;
    for (auto& [index, remarked] : rows_) {
      auto& [row, remarks] = remarked;
      row.index = index;
      row.remark = TextOf(remarks);
      rows.push_back(std::move(row));
    }
    return rows;
  }

 private:
  struct RemarkedRow {
    SampleRow row;
    Remarks remarks;
  };

  void Remark(const TestEvidence& test, const RequestOutcome& o, Remarks& remarks) const {
    const std::string_view name = TestDirectoryName(test.test);
    if (!Completed(o)) {
      AddRemark(remarks,
                fmt::format("{}: failed ({})", name, o.error ? o.error->kind : "no token"));
      return;
    }
    const auto limit = static_cast<std::size_t>(model_.run.config.max_tokens);
    if (o.token_ids.size() > limit) {
      AddRemark(remarks, fmt::format("{}: {} tokens, {} allowed", name, o.token_ids.size(), limit));
    }
    if (const auto differs = Disagreement(o)) {
      AddRemark(remarks, fmt::format("{}: {}", name, *differs));
    }
  }

  static void AddTimes(const RequestOutcome& o, std::int64_t scheduled_ns, SampleRow& row) {
    if (!Completed(o)) return;
    const RequestTimes t = TimesOf(o, scheduled_ns);
    row.ttft_ns = t.ttft;
    row.tpot_ns = t.tpot;
    row.e2el_ns = t.e2el;
    if (!row.output_tokens) row.output_tokens = o.token_ids.size();
  }

  const RunEvidence& run_;
  const ReportModel& model_;
  std::map<std::uint64_t, RemarkedRow> rows_;
};

std::vector<SampleText> TextsOf(const RunEvidence& run, const TestEvidence* scored,
                                const std::vector<SampleRow>& rows, std::size_t most) {
  std::map<std::uint64_t, const InputSample*> inputs;
  for (const InputSample& sample : run.samples) inputs.emplace(sample.index, &sample);
  std::map<std::uint64_t, const ScoredAnswer*> answers;
  if (scored != nullptr) {
    for (const ScoredAnswer& answer : scored->score->answers) {
      answers.emplace(answer.answer.index, &answer);
    }
  }
  std::vector<SampleText> texts;
  for (const ChosenRow& chosen : ChooseRows(rows, most)) {
    SampleText text{chosen.row, chosen.why, {}, {}, {}};
    const std::uint64_t index = rows[chosen.row].index;
    if (const auto it = inputs.find(index); it != inputs.end()) {
      text.article = it->second->article;
      text.reference = it->second->reference;
    }
    if (const auto it = answers.find(index); it != answers.end()) {
      text.output = it->second->prediction;
    }
    texts.push_back(std::move(text));
  }
  return texts;
}

}  // namespace

void FillDetails(const RunEvidence& run, std::size_t most_texts, ReportModel& model) {
  for (TestView& view : model.tests) {
    const TestEvidence* test = Find(run, view.test);
    if (view.numbers && test != nullptr && test->journal && test->record) {
      view.series = SeriesOf(test->journal->requests, *test->record);
      const std::optional<Timeline>& course = view.series->timeline;
      if (course && test->telemetry) {
        view.series->machine =
            MachineSeriesOf(*test->telemetry, course->start_ns, course->end_ns, kMostTimelineBins);
      }
    }
  }
  const TestView* main = MainTest(model);
  const TestEvidence* scored = CountingTest(run);
  RowBuilder builder(run, model);
  if (scored != nullptr) {
    model.intervals = IntervalsOf(*scored->score);
    builder.AddScores(*scored->score, scored->test);
  }
  for (const TestEvidence& test : run.tests) {
    builder.AddRequests(test, main != nullptr && test.test == main->test);
  }
  model.samples = builder.Take();
  model.most_texts = most_texts;
  model.texts = TextsOf(run, scored, model.samples, most_texts);
  model.recommendations = Recommend(model);
}

}  // namespace assay
