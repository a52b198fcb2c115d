#include "engine/openai/openai_engine.h"

#include <algorithm>
#include <chrono>
#include <optional>
#include <unordered_map>
#include <utility>

#include "base/check.h"
#include "base/format.h"
#include "engine/openai/client_loop.h"
#include "engine/openai/outcome_collector.h"
#include "engine/openai/request_body.h"
#include "engine/openai/server_models.h"

namespace assay {
namespace {

// What the probe asks. Too short for the blocks by which servers keep prompts, and no article.
constexpr std::string_view kProbeText = "The capital of France is";
constexpr std::uint64_t kProbeId = ~std::uint64_t{0};
constexpr std::uint64_t kFewestDescriptors = 64;  // for everything but connections
// A server's first answer may take long: it compiles, or fills caches of its own.
constexpr auto kProbeTime = std::chrono::seconds(60);
constexpr auto kWarmUpTime = std::chrono::hours(24);

Nanos FromSeconds(double seconds) {
  return std::chrono::duration_cast<Nanos>(std::chrono::duration<double>(seconds));
}

// A prompt of the same length of which no server can have kept anything but its first token.
std::vector<TokenId> Reversed(std::span<const TokenId> ids) {
  std::vector<TokenId> reversed(ids.begin(), ids.end());
  if (reversed.size() > 1) std::reverse(reversed.begin() + 1, reversed.end());
  return reversed;
}

std::string ReversedWords(std::string_view text) {
  std::string reversed;
  while (!text.empty()) {
    const std::size_t space = text.rfind(' ');
    const std::size_t from = space == std::string_view::npos ? 0 : space + 1;
    reversed.append(text.substr(from)).append(" ");
    text = text.substr(0, space == std::string_view::npos ? 0 : space);
  }
  return reversed;
}

class OpenAiEngine final : public Engine {
 public:
  OpenAiEngine(const OpenAiOptions& options, ServedModel model,
               std::vector<std::shared_ptr<const Dialer>> dialers)
      : options_(options), model_(std::move(model)) {
    options_.prompts = {};
    for (auto& dialer : dialers) {
      auto endpoint = std::make_unique<Endpoint>();
      endpoint->head = HeadFor(*dialer);
      endpoint->dialer = std::move(dialer);
      endpoints_.push_back(std::move(endpoint));
    }
    if (!options_.api_key.empty()) secrets_.push_back(options_.api_key);
    for (const auto& [name, value] : options_.headers) {
      if (!value.empty()) secrets_.push_back(value);
    }
    form_.chat = options_.endpoint.path == kChatPath;
    form_.ids = options_.endpoint.prompt_ids && !form_.chat;
    form_.stream = options_.endpoint.stream;
    form_.model = model_.id;
    form_.limits = options_.limits;
    form_.extra_body = options_.endpoint.extra_body;
    concurrency_ = options_.endpoint.max_concurrency.value_or(options_.default_concurrency);
    prompts_.assign(options.prompts.begin(), options.prompts.end());
    FillInfo();
  }
  OpenAiEngine(const OpenAiEngine&) = delete;
  OpenAiEngine& operator=(const OpenAiEngine&) = delete;
  ~OpenAiEngine() override { OpenAiEngine::Stop(); }

  [[nodiscard]] const EngineInfo& info() const override { return info_; }

  [[nodiscard]] Status CheckPrompt(std::span<const TokenId> prompt_ids) const override {
    if (prompt_ids.empty()) return Error{ErrorCode::kInvalidArgument, "the prompt has no token"};
    const auto longest = static_cast<std::uint64_t>(options_.limits.max_new_tokens);
    if (model_.context_tokens == 0 || prompt_ids.size() + longest <= model_.context_tokens) {
      return Ok{};
    }
    // Servers cut such an answer short and say nothing.
    return MakeError(ErrorCode::kInvalidArgument,
                     "the prompt's {} tokens and {} new ones do not fit the server's context of {}",
                     prompt_ids.size(), longest, model_.context_tokens);
  }

  [[nodiscard]] Status Start(EngineSink* sink) override;
  void Submit(std::span<const EngineRequest> requests) override;
  void Stop() override;
  [[nodiscard]] std::optional<ClientReport> client_report() const override;

 private:
  [[nodiscard]] std::string HeadFor(const Dialer& dialer) const;
  void FillInfo();
  [[nodiscard]] Status StartLoops();
  [[nodiscard]] Status Probe();
  [[nodiscard]] RequestOutcome ProbeOnce();
  [[nodiscard]] Status WarmUp();
  [[nodiscard]] Status JudgeProbe(const RequestOutcome& outcome);
  [[nodiscard]] ClientLoop& LeastLoaded();
  void MakeBodies();

