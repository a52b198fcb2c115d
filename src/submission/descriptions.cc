#include "submission/descriptions.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <span>
#include <string_view>
#include <system_error>
#include <utility>

#include "base/format.h"
#include "rules/description_fields.h"
#include "rules/submission_rules.h"

namespace assay {
namespace {

constexpr const char* kSystemFile = "system.json";
constexpr const char* kSubmitterFile = "submitter.json";
constexpr std::size_t kLongestName = 100;
// Beside the fields of measurements.json.
constexpr std::array<std::string_view, 5> kSubmitterFields{"division", "submitter", "system",
                                                           "calibration", "source"};
// Divisions that `assay submission build` packs. The network division asks for another system under
// test than Assay's.
constexpr std::array<std::string_view, 2> kBuiltDivisions{"closed", "open"};

bool IsSaidByTheSubmitter(std::string_view field) {
  return field == "division" || field == "submitter";
}

// One description on its way in: collects what is wrong with it.
class Reader {
 public:
  Reader(Json json, std::string file, std::vector<std::string>& problems)
      : json_(std::move(json)), file_(std::move(file)), problems_(problems) {}

  void Require(std::span<const std::string_view> fields, bool may_be_empty) {
    for (const FieldFault& fault : FaultyFields(json_, fields, may_be_empty)) {
      if (fault.missing) {
        Problem(fault.field, "is missing");
      } else if (fault.found == "\"\"") {
        Problem(fault.field, "is empty");
      } else {
        Problem(fault.field, fmt::format("is empty to the checkers: {}; write \"No\", \"N/A\" or "
                                         "\"0\"",
                                         fault.found));
      }
    }
  }

  // The text of a field; "" where it has none, which is a problem unless Require told of it.
  std::string Text(std::string_view field) {
    const auto it = json_.find(field);
    if (it == json_.end() || FaultyFields(json_, std::array{field}, false).size() == 1) return "";
    if (it->is_string()) return it->get<std::string>();
    Problem(field, fmt::format("must be a string, found {}", ToJsonLine(*it)));
    return "";
  }

  // A field whose text must be one of `values`; "" where it is none.
  std::string OneOf(std::string_view field, std::span<const std::string_view> values) {
    std::string text = Text(field);
    if (text.empty() || std::find(values.begin(), values.end(), text) != values.end()) return text;
    Problem(field, fmt::format("must be one of {}; found \"{}\"", fmt::join(values, " | "), text));
    return "";
  }

  std::string Name(std::string_view field) {
    std::string text = Text(field);
    if (text.empty() || IsTreeName(text)) return text;
    Problem(field, fmt::format("names a directory and may hold letters, digits, \".\", \"_\", "
                               "\"-\" and \"+\" only, found {}",
                               ToJsonLine(Json(text))));
    return "";
  }

  void Problem(std::string_view field, std::string_view what) {
    problems_.push_back(fmt::format("{}: the field \"{}\" {}", file_, field, what));
  }

  [[nodiscard]] const Json& json() const { return json_; }

