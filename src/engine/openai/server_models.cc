#include "engine/openai/server_models.h"

#include <algorithm>
#include <thread>

#include "base/format.h"
#include "base/json.h"
#include "engine/openai/event_parser.h"

namespace assay {
namespace {

constexpr auto kBetweenQuestions = std::chrono::milliseconds(250);
constexpr int kOk = 200;

bool IsStarting(int status) {
  return status == 502 || status == 503 || status == 504;
}

std::string Names(const std::vector<ServedModel>& models) {
  std::string names;
  for (const ServedModel& model : models) {
    names += fmt::format("{}\"{}\"", names.empty() ? "" : ", ", model.id);
  }
  return names;
}

// A non-negative integer member of an object; 0: there is none.
std::uint64_t CountIn(const Json& object, const char* key) {
  if (!object.is_object()) return 0;
  const auto it = object.find(key);
  return it != object.end() && it->is_number_unsigned() ? it->get<std::uint64_t>() : 0;
}

}  // namespace

Result<std::vector<ServedModel>> ParseModels(std::string_view body, const std::string& where) {
  ASSAY_ASSIGN_OR_RETURN(const Json json, ParseJson(body, where));
  const auto data = json.is_object() ? json.find("data") : json.end();
  if (data == json.end() || !data->is_array()) {
    return MakeError(ErrorCode::kParse, "{}: expected an object with the array \"data\"", where);
  }
  std::vector<ServedModel> models;
  for (const Json& entry : *data) {
    const auto id = entry.is_object() ? entry.find("id") : entry.end();
    if (id == entry.end() || !id->is_string()) {
      return MakeError(ErrorCode::kParse, "{}: data[{}]: expected the string \"id\"", where,
                       models.size());
    }
    const std::uint64_t vllm = CountIn(entry, "max_model_len");
    const auto meta = entry.find("meta");
    const std::uint64_t llama = meta != entry.end() ? CountIn(*meta, "n_ctx") : 0;
    models.push_back({id->get<std::string>(), vllm != 0 ? vllm : llama});
  }
  return models;
}

Result<std::vector<ServedModel>> WaitForModels(HttpClient& client, Nanos limit,
                                               const Clock& clock) {
  const MonoTime give_up = clock.Now() + limit;
  while (true) {
    const Result<HttpResponse> answer = client.Get("/v1/models");
    const std::string where = fmt::format("{}/v1/models", client.url().text);
    if (answer && answer->status == kOk) return ParseModels(answer->body, where);
    if (answer && (answer->status == 404 || answer->status == 405)) {
      return std::vector<ServedModel>{};
    }
    const std::string said =
        answer ? fmt::format("{}: HTTP {}: {}", where, answer->status, ErrorText(answer->body))
               : answer.error().message;
    if (answer && !IsStarting(answer->status)) return Error{ErrorCode::kUnavailable, said};
    if (clock.Now() >= give_up) {
      return MakeError(ErrorCode::kUnavailable, "the server is not ready after {:g} s: {}",
                       std::chrono::duration<double>(limit).count(), said);
    }
    std::this_thread::sleep_for(kBetweenQuestions);
  }
}

Result<ServedModel> ChooseModel(const std::vector<ServedModel>& models, const std::string& asked,
                                const std::string& server) {
  if (asked.empty()) {
    if (models.size() == 1) return models.front();
    return MakeError(ErrorCode::kInvalidArgument, "{}: {}; say which model by --model NAME", server,
                     models.empty() ? "tells no model" : "serves " + Names(models));
  }
  const auto it = std::find_if(models.begin(), models.end(),
                               [&](const ServedModel& model) { return model.id == asked; });
  if (it != models.end()) return *it;
  if (models.empty()) return ServedModel{asked, 0};
  return MakeError(ErrorCode::kInvalidArgument, "{}: serves {}, not \"{}\"", server, Names(models),
                   asked);
}

}  // namespace assay
