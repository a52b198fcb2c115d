#include "record/client_report.h"

#include <utility>

#include "base/format.h"

namespace assay {
namespace {

Json ToJson(const DelayDistribution& d) {
  return Json{{"count", d.count},   {"mean_ns", d.mean_ns}, {"p50_ns", d.p50_ns},
              {"p90_ns", d.p90_ns}, {"p99_ns", d.p99_ns},   {"p99.9_ns", d.p999_ns},
              {"max_ns", d.max_ns}};
}

Json ToJson(const EndpointConnections& c) {
  return Json{{"endpoint", c.endpoint},           {"opened_before", c.opened_before},
              {"opened_during", c.opened_during}, {"closed_by_server", c.closed_by_server},
              {"connect", ToJson(c.connect)},     {"tls", ToJson(c.tls)}};
}

Result<DelayDistribution> ReadDelays(const Json& json, const char* key, const std::string& where) {
  const auto it = json.find(key);
  if (it == json.end()) return MakeError(ErrorCode::kParse, "{}: \"{}\" is missing", where, key);
  ASSAY_ASSIGN_OR_RETURN(const JsonReader r,
                         JsonReader::Of(*it, fmt::format("{}: {}", where, key)));
  DelayDistribution d;
  ASSAY_ASSIGN_OR_RETURN(d.count, r.Uint("count"));
  ASSAY_ASSIGN_OR_RETURN(d.mean_ns, r.Int("mean_ns"));
  ASSAY_ASSIGN_OR_RETURN(d.p50_ns, r.Int("p50_ns"));
  ASSAY_ASSIGN_OR_RETURN(d.p90_ns, r.Int("p90_ns"));
  ASSAY_ASSIGN_OR_RETURN(d.p99_ns, r.Int("p99_ns"));
  ASSAY_ASSIGN_OR_RETURN(d.p999_ns, r.Int("p99.9_ns"));
  ASSAY_ASSIGN_OR_RETURN(d.max_ns, r.Int("max_ns"));
  return d;
}

Result<EndpointConnections> ReadConnections(const Json& json, const std::string& where) {
  ASSAY_ASSIGN_OR_RETURN(const JsonReader r, JsonReader::Of(json, where));
  EndpointConnections c;
  ASSAY_ASSIGN_OR_RETURN(c.endpoint, r.String("endpoint"));
  ASSAY_ASSIGN_OR_RETURN(c.opened_before, r.Uint("opened_before"));
  ASSAY_ASSIGN_OR_RETURN(c.opened_during, r.Uint("opened_during"));
  ASSAY_ASSIGN_OR_RETURN(c.closed_by_server, r.Uint("closed_by_server"));
  ASSAY_ASSIGN_OR_RETURN(c.connect, ReadDelays(json, "connect", where));
  ASSAY_ASSIGN_OR_RETURN(c.tls, ReadDelays(json, "tls", where));
  return c;
}

}  // namespace

Json ToJson(const ClientReport& report) {
  Json connections = Json::array();
  for (const EndpointConnections& c : report.connections) connections.push_back(ToJson(c));
  return Json{{"threads", report.threads},
              {"max_concurrency", report.max_concurrency},
              {"peak_streams", report.peak_streams},
              {"retries", report.retries},
              {"connections", connections},
              {"read_delay", ToJson(report.read_delay)},
              {"read_delay_bound", ToJson(report.read_delay_bound)}};
}

Result<ClientReport> ClientReportFromJson(const Json& json, const std::string& where) {
  ASSAY_ASSIGN_OR_RETURN(const JsonReader r, JsonReader::Of(json, where));
  ClientReport report;
  ASSAY_ASSIGN_OR_RETURN(report.threads, r.Uint("threads"));
  ASSAY_ASSIGN_OR_RETURN(report.max_concurrency, r.Uint("max_concurrency"));
  ASSAY_ASSIGN_OR_RETURN(report.peak_streams, r.Uint("peak_streams"));
  ASSAY_ASSIGN_OR_RETURN(report.retries, r.Uint("retries"));
  const auto connections = json.find("connections");
  if (connections == json.end() || !connections->is_array()) {
    return MakeError(ErrorCode::kParse, "{}: \"connections\" must be an array", where);
  }
  for (const Json& entry : *connections) {
    ASSAY_ASSIGN_OR_RETURN(EndpointConnections c, ReadConnections(entry, where + ": connections"));
    report.connections.push_back(std::move(c));
  }
  ASSAY_ASSIGN_OR_RETURN(report.read_delay, ReadDelays(json, "read_delay", where));
  ASSAY_ASSIGN_OR_RETURN(report.read_delay_bound, ReadDelays(json, "read_delay_bound", where));
  return report;
}

}  // namespace assay
