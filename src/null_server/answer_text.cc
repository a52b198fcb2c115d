#include "null_server/answer_text.h"

#include <algorithm>
#include <array>
#include <iterator>

#include "base/format.h"
#include "null_server/http_text.h"

namespace assay {
namespace {

constexpr std::array<std::string_view, 16> kWords{" of",   " to",   " in",   " and", " the", " is",
                                                  " that", " it",   " was",  " for", " on",  " as",
                                                  " with", " they", " have", " from"};
constexpr TokenId kFirstMadeUpId = 1000;
constexpr std::string_view kDone = "data: [DONE]\n\n";
constexpr std::string_view kBodyEnd = "0\r\n\r\n";
constexpr std::string_view kBrokenCharacter = "\xC3";  // begins a character that does not follow
constexpr std::string_view kAskedFor = "the null server was asked for this error";

void AppendHttpChunk(std::string_view payload, std::string& out) {
  const std::size_t start = out.size();
  out += payload;
  FrameChunk(start, out);
}

template <typename... Args>
void Append(std::string& out, fmt::format_string<Args...> format, Args&&... args) {
  fmt::format_to(std::back_inserter(out), format, std::forward<Args>(args)...);
}

// From the members that follow the choices to an event's end; llama-server orders them so.
std::string LlamaTail(ApiKind api, std::int64_t created, std::string_view model,
                      std::string_view id) {
  if (api == ApiKind::kChat) {
    return fmt::format(
        R"("created":{},"id":"{}","model":"{}","system_fingerprint":"{}","object":"chat.completion.chunk")",
        created, id, model, kServerName);
  }
  return fmt::format(
      R"("created":{},"model":"{}","system_fingerprint":"{}","object":"text_completion","id":"{}")",
      created, model, kServerName, id);
}

std::string VllmHead(ApiKind api, std::int64_t created, std::string_view model,
                     std::string_view id) {
  return fmt::format(R"(data: {{"id":"{}","object":"{}","created":{},"model":"{}","choices":[)", id,
                     api == ApiKind::kChat ? "chat.completion.chunk" : "text_completion", created,
                     model);
}

}  // namespace

Result<ServerStyle> ParseStyle(std::string_view name) {
  if (name == "vllm") return ServerStyle::kVllm;
  if (name == "llama") return ServerStyle::kLlama;
  return MakeError(ErrorCode::kInvalidArgument, "style \"{}\" is not known; accepted: vllm, llama",
                   name);
}

Vocabulary DefaultVocabulary() {
  Vocabulary vocabulary;
  for (const std::string_view word : kWords) {
    vocabulary.ids.push_back(kFirstMadeUpId + static_cast<TokenId>(vocabulary.words.size()));
    vocabulary.words.emplace_back(word);
  }
  return vocabulary;
}

Result<Vocabulary> VocabularyOf(const Tokenizer& tokenizer) {
  Vocabulary vocabulary;
  for (const std::string_view word : kWords) {
    const std::vector<TokenId> ids =
        tokenizer.Encode(word, {.add_special_tokens = false, .parse_special_tokens = false});
    if (ids.size() != 1) continue;
    vocabulary.words.emplace_back(word);
    vocabulary.ids.push_back(ids.front());
  }
  if (vocabulary.words.empty() || tokenizer.EndTokens().empty()) {
    return Error{ErrorCode::kUnsupported,
                 "the tokenizer has no end token, or no frequent English word is one token of it"};
  }
  vocabulary.end_token = tokenizer.EndTokens().front();
  return vocabulary;
}

AnswerText::AnswerText(const Context& context, const ApiRequest& request, const AnswerPlan& plan)
    : style_(context.style),
      vocabulary_(context.vocabulary),
      chunk_tokens_(context.chunk_tokens),
      number_(context.number),
      keep_alive_(context.keep_alive),
      api_(request.api),
      include_usage_(request.include_usage),
      continuous_usage_(request.continuous_usage),
      return_token_ids_(request.return_token_ids),
      prompt_tokens_(request.prompt_tokens),
      plan_(plan),
      id_(context.id),
      model_(context.model),
      created_(context.created) {
  if (!request.stream) return;
  const bool chat = api_ == ApiKind::kChat;
  if (style_ == ServerStyle::kVllm) {
    event_head_ = VllmHead(api_, created_, model_, id_);
    event_head_ += chat ? R"({"index":0,"delta":{"content":")" : R"({"index":0,"text":")";
    return;
  }
  event_head_ = chat ? R"(data: {"choices":[{"finish_reason":null,"index":0,"delta":{"content":")"
                     : R"(data: {"choices":[{"text":")";
  event_tail_ = chat ? R"("}}],)" : R"(","index":0,"logprobs":null,"finish_reason":null}],)";
  event_tail_ += LlamaTail(api_, created_, model_, id_) + "}\n\n";
}

