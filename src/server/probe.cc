#include "server/probe.h"

#include <algorithm>
#include <array>
#include <utility>

#include "base/format.h"
#include "base/json.h"

namespace assay {
namespace {

constexpr int kOk = 200;
constexpr int kServerError = 500;

// The member, where it is there and of this kind.
const Json* Member(const Json& object, const char* name) {
  if (!object.is_object()) return nullptr;
  const auto it = object.find(name);
  return it == object.end() ? nullptr : &*it;
}

std::optional<std::string> StringIn(const Json& object, const char* name) {
  const Json* value = Member(object, name);
  return value != nullptr && value->is_string() ? std::optional(value->get<std::string>())
                                                : std::nullopt;
}

std::optional<std::uint64_t> CountIn(const Json& object, const char* name) {
  const Json* value = Member(object, name);
  return value != nullptr && value->is_number_unsigned()
             ? std::optional(value->get<std::uint64_t>())
             : std::nullopt;
}

// What a server calls its load. Sources: vLLM, "Production Metrics" and "Metrics" (V1); llama.cpp,
// tools/server/README.md; SGLang, "Production Metrics".
struct LoadNames {
  std::string_view running;
  std::string_view waiting;
  std::string_view kv_cache_used;
  std::string_view prompt_tokens;
  std::string_view generation_tokens;
};
constexpr std::array<LoadNames, 3> kLoadNames{
    {{"vllm:num_requests_running", "vllm:num_requests_waiting", "vllm:kv_cache_usage_perc",
      "vllm:prompt_tokens_total", "vllm:generation_tokens_total"},
     {"llamacpp:requests_processing", "llamacpp:requests_deferred", "llamacpp:kv_cache_usage_ratio",
      "llamacpp:prompt_tokens_total", "llamacpp:tokens_predicted_total"},
     {"sglang:num_running_reqs", "sglang:num_queue_reqs", "sglang:token_usage",
      "sglang:prompt_tokens_total", "sglang:generation_tokens_total"}}};

// One endpoint being asked.
class Interview {
 public:
  Interview(const std::string& url, const HttpGet& get) : get_(get) { facts_.url = url; }

  EndpointFacts Run() {
    if (const auto models = AskJson("/v1/models")) Models(*models);
    if (const auto version = AskJson("/version")) {
      facts_.version = StringIn(*version, "version").value_or("");
    }
    if (facts_.software != "vllm") {
      if (const auto props = AskJson("/props")) Props(*props);
    }
    if (const auto text = Ask("/metrics")) Metrics(*text);
    return std::move(facts_);
  }

 private:
  void Unanswered(const std::string& path, std::string why) {
    facts_.unanswered.emplace_back(path, std::move(why));
  }

  std::optional<std::string> Ask(const std::string& path) {
    Result<HttpAnswer> answer = get_(path);
    if (!answer) {
      Unanswered(path, answer.error().message);
      return std::nullopt;
    }
    if (answer->status != kOk) {
      Unanswered(path, fmt::format("status {}", answer->status));
      return std::nullopt;
    }
    return std::move(answer->body);
  }

  std::optional<Json> AskJson(const std::string& path) {
    const auto body = Ask(path);
    if (!body) return std::nullopt;
    Result<Json> json = ParseJson(*body, path);
    if (!json) {
      Unanswered(path, "is no JSON");
      return std::nullopt;
    }
    return std::move(*json);
  }

  void Setting(std::string_view name, std::string value) {
    facts_.settings.emplace_back(name, std::move(value));
  }

  void Models(const Json& answer) {
    const Json* data = Member(answer, "data");
    if (data == nullptr || !data->is_array()) {
      return Unanswered("/v1/models", "has no list \"data\"");
    }
    for (const Json& model : *data) {
      if (const auto id = StringIn(model, "id")) facts_.models.push_back(*id);
      const auto owner = StringIn(model, "owned_by");
      if (owner && facts_.software.empty()) {
        facts_.software = *owner == "llamacpp" ? "llama.cpp" : *owner;
      }
      if (!facts_.context_tokens) facts_.context_tokens = CountIn(model, "max_model_len");
      if (const Json* meta = Member(model, "meta")) ModelMeta(*meta);
    }
  }

  // llama-server's; its n_ctx is that of one slot.
  void ModelMeta(const Json& meta) {
    if (!facts_.context_tokens) facts_.context_tokens = CountIn(meta, "n_ctx");
    if (const auto type = StringIn(meta, "ftype")) Setting("ftype", *type);
    for (const char* name : {"n_params", "size", "n_ctx_train"}) {
      if (const auto count = CountIn(meta, name)) Setting(name, fmt::format("{}", *count));
    }
  }

