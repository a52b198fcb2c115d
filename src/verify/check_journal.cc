#include <algorithm>
#include <set>
#include <string_view>
#include <utility>
#include <vector>

#include "base/format.h"
#include "load/schedule.h"
#include "metrics/metrics.h"
#include "metrics/schedule.h"
#include "rules/loadgen_queries.h"
#include "verify/check_record.h"

namespace assay {
namespace {

class JournalCheck {
 public:
  JournalCheck(const RunEvidence& run, const TestEvidence& test, Verification& out)
      : run_(run),
        test_(test),
        requests_(test.journal->requests),
        file_(test.JournalFile()),
        out_(out) {}

  void Check() {
    CheckBytes();
    CheckIds();
    for (std::size_t i = 0; i < requests_.size(); ++i) {
      CheckTimes(i);
      CheckChunks(i);
      CheckPrompt(i);
    }
    CheckScheduled();
    if (ids_are_whole_) CheckQueries();
    if (test_.record) CheckCounts();
  }

 private:
  // `i`: position in the journal.
  void Differs(std::size_t i, std::string_view key, std::string stated, std::string recomputed,
               std::string message) {
    out_.Differs(file_, fmt::format("line {} /{}", i + 1, key), std::move(stated),
                 std::move(recomputed), std::move(message));
  }

  // A line that is not what the writer writes for what the reader reads was edited by hand.
  void CheckBytes() {
    const auto bytes = ReadFile(run_.directory / file_);
    if (!bytes) return;
    std::string_view rest = *bytes;
    for (std::size_t i = 0; i < requests_.size(); ++i) {
      const std::size_t end = rest.find('\n') + 1;
      const std::string written = ToJournalLine(requests_[i]);
      const std::string_view line = rest.substr(0, end);
      rest.remove_prefix(end);
      if (line == written) continue;
      const auto [a, b] = std::mismatch(line.begin(), line.end(), written.begin(), written.end());
      const auto at = static_cast<std::size_t>(a - line.begin());
      out_.Differs(file_, fmt::format("line {} byte {}", i + 1, at + 1),
                   std::string(line.substr(at, 40)), written.substr(at, 40),
                   "A line does not say the same thing throughout, or was not written by Assay.");
    }
  }

  void CheckIds() {
    std::set<std::uint64_t> ids;
    for (std::size_t i = 0; i < requests_.size(); ++i) {
      const std::uint64_t id = requests_[i].outcome.id;
      if (!ids.insert(id).second) {
        Differs(i, "id", fmt::format("{}", id), "each id once", "A request stands there twice.");
      }
    }
    const bool ended = test_.record && test_.record->status == "completed";
    ids_are_whole_ = ids.size() == requests_.size();
    if (ids.empty() || !ended || *ids.rbegin() == ids.size() - 1) return;
    std::uint64_t missing = 0;
    while (ids.contains(missing)) ++missing;
    out_.Differs(file_, fmt::format("id {}", missing), "absent", "a line",
                 "A request that was issued has no line.");
  }

  // Times that must not descend, with their keys.
  using Moments = std::vector<std::pair<std::string_view, std::int64_t>>;

  static void Add(std::string_view key, const std::optional<MonoTime>& time, Moments& times) {
    if (time) times.emplace_back(key, ToNanos(*time));
  }

  void CheckTimes(std::size_t i) {
    const RequestRecord& r = requests_[i];
    const RequestOutcome& o = r.outcome;
    Moments times;
    if (test_.record) times.emplace_back("clocks_start", test_.record->clocks_start.steady_ns);
    times.emplace_back("issued_ns", r.issued_ns);
    Add("sent_ns", o.sent, times);
    Add("first_byte_ns", o.first_byte, times);
    Add("first_token_ns", o.first_token, times);
    Add("last_token_ns", o.last_token, times);
    times.emplace_back("done_ns", ToNanos(o.done));
    if (r.told_done) {
      times.emplace_back("told_done_ns", r.told_done->before_ns);
      times.emplace_back("told_done_ns", r.told_done->after_ns);
    }
    if (test_.record && test_.record->clocks_end) {
      times.emplace_back("clocks_end", test_.record->clocks_end->steady_ns);
    }
    CheckOrder(i, times);
    if (!r.told_first) return;
    Moments first;
    Add("first_token_ns", o.first_token, first);
    first.emplace_back("told_first_ns", r.told_first->before_ns);
    first.emplace_back("told_first_ns", r.told_first->after_ns);
    if (r.told_done) first.emplace_back("told_done_ns", r.told_done->before_ns);
    CheckOrder(i, first);
  }

