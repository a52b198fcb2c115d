#include "report/test_model.h"

#include <array>
#include <utility>
#include <vector>

#include "base/format.h"
#include "metrics/test_requests.h"

namespace assay {
namespace {

constexpr std::int64_t kRequests = 24;
constexpr std::int64_t kSlots = 8;

std::vector<RequestRecord> OfflineJournal() {
  std::vector<RequestRecord> requests;
  for (std::int64_t i = 0; i < kRequests; ++i) {
    const std::int64_t sent = 1002 + i / kSlots * 31'000 + i % kSlots * 350;
    RequestRecord request = Issued(static_cast<std::uint64_t>(i), 0, 1000, sent);
    const std::int64_t tokens = i % 5 == 0 ? 97 + i : 128;
    std::vector<std::pair<std::int64_t, std::uint32_t>> chunks;
    for (std::int64_t t = 0; t < tokens; ++t) chunks.emplace_back(sent + 2300 + t * 211 + t % 7, 1);
    SetAnswer(request, chunks, chunks.back().first + 1);
    const std::int64_t done_ns = ToNanos(request.outcome.done);
    request.told_done = {done_ns + 9'990'000, done_ns + 10'010'000};
    request.outcome.prompt_tokens = static_cast<std::uint64_t>(600 + i * 17);
    request.outcome.finish_reason = tokens == 128 ? FinishReason::kLength : FinishReason::kStop;
    requests.push_back(std::move(request));
  }
  return requests;
}

TestRecord RecordOf(TestKind test) {
  TestRecord record;
  record.test = test;
  EngineInfo engine;
  engine.engine = "llama";
  engine.version = "llama.cpp 0c1e570";
  engine.model_name = "SmolLM2 135M Instruct";
  engine.model_path = "/home/me/.cache/assay/models/SmolLM2-135M-Instruct.F16.gguf";
  engine.model_sha256 = std::string(64, 'a');
  engine.model_size_bytes = 270'900'000;
  engine.parameter_count = 134'515'008;
  engine.precision = "F16 made from Q4_1";
  engine.device = "CPU";
  engine.layers_total = 30;
  engine.settings = {{"threads", "2"}, {"slots", "8"}, {"batch", "512"}};
  record.engine = std::move(engine);
  record.loadgen_version = "6.0.17";
  record.clocks_start = {.steady_ns = 0, .wall_ns = 1'760'000'000'000'000'000, .width_ns = 90};
  record.clocks_end = {
      .steady_ns = Ms(95'000), .wall_ns = 1'760'000'095'000'012'000, .width_ns = 110};
  record.origin_not_before_ns = Ms(1000) - 41'000;
  record.issued = static_cast<std::uint64_t>(kRequests);
  record.completed = record.issued;
  record.peak_rss_bytes = 612'000'000;
  record.cpu_seconds = 186.4;
  record.status = "completed";
  return record;
}

std::string LogLine(const std::string& key, const std::string& value) {
  return fmt::format(
      ":::MLLOG {{\"key\": \"{}\", \"value\": {}, \"time_ms\": 1.0, \"namespace\": "
      "\"mlperf::logging\", \"event_type\": \"POINT_IN_TIME\", \"metadata\": {{\"is_error\": "
      "false, "
      "\"is_warning\": false, \"file\": \"x\", \"line_no\": 1, \"pid\": 1, \"tid\": 1}}}}\n",
      key, value);
}

// Of the journal above: the longest latency, 93.551 s, and the others are a few milliseconds more.
LoadgenDetailLog PerformanceLog() {
  return LoadgenDetailLog::Parse(LogLine("effective_scenario", "\"Offline\"") +
                                 LogLine("result_validity", "\"VALID\"") +
                                 LogLine("generated_samples_per_query", "24") +
                                 LogLine("result_samples_per_second", "0.256517") +
                                 LogLine("result_mean_latency_ns", "60406000000") +
                                 LogLine("result_max_latency_ns", "93561000000") +
                                 LogLine("result_50.00_percentile_latency_ns", "61161000000") +
                                 LogLine("result_90.00_percentile_latency_ns", "92853000000") +
                                 LogLine("result_tokens_per_second", "31.7119"));
}

CorpusScore Score() {
  CorpusScore score;
  score.rouge1 = "31.2345";
  score.rouge2 = "10.5";
  score.rougeL = "20.1111";
  score.rougeLsum = "28.0042";
  score.gen_len = 14'480;
  score.gen_num = static_cast<std::uint64_t>(kRequests);
  return score;
}

TestView ViewOf(TestKind test, const std::vector<RequestRecord>& journal, TestRecord record,
                bool with_log) {
  TestView view;
  view.test = test;
  TestMetrics numbers;
  std::vector<std::optional<std::uint64_t>> characters;
  characters.reserve(journal.size());
  for (const RequestRecord& request : journal) {
    characters.emplace_back(request.outcome.token_ids.size() * 5 - 31);
  }
  numbers.metrics = ComputeMetrics(journal, record, {}, characters);
  if (with_log) numbers.loadgen = CompareWithLoadgen(journal, record, PerformanceLog());
  view.numbers = std::move(numbers);
  view.record = std::move(record);
  return view;
}

Judgement NotComparable() {
  Judgement judgement;
  judgement.verdict = Verdict::kNotComparable;
  JudgedResult result;
  result.benchmark = "llama3.1-8b";
  result.scenario = "offline";
  result.metric = "Tokens/s";
  result.value = 31.7;
  result.verdict = Verdict::kNotComparable;
  judgement.results.push_back(result);
  Finding data;
  data.severity = Severity::kWarning;
  data.comparability = true;
  data.rule = "dataset.identity";
  data.message =
      "The data set is not the benchmark's: another text set gives other scores and other lengths.";
  data.found = "bundled sample, 24 articles";
  data.needed = "CNN/DailyMail 3.0.0 validation, 13,368 articles (cnn_eval.json)";
  data.file = "run.json";
  data.source = "reference implementation, language/llama3.1-8b (mlcommons/inference b66003e)";
  data.fix = "assay run --dataset cnn_eval.json";
  Finding model = data;
  model.rule = "model.identity";
  model.message = "The model is not the benchmark's.";
  model.found = "SmolLM2 135M Instruct, F16 made from Q4_1";
  model.needed = "Llama-3.1-8B-Instruct";
  model.fix = "assay run --model Meta-Llama-3.1-8B-Instruct.gguf";
  Finding note;
  note.rule = "host.governor";
  note.message = "The processor's frequency governor could not be read.";
  judgement.findings = {data, model, note};
  return judgement;
}

Json Host() {
  Json host;
  host["hostname"] = "bench-01";
  host["os"] = {{"name", "Debian GNU/Linux 12 (bookworm)"}, {"kernel", "6.1.0-18-amd64"}};
  host["cpu"] = {{"model", "AMD EPYC 7763 64-Core Processor"},
                 {"sockets", 1U},
                 {"physical_cores", 2U},
                 {"logical_cpus", 2U},
                 {"governor", nullptr}};
  for (const auto& [level, type, size] :
       {std::tuple{1U, "Data", 32U}, std::tuple{1U, "Instruction", 32U},
        std::tuple{2U, "Unified", 512U}, std::tuple{3U, "Unified", 32768U}}) {
    host["cpu"]["caches"].push_back(
        {{"level", level}, {"type", type}, {"size_bytes", size * 1024U}, {"shared_by_cpus", 2U}});
  }
  host["memory"] = {{"total_bytes", 25'276'063'744U}, {"available_bytes", 24'552'710'144U}};
  host["load_average"] = {2.56, 2.38, 1.57};
  host["virtualisation"] = {{"hypervisor", true}};
  return host;
}

RunRecord Run() {
  RunRecord run;
  run.assay_version = "0.1.0";
  run.build = "g++ 12.2.0, RelWithDebInfo, CUDA off";
  run.command = {"assay", "run", "--samples", "24", "--output", "my runs/first"};
  run.started_utc = "2026-11-24T06:30:16Z";
  run.ended_utc = "2026-11-24T06:33:41Z";
  run.config.engine = "llama";
  run.config.scenario = Scenario::kOffline;
  run.config.tests = {TestKind::kPerformance, TestKind::kAccuracy};
  run.config.samples = static_cast<std::uint64_t>(kRequests);
  run.dataset.path = "share/assay/sample.jsonl";
  run.dataset.sha256 = std::string(64, 'd');
  run.dataset.count = static_cast<std::uint64_t>(kRequests);
  run.dataset.identity = "none";
  run.dataset.bundled_sample = true;
  run.tokenizer.kind = "gguf";
  run.host = Host();
  for (const TestKind test : run.config.tests) {
    TestEnd end;
    end.test = test;
    end.outcome = "completed";
    end.exit_code = 0;
    run.tests.push_back(end);
  }
  return run;
}

SampleExcerpt Excerpt() {
  SampleExcerpt sample;
  sample.index = 17;
  sample.id = "assay-0017";
  sample.why = "typical";
  sample.reference = "The river rose two metres in a night.\nThree bridges were closed.";
  sample.output =
      "Three bridges were closed on Tuesday after the river rose by two metres overnight.";
  sample.output_tokens = 23;
  sample.score.rougeL.fmeasure = 0.2011;
  sample.score.gen_len = 82;
  return sample;
}

void AddDetails(const std::vector<RequestRecord>& journal, ReportModel& model) {
  std::vector<std::int64_t> e2el;
  e2el.reserve(journal.size());
  for (const RequestRecord& request : journal) {
    e2el.push_back(ToNanos(request.outcome.done) - Ms(1000));
  }
  TestSeries series;
  series.e2el = HistogramOf(e2el, 40);
  series.timeline = TimelineOf(journal, *model.tests[0].record, 40);
  series.tools = FiguresByTool(journal, *model.tests[0].record);
  model.tests[0].series = series;
  model.intervals = {{"rouge1", {29.75, 32.875}}, {"gen_len", {13'900.0, 15'100.0}}};
  for (std::uint64_t i = 0; i < 2; ++i) {
    SampleRow row;
    row.index = 16 + i;
    row.id = "assay-" + std::to_string(row.index);
    row.score = Excerpt().score;
    row.output_tokens = 23;
    row.e2el_ns = Ms(1234);
    model.samples.push_back(std::move(row));
  }
  model.samples[0].score.reset();
  model.samples[0].remark = "failed (engine)";
  model.texts = {
      {0, "finding", std::nullopt, std::nullopt, std::nullopt},
      {1, "typical", "An article about a river.", Excerpt().reference, Excerpt().output}};
}

}  // namespace

ReportModel CompleteRun() {
  ReportModel model;
  model.run_dir = "runs/20261124T063016Z-offline";
  model.run = Run();
  const std::vector<RequestRecord> journal = OfflineJournal();
  model.tests.push_back(
      ViewOf(TestKind::kPerformance, journal, RecordOf(TestKind::kPerformance), true));
  model.tests.push_back(ViewOf(TestKind::kAccuracy, journal, RecordOf(TestKind::kAccuracy), false));
  model.tests[0].score = Score();
  model.tests[1].score = Score();
  AddDetails(journal, model);
  model.judgement = NotComparable();
  model.excerpts.push_back(Excerpt());
  return model;
}

ReportModel KilledRun() {
  ReportModel model = CompleteRun();
  model.run.ended_utc.reset();
  model.run.tests.resize(1);
  model.run.tests[0].outcome = "running";
  model.run.tests[0].exit_code.reset();
  std::vector<RequestRecord> journal = OfflineJournal();
  journal.resize(11);
  TestRecord record = RecordOf(TestKind::kPerformance);
  record.status = "running";
  record.clocks_end.reset();
  record.issued = 0;
  model.tests[0] = ViewOf(TestKind::kPerformance, journal, record, false);
  model.tests[0].journal_cut_off = true;
  model.tests[0].not_scored = "the run did not reach its end";
  model.tests[1] = TestView{};
  model.tests[1].test = TestKind::kAccuracy;
  model.tests[1].not_scored = "the test did not start";
  model.judgement.reset();
  model.not_judged = "the run did not reach its end";
  model.excerpts.clear();
  model.intervals.clear();
  return model;
}

}  // namespace assay