bool AnswerText::IsEndToken(std::uint32_t token) const {
  return plan_.ends_by_itself && token + 1 == plan_.tokens;
}

std::string_view AnswerText::Word(std::uint32_t token) const {
  if (IsEndToken(token)) return {};
  return vocabulary_->words[(number_ + token) % vocabulary_->words.size()];
}

std::string_view AnswerText::FinishReason() const {
  return plan_.ends_by_itself ? R"("stop")" : R"("length")";
}

void AnswerText::AppendIds(std::uint32_t first, std::uint32_t count, std::string& out) const {
  if (!return_token_ids_) {
    out += "null";
    return;
  }
  out += '[';
  for (std::uint32_t token = first; token < first + count; ++token) {
    const TokenId id = IsEndToken(token)
                           ? vocabulary_->end_token
                           : vocabulary_->ids[(number_ + token) % vocabulary_->ids.size()];
    Append(out, "{}{}", token == first ? "" : ",", id);
  }
  out += ']';
}

void AnswerText::AppendUsage(std::uint32_t tokens, std::string& out) const {
  if (style_ == ServerStyle::kVllm) {
    Append(out, R"("usage":{{"prompt_tokens":{},"total_tokens":{},"completion_tokens":{}}})",
           prompt_tokens_, prompt_tokens_ + tokens, tokens);
  } else {
    Append(
        out,
        R"("usage":{{"completion_tokens":{},"prompt_tokens":{},"total_tokens":{},"prompt_tokens_details":{{"cached_tokens":0}}}})",
        tokens, prompt_tokens_, prompt_tokens_ + tokens);
  }
}

void AnswerText::AppendTimings(std::string& out) const {
  const auto ms = [](Nanos time) { return static_cast<double>(time.count()) / 1e6; };
  Append(
      out,
      R"("timings":{{"cache_n":0,"prompt_n":{},"prompt_ms":{},"predicted_n":{},"predicted_ms":{}}})",
      prompt_tokens_, ms(plan_.ttft), plan_.tokens, ms(plan_.tpot * (plan_.tokens - 1)));
}

void AnswerText::AppendVllmTail(std::uint32_t first, std::uint32_t count, std::string& out) const {
  const bool last = first + count == plan_.tokens;
  const bool chat = api_ == ApiKind::kChat;
  out += chat ? R"("},"logprobs":null,"finish_reason":)" : R"(","logprobs":null,"finish_reason":)";
  out += last ? FinishReason() : "null";
  if (!chat || last) out += R"(,"stop_reason":null)";
  if (!chat) out += R"(,"prompt_token_ids":null)";
  out += R"(,"token_ids":)";
  AppendIds(first, count, out);
  out += "}]";
  if (continuous_usage_) {
    out += ',';
    AppendUsage(first + count, out);
  }
  out += "}\n\n";
}

