#include "rules/printed_scores.h"

#include <algorithm>
#include <charconv>
#include <system_error>
#include <utility>

#include "base/format.h"

namespace assay {
namespace {

// accuracy.txt is the output of one program; a larger JSON file is no set of six figures.
constexpr std::uint64_t kMaxTextBytes = std::uint64_t{64} << 20U;
constexpr std::uint64_t kMaxScoreJsonBytes = std::uint64_t{64} << 10U;

bool IsSpace(char c) {
  return c == ' ' || c == '\t' || c == '\v' || c == '\f' || c == '\r';
}
bool IsDigit(char c) {
  return c >= '0' && c <= '9';
}

// A figure beyond this is none, and would not fit an integer.
constexpr double kMaxFigure = 1e15;

// All of `text` as a number.
template <typename T>
std::optional<T> WholeNumber(std::string_view text) {
  T value{};
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value;
}

// The number that `rest`, which follows a key, begins with.
std::optional<double> ValueAfterKey(std::string_view rest, bool is_gen_len) {
  std::size_t blanks = 0;
  while (blanks < rest.size() && IsSpace(rest[blanks])) ++blanks;
  if (blanks == 0 || (is_gen_len && blanks != 1)) return std::nullopt;
  rest.remove_prefix(blanks);
  if (!is_gen_len && rest.starts_with('\'')) rest.remove_prefix(1);
  std::size_t size = 0;
  while (size < rest.size() && (IsDigit(rest[size]) || rest[size] == '.')) ++size;
  const auto value = WholeNumber<double>(rest.substr(0, size));
  return value && *value < kMaxFigure ? value : std::nullopt;
}

// The last value of the key on the line.
std::optional<double> LastValue(std::string_view line, std::string_view name) {
  const std::string key = fmt::format("'{}':", name);
  for (std::size_t at = line.rfind(key); at != std::string_view::npos;
       at = line.rfind(key, at - 1)) {
    if (const auto value = ValueAfterKey(line.substr(at + key.size()), name == "gen_len")) {
      return value;
    }
    if (at == 0) break;
  }
  return std::nullopt;
}

bool IsHashWord(std::string_view word) {
  return !word.empty() && std::all_of(word.begin(), word.end(), [](char c) {
    return IsDigit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
  });
}

std::optional<double> NumberOf(const Json& value) {
  std::optional<double> number;
  if (value.is_number()) number = value.get<double>();
  if (value.is_string()) number = WholeNumber<double>(value.get_ref<const std::string&>());
  return number && *number >= 0 && *number < kMaxFigure ? number : std::nullopt;
}

// Paths of the JSON files in a directory that are small enough to be scores, by name.
std::vector<fs::path> SmallJsonFiles(const fs::path& directory) {
  std::vector<fs::path> paths;
  std::error_code error;
  for (fs::directory_iterator it(directory, error), end; !error && it != end; it.increment(error)) {
    std::error_code ignored;
    if (it->path().extension() == ".json" && it->is_regular_file(ignored) &&
        it->file_size(ignored) <= kMaxScoreJsonBytes) {
      paths.push_back(it->path());
    }
  }
  std::sort(paths.begin(), paths.end());
  return paths;
}

}  // namespace

std::optional<AccuracyFigures> PrintedScores::Figures() const {
  if (std::find(scores.begin(), scores.end(), std::nullopt) != scores.end()) return std::nullopt;
  return AccuracyFigures{scores[0]->value, scores[1]->value, scores[2]->value, scores[3]->value,
                         scores[4]->value};
}

PrintedScores ParseAccuracyTxt(std::string_view bytes, std::string file) {
  PrintedScores printed;
  printed.file = std::move(file);
  constexpr std::string_view kHash = "hash=";
  constexpr std::string_view kGenNum = "gen_num";
  for (std::uint64_t number = 1; !bytes.empty(); ++number) {
    const std::size_t end = bytes.find('\n');
    std::string_view line = bytes.substr(0, end);
    bytes.remove_prefix(end == std::string_view::npos ? bytes.size() : end + 1);
    if (line.ends_with('\r')) line.remove_suffix(1);
    for (std::size_t i = 0; i < kScoreNames.size(); ++i) {
      const auto value = LastValue(line, kScoreNames.at(i));
      if (!value) continue;
      auto& first = printed.scores.at(i);
      const bool read_on = !printed.hash || !printed.Figures();
      if (!first) {
        first = PrintedScore{*value, number};
      } else if (read_on && first->value != *value) {
        printed.repeated.push_back({i, {*value, number}});
      }
    }
    if (const auto samples = LastValue(line, kGenNum); samples && !printed.gen_num) {
      printed.gen_num = static_cast<std::uint64_t>(*samples);
    }
    if (!line.starts_with(kHash) || !IsHashWord(line.substr(kHash.size()))) continue;
    const std::string hash(line.substr(kHash.size()));
    if (!printed.hash) {
      printed.hash = hash;
    } else if (!printed.other_hash && *printed.hash != hash) {
      printed.other_hash = {hash, number};
    }
  }
  return printed;
}

std::optional<PrintedScores> ScoresFromJson(const Json& json, std::string file) {
  if (!json.is_object()) return std::nullopt;
  PrintedScores printed;
  printed.file = std::move(file);
  for (std::size_t i = 0; i < kScoreNames.size(); ++i) {
    const auto it = json.find(kScoreNames.at(i));
    const auto value = it == json.end() ? std::nullopt : NumberOf(*it);
    if (!value) return std::nullopt;
    printed.scores.at(i) = PrintedScore{*value, 1};
  }
  const auto gen_num = json.find("gen_num");
  if (gen_num == json.end() || !gen_num->is_number_unsigned()) return std::nullopt;
  printed.gen_num = gen_num->get<std::uint64_t>();
  return printed;
}

std::optional<PrintedScores> FindPrintedScores(const fs::path& root, const std::string& directory) {
  const std::string text_file = directory + "accuracy.txt";
  if (const auto text = ReadFile(root / text_file, kMaxTextBytes)) {
    return ParseAccuracyTxt(*text, text_file);
  }
  for (const fs::path& path : SmallJsonFiles(root / directory)) {
    const auto bytes = ReadFile(path, kMaxScoreJsonBytes);
    if (!bytes) continue;
    const auto json = ParseJson(*bytes, path.string());
    if (!json) continue;
    auto printed = ScoresFromJson(*json, directory + path.filename().string());
    if (printed) return printed;
  }
  return std::nullopt;
}

}  // namespace assay
