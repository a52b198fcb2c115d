#include "compare/run_view.h"

#include <algorithm>
#include <set>

#include "base/format.h"
#include "base/json.h"
#include "metrics/metrics.h"
#include "metrics/metrics_json.h"
#include "metrics/schedule.h"
#include "rules/render_judgement.h"
#include "run/derive.h"

namespace assay {
namespace {

void Flatten(const Json& json, const std::string& place, std::map<std::string, std::string>& out) {
  if (json.is_object()) {
    for (const auto& [key, value] : json.items()) {
      Flatten(value, fmt::format("{}/{}", place, key), out);
    }
  } else if (json.is_array() && !json.empty() && json.front().is_structured()) {
    for (std::size_t i = 0; i < json.size(); ++i) {
      Flatten(json[i], fmt::format("{}/{}", place, i), out);
    }
  } else {
    out[place] = json.is_string() ? json.get<std::string>() : ToJsonLine(json);
  }
}

std::map<std::string, std::string> FactsOf(const Derived& derived) {
  std::map<std::string, std::string> facts;
  const RunRecord& record = derived.evidence.record;
  Flatten(ToJson(record.config), "config", facts);
  Flatten(record.host, "host", facts);
  facts["assay_version"] = record.assay_version;
  facts["build"] = record.build;
  facts["dataset/sha256"] = record.dataset.sha256;
  facts["tokenizer/sha256"] = record.tokenizer.sha256;
  for (const auto& [name, sha256] : record.tokenizer.settings) {
    facts["tokenizer/settings/" + name] = sha256;
  }
  for (const TestEvidence& test : derived.evidence.tests) {
    if (!test.record || !test.record->engine) continue;
    const EngineInfo& e = *test.record->engine;
    facts["engine/engine"] = e.engine;
    facts["engine/version"] = e.version;
    facts["engine/model_name"] = e.model_name;
    facts["engine/model_sha256"] = e.model_sha256;
    facts["engine/model_size_bytes"] = fmt::format("{}", e.model_size_bytes);
    facts["engine/precision"] = e.precision;
    facts["engine/device"] = e.device;
    for (const auto& [key, value] : e.settings) facts["engine/settings/" + key] = value;
    facts["loadgen_version"] = test.record->loadgen_version;
    break;
  }
  // What says only when, or how busy the machine was at the moment of asking.
  std::erase_if(facts, [](const auto& fact) {
    return fact.first.starts_with("host/load_average") || fact.first.starts_with("host/fitness") ||
           fact.first.starts_with("host/peak") || fact.first == "host/memory/available_bytes";
  });
  return facts;
}

// Figures that a ratio makes sense of.
std::map<std::string, double> FiguresOf(const TestEvidence& test) {
  std::map<std::string, double> figures;
  const Json json = ToJson(*test.metrics);
  for (const auto& [key, value] : json.items()) {
    if (value.is_number() && value.get<double>() > 0.0) figures[key] = value.get<double>();
  }
  if (test.record && test.record->engine && test.record->engine->model_size_bytes > 0) {
    figures["model_size_bytes"] = static_cast<double>(test.record->engine->model_size_bytes);
  }
  const auto add = [&figures](const char* name, const std::optional<double>& value) {
    if (value && *value > 0.0) figures[name] = *value;
  };
  if (test.machine) {
    add("engine_rss_max_bytes", test.machine->engine_rss_max_bytes);
    if (const std::optional<EnergyFigures>& energy = test.machine->energy) {
      add("joules_per_output_token", energy->joules_per_output_token);
      add("joules_per_sample", energy->joules_per_sample);
    }
  }
  return figures;
}

void TakeOutputs(const TestEvidence& test, RunView& view) {
  for (const ScoredAnswer& answer : test.score->answers) {
    const SampleScore& s = answer.score;
    view.outputs[answer.answer.index] = {answer.answer.tokens,
                                         answer.prediction,
                                         {100.0 * s.rouge1.fmeasure, 100.0 * s.rouge2.fmeasure,
                                          100.0 * s.rougeL.fmeasure, 100.0 * s.rougeLsum.fmeasure}};
  }
}

// Without references there are answers all the same.
void TakeUnscoredOutputs(const TestEvidence& test, RunView& view) {
  for (const Answer& answer : test.answers) {
    view.outputs.try_emplace(answer.index, ScoredOutput{answer.tokens, "", {}});
  }
}

std::string IncompleteOf(const RunRecord& record) {
  for (const TestEnd& end : record.tests) {
    if (end.outcome == "completed") continue;
    return fmt::format("the {} test did not reach its end ({})", TestDirectoryName(end.test),
                       end.outcome);
  }
  return ReachedItsEnd(record) ? "" : "the run did not reach its end";
}

}  // namespace

std::vector<TimedRequest> TimedRequests(const std::vector<RequestRecord>& requests,
                                        std::optional<std::int64_t> origin_not_before_ns) {
  const Schedule schedule = RecoverSchedule(requests, origin_not_before_ns);
  if (schedule.scheduled_ns.empty()) return {};
  const std::int64_t start =
      *std::min_element(schedule.scheduled_ns.begin(), schedule.scheduled_ns.end());
  const auto seconds = [start](std::int64_t ns) {
    return static_cast<double>(Elapsed(start, ns)) / 1e9;
  };
  std::map<std::uint64_t, TimedRequest> by_id;
  for (std::size_t i = 0; i < requests.size(); ++i) {
    const RequestOutcome& o = requests[i].outcome;
    if (!Completed(o) || !o.first_token || !o.last_token) continue;
    by_id.try_emplace(
        o.id, TimedRequest{requests[i].sample_index, seconds(schedule.scheduled_ns[i]),
                           seconds(ToNanos(*o.first_token)), seconds(ToNanos(*o.last_token)),
                           seconds(ToNanos(o.done)), static_cast<double>(o.token_ids.size())});
  }
  std::vector<TimedRequest> timed;
  timed.reserve(by_id.size());
  for (const auto& [id, request] : by_id) timed.push_back(request);
  return timed;
}

Result<RunView> LoadRunView(const fs::path& run_dir) {
  ASSAY_ASSIGN_OR_RETURN(const Derived derived, Derive(run_dir));
  RunView view;
  view.name = run_dir.string();
  view.facts = FactsOf(derived);
  view.verdict = ToJson(derived.judgement)["verdict"].get<std::string>();
  const RunEvidence& run = derived.evidence;
  view.incomplete = IncompleteOf(run.record);
  const TestEvidence* measured = Find(run, TestKind::kPerformance);
  if (measured != nullptr && measured->journal && measured->metrics && measured->record) {
    view.requests =
        TimedRequests(measured->journal->requests, measured->record->origin_not_before_ns);
    view.failed = measured->metrics->counts.failed;
    view.figures = FiguresOf(*measured);
  }
  view.not_scored = run.no_score;
  if (const TestEvidence* scored = CountingTest(run); scored != nullptr) {
    TakeOutputs(*scored, view);
  } else if (const TestEvidence* answered = Find(run, TestKind::kAccuracy); answered != nullptr) {
    TakeUnscoredOutputs(*answered, view);
  } else if (measured != nullptr) {
    TakeUnscoredOutputs(*measured, view);
  }
  return view;
}

}  // namespace assay
