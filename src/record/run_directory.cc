#include "record/run_directory.h"

#include "base/format.h"
#include "base/json_or_null.h"
#include "record/json_parts.h"

namespace assay {
namespace {

constexpr std::string_view kRunFile = "run.json";

Json ToJson(const TestEnd& end) {
  return Json{{"test", TestDirectoryName(end.test)},
              {"outcome", end.outcome},
              {"exit_code", OrNull(end.exit_code)},
              {"signal", OrNull(end.signal)},
              {"message", end.message}};
}

Result<TestEnd> ReadTestEnd(const Json& json, const std::string& where) {
  ASSAY_ASSIGN_OR_RETURN(const JsonReader r, JsonReader::Of(json, where));
  TestEnd end;
  ASSAY_ASSIGN_OR_RETURN(const std::string test, r.String("test"));
  ASSAY_ASSIGN_OR_RETURN(end.test, ParseTestKind(test));
  ASSAY_ASSIGN_OR_RETURN(end.outcome, r.String("outcome"));
  ASSAY_ASSIGN_OR_RETURN(const auto exit_code, r.OptInt("exit_code"));
  ASSAY_ASSIGN_OR_RETURN(const auto signal, r.OptInt("signal"));
  if (exit_code) end.exit_code = static_cast<int>(*exit_code);
  if (signal) end.signal = static_cast<int>(*signal);
  ASSAY_ASSIGN_OR_RETURN(end.message, r.String("message"));
  return end;
}

Json ToJson(const DatasetRecord& d) {
  return Json{{"path", d.path},
              {"sha256", d.sha256},
              {"format", d.format},
              {"count", d.count},
              {"identity", d.identity},
              {"bundled_sample", d.bundled_sample},
              {"near_duplicates", d.near_duplicates},
              {"near_duplicate_clusters", d.near_duplicate_clusters}};
}

Result<DatasetRecord> ReadDatasetRecord(const JsonReader& r) {
  DatasetRecord d;
  ASSAY_ASSIGN_OR_RETURN(d.path, r.String("path"));
  ASSAY_ASSIGN_OR_RETURN(d.sha256, r.String("sha256"));
  ASSAY_ASSIGN_OR_RETURN(d.format, r.String("format"));
  ASSAY_ASSIGN_OR_RETURN(d.count, r.Uint("count"));
  ASSAY_ASSIGN_OR_RETURN(d.identity, r.String("identity"));
  ASSAY_ASSIGN_OR_RETURN(d.bundled_sample, r.Bool("bundled_sample"));
  ASSAY_ASSIGN_OR_RETURN(d.near_duplicates, r.Uint("near_duplicates"));
  ASSAY_ASSIGN_OR_RETURN(d.near_duplicate_clusters, r.Uint("near_duplicate_clusters"));
  return d;
}

Json ToJson(const Tokenizer::Identity& t) {
  return Json{{"path", t.path},
              {"sha256", t.sha256},
              {"kind", t.kind},
              {"clean_up_spaces", t.clean_up_spaces},
              {"clean_up_from_settings", t.clean_up_from_settings},
              {"settings", t.settings}};
}

Result<Tokenizer::Identity> ReadTokenizerIdentity(const Json& json, const std::string& where) {
  ASSAY_ASSIGN_OR_RETURN(const JsonReader r, JsonReader::Of(json, where));
  Tokenizer::Identity t;
  ASSAY_ASSIGN_OR_RETURN(t.path, r.String("path"));
  ASSAY_ASSIGN_OR_RETURN(t.sha256, r.String("sha256"));
  ASSAY_ASSIGN_OR_RETURN(t.kind, r.String("kind"));
  ASSAY_ASSIGN_OR_RETURN(t.clean_up_spaces, r.Bool("clean_up_spaces"));
  ASSAY_ASSIGN_OR_RETURN(t.clean_up_from_settings, r.Bool("clean_up_from_settings"));
  ASSAY_RETURN_IF_ERROR(Member(json, "settings", where));
  for (const auto& [name, sha256] : json["settings"].items()) {
    if (!sha256.is_string()) {
      return MakeError(ErrorCode::kParse, "{}: settings: \"{}\" must be a SHA-256", where, name);
    }
    t.settings.emplace(name, sha256.get<std::string>());
  }
  return t;
}

Status ReadRunParts(const Json& json, const std::string& where, RunRecord& record) {
  ASSAY_ASSIGN_OR_RETURN(record.command, ReadStrings(json, "command", where));
  ASSAY_RETURN_IF_ERROR(Member(json, "config", where));
  ASSAY_ASSIGN_OR_RETURN(record.config, RunConfigFromJson(json["config"], where + ": config"));
  ASSAY_ASSIGN_OR_RETURN(const JsonReader dataset, Member(json, "dataset", where));
  ASSAY_ASSIGN_OR_RETURN(record.dataset, ReadDatasetRecord(dataset));
  ASSAY_RETURN_IF_ERROR(Member(json, "tokenizer", where));
  ASSAY_ASSIGN_OR_RETURN(record.tokenizer,
                         ReadTokenizerIdentity(json["tokenizer"], where + ": tokenizer"));
  record.host = json.value("host", Json(nullptr));
  if (const auto server = json.find("server"); server != json.end() && !server->is_null()) {
    ASSAY_ASSIGN_OR_RETURN(record.server, ServerRecordFromJson(*server, where + ": server"));
  }
  const auto tests = json.find("tests");
  if (tests == json.end() || !tests->is_array()) {
    return MakeError(ErrorCode::kParse, "{}: \"tests\" must be an array", where);
  }
  for (const Json& test : *tests) {
    ASSAY_ASSIGN_OR_RETURN(TestEnd end, ReadTestEnd(test, where + ": tests"));
    record.tests.push_back(std::move(end));
  }
  return Ok{};
}

}  // namespace

Status WriteRunRecord(const fs::path& run_dir, const RunRecord& record) {
  Json tests = Json::array();
  for (const TestEnd& end : record.tests) tests.push_back(ToJson(end));
  const Json json{{"format", "assay-run"},
                  {"version", kFormatVersion},
                  {"assay_version", record.assay_version},
                  {"build", record.build},
                  {"command", record.command},
                  {"started_utc", record.started_utc},
                  {"ended_utc", OrNull(record.ended_utc)},
                  {"interrupted", record.interrupted},
                  {"config", ToJson(record.config)},
                  {"dataset", ToJson(record.dataset)},
                  {"tokenizer", ToJson(record.tokenizer)},
                  {"prompt_template_sha256", record.prompt_template_sha256},
                  {"host", record.host},
                  {"server", record.server ? ToJson(*record.server) : Json(nullptr)},
                  {"tests", tests}};
  return WriteFileAtomically(run_dir / kRunFile, ToPrettyJson(json));
}

Result<RunRecord> ReadRunRecord(const fs::path& run_dir) {
  const fs::path path = run_dir / kRunFile;
  const std::string where = path.string();
  ASSAY_ASSIGN_OR_RETURN(const std::string bytes, ReadFile(path));
  ASSAY_ASSIGN_OR_RETURN(const Json json, ParseJson(bytes, where));
  ASSAY_ASSIGN_OR_RETURN(const JsonReader r, JsonReader::Of(json, where));
  ASSAY_RETURN_IF_ERROR(CheckFormat(r, "assay-run", where));
  RunRecord record;
  ASSAY_ASSIGN_OR_RETURN(record.assay_version, r.String("assay_version"));
  ASSAY_ASSIGN_OR_RETURN(record.build, r.String("build"));
  ASSAY_ASSIGN_OR_RETURN(record.started_utc, r.String("started_utc"));
  ASSAY_ASSIGN_OR_RETURN(record.ended_utc, r.OptString("ended_utc"));
  ASSAY_ASSIGN_OR_RETURN(record.interrupted, r.Bool("interrupted"));
  ASSAY_ASSIGN_OR_RETURN(record.prompt_template_sha256, r.String("prompt_template_sha256"));
  ASSAY_RETURN_IF_ERROR(ReadRunParts(json, where, record));
  return record;
}

fs::path TestDirectory(const fs::path& run_dir, TestKind test) {
  return run_dir / TestDirectoryName(test);
}

bool IsRunDirectory(const fs::path& dir) {
  std::error_code error;
  return fs::is_regular_file(dir / kRunFile, error);
}

}  // namespace assay