 private:
  Json json_;
  std::string file_;
  std::vector<std::string>& problems_;
};

Result<Json> ReadObject(const fs::path& file) {
  ASSAY_ASSIGN_OR_RETURN(const std::string bytes, ReadFile(file));
  ASSAY_ASSIGN_OR_RETURN(Json json, ParseJson(bytes, file.string()));
  if (!json.is_object()) {
    return MakeError(ErrorCode::kParse, "{}: must be a JSON object", file.string());
  }
  return json;
}

void ReadSubmitter(Reader& reader, Descriptions& out) {
  reader.Require(kSubmitterFields, false);
  reader.Require(kMeasurementFields, false);
  for (const auto& [key, value] : reader.json().items()) {
    const auto is = [&key = key](std::string_view known) { return known == key; };
    if (std::none_of(kSubmitterFields.begin(), kSubmitterFields.end(), is) &&
        std::none_of(kMeasurementFields.begin(), kMeasurementFields.end(), is)) {
      reader.Problem(key, "is not known here");
    }
  }
  out.division = reader.OneOf("division", kBuiltDivisions);
  out.submitter = reader.Name("submitter");
  out.system = reader.Name("system");
  out.calibration = reader.Text("calibration");
  out.source = reader.Text("source");
  for (const std::string_view field : kMeasurementFields) {
    out.measurements[std::string(field)] = reader.Text(field);
  }
}

// The checkers convert these with int().
void CheckCounts(Reader& reader) {
  for (const std::string_view field : {"number_of_nodes", "accelerators_per_node"}) {
    const auto it = reader.json().find(field);
    if (it == reader.json().end() || it->is_number_unsigned()) continue;
    const std::string text = it->is_string() ? it->get<std::string>() : "";
    if (text.empty() && it->is_string()) continue;
    if (text.empty() || !std::all_of(text.begin(), text.end(),
                                     [](unsigned char c) { return std::isdigit(c) != 0; })) {
      reader.Problem(
          field, fmt::format("must be a whole number such as \"0\", found {}", ToJsonLine(*it)));
    }
  }
}

void ReadSystem(Reader& reader, Descriptions& out) {
  std::vector<std::string_view> fields;
  std::copy_if(kSystemFields.begin(), kSystemFields.end(), std::back_inserter(fields),
               [](std::string_view field) { return !IsSaidByTheSubmitter(field); });
  reader.Require(fields, false);
  reader.Require(kSystemFieldsMayBeEmpty, true);
  static_cast<void>(reader.OneOf("status", kStatuses));
  out.system_type = reader.OneOf("system_type", kSystemTypes);
  CheckCounts(reader);
  if (reader.json().contains("is_network")) {
    reader.Problem("is_network", fmt::format("belongs to the network division, which is not "
                                             "packed; packed are {}",
                                             fmt::join(kBuiltDivisions, ", ")));
  }
  const std::array<std::pair<std::string_view, const std::string*>, 2> said{
      {{"division", &out.division}, {"submitter", &out.submitter}}};
  out.system_json = Json::object();
  for (const auto& [field, value] : said) {
    const std::string text = reader.Text(field);
    if (!text.empty() && text != *value) {
      reader.Problem(field, fmt::format("is \"{}\", but the submitter's description says \"{}\"",
                                        text, *value));
    }
    out.system_json[std::string(field)] = *value;
  }
  for (const auto& [key, value] : reader.json().items()) {
    if (!IsSaidByTheSubmitter(key)) out.system_json[key] = value;
  }
}

}  // namespace

Json SystemTemplate() {
  Json json = Json::object();
  for (const std::string_view field : kSystemFields) {
    if (!IsSaidByTheSubmitter(field)) json[std::string(field)] = "";
  }
  for (const std::string_view field : kSystemFieldsMayBeEmpty) json[std::string(field)] = "";
  return json;
}

Json SubmitterTemplate() {
  Json json = Json::object();
  for (const std::string_view field : kSubmitterFields) json[std::string(field)] = "";
  for (const std::string_view field : kMeasurementFields) json[std::string(field)] = "";
  return json;
}

Status WriteTemplates(const fs::path& directory) {
  for (const char* name : {kSystemFile, kSubmitterFile}) {
    std::error_code error;
    if (fs::exists(directory / name, error)) {
      return MakeError(ErrorCode::kInvalidArgument, "{}: is there already; it is not overwritten",
                       (directory / name).string());
    }
  }
  ASSAY_RETURN_IF_ERROR(MakeDirectories(directory));
  ASSAY_RETURN_IF_ERROR(
      WriteFileAtomically(directory / kSystemFile, ToPrettyJson(SystemTemplate())));
  return WriteFileAtomically(directory / kSubmitterFile, ToPrettyJson(SubmitterTemplate()));
}

bool IsTreeName(std::string_view name) {
  constexpr std::string_view kPunctuation = "._-+";
  return !name.empty() && name.size() <= kLongestName && name.front() != '.' &&
         std::all_of(name.begin(), name.end(), [&](char c) {
           const auto byte = static_cast<unsigned char>(c);
           return (byte < 0x80 && std::isalnum(byte) != 0) ||
                  kPunctuation.find(c) != std::string_view::npos;
         });
}

Result<Descriptions> ReadDescriptions(const fs::path& system_file, const fs::path& submitter_file,
                                      std::vector<std::string>& problems) {
  ASSAY_ASSIGN_OR_RETURN(Json system_json, ReadObject(system_file));
  ASSAY_ASSIGN_OR_RETURN(Json submitter_json, ReadObject(submitter_file));
  Descriptions out;
  Reader submitter(std::move(submitter_json), submitter_file.string(), problems);
  ReadSubmitter(submitter, out);
  Reader system(std::move(system_json), system_file.string(), problems);
  ReadSystem(system, out);
  return out;
}

}  // namespace assay