void AnswerText::AppendTokenEvent(std::uint32_t first, std::uint32_t count,
                                  std::string& out) const {
  out += event_head_;
  for (std::uint32_t token = first; token < first + count; ++token) out += Word(token);
  if (style_ == ServerStyle::kVllm) {
    AppendVllmTail(first, count, out);
  } else {
    out += event_tail_;
  }
}

void AnswerText::AppendRoleEvent(std::string& out) const {
  if (style_ == ServerStyle::kVllm) {
    out += VllmHead(api_, created_, model_, id_);
    out +=
        R"({"index":0,"delta":{"role":"assistant","content":""},"logprobs":null,"finish_reason":null}])";
    if (continuous_usage_) {
      out += ',';
      AppendUsage(0, out);
    }
    out += R"(,"prompt_token_ids":null})";
  } else {
    out +=
        R"(data: {"choices":[{"finish_reason":null,"index":0,"delta":{"role":"assistant","content":null}}],)";
    out += LlamaTail(api_, created_, model_, id_) + "}";
  }
  out += "\n\n";
}

void AnswerText::AppendStart(std::string& out) const {
  Append(out,
         "HTTP/1.1 200 OK\r\nserver: {}\r\ncontent-type: text/event-stream; charset=utf-8\r\n"
         "{}transfer-encoding: chunked\r\n\r\n",
         kServerName, keep_alive_ ? "" : "connection: close\r\n");
  if (style_ == ServerStyle::kVllm && api_ == ApiKind::kChat) {
    const std::size_t start = out.size();
    AppendRoleEvent(out);
    FrameChunk(start, out);
  }
}

void AnswerText::AppendTokens(std::uint32_t first, std::uint32_t count, std::string& out) const {
  const bool llama_chat = style_ == ServerStyle::kLlama && api_ == ApiKind::kChat;
  for (std::uint32_t at = first; at < first + count; at += chunk_tokens_) {
    const std::uint32_t tokens = std::min(chunk_tokens_, first + count - at);
    const std::size_t start = out.size();
    if (llama_chat && at == 0) AppendRoleEvent(out);  // in the first token's HTTP chunk
    // llama-server's chat tells an end token by the finish event alone.
    if (!(llama_chat && tokens == 1 && IsEndToken(at))) AppendTokenEvent(at, tokens, out);
    if (out.size() > start) FrameChunk(start, out);
  }
}

void AnswerText::AppendUsageEvent(std::string& out) const {
  const std::size_t start = out.size();
  out += VllmHead(api_, created_, model_, id_) + "],";
  AppendUsage(plan_.tokens, out);
  Append(out, ",\"system_fingerprint\":\"{}\"}}\n\n", kServerName);
  FrameChunk(start, out);
}

void AnswerText::AppendLlamaFinish(std::string& out) const {
  const std::size_t start = out.size();
  const std::string tail = LlamaTail(api_, created_, model_, id_);
  if (api_ == ApiKind::kCompletions) {
    Append(out,
           R"(data: {{"choices":[{{"text":"","index":0,"logprobs":null,"finish_reason":{}}}],{},)",
           FinishReason(), tail);
  } else {
    Append(out, R"(data: {{"choices":[{{"finish_reason":{},"index":0,"delta":{{}}}}],{})",
           FinishReason(), tail);
    if (include_usage_) Append(out, "}}\n\ndata: {{\"choices\":[],{}", tail);
    out += ',';
  }
  if (api_ == ApiKind::kCompletions || include_usage_) {
    AppendUsage(plan_.tokens, out);
    out += ',';
  }
  AppendTimings(out);
  out += "}\n\n";
  FrameChunk(start, out);
}

void AnswerText::AppendEnd(std::string& out) const {
  if (style_ == ServerStyle::kLlama) AppendLlamaFinish(out);
  if (style_ == ServerStyle::kVllm && include_usage_) AppendUsageEvent(out);
  AppendHttpChunk(kDone, out);
  out += kBodyEnd;
}

