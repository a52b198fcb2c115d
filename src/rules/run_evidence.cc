#include "rules/run_evidence.h"

#include <algorithm>
#include <array>
#include <map>
#include <string>
#include <system_error>
#include <unordered_map>
#include <utility>

#include "base/format.h"
#include "base/utf8.h"
#include "dataset/dataset.h"
#include "dataset/sample_hash.h"
#include "rules/special_files.h"

namespace assay {
namespace {

bool Exists(const fs::path& path) {
  std::error_code error;
  return fs::exists(path, error);
}

std::vector<Answer> AnswersOfJournal(const Journal& journal) {
  std::vector<Answer> answers;
  answers.reserve(journal.requests.size());
  for (std::size_t i = 0; i < journal.requests.size(); ++i) {
    const RequestRecord& request = journal.requests[i];
    answers.push_back({request.sample_index, request.outcome.token_ids, i + 1});
  }
  return answers;
}

std::string HashIn(const std::map<std::string, std::string>& settings, const std::string& name) {
  const auto it = settings.find(name);
  return it == settings.end() ? "none" : it->second;
}

// Errors: kParse: `found` is another tokenizer than `own`, or the settings beside it are others.
Status CheckIsOwn(const Tokenizer::Identity& found, const Tokenizer::Identity& own) {
  if (found.sha256 != own.sha256) {
    return MakeError(ErrorCode::kParse, "{}: is not the run's tokenizer: SHA-256 {}, expected {}",
                     found.path, found.sha256, own.sha256);
  }
  std::map<std::string, std::string> names = own.settings;
  names.insert(found.settings.begin(), found.settings.end());
  for (const auto& [name, ignored] : names) {
    const std::string hash = HashIn(found.settings, name);
    const std::string expected = HashIn(own.settings, name);
    if (hash == expected) continue;
    return MakeError(ErrorCode::kParse,
                     "{}: is not what stood beside the run's tokenizer: SHA-256 {}, expected {}",
                     (fs::path(found.path).parent_path() / name).string(), hash, expected);
  }
  return Ok{};
}

// Errors: those of LoadTokenizer; kParse: it is another one than the run's.
Result<std::shared_ptr<const Tokenizer>> LoadOwn(const fs::path& path, const RunRecord& record) {
  ASSAY_ASSIGN_OR_RETURN(auto tokenizer, LoadTokenizer(path));
  ASSAY_RETURN_IF_ERROR(CheckIsOwn(tokenizer->identity(), record.tokenizer));
  return tokenizer;
}

// The tokenizer that the run names: its own copy, or the file it was read from if that is
// unchanged.
Result<std::shared_ptr<const Tokenizer>> RunTokenizer(const fs::path& run_dir,
                                                      const RunRecord& record) {
  const fs::path copy = run_dir / "inputs" / "tokenizer";
  return LoadOwn(Exists(copy) ? copy : fs::path(record.tokenizer.path), record);
}

class RunLoader {
 public:
  RunLoader(const fs::path& run_dir, const CheckOptions& options)
      : dir_(run_dir), options_(options) {}

  Result<RunEvidence> Load() {
    run_.directory = dir_;
    ASSAY_ASSIGN_OR_RETURN(run_.record, ReadRunRecord(dir_));
    ASSAY_RETURN_IF_ERROR(LoadTexts());
    if (auto manifest = CheckManifest(dir_)) {
      run_.manifest = std::move(*manifest);
    } else {
      run_.unreadable.push_back(Unreadable(dir_, "manifest.json", manifest.error()));
    }
    run_.calibration = ReadCalibration(dir_);
    for (const TestKind test :
         {TestKind::kPerformance, TestKind::kAccuracy, TestKind::kCompliance}) {
      if (Exists(TestDirectory(dir_, test))) run_.tests.push_back(LoadTest(test));
    }
    return std::move(run_);
  }

 private:
  // References and tokenizer.
  Status LoadTexts() {
    if (auto samples = ReadInputSamples(dir_)) {
      run_.samples = std::move(*samples);
      for (const InputSample& sample : run_.samples) {
        if (!options_.dataset && sample.reference) {
          references_.emplace(sample.index, *sample.reference);
        }
      }
    } else {
      run_.unreadable.push_back(Unreadable(dir_, "inputs/samples.jsonl", samples.error()));
    }
    if (options_.dataset) ASSAY_RETURN_IF_ERROR(LoadGivenDataset(*options_.dataset));
    if (references_.empty()) run_.no_score = "the run keeps no reference summaries (--dataset)";
    if (options_.tokenizer) {
      ASSAY_ASSIGN_OR_RETURN(run_.tokenizer, LoadOwn(*options_.tokenizer, run_.record));
    } else if (auto tokenizer = RunTokenizer(dir_, run_.record)) {
      run_.tokenizer = std::move(*tokenizer);
    } else {
      run_.no_score = fmt::format("no tokenizer ({}; --tokenizer)", tokenizer.error().message);
    }
    return Ok{};
  }