  void CheckOrder(std::size_t i, const Moments& times) {
    for (std::size_t k = 1; k < times.size(); ++k) {
      if (times[k - 1].second <= times[k].second) continue;
      Differs(i, times[k].first, fmt::format("{}", times[k].second),
              fmt::format("not before {} {}", times[k - 1].first, times[k - 1].second),
              "A request's times are out of order.");
    }
  }

  // Both of our own engines tell each token as it comes.
  [[nodiscard]] bool EngineTellsTokens() const {
    if (!test_.record || !test_.record->engine) return false;
    const std::string& engine = test_.record->engine->engine;
    return engine == "llama" || engine == "scripted";
  }

  void CheckChunks(std::size_t i) {
    const RequestOutcome& o = requests_[i].outcome;
    if (!std::is_sorted(o.chunk_times.begin(), o.chunk_times.end())) {
      Differs(i, "chunk_ns", "", "ascending", "A request's chunks are out of order.");
    }
    if (o.chunk_times.size() != o.chunk_tokens.size()) {
      Differs(i, "chunk_tokens", fmt::format("{}", o.chunk_tokens.size()),
              fmt::format("{}", o.chunk_times.size()), "Chunks have no size, or sizes no chunk.");
    }
    if (!EngineTellsTokens() || o.chunk_times.empty() || o.error) return;
    std::uint64_t tokens = 0;
    for (const std::uint32_t count : o.chunk_tokens) tokens += count;
    if (tokens != o.token_ids.size()) {
      Differs(i, "n_tokens", fmt::format("{}", o.token_ids.size()), fmt::format("{}", tokens),
              "A request's chunks do not add up to its tokens.");
    }
    if (o.first_token != o.chunk_times.front()) {
      Differs(i, "first_token_ns", o.first_token ? fmt::format("{}", ToNanos(*o.first_token)) : "",
              fmt::format("{}", ToNanos(o.chunk_times.front())),
              "The first token is not the first chunk's.");
    }
    if (o.last_token != o.chunk_times.back()) {
      Differs(i, "last_token_ns", o.last_token ? fmt::format("{}", ToNanos(*o.last_token)) : "",
              fmt::format("{}", ToNanos(o.chunk_times.back())),
              "The last token is not the last chunk's.");
    }
  }

  void CheckPrompt(std::size_t i) {
    const RequestRecord& r = requests_[i];
    if (r.sample_index >= run_.samples.size()) {
      Differs(i, "sample_index", fmt::format("{}", r.sample_index),
              fmt::format("below {}", run_.samples.size()), "No such sample was asked.");
      return;
    }
    const auto& prompt = run_.samples[r.sample_index].prompt_ids;
    if (!EngineTellsTokens() || !prompt || r.outcome.prompt_tokens == prompt->size()) return;
    Differs(i, "prompt_tokens", fmt::format("{}", r.outcome.prompt_tokens),
            fmt::format("{}", prompt->size()), "A prompt is not as long as the sample's.");
  }

  // The writer's estimate of the origin is the smallest issue time - offset so far.
  void CheckScheduled() {
    std::set<std::int64_t> origins;
    for (const RequestRecord& r : requests_) {
      if (r.offset_ns) origins.insert(Elapsed(*r.offset_ns, r.issued_ns));
    }
    for (std::size_t i = 0; i < requests_.size(); ++i) {
      const RequestRecord& r = requests_[i];
      const bool follows = r.offset_ns ? origins.contains(Elapsed(*r.offset_ns, r.scheduled_ns)) &&
                                             r.scheduled_ns <= r.issued_ns
                                       : r.scheduled_ns == r.issued_ns;
      if (follows) continue;
      Differs(i, "scheduled_ns", fmt::format("{}", r.scheduled_ns), "",
              "A scheduled time does not follow from issue times and offsets.");
    }
  }

