#include "record/loadgen_log.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <system_error>
#include <utility>

#include "base/format.h"

namespace assay {
namespace {

constexpr std::string_view kMarker = ":::MLLOG";
// A log is one line per message.
constexpr std::uint64_t kMaxLogBytes = std::uint64_t{512} << 20U;
constexpr std::size_t kMaxBadLines = 1000;

std::string_view WithoutCarriageReturn(std::string_view line) {
  if (line.ends_with('\r')) line.remove_suffix(1);
  return line;
}

bool IsBlank(std::string_view line) {
  return line.find_first_not_of(" \t\r") == std::string_view::npos;
}

bool IsWordCharacter(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
}

// The length of a bare nan or inf, with its sign, at `text`'s begin; 0 if there is none.
std::size_t BareNonFinite(std::string_view text) {
  const std::size_t sign = text.starts_with('-') ? 1 : 0;
  const std::string_view word = text.substr(sign, 3);
  if (word != "nan" && word != "inf") return 0;
  const std::size_t end = sign + word.size();
  return end < text.size() && IsWordCharacter(text[end]) ? 0 : end;
}

// `line` with null for every nan and inf outside a string.
std::string NullForNonFinite(std::string_view line) {
  std::string out;
  out.reserve(line.size() + 8);
  bool in_string = false;
  for (std::size_t i = 0; i < line.size();) {
    const char c = line[i];
    if (!in_string) {
      if (const std::size_t n = BareNonFinite(line.substr(i)); n > 0) {
        out += "null";
        i += n;
        continue;
      }
    } else if (c == '\\' && i + 1 < line.size()) {
      out += c;
      out += line[i + 1];
      i += 2;
      continue;
    }
    if (c == '"') in_string = !in_string;
    out += c;
    ++i;
  }
  return out;
}

Result<LoadgenEntry> EntryFromJson(Json json, std::uint64_t line) {
  ASSAY_ASSIGN_OR_RETURN(const JsonReader reader, JsonReader::Of(json, "message"));
  LoadgenEntry entry;
  entry.line = line;
  ASSAY_ASSIGN_OR_RETURN(entry.key, reader.String("key"));
  ASSAY_ASSIGN_OR_RETURN(entry.time_ms, reader.Double("time_ms"));
  const auto metadata = json.find("metadata");
  if (metadata == json.end()) {
    return MakeError(ErrorCode::kParse, "message: \"metadata\" is missing");
  }
  ASSAY_ASSIGN_OR_RETURN(const JsonReader flags, JsonReader::Of(*metadata, "metadata"));
  ASSAY_ASSIGN_OR_RETURN(entry.is_error, flags.Bool("is_error"));
  ASSAY_ASSIGN_OR_RETURN(entry.is_warning, flags.Bool("is_warning"));
  const auto value = json.find("value");
  if (value == json.end()) return MakeError(ErrorCode::kParse, "message: \"value\" is missing");
  entry.value = std::move(*value);
  return entry;
}

Result<LoadgenEntry> ParseEntry(std::string_view line, std::uint64_t number) {
  if (!line.starts_with(kMarker)) {
    return MakeError(ErrorCode::kParse, "does not begin with {}", kMarker);
  }
  const std::string_view text = line.substr(kMarker.size());
  Result<Json> json = ParseJson(text, "message");
  if (!json &&
      (text.find("nan") != std::string_view::npos || text.find("inf") != std::string_view::npos)) {
    json = ParseJson(NullForNonFinite(text), "message");
  }
  if (!json) return json.error();
  return EntryFromJson(std::move(*json), number);
}

}  // namespace

LoadgenDetailLog LoadgenDetailLog::Parse(std::string_view bytes) {
  LoadgenDetailLog log;
  std::uint64_t number = 0;
  std::uint64_t unlisted = 0;
  while (!bytes.empty()) {
    const std::size_t end = bytes.find('\n');
    const bool cut_off = end == std::string_view::npos;
    const std::string_view line = WithoutCarriageReturn(bytes.substr(0, end));
    bytes.remove_prefix(cut_off ? bytes.size() : end + 1);
    ++number;
    if (IsBlank(line)) continue;
    Result<LoadgenEntry> entry = ParseEntry(line, number);
    if (entry) {
      log.first_.try_emplace(entry->key, log.entries_.size());
      log.entries_.push_back(std::move(*entry));
    } else if (log.bad_lines_.size() < kMaxBadLines) {
      log.bad_lines_.push_back(
          {number, cut_off ? "the file ends inside this line" : entry.error().message});
    } else {
      ++unlisted;
    }
  }
  if (unlisted > 0) {
    log.bad_lines_.push_back(
        {log.bad_lines_.back().line + 1, fmt::format("{} more bad lines follow", unlisted)});
  }
  return log;
}

Result<LoadgenDetailLog> LoadgenDetailLog::Read(const fs::path& path) {
  ASSAY_ASSIGN_OR_RETURN(const std::string bytes, ReadFile(path, kMaxLogBytes));
  return Parse(bytes);
}

const LoadgenEntry* LoadgenDetailLog::Find(std::string_view key) const {
  const auto it = first_.find(key);
  return it == first_.end() ? nullptr : &entries_[it->second];
}

std::optional<double> LoadgenDetailLog::Number(std::string_view key) const {
  const LoadgenEntry* entry = Find(key);
  if (entry == nullptr || !entry->value.is_number()) return std::nullopt;
  return entry->value.get<double>();
}

std::optional<std::uint64_t> LoadgenDetailLog::Unsigned(std::string_view key) const {
  const LoadgenEntry* entry = Find(key);
  if (entry == nullptr || !entry->value.is_number_unsigned()) return std::nullopt;
  return entry->value.get<std::uint64_t>();
}

std::optional<std::string> LoadgenDetailLog::Text(std::string_view key) const {
  const LoadgenEntry* entry = Find(key);
  if (entry == nullptr || !entry->value.is_string()) return std::nullopt;
  return entry->value.get<std::string>();
}

std::optional<bool> LoadgenDetailLog::Flag(std::string_view key) const {
  const LoadgenEntry* entry = Find(key);
  if (entry == nullptr || !entry->value.is_boolean()) return std::nullopt;
  return entry->value.get<bool>();
}

namespace {

std::string_view Trim(std::string_view text) {
  const std::size_t first = text.find_first_not_of(" \t\r");
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(" \t\r") - first + 1);
}

// The N of "N <what> encountered...", 0 of "No <what> encountered...".
std::optional<std::uint64_t> CountOf(std::string_view line, std::string_view what) {
  const std::size_t space = line.find(' ');
  if (space == std::string_view::npos) return std::nullopt;
  const std::string_view rest = line.substr(space + 1);
  if (!rest.starts_with(what) || !rest.substr(what.size()).starts_with(" encountered")) {
    return std::nullopt;
  }
  if (line.substr(0, space) == "No") return 0;
  std::uint64_t count = 0;
  const char* const end = line.data() + space;
  const auto [parsed, error] = std::from_chars(line.data(), end, count);
  if (error != std::errc() || parsed != end) return std::nullopt;
  return count;
}

}  // namespace