  OpenAiOptions options_;
  const ServedModel model_;
  RequestForm form_;
  std::uint64_t concurrency_ = 1;
  Endpoints endpoints_;
  std::vector<std::string> secrets_;
  std::vector<EndpointPrompt> prompts_;
  std::unordered_map<std::uint64_t, std::string> bodies_;  // by sample index
  std::vector<std::unique_ptr<ClientLoop>> loops_;
  EngineInfo info_;
  EngineSink* sink_ = nullptr;
};

std::string OpenAiEngine::HeadFor(const Dialer& dialer) const {
  std::string head = fmt::format(
      "POST {}{} HTTP/1.1\r\nHost: {}\r\nAccept: {}\r\nContent-Type: application/json\r\n",
      dialer.TargetPrefix(), options_.endpoint.path, dialer.url().HostField(),
      options_.endpoint.stream ? "text/event-stream" : "application/json");
  if (!options_.api_key.empty()) {
    head += fmt::format("Authorization: Bearer {}\r\n", options_.api_key);
  }
  const std::string proxy = dialer.ProxyAuthorization();
  if (!proxy.empty() && dialer.url().scheme == ServerUrl::Scheme::kHttp) {
    head += fmt::format("Proxy-Authorization: {}\r\n", proxy);
  }
  for (const auto& [name, value] : options_.headers) head += fmt::format("{}: {}\r\n", name, value);
  // Servers make the ids of their answers of it: no other client's may be the same.
  return head + fmt::format("X-Request-Id: assay-{:x}-", ToNanos(SteadyClock().Now()));
}

void OpenAiEngine::FillInfo() {
  const EndpointConfig& e = options_.endpoint;
  info_.engine = "openai";
  info_.model_name = model_.id;
  info_.context_tokens = model_.context_tokens;
  info_.device = "behind the endpoint: not known";
  std::string urls;
  std::string proxies;
  for (const auto& endpoint : endpoints_) {
    urls += (urls.empty() ? "" : " ") + endpoint->dialer->url().text;
    const std::string proxy = endpoint->dialer->proxy();
    if (!proxy.empty()) proxies += (proxies.empty() ? "" : " ") + proxy;
  }
  info_.settings = {{"base_urls", urls},
                    {"endpoint", e.path},
                    {"prompts", form_.chat  ? "one message of the user"
                                : form_.ids ? "token ids"
                                            : "text"},
                    {"streaming", e.stream ? "yes" : "no"},
                    {"max_concurrency", fmt::format("{}", concurrency_)},
                    {"client_threads", fmt::format("{}", e.client_threads)},
                    {"sampling", ChangesSampling(e.extra_body)
                                     ? "changed by --extra-body"
                                     : "greedy: temperature 0, top_p 1, top_k 1, seed 42"}};
  if (!proxies.empty()) info_.settings.emplace_back("proxy", proxies);
}

Status OpenAiEngine::StartLoops() {
  const std::uint64_t descriptors = RaiseDescriptorLimit();
  if (concurrency_ + kFewestDescriptors > descriptors) {
    return MakeError(ErrorCode::kInvalidArgument,
                     "{} requests at one moment need more open files than this process may have "
                     "({}): give --max-concurrency, or raise ulimit -n",
                     concurrency_, descriptors);
  }
  const std::uint64_t threads = std::min(options_.endpoint.client_threads, concurrency_);
  const std::uint64_t ways = threads * endpoints_.size();
  const EndpointConfig& e = options_.endpoint;
  ClientLoop::Options loop;
  loop.endpoints = &endpoints_;
  loop.secrets = secrets_;
  loop.rules = {options_.tokenizer.get(), e.stream, !form_.chat,
                static_cast<std::size_t>(options_.limits.max_new_tokens)};
  loop.timeouts = {FromSeconds(e.connect_timeout_s), FromSeconds(e.first_token_timeout_s),
                   FromSeconds(e.token_timeout_s), FromSeconds(e.request_timeout_s)};
  loop.retries = e.retries;
  for (std::uint64_t i = 0; i < threads; ++i) {
    loop.max_streams = concurrency_ / threads + (i < concurrency_ % threads ? 1 : 0);
    loop.name = fmt::format("assay-io-{}", i);
    loops_.push_back(std::make_unique<ClientLoop>(loop));
    const std::uint64_t connections = std::min(options_.connections, concurrency_);
    ASSAY_RETURN_IF_ERROR(loops_.back()->Start((connections + ways - 1) / ways));
  }
  return Ok{};
}

RequestOutcome OpenAiEngine::ProbeOnce() {
  const std::vector<TokenId> ids = options_.tokenizer->Encode(kProbeText);
  constexpr std::int32_t kTokens = 2;
  const std::string body = RequestBodies(form_).Make(ids, kProbeText, kTokens);
  OutcomeCollector collector;
  const Job job{kProbeId, &body, ids, &collector, {}};
  loops_.front()->Submit({&job, 1});
  const Nanos limit = std::max<Nanos>(kProbeTime, FromSeconds(options_.endpoint.ready_timeout_s));
  std::vector<RequestOutcome> outcomes = collector.Wait(1, limit);
  if (!outcomes.empty()) return std::move(outcomes.front());
  Stop();  // nothing may point here any more
  RequestOutcome none;
  none.error = RequestError{
      "request_timeout",
      fmt::format("no answer within {:g} s", std::chrono::duration<double>(limit).count())};
  return none;
}

// What the server takes is found out here and not in the middle of the test.
Status OpenAiEngine::Probe() {
  RequestOutcome outcome = ProbeOnce();
  if (outcome.error && outcome.error->kind == "http_4xx") {
    const RequestError first = *outcome.error;
    form_.extensions = false;
    outcome = ProbeOnce();
    if (outcome.error && form_.ids) {
      form_.ids = false;
      const RequestOutcome text = ProbeOnce();
      if (!text.error) {
        return MakeError(ErrorCode::kInvalidArgument,
                         "{}: does not take prompts as token ids ({}); give --prompt-format text",
                         endpoints_.front()->dialer->url().text, outcome.error->message);
      }
    }
    if (outcome.error) outcome.error = first;
  }
  return JudgeProbe(outcome);
}

Status OpenAiEngine::JudgeProbe(const RequestOutcome& outcome) {
  const std::string& url = endpoints_.front()->dialer->url().text;
  if (outcome.error) {
    return MakeError(ErrorCode::kUnavailable, "{}: the first request failed: {}: {}", url,
                     outcome.error->kind, outcome.error->message);
  }
  if (outcome.server_prompt_tokens && !form_.chat &&
      *outcome.server_prompt_tokens != outcome.prompt_tokens) {
    return MakeError(ErrorCode::kInvalidArgument, "{}: counts {} tokens in a prompt of {}: {}", url,
                     *outcome.server_prompt_tokens, outcome.prompt_tokens,
                     form_.ids
                         ? "it adds to the ids that it gets"
                         : "its tokenizer, or what it puts before a text, is not --tokenizer's; "
                           "--prompt-format ids sends the ids themselves");
  }
  info_.settings.emplace_back("extensions", form_.extensions ? "sent" : "refused by the server");
  info_.settings.emplace_back(
      "token_ids", outcome.token_ids_are_engines ? "the server's" : "derived from the text");
  return Ok{};
}

Status OpenAiEngine::WarmUp() {
  const std::uint64_t count = options_.endpoint.num_warmups;
  if (count == 0 || prompts_.empty()) return Ok{};
  const RequestBodies make(form_);
  std::vector<std::string> bodies(count);
  std::vector<std::vector<TokenId>> ids(count);
  std::vector<Job> jobs(count);
  OutcomeCollector collector;
  for (std::size_t i = 0; i < count; ++i) {
    const EndpointPrompt& prompt = prompts_[i % prompts_.size()];
    ids[i] = Reversed(prompt.ids);
    bodies[i] = make.Make(ids[i], ReversedWords(prompt.text));
    jobs[i] = {kProbeId - i, &bodies[i], ids[i], &collector, {}};
    LeastLoaded().Submit({&jobs[i], 1});
  }
  for (const RequestOutcome& outcome : collector.Wait(count, kWarmUpTime)) {
    // A text that was turned round may have other tokens than its ids turned round.
    if (outcome.error && outcome.error->kind != "wrong_answer") {
      return MakeError(ErrorCode::kUnavailable, "{}: a warm-up request failed: {}: {}",
                       outcome.endpoint, outcome.error->kind, outcome.error->message);
    }
  }
  return Ok{};
}

void OpenAiEngine::MakeBodies() {
  const RequestBodies make(form_);
  bodies_.reserve(prompts_.size());
  for (const EndpointPrompt& prompt : prompts_) {
    bodies_.emplace(prompt.sample_index, make.Make(prompt.ids, prompt.text));
  }
  prompts_ = {};
}

Status OpenAiEngine::Start(EngineSink* sink) {
  ASSAY_CHECK(sink != nullptr && sink_ == nullptr);
  sink_ = sink;
  ASSAY_RETURN_IF_ERROR(StartLoops());
  ASSAY_RETURN_IF_ERROR(Probe());
  ASSAY_RETURN_IF_ERROR(WarmUp());
  MakeBodies();
  for (const auto& loop : loops_) loop->BeginMeasurement();
  return Ok{};
}

ClientLoop& OpenAiEngine::LeastLoaded() {
  return **std::min_element(loops_.begin(), loops_.end(),
                            [](const auto& a, const auto& b) { return a->load() < b->load(); });
}

void OpenAiEngine::Submit(std::span<const EngineRequest> requests) {
  // In turns, so that all loops begin with the first requests.
  std::vector<std::vector<Job>> parts(loops_.size());
  const bool one = loops_.size() == 1 || requests.size() == 1;
  for (std::size_t i = 0; i < requests.size(); ++i) {
    const EngineRequest& r = requests[i];
    const auto body = bodies_.find(r.sample_index);
    ASSAY_CHECK(body != bodies_.end());
    const Job job{r.id, &body->second, r.prompt_ids, sink_, {}};
    if (requests.size() == 1) return LeastLoaded().Submit({&job, 1});
    parts[one ? 0 : i % parts.size()].push_back(job);
  }
  for (std::size_t i = 0; i < parts.size(); ++i) {
    if (!parts[i].empty()) loops_[i]->Submit(parts[i]);
  }
}

void OpenAiEngine::Stop() {
  for (const auto& loop : loops_) loop->Stop();
}

std::optional<ClientReport> OpenAiEngine::client_report() const {
  ClientReport report;
  report.threads = loops_.size();
  report.max_concurrency = concurrency_;
  DelayHistogram read_delay;
  DelayHistogram bound;
  std::vector<DelayHistogram> connect(endpoints_.size());
  std::vector<DelayHistogram> tls(endpoints_.size());
  report.connections.resize(endpoints_.size());
  for (const auto& loop : loops_) {
    const ClientLoop::Figures& f = loop->figures();
    report.peak_streams += f.peak_streams;
    report.retries += f.retries;
    read_delay.Merge(f.read_delay);
    bound.Merge(f.read_delay_bound);
    for (std::size_t i = 0; i < endpoints_.size(); ++i) {
      EndpointConnections& to = report.connections[i];
      to.endpoint = f.connections[i].endpoint;
      to.opened_before += f.connections[i].opened_before;
      to.opened_during += f.connections[i].opened_during;
      to.closed_by_server += f.connections[i].closed_by_server;
      connect[i].Merge(f.connect[i]);
      tls[i].Merge(f.tls[i]);
    }
  }
  for (std::size_t i = 0; i < endpoints_.size(); ++i) {
    report.connections[i].connect = connect[i].Summary();
    report.connections[i].tls = tls[i].Summary();
  }
  report.read_delay = read_delay.Summary();
  report.read_delay_bound = bound.Summary();
  return report;
}

}  // namespace

Result<std::unique_ptr<Engine>> LoadOpenAiEngine(const OpenAiOptions& options) {
  const EndpointConfig& e = options.endpoint;
  ASSAY_RETURN_IF_ERROR(CheckExtraBody(e.extra_body));
  HttpClient::Options client_options;
  client_options.dialer.tls = {e.ca_file, e.insecure};
  client_options.dialer.proxies = options.proxies;
  client_options.headers = options.headers;
  if (!options.api_key.empty()) {
    client_options.headers.emplace_back("Authorization", "Bearer " + options.api_key);
  }
  Dialer::Options dialing = client_options.dialer;
  dialing.kernel_timestamps = true;
  std::vector<std::shared_ptr<const Dialer>> dialers;
  std::optional<ServedModel> model;
  for (const std::string& text : e.base_urls) {
    ASSAY_ASSIGN_OR_RETURN(const ServerUrl url, ParseServerUrl(text));
    ASSAY_ASSIGN_OR_RETURN(HttpClient client, HttpClient::Create(url, client_options));
    ASSAY_ASSIGN_OR_RETURN(
        const std::vector<ServedModel> models,
        WaitForModels(client, FromSeconds(e.ready_timeout_s), *client_options.dialer.clock));
    ASSAY_ASSIGN_OR_RETURN(const ServedModel chosen,
                           ChooseModel(models, model ? model->id : options.model, url.text));
    // The smallest context binds.
    if (!model || (chosen.context_tokens != 0 && chosen.context_tokens < model->context_tokens)) {
      model = chosen;
    }
    ASSAY_ASSIGN_OR_RETURN(auto dialer, Dialer::Create(url, dialing));
    dialers.push_back(std::move(dialer));
  }
  ASSAY_CHECK(model.has_value());
  return std::unique_ptr<Engine>(new OpenAiEngine(options, std::move(*model), std::move(dialers)));
}

}  // namespace assay