  // In place of the references that the run keeps, or does not. Errors: kParse: it is not the data
  // set of the run.
  Status LoadGivenDataset(const fs::path& path) {
    ASSAY_ASSIGN_OR_RETURN(Dataset dataset, LoadDataset(path));
    for (const InputSample& sample : run_.samples) {
      const bool same = sample.index < dataset.samples.size() &&
                        HashOf(dataset.samples[sample.index]) == sample.sha256;
      if (same) continue;
      return MakeError(ErrorCode::kParse,
                       "{}: is not the data set of the run: sample {} is another one",
                       path.string(), sample.index);
    }
    for (Sample& sample : dataset.samples) {
      references_.emplace(sample.index, std::move(sample.reference));
    }
    return Ok{};
  }

  // The value of `read`, or nullopt and a note.
  template <typename T>
  std::optional<T> Keep(Result<T> value, const std::string& file) {
    if (value) return std::move(*value);
    run_.unreadable.push_back(Unreadable(dir_, file, value.error()));
    return std::nullopt;
  }

  TestEvidence LoadTest(TestKind test) {
    TestEvidence evidence;
    evidence.test = test;
    const std::string directory = fmt::format("{}/", TestDirectoryName(test));
    evidence.loadgen = LoadLoadgenEvidence(dir_, directory, TokenWidth::kInt32);
    if (auto record = Keep(ReadTestRecord(dir_, test), directory + "test.json")) {
      evidence.record = std::move(*record);
    }
    if (Exists(dir_ / evidence.JournalFile())) {
      evidence.journal = Keep(ReadJournal(dir_ / evidence.JournalFile()), evidence.JournalFile());
    }
    if (Exists(dir_ / evidence.TelemetryFile())) {
      evidence.telemetry =
          Keep(ReadTelemetry(dir_ / evidence.TelemetryFile()), evidence.TelemetryFile());
    }
    if (evidence.journal) evidence.answers = AnswersOfJournal(*evidence.journal);
    Score(evidence);
    Measure(evidence);
    return evidence;
  }

  void Score(TestEvidence& evidence) {
    if (!run_.no_score.empty()) return;
    const References references = [this](std::uint64_t index) -> std::optional<std::string_view> {
      const auto it = references_.find(index);
      if (it == references_.end()) return std::nullopt;
      return it->second;
    };
    const bool logged = evidence.test == TestKind::kAccuracy && !evidence.loadgen.answers.empty();
    evidence.score = ScoreAnswers(logged ? evidence.loadgen.answers : evidence.answers, references,
                                  *run_.tokenizer);
  }

  void Measure(TestEvidence& evidence) {
    if (evidence.record) {
      evidence.roofline = ComputeRoofline(*evidence.record, MachinePeakFor(evidence));
    }
    if (!evidence.journal || !evidence.record) return;
    const std::vector<RequestRecord>& requests = evidence.journal->requests;
    std::vector<std::optional<std::uint64_t>> characters;
    characters.reserve(requests.size());
    for (const RequestRecord& request : requests) characters.push_back(CharactersOf(request));
    evidence.metrics =
        ComputeMetrics(requests, *evidence.record, run_.record.config.goodput, characters);
    if (evidence.telemetry) {
      evidence.machine =
          ComputeMachineFigures(*evidence.telemetry, requests, *evidence.record, *evidence.metrics);
    }
    if (evidence.loadgen.detail) {
      evidence.comparison =
          CompareWithLoadgen(requests, *evidence.record, *evidence.loadgen.detail);
    }
  }

  // Of what the model runs on: the processors, or the one GPU.
  std::optional<MachinePeak> MachinePeakFor(const TestEvidence& evidence) const {
    if (!evidence.record->engine) return std::nullopt;
    const EngineInfo& engine = *evidence.record->engine;
    if (engine.layers_on_gpu == 0) return PeakOf(run_.record.host);
    const bool whole = engine.layers_on_gpu == engine.layers_total;
    if (!whole || !evidence.telemetry || evidence.telemetry->header.gpus.size() != 1) {
      return std::nullopt;
    }
    return PeakOf(evidence.telemetry->header.gpus.front());
  }

  std::optional<std::uint64_t> CharactersOf(const RequestRecord& request) const {
    if (run_.tokenizer == nullptr) return std::nullopt;
    const auto text = run_.tokenizer->Decode(request.outcome.token_ids);
    if (!text) return std::nullopt;
    return CountCodePoints(*text);
  }

  const fs::path& dir_;
  const CheckOptions& options_;
  RunEvidence run_;
  std::unordered_map<std::uint64_t, std::string> references_;
};

}  // namespace

Result<RunEvidence> LoadRun(const fs::path& run_dir, const CheckOptions& options) {
  ASSAY_RETURN_IF_ERROR(CheckNoSpecialFiles(run_dir));
  return RunLoader(run_dir, options).Load();
}

const TestEvidence* Find(const RunEvidence& run, TestKind test) {
  const auto it = std::find_if(run.tests.begin(), run.tests.end(),
                               [test](const TestEvidence& t) { return t.test == test; });
  return it == run.tests.end() ? nullptr : &*it;
}

const TestEvidence* CountingTest(const RunEvidence& run) {
  const TestEvidence* accuracy = Find(run, TestKind::kAccuracy);
  if (accuracy != nullptr && accuracy->score) return accuracy;
  const auto scored = std::find_if(run.tests.begin(), run.tests.end(),
                                   [](const TestEvidence& t) { return t.score.has_value(); });
  return scored == run.tests.end() ? nullptr : &*scored;
}

}  // namespace assay