LoadgenSummaryLog LoadgenSummaryLog::Parse(std::string_view bytes) {
  LoadgenSummaryLog log;
  for (std::uint64_t number = 1; !bytes.empty(); ++number) {
    const std::size_t end = bytes.find('\n');
    const std::string_view line = Trim(bytes.substr(0, end));
    bytes.remove_prefix(end == std::string_view::npos ? bytes.size() : end + 1);
    if (const std::size_t colon = line.find(':'); colon != std::string_view::npos) {
      log.fields_.push_back({std::string(Trim(line.substr(0, colon))),
                             std::string(Trim(line.substr(colon + 1))), number});
    }
    for (const std::string_view word : {"errors", "ERRORS", "ERROR"}) {
      if (const auto count = CountOf(line, word)) log.errors_ = count;
    }
    for (const std::string_view word : {"warnings", "warning"}) {
      if (const auto count = CountOf(line, word)) log.warnings_ = count;
    }
  }
  return log;
}

Result<LoadgenSummaryLog> LoadgenSummaryLog::Read(const fs::path& path) {
  ASSAY_ASSIGN_OR_RETURN(const std::string bytes, ReadFile(path, kMaxLogBytes));
  return Parse(bytes);
}

const LoadgenSummaryField* LoadgenSummaryLog::Find(std::string_view name) const {
  const auto it = std::find_if(fields_.begin(), fields_.end(),
                               [&](const LoadgenSummaryField& f) { return f.name == name; });
  return it == fields_.end() ? nullptr : &*it;
}

}  // namespace assay
