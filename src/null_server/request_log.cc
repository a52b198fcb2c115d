#include "null_server/request_log.h"

#include <algorithm>
#include <array>
#include <iterator>
#include <limits>
#include <utility>

#include "base/format.h"
#include "base/json.h"

namespace assay {
namespace {

constexpr std::size_t kBlockBytes = std::size_t{1} << 18U;

constexpr std::array<std::pair<std::string_view, ServedEnd>, 4> kEnds{
    {{"done", ServedEnd::kDone},
     {"fault", ServedEnd::kFault},
     {"client-closed", ServedEnd::kClientClosed},
     {"unanswered", ServedEnd::kUnanswered}}};

constexpr std::string_view kCompletions = "/v1/completions";
constexpr std::string_view kChat = "/v1/chat/completions";

Result<ServedEnd> ParseEnd(const std::string& name, const std::string& where) {
  for (const auto& [known, end] : kEnds) {
    if (known == name) return end;
  }
  return MakeError(ErrorCode::kParse, "{}: \"end\" is \"{}\", which is not known", where, name);
}

Result<ApiKind> ParseEndpoint(const std::string& path, const std::string& where) {
  if (path == kCompletions) return ApiKind::kCompletions;
  if (path == kChat) return ApiKind::kChat;
  return MakeError(ErrorCode::kParse, "{}: \"endpoint\" is \"{}\", which is not known", where,
                   path);
}

Result<std::uint32_t> TokenCount(const JsonReader& r, const char* key, const std::string& where) {
  ASSAY_ASSIGN_OR_RETURN(const std::uint64_t tokens, r.Uint(key));
  if (tokens > std::numeric_limits<std::uint32_t>::max()) {
    return MakeError(ErrorCode::kParse, "{}: \"{}\" is {}, more than an answer can have", where,
                     key, tokens);
  }
  return static_cast<std::uint32_t>(tokens);
}

Result<AnswerPlan> ParsePlan(const JsonReader& r, const std::string& where) {
  AnswerPlan plan;
  ASSAY_ASSIGN_OR_RETURN(const std::int64_t ttft_ns, r.Int("planned_ttft_ns"));
  ASSAY_ASSIGN_OR_RETURN(const std::int64_t tpot_ns, r.Int("planned_tpot_ns"));
  ASSAY_ASSIGN_OR_RETURN(plan.tokens, TokenCount(r, "planned_tokens", where));
  plan.ttft = Nanos{ttft_ns};
  plan.tpot = Nanos{tpot_ns};
  ASSAY_ASSIGN_OR_RETURN(const auto fault, r.OptString("fault"));
  if (!fault) return plan;
  const Result<NullServerFault> known = ParseFault(*fault);
  if (!known) return MakeError(ErrorCode::kParse, "{}: {}", where, known.error().message);
  plan.fault = *known;
  return plan;
}

Status ParseTimes(const Json& json, const JsonReader& r, const std::string& where,
                  ServedRequest& served) {
  ASSAY_ASSIGN_OR_RETURN(const std::int64_t read_ns, r.Int("read_ns"));
  ASSAY_ASSIGN_OR_RETURN(const std::int64_t start_ns, r.Int("start_ns"));
  served.read = FromNanos(read_ns);
  served.start = FromNanos(start_ns);
  const auto writes = json.find("write_ns");
  if (writes == json.end() || !writes->is_array()) {
    return MakeError(ErrorCode::kParse, "{}: \"write_ns\" must be an array", where);
  }
  for (const Json& time : *writes) {
    const bool huge = time.is_number_unsigned() &&
                      time.get<std::uint64_t>() > std::numeric_limits<std::int64_t>::max();
    if (!time.is_number_integer() || huge) {
      return MakeError(ErrorCode::kParse, "{}: \"write_ns\" must hold 64-bit integers", where);
    }
    served.writes.push_back(FromNanos(time.get<std::int64_t>()));
  }
  return Ok{};
}

}  // namespace

std::string_view ServedEndName(ServedEnd end) {
  const auto* const it = std::find_if(kEnds.begin(), kEnds.end(),
                                      [end](const auto& known) { return known.second == end; });
  return it->first;
}

std::string LogLine(const ServedRequest& served) {
  std::string line;
  auto out = std::back_inserter(line);
  fmt::format_to(out, R"({{"number":{},"request_id":)", served.number);
  line += served.request_id.empty() ? "null" : ToJsonLine(Json(served.request_id));
  fmt::format_to(out, R"(,"endpoint":"{}","stream":{},"read_ns":{},"start_ns":{})",
                 served.api == ApiKind::kChat ? kChat : kCompletions, served.stream,
                 ToNanos(served.read), ToNanos(served.start));
  fmt::format_to(out, R"(,"planned_ttft_ns":{},"planned_tpot_ns":{},"planned_tokens":{},"fault":)",
                 served.plan.ttft.count(), served.plan.tpot.count(), served.plan.tokens);
  line += served.plan.fault == NullServerFault::kNone
              ? "null"
              : fmt::format("\"{}\"", FaultName(served.plan.fault));
  fmt::format_to(out, R"(,"end":"{}","tokens":{},"write_ns":[)", ServedEndName(served.end),
                 served.tokens);
  for (std::size_t i = 0; i < served.writes.size(); ++i) {
    fmt::format_to(out, "{}{}", i == 0 ? "" : ",", ToNanos(served.writes[i]));
  }
  line += "]}\n";
  return line;
}

Result<ServedRequest> ParseLogLine(std::string_view line, const std::string& where) {
  ASSAY_ASSIGN_OR_RETURN(const Json json, ParseJson(line, where));
  ASSAY_ASSIGN_OR_RETURN(const JsonReader r, JsonReader::Of(json, where));
  ServedRequest served;
  ASSAY_ASSIGN_OR_RETURN(served.number, r.Uint("number"));
  ASSAY_ASSIGN_OR_RETURN(const auto request_id, r.OptString("request_id"));
  served.request_id = request_id.value_or("");
  ASSAY_ASSIGN_OR_RETURN(const std::string endpoint, r.String("endpoint"));
  ASSAY_ASSIGN_OR_RETURN(served.api, ParseEndpoint(endpoint, where));
  ASSAY_ASSIGN_OR_RETURN(served.stream, r.Bool("stream"));
  ASSAY_ASSIGN_OR_RETURN(served.plan, ParsePlan(r, where));
  ASSAY_ASSIGN_OR_RETURN(const std::string end, r.String("end"));
  ASSAY_ASSIGN_OR_RETURN(served.end, ParseEnd(end, where));
  ASSAY_ASSIGN_OR_RETURN(served.tokens, TokenCount(r, "tokens", where));
  ASSAY_RETURN_IF_ERROR(ParseTimes(json, r, where, served));
  return served;
}

Result<std::vector<ServedRequest>> ReadServedRequests(const fs::path& path) {
  ASSAY_ASSIGN_OR_RETURN(const std::string bytes, ReadFile(path));
  std::vector<ServedRequest> all;
  std::string_view rest = bytes;
  for (std::size_t end = rest.find('\n'); end != std::string_view::npos; end = rest.find('\n')) {
    ASSAY_ASSIGN_OR_RETURN(
        ServedRequest served,
        ParseLogLine(rest.substr(0, end), fmt::format("{}:{}", path.string(), all.size() + 1)));
    all.push_back(std::move(served));
    rest.remove_prefix(end + 1);
  }
  return all;
}

Result<RequestLog> RequestLog::Create(const fs::path& path) {
  ASSAY_ASSIGN_OR_RETURN(AppendFile file, AppendFile::Create(path));
  return RequestLog(std::move(file));
}

void RequestLog::Add(const ServedRequest& served) {
  block_ += LogLine(served);
  if (block_.size() < kBlockBytes) return;
  const Status written = Flush();
  if (!written && !failure_) failure_ = written.error();
}

Status RequestLog::Flush() {
  if (failure_) return *failure_;
  Status written = file_.Append(block_);
  block_.clear();
  return written;
}

}  // namespace assay