  // Which sample each request asks, and when, follows from LoadGen's seeds and settings.
  void CheckQueries() {
    if (!test_.loadgen.detail) return;
    const auto settings = QuerySettingsOf(*test_.loadgen.detail);
    const auto queries = settings ? Reproduce(*settings) : std::nullopt;
    if (!queries) {
      out_.not_checked.push_back({file_ + ": that the requests are those of LoadGen's seeds",
                                  "the detail log lacks a setting that decides them", false});
      return;
    }
    std::vector<const RequestRecord*> by_id(requests_.size(), nullptr);
    std::vector<std::size_t> lines(requests_.size(), 0);
    for (std::size_t i = 0; i < requests_.size(); ++i) {
      if (requests_[i].outcome.id >= by_id.size()) return;  // told already
      by_id[requests_[i].outcome.id] = &requests_[i];
      lines[requests_[i].outcome.id] = i;
    }
    const std::vector<std::uint64_t> order = IssueOrder(*settings, *queries, by_id.size());
    for (std::size_t id = 0; id < by_id.size() && id < order.size(); ++id) {
      if (by_id[id]->sample_index == order[id]) continue;
      Differs(lines[id], "sample_index", fmt::format("{}", by_id[id]->sample_index),
              fmt::format("{}", order[id]), "LoadGen's seeds give another sample.");
    }
    CheckOffsets(*settings, by_id, lines);
  }

  void CheckOffsets(const QuerySettings& settings, const std::vector<const RequestRecord*>& by_id,
                    const std::vector<std::size_t>& lines) {
    const bool server = settings.kind == QuerySettings::Kind::kServer;
    const bool single = settings.kind == QuerySettings::Kind::kSingleStream;
    double qps = settings.target_qps;
    if (test_.record) {  // the log prints it with six digits
      const Json& exact = test_.record->loadgen_settings;
      if (exact.contains("server_target_qps")) qps = exact["server_target_qps"].get<double>();
    }
    ServerSchedule schedule(settings.seeds.schedule, qps > 0.0 ? qps : 1.0);
    for (std::size_t id = 0; id < by_id.size(); ++id) {
      std::optional<std::int64_t> expected;
      if (!single) expected = server ? schedule.Next() : 0;
      if (by_id[id]->offset_ns == expected) continue;
      const auto shown = [](const std::optional<std::int64_t>& ns) {
        return ns ? fmt::format("{}", *ns) : std::string("null");
      };
      Differs(lines[id], "offset_ns", shown(by_id[id]->offset_ns), shown(expected),
              "LoadGen's seeds give another schedule.");
    }
  }

  void CheckCounts() {
    const TestRecord& t = *test_.record;
    if (t.status != "completed") return;
    const auto completed = static_cast<std::uint64_t>(
        std::count_if(requests_.begin(), requests_.end(),
                      [](const RequestRecord& r) { return Completed(r.outcome); }));
    const std::uint64_t ended = requests_.size();
    const auto compare = [&](const char* key, std::uint64_t stated, std::uint64_t found) {
      if (stated == found) return;
      out_.Differs(test_.loadgen.directory + "test.json", fmt::format("/{}", key),
                   fmt::format("{}", stated), fmt::format("{}", found),
                   "The count is not the journal's.");
    };
    compare("issued", t.issued, ended);
    compare("completed", t.completed, completed);
    compare("failed", t.failed, ended - completed);
  }

  const RunEvidence& run_;
  const TestEvidence& test_;
  const std::vector<RequestRecord>& requests_;
  std::string file_;
  Verification& out_;
  bool ids_are_whole_ = false;
};

}  // namespace

void CheckJournal(const RunEvidence& run, const TestEvidence& test, Verification& out) {
  if (!test.journal) return;
  JournalCheck(run, test, out).Check();
}

}  // namespace assay