void AnswerText::AppendFault(std::uint32_t token, std::string& out) const {
  const std::size_t start = out.size();
  switch (plan_.fault) {
    case NullServerFault::kBrokenJson:
      out += event_head_ + std::string(Word(token)) + "\n\n";
      FrameChunk(start, out);
      break;
    case NullServerFault::kBrokenUtf8:
      AppendTokenEvent(token, 1, out);
      out.insert(start + event_head_.size(), kBrokenCharacter);
      FrameChunk(start, out);
      break;
    case NullServerFault::kErrorEvent:
      AppendHttpChunk("data: " + ErrorBody(500, kAskedFor) + "\n\n", out);
      break;
    case NullServerFault::kNoEnd:
      break;
    default:
      return;
  }
  out += kBodyEnd;
}

void AnswerText::AppendFaultyWhole(std::string& out) const {
  std::string body = Body();
  std::size_t sent = std::string::npos;
  switch (plan_.fault) {
    case NullServerFault::kBrokenJson:
      body.resize(body.size() / 2);
      break;
    case NullServerFault::kBrokenUtf8:
      body.insert(body.find(Word(0)), kBrokenCharacter);
      break;
    case NullServerFault::kErrorEvent:
      body = ErrorBody(500, kAskedFor);
      break;
    case NullServerFault::kNoEnd:
    case NullServerFault::kEarlyEnd:
      sent = body.size() / 2;
      break;
    default:
      return;
  }
  const std::size_t cut = sent == std::string::npos ? 0 : body.size() - sent;
  AppendPlainResponse(200, "application/json", body, keep_alive_, "", out);
  out.resize(out.size() - cut);
}

void AnswerText::AppendVllmBody(std::string& out) const {
  const bool chat = api_ == ApiKind::kChat;
  Append(out, R"({{"id":"{}","object":"{}","created":{},"model":"{}","choices":[{{"index":0,)", id_,
         chat ? "chat.completion" : "text_completion", created_, model_);
  out += chat ? R"("message":{"role":"assistant","content":")" : R"("text":")";
  for (std::uint32_t token = 0; token < plan_.tokens; ++token) out += Word(token);
  out += chat ? R"("},"logprobs":null,"finish_reason":)" : R"(","logprobs":null,"finish_reason":)";
  out += FinishReason();
  out += R"(,"stop_reason":null,"token_ids":)";
  AppendIds(0, plan_.tokens, out);
  Append(out, R"(}}],"system_fingerprint":"{}",)", kServerName);
  AppendUsage(plan_.tokens, out);
  out += '}';
}

void AnswerText::AppendLlamaBody(std::string& out) const {
  const bool chat = api_ == ApiKind::kChat;
  if (chat) {
    Append(
        out,
        R"({{"choices":[{{"finish_reason":{},"index":0,"message":{{"role":"assistant","content":")",
        FinishReason());
  } else {
    out += R"({"choices":[{"text":")";
  }
  for (std::uint32_t token = 0; token < plan_.tokens; ++token) out += Word(token);
  if (chat) {
    out += R"("}}])";
  } else {
    Append(out, R"(","index":0,"logprobs":null,"finish_reason":{}}}])", FinishReason());
  }
  Append(out, R"(,"created":{},"model":"{}","system_fingerprint":"{}","object":"{}",)", created_,
         model_, kServerName, chat ? "chat.completion" : "text_completion");
  AppendUsage(plan_.tokens, out);
  Append(out, R"(,"id":"{}",)", id_);
  AppendTimings(out);
  out += '}';
}

std::string AnswerText::Body() const {
  std::string body;
  if (style_ == ServerStyle::kVllm) {
    AppendVllmBody(body);
  } else {
    AppendLlamaBody(body);
  }
  return body;
}

void AnswerText::AppendWhole(std::string& out) const {
  AppendPlainResponse(200, "application/json", Body(), keep_alive_, "", out);
}

}  // namespace assay
