// manifest.json.

#include <algorithm>
#include <array>
#include <map>
#include <system_error>
#include <utility>

#include "base/format.h"
#include "base/hash.h"
#include "record/json_parts.h"
#include "record/run_directory.h"

namespace assay {
namespace {

constexpr std::string_view kManifestFile = "manifest.json";
// Files that later verbs remake at will, by name at the top of the run directory.
constexpr std::array<std::string_view, 9> kDerived{
    "score.json", "samples.jsonl", "metrics.json", "verdict.json", "report.txt",
    "report.md",  "report.html",   "report.json",  "manifest.json"};

struct ManifestEntry {
  std::string sha256;
  std::uint64_t size = 0;
  bool operator==(const ManifestEntry&) const = default;
};
using Manifest = std::map<std::string, ManifestEntry>;

Result<Manifest> HashDirectory(const fs::path& run_dir) {
  Manifest manifest;
  std::error_code error;
  for (fs::recursive_directory_iterator it(run_dir, error), end; !error && it != end;
       it.increment(error)) {
    if (!it->is_regular_file()) continue;
    const std::string relative = fs::relative(it->path(), run_dir).generic_string();
    if (std::find(kDerived.begin(), kDerived.end(), relative) != kDerived.end()) continue;
    ASSAY_ASSIGN_OR_RETURN(std::string hash, Sha256OfFile(it->path()));
    manifest[relative] = {std::move(hash), it->file_size()};
  }
  if (error) {
    return MakeError(ErrorCode::kIo, "{}: cannot list: {}", run_dir.string(), error.message());
  }
  return manifest;
}

Result<Manifest> ReadManifest(const fs::path& path) {
  ASSAY_ASSIGN_OR_RETURN(const std::string bytes, ReadFile(path));
  ASSAY_ASSIGN_OR_RETURN(const Json json, ParseJson(bytes, path.string()));
  ASSAY_ASSIGN_OR_RETURN(const JsonReader r, JsonReader::Of(json, path.string()));
  ASSAY_RETURN_IF_ERROR(CheckFormat(r, "assay-manifest", path.string()));
  ASSAY_RETURN_IF_ERROR(Member(json, "files", path.string()));
  Manifest manifest;
  for (const auto& [name, value] : json["files"].items()) {
    ASSAY_ASSIGN_OR_RETURN(const JsonReader entry,
                           JsonReader::Of(value, fmt::format("{}: {}", path.string(), name)));
    ManifestEntry& read = manifest[name];
    ASSAY_ASSIGN_OR_RETURN(read.sha256, entry.String("sha256"));
    ASSAY_ASSIGN_OR_RETURN(read.size, entry.Uint("size_bytes"));
  }
  return manifest;
}

}  // namespace

Status WriteManifest(const fs::path& run_dir) {
  ASSAY_ASSIGN_OR_RETURN(const Manifest manifest, HashDirectory(run_dir));
  Json files = Json::object();
  for (const auto& [name, entry] : manifest) {
    files[name] = Json{{"sha256", entry.sha256}, {"size_bytes", entry.size}};
  }
  const Json json{{"format", "assay-manifest"}, {"version", kFormatVersion}, {"files", files}};
  return WriteFileAtomically(run_dir / kManifestFile, ToPrettyJson(json));
}

Result<ManifestCheck> CheckManifest(const fs::path& run_dir) {
  ManifestCheck check;
  std::error_code error;
  if (!fs::exists(run_dir / kManifestFile, error)) return check;
  check.present = true;
  ASSAY_ASSIGN_OR_RETURN(const Manifest recorded, ReadManifest(run_dir / kManifestFile));
  ASSAY_ASSIGN_OR_RETURN(const Manifest found, HashDirectory(run_dir));
  for (const auto& [name, entry] : recorded) {
    const auto it = found.find(name);
    if (it == found.end()) {
      check.missing.push_back(name);
    } else if (!(it->second == entry)) {
      check.changed.push_back(name);
    }
  }
  for (const auto& [name, entry] : found) {
    if (recorded.find(name) == recorded.end()) check.added.push_back(name);
  }
  return check;
}

}  // namespace assay
