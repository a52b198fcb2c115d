// What servers say in text: Prometheus metrics and vLLM's log. Samples survive being written and
// read again; facts of a log are one line each and of its own bytes.

#include <cmath>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/check.h"
#include "base/format.h"
#include "server/probe.h"
#include "server/prometheus.h"
#include "server/vllm_log.h"

namespace {

std::string Escaped(std::string_view value) {
  std::string text;
  for (const char c : value) {
    if (c == '\\' || c == '"') text += '\\';
    text += c == '\n' ? std::string("\\n") : std::string(1, c);
  }
  return text;
}

std::string Written(const std::vector<assay::PrometheusSample>& samples) {
  std::string text;
  for (const assay::PrometheusSample& sample : samples) {
    text += std::string(sample.name) + "{";
    for (const auto& [label, value] : sample.labels) {
      text += fmt::format("{}=\"{}\",", label, Escaped(value));
    }
    text += fmt::format("}} {}\n", sample.value);
  }
  return text;
}

bool SameNumber(double a, double b) {
  return a == b || (std::isnan(a) && std::isnan(b));
}

void CheckMetrics(std::string_view text) {
  const auto samples = assay::ParsePrometheus(text);
  if (!samples) return;
  const std::string written = Written(*samples);
  const auto again = assay::ParsePrometheus(written);
  ASSAY_CHECK(again && again->size() == samples->size());
  for (std::size_t i = 0; i < samples->size(); ++i) {
    ASSAY_CHECK((*again)[i].name == (*samples)[i].name);
    ASSAY_CHECK((*again)[i].labels == (*samples)[i].labels);
    ASSAY_CHECK(SameNumber((*again)[i].value, (*samples)[i].value));
  }
  static_cast<void>(assay::CountersOf(*samples));
}

void CheckLog(std::string_view text) {
  for (const auto& [name, value] : assay::ReadVllmLog(text)) {
    ASSAY_CHECK(!name.empty());
    ASSAY_CHECK(value.find('\n') == std::string::npos);
    ASSAY_CHECK(value.size() <= 2 * text.size() + 16);
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string text(reinterpret_cast<const char*>(data), size);
  CheckMetrics(text);
  CheckLog(text);
  return 0;
}
