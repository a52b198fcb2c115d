#include "server/prometheus.h"

#include <algorithm>
#include <charconv>
#include <cmath>

#include "base/format.h"

namespace assay {
namespace {

constexpr std::string_view kBlank = " \t";

bool IsNameStart(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || c == ':';
}
bool IsNameChar(char c) {
  return IsNameStart(c) || (c >= '0' && c <= '9');
}

// Reads one line from its start.
class LineReader {
 public:
  LineReader(std::string_view line, std::size_t number) : rest_(line), number_(number) {}

  Result<PrometheusSample> Sample() {
    PrometheusSample sample;
    ASSAY_ASSIGN_OR_RETURN(sample.name, Name());
    SkipBlank();
    if (Take('{')) {
      ASSAY_RETURN_IF_ERROR(Labels(sample));
    }
    ASSAY_ASSIGN_OR_RETURN(sample.value, Number());
    return sample;
  }

 private:
  void SkipBlank() { rest_.remove_prefix(std::min(rest_.find_first_not_of(kBlank), rest_.size())); }
  bool Take(char c) {
    if (rest_.empty() || rest_.front() != c) return false;
    rest_.remove_prefix(1);
    return true;
  }
  [[nodiscard]] Error Expected(std::string_view what) const {
    return MakeError(ErrorCode::kParse, "line {}: expected {}, found \"{}\"", number_, what,
                     rest_.substr(0, 40));
  }

  Result<std::string_view> Name() {
    if (rest_.empty() || !IsNameStart(rest_.front())) return Expected("a name");
    const auto end = std::find_if_not(rest_.begin(), rest_.end(), IsNameChar);
    const std::string_view name = rest_.substr(0, static_cast<std::size_t>(end - rest_.begin()));
    rest_.remove_prefix(name.size());
    return name;
  }

  Result<std::string> Quoted() {
    if (!Take('"')) return Expected("a label's value in quotes");
    std::string value;
    while (!rest_.empty()) {
      if (Take('"')) return value;
      if (Take('\\')) {
        if (rest_.empty()) break;
        value += rest_.front() == 'n' ? '\n' : rest_.front();
      } else {
        value += rest_.front();
      }
      rest_.remove_prefix(1);
    }
    return Expected("the end of a label's value");
  }

  Status Labels(PrometheusSample& sample) {
    while (true) {
      SkipBlank();
      if (Take('}')) return Ok{};
      ASSAY_ASSIGN_OR_RETURN(const std::string_view label, Name());
      SkipBlank();
      if (!Take('=')) return Expected("\"=\" after a label");
      SkipBlank();
      ASSAY_ASSIGN_OR_RETURN(std::string value, Quoted());
      sample.labels.emplace_back(label, std::move(value));
      SkipBlank();
      if (!Take(',') && (rest_.empty() || rest_.front() != '}')) {
        return Expected("\",\" or \"}\" after a label");
      }
    }
  }

  Result<double> Number() {
    SkipBlank();
    const std::string_view word = rest_.substr(0, rest_.find_first_of(kBlank));
    const std::string_view digits = word.substr(word.starts_with('+') ? 1 : 0);
    double value = 0.0;
    const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), value);
    if (digits.empty() || error != std::errc() || end != digits.data() + digits.size()) {
      return Expected("a number");
    }
    return value;
  }

  std::string_view rest_;
  std::size_t number_;
};

}  // namespace

const std::string* PrometheusSample::Label(std::string_view label) const {
  const auto it = std::find_if(labels.begin(), labels.end(),
                               [&](const auto& entry) { return entry.first == label; });
  return it == labels.end() ? nullptr : &it->second;
}

Result<std::vector<PrometheusSample>> ParsePrometheus(std::string_view text) {
  std::vector<PrometheusSample> samples;
  for (std::size_t number = 1; !text.empty(); ++number) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    std::string_view line = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    if (line.ends_with('\r')) line.remove_suffix(1);
    line.remove_prefix(std::min(line.find_first_not_of(kBlank), line.size()));
    if (line.empty() || line.front() == '#') continue;
    ASSAY_ASSIGN_OR_RETURN(PrometheusSample sample, LineReader(line, number).Sample());
    samples.push_back(std::move(sample));
  }
  return samples;
}

std::optional<double> SumOf(const std::vector<PrometheusSample>& samples, std::string_view name) {
  std::optional<double> sum;
  for (const PrometheusSample& sample : samples) {
    if (sample.name != name) continue;
    sum = sum.value_or(0.0) + sample.value;
  }
  return sum && std::isfinite(*sum) ? sum : std::nullopt;
}

std::optional<double> LargestOf(const std::vector<PrometheusSample>& samples,
                                std::string_view name) {
  std::optional<double> largest;
  for (const PrometheusSample& sample : samples) {
    if (sample.name != name) continue;
    if (!std::isfinite(sample.value)) return std::nullopt;
    largest = std::max(largest.value_or(sample.value), sample.value);
  }
  return largest;
}

}  // namespace assay
