#include "load/user_conf.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <optional>
#include <utility>

#include "base/format.h"

namespace assay {
namespace {

enum class ValueKind { kInteger, kNumber };
struct KnownKey {
  std::string_view name;
  ValueKind kind;
};

// What FromConfig looks up in any file. Seeds, accuracy_log_probability and test05 are not here: it
// takes those from its own mlperf.conf alone.
constexpr std::array<KnownKey, 25> kKeys{{
    {"mode", ValueKind::kInteger},
    {"use_token_latencies", ValueKind::kInteger},
    {"ttft_latency", ValueKind::kInteger},
    {"tpot_latency", ValueKind::kInteger},
    {"infer_token_latencies", ValueKind::kInteger},
    {"token_latency_scaling_factor", ValueKind::kInteger},
    {"target_latency_percentile", ValueKind::kNumber},
    {"samples_per_query", ValueKind::kInteger},
    {"target_latency", ValueKind::kInteger},
    {"target_qps", ValueKind::kNumber},
    {"coalesce_queries", ValueKind::kInteger},
    {"max_async_queries", ValueKind::kInteger},
    {"performance_issue_unique", ValueKind::kInteger},
    {"performance_issue_same", ValueKind::kInteger},
    {"performance_issue_same_index", ValueKind::kInteger},
    {"sample_concatenate_permutation", ValueKind::kInteger},
    {"min_duration", ValueKind::kInteger},
    {"max_duration", ValueKind::kInteger},
    {"min_query_count", ValueKind::kInteger},
    {"max_query_count", ValueKind::kInteger},
    {"performance_sample_count_override", ValueKind::kInteger},
    {"accuracy_sample_count_override", ValueKind::kInteger},
    {"print_timestamps", ValueKind::kInteger},
    {"accuracy_log_rng_seed", ValueKind::kInteger},
    {"accuracy_log_sampling_target", ValueKind::kInteger},
}};
constexpr std::array<std::string_view, 6> kMlperfConfOnly{
    "qsl_rng_seed", "sample_index_rng_seed", "schedule_rng_seed", "accuracy_log_probability",
    "test05",       "test05_qsl_rng_seed"};
constexpr std::array<std::string_view, 5> kScenarios{"*", "Offline", "Server", "SingleStream",
                                                     "MultiStream"};

std::vector<std::string_view> Words(std::string_view line) {
  constexpr std::string_view kBlank = " \t\r\v\f";
  std::vector<std::string_view> words;
  for (std::size_t at = line.find_first_not_of(kBlank); at != std::string_view::npos;) {
    const std::size_t end = std::min(line.find_first_of(kBlank, at), line.size());
    words.push_back(line.substr(at, end - at));
    at = line.find_first_not_of(kBlank, end);
  }
  return words;
}

bool IsWhole(std::string_view text) {
  std::uint64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  return error == std::errc{} && end == text.data() + text.size();
}

bool IsNumber(std::string_view text) {
  double value = 0.0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  return error == std::errc{} && end == text.data() + text.size() && std::isfinite(value) &&
         value >= 0.0;
}

// What is wrong with an assignment that has the right form; nullopt: nothing.
std::optional<std::string> Fault(const UserConfEntry& e) {
  if (std::find(kScenarios.begin(), kScenarios.end(), e.scenario) == kScenarios.end()) {
    return fmt::format(
        "scenario \"{}\" is none of LoadGen's: Offline, Server, SingleStream, "
        "MultiStream or * (Interactive runs as Server)",
        e.scenario);
  }
  const auto known =
      std::find_if(kKeys.begin(), kKeys.end(), [&](const KnownKey& k) { return k.name == e.key; });
  if (known == kKeys.end()) {
    if (std::find(kMlperfConfOnly.begin(), kMlperfConfOnly.end(), e.key) != kMlperfConfOnly.end()) {
      return fmt::format(
          "LoadGen takes \"{}\" from its own mlperf.conf only and would ignore it here", e.key);
    }
    return fmt::format("unknown key \"{}\": LoadGen would ignore it", e.key);
  }
  if (known->kind == ValueKind::kInteger && !IsWhole(e.value)) {
    return fmt::format(
        "\"{}\" must be a whole number of 64 bits, found \"{}\" (LoadGen would read another)",
        e.key, e.value);
  }
  if (known->kind == ValueKind::kInteger && e.value.size() > 1 && e.value.front() == '0') {
    return fmt::format("\"{}\" is \"{}\": LoadGen would read a leading 0 as octal", e.key, e.value);
  }
  if (known->kind == ValueKind::kNumber && !IsNumber(e.value)) {
    return fmt::format("\"{}\" must be a number of at least 0, found \"{}\"", e.key, e.value);
  }
  return std::nullopt;
}

Result<UserConfEntry> ParseAssignment(const std::vector<std::string_view>& words,
                                      std::uint64_t line, const std::string& at) {
  const auto wrong = [&at](std::string_view what) {
    return MakeError(ErrorCode::kInvalidArgument, "{}: {}", at, what);
  };
  if (words.size() == 1 && words[0].find('=') != std::string_view::npos) {
    return wrong("\"=\" needs a blank on each side: LoadGen would ignore this line");
  }
  if (words[0].front() == '#') {
    return wrong("a comment needs a blank after its \"#\": LoadGen would reject the whole file");
  }
  if (words.size() < 3 || words[1] != "=") return wrong("expected \"model.scenario.key = value\"");
  if (words.size() > 3) {
    return wrong(fmt::format("\"{}\" stands behind the value: LoadGen would reject the whole file",
                             words[3]));
  }
  // The key is what follows the last dot, the scenario what stands before it: models hold dots.
  const std::size_t last = words[0].rfind('.');
  const std::size_t middle = last == std::string_view::npos || last == 0
                                 ? std::string_view::npos
                                 : words[0].rfind('.', last - 1);
  if (middle == std::string_view::npos) return wrong("expected \"model.scenario.key = value\"");
  UserConfEntry entry{std::string(words[0].substr(0, middle)),
                      std::string(words[0].substr(middle + 1, last - middle - 1)),
                      std::string(words[0].substr(last + 1)), std::string(words[2]), line};
  if (const auto fault = Fault(entry)) return wrong(*fault);
  return entry;
}

}  // namespace

Result<std::vector<UserConfEntry>> ParseUserConf(std::string_view text, const std::string& where) {
  std::vector<UserConfEntry> entries;
  std::uint64_t line = 0;
  while (!text.empty()) {
    ++line;
    const std::size_t end = std::min(text.find('\n'), text.size());
    const std::vector<std::string_view> words = Words(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
    if (words.empty() || words[0] == "#") continue;
    ASSAY_ASSIGN_OR_RETURN(UserConfEntry entry,
                           ParseAssignment(words, line, fmt::format("{}:{}", where, line)));
    entries.push_back(std::move(entry));
  }
  return entries;
}

bool Defines(const std::vector<UserConfEntry>& entries, std::string_view model,
             std::string_view scenario, std::string_view key) {
  return ValueOf(entries, model, scenario, key).has_value();
}

std::optional<std::string> ValueOf(const std::vector<UserConfEntry>& entries,
                                   std::string_view model, std::string_view scenario,
                                   std::string_view key) {
  constexpr std::string_view kAny = "*";
  const std::array<std::pair<std::string_view, std::string_view>, 4> order{
      {{model, scenario}, {kAny, scenario}, {model, kAny}, {kAny, kAny}}};
  for (const auto& its : order) {
    const auto it = std::find_if(entries.rbegin(), entries.rend(), [&](const UserConfEntry& e) {
      return e.model == its.first && e.scenario == its.second && e.key == key;
    });
    if (it != entries.rend()) return it->value;
  }
  return std::nullopt;
}

}  // namespace assay