  void Props(const Json& props) {
    if (facts_.version.empty()) facts_.version = StringIn(props, "build_info").value_or("");
    if (const auto path = StringIn(props, "model_path")) Setting("model_path", *path);
    if (const auto slots = CountIn(props, "total_slots")) {
      Setting("total_slots", fmt::format("{}", *slots));
    }
  }

  void Metrics(const std::string& text) {
    const auto samples = ParsePrometheus(text);
    if (!samples) return Unanswered("/metrics", samples.error().message);
    facts_.metrics = CountersOf(*samples).has_value();
    if (!facts_.metrics) Unanswered("/metrics", "has no counters that are known here");
    bool first = true;
    for (const PrometheusSample& sample : *samples) {
      if (sample.name != "vllm:cache_config_info") continue;
      CacheConfig(sample, first);
      first = false;
    }
  }

  // One a data-parallel engine; settings of the first, and prefix caching if any has it.
  void CacheConfig(const PrometheusSample& sample, bool first) {
    const std::string* caching = sample.Label("enable_prefix_caching");
    if (caching != nullptr && (*caching == "True" || *caching == "False")) {
      facts_.prefix_caching = facts_.prefix_caching.value_or(false) || *caching == "True";
    }
    if (!first) return;
    for (const auto& [name, value] : sample.labels) {
      const bool tells = value != "None" && name != "engine" && !name.starts_with('_');
      if (tells) Setting(name, value);
    }
  }

  const HttpGet& get_;
  EndpointFacts facts_;
};

// What `understand` finds in the answer of /metrics.
template <typename T>
std::optional<T> ReadMetrics(const HttpGet& get,
                             std::optional<T> (*understand)(const std::vector<PrometheusSample>&)) {
  const Result<HttpAnswer> answer = get("/metrics");
  if (!answer || answer->status != kOk) return std::nullopt;
  const auto samples = ParsePrometheus(answer->body);
  return samples ? understand(*samples) : std::nullopt;
}

std::optional<double> Plus(std::optional<double> a, std::optional<double> b) {
  if (!a) return b;
  return *a + b.value_or(0.0);
}

}  // namespace

Status CheckReady(const HttpGet& get) {
  Result<HttpAnswer> answer = get("/health");
  std::string path = "/health";
  if (answer && answer->status != kOk && answer->status < kServerError) {
    path = "/v1/models";
    answer = get(path);
  }
  if (!answer) return answer.error();
  if (answer->status < kServerError) return Ok{};
  return MakeError(ErrorCode::kUnavailable, "{}: status {}", path, answer->status);
}

EndpointFacts ProbeEndpoint(const std::string& url, const HttpGet& get) {
  return Interview(url, get).Run();
}

std::optional<ServerCounters> ReadCounters(const HttpGet& get) {
  return ReadMetrics(get, CountersOf);
}

std::optional<ServerLoadSample> ReadLoad(const HttpGet& get) {
  return ReadMetrics(get, LoadOf);
}

std::optional<ServerLoadSample> LoadOf(const std::vector<PrometheusSample>& samples) {
  const auto known = std::find_if(kLoadNames.begin(), kLoadNames.end(), [&](const LoadNames& n) {
    return SumOf(samples, n.running).has_value();
  });
  if (known == kLoadNames.end()) return std::nullopt;
  ServerLoadSample load;
  load.running = SumOf(samples, known->running);
  load.waiting = SumOf(samples, known->waiting);
  load.kv_cache_used = LargestOf(samples, known->kv_cache_used);
  load.prompt_tokens = SumOf(samples, known->prompt_tokens);
  load.generation_tokens = SumOf(samples, known->generation_tokens);
  return load;
}

std::optional<ServerCounters> CountersOf(const std::vector<PrometheusSample>& samples) {
  const auto sum = [&](std::string_view name) { return SumOf(samples, name); };
  ServerCounters c;
  if (sum("vllm:generation_tokens_total")) {
    c.prompt_tokens = sum("vllm:prompt_tokens_total");
    c.generation_tokens = sum("vllm:generation_tokens_total");
    c.cached_prompt_tokens = sum("vllm:prompt_tokens_cached_total");
    c.prefix_queries = sum("vllm:prefix_cache_queries_total");
    c.prefix_hits = sum("vllm:prefix_cache_hits_total");
    c.preemptions = sum("vllm:num_preemptions_total");
    c.requests_finished = sum("vllm:request_success_total");
    return c;
  }
  if (!sum("llamacpp:tokens_predicted_total")) return std::nullopt;
  c.generation_tokens = sum("llamacpp:tokens_predicted_total");
  c.cached_prompt_tokens = sum("llamacpp:prompt_tokens_cached_total");
  // Without the cached ones, which are counted apart.
  c.prompt_tokens = Plus(sum("llamacpp:prompt_tokens_total"), c.cached_prompt_tokens);
  return c;
}

}  // namespace assay
