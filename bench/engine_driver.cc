// Runs the embedded engine on prompts given as token ids, all issued at once, and prints one JSON
// object with what it took. For bench/engine_vs_llama.py.
//
// engine_driver MODEL PROMPTS.jsonl SLOTS THREADS BATCH MAX_NEW fixed|real

#include <charconv>
#include <condition_variable>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <iostream>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <sys/resource.h>

#include "assay/clock.h"
#include "assay/engine.h"

#include "base/format.h"
#include "base/json.h"
#include "engine/llama/llama_engine.h"

namespace assay {
namespace {

class Counter final : public EngineSink {
 public:
  explicit Counter(std::size_t expected) : expected_(expected) {}

  void OnFirstToken(std::uint64_t, MonoTime, std::span<const TokenId>) override {}
  void OnDone(RequestOutcome outcome) override {
    const std::lock_guard lock(mutex_);
    tokens_ += outcome.token_ids.size();
    failed_ += outcome.error ? 1U : 0U;
    last_ = outcome.done;
    if (++done_ == expected_) all_.notify_one();
  }
  void Wait() {
    std::unique_lock lock(mutex_);
    all_.wait(lock, [this] { return done_ == expected_; });
  }
  [[nodiscard]] std::size_t tokens() const { return tokens_; }
  [[nodiscard]] std::size_t failed() const { return failed_; }
  [[nodiscard]] MonoTime last() const { return last_; }

 private:
  std::mutex mutex_;
  std::condition_variable all_;
  std::size_t expected_;
  std::size_t done_ = 0;
  std::size_t tokens_ = 0;
  std::size_t failed_ = 0;
  MonoTime last_;
};

Result<std::vector<std::vector<TokenId>>> ReadPrompts(const std::string& path) {
  std::ifstream file(path);
  if (!file) return MakeError(ErrorCode::kIo, "{}: cannot be opened", path);
  std::vector<std::vector<TokenId>> prompts;
  for (std::string line; std::getline(file, line);) {
    ASSAY_ASSIGN_OR_RETURN(const Json ids,
                           ParseJson(line, fmt::format("{}:{}", path, prompts.size() + 1)));
    prompts.push_back(ids.get<std::vector<TokenId>>());
  }
  return prompts;
}

double Seconds(const timeval& time) {
  return static_cast<double>(time.tv_sec) + 1e-6 * static_cast<double>(time.tv_usec);
}

Result<Json> RunAll(const LlamaOptions& options, const std::vector<std::vector<TokenId>>& prompts) {
  ASSAY_ASSIGN_OR_RETURN(const auto engine, LoadLlamaEngine(options));
  std::vector<EngineRequest> requests;
  for (const std::vector<TokenId>& ids : prompts) {
    ASSAY_RETURN_IF_ERROR(engine->CheckPrompt(ids));
    requests.push_back({.id = requests.size(),
                        .sample_index = requests.size(),
                        .prompt_ids = ids,
                        .prompt_text = {}});
  }
  Counter counter(requests.size());
  ASSAY_RETURN_IF_ERROR(engine->Start(&counter));
  rusage before{};
  getrusage(RUSAGE_SELF, &before);
  const MonoTime start = SteadyClock().Now();
  engine->Submit(requests);
  counter.Wait();
  rusage after{};
  getrusage(RUSAGE_SELF, &after);
  engine->Stop();
  const double wall = std::chrono::duration<double>(counter.last() - start).count();
  Json result;
  result["tokens"] = counter.tokens();
  result["failed"] = counter.failed();
  result["wall_s"] = wall;
  result["tokens_per_s"] = static_cast<double>(counter.tokens()) / wall;
  result["user_s"] = Seconds(after.ru_utime) - Seconds(before.ru_utime);
  result["system_s"] = Seconds(after.ru_stime) - Seconds(before.ru_stime);
  result["peak_rss_kib"] = after.ru_maxrss;
  for (const auto& [name, value] : engine->info().settings) result["settings"][name] = value;
  return result;
}

Result<Json> Run(const std::vector<std::string>& args) {
  if (args.size() != 7) return MakeError(ErrorCode::kInvalidArgument, "expected 7 arguments");
  ASSAY_ASSIGN_OR_RETURN(const auto prompts, ReadPrompts(args[1]));
  LlamaOptions options;
  options.model = args[0];
  options.slots = std::atoi(args[2].c_str());
  options.threads = std::atoi(args[3].c_str());
  options.batch = std::atoi(args[4].c_str());
  options.limits.max_new_tokens = std::atoi(args[5].c_str());
  options.limits.ignore_end_tokens = args[6] == "fixed";
  std::size_t longest = 0;
  for (const auto& ids : prompts) longest = std::max(longest, ids.size());
  options.max_prompt_tokens = longest;
  return RunAll(options, prompts);
}

}  // namespace
}  // namespace assay

int main(int argc, char** argv) {
  const auto result = assay::Run(std::vector<std::string>(argv + 1, argv + argc));
  if (!result) {
    std::cerr << result.error().message << '\n';
    return 3;
  }
  std::cout << assay::ToJsonLine(*result) << '\n';
  return 0;
}
