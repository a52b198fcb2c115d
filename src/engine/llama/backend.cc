#include "engine/llama/backend.h"

#include <cstddef>
#include <mutex>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include <ggml.h>
#include <llama.h>
#include <unistd.h>

namespace assay {
namespace {

thread_local BackendLogScope* innermost = nullptr;

void OnLog(ggml_log_level level, const char* text, void* /*user_data*/) {
  if (innermost != nullptr) innermost->Append(level == GGML_LOG_LEVEL_ERROR, text);
}

// llama.cpp is about to end the process. Replaces its own report, which starts a debugger. The C
// frame between this and the library's C++ has unwind tables, as all code has on our platforms.
void OnAbort(const char* message) {
  if (innermost != nullptr && innermost->on_abort() == BackendLogScope::OnAbort::kThrow) {
    throw std::runtime_error(message);
  }
  constexpr std::string_view kPrefix = "assay: llama.cpp gave up: ";
  for (const std::string_view part : {kPrefix, std::string_view(message), std::string_view("\n")}) {
    // There is nobody left to tell of a failure.
    [[maybe_unused]] const ssize_t written = write(STDERR_FILENO, part.data(), part.size());
  }
}

// "llama_model_load: error loading model: x" -> "error loading model: x".
std::string_view WithoutFunctionName(std::string_view line) {
  const std::size_t colon = line.find(": ");
  if (colon == std::string_view::npos) return line;
  return line.find(' ') < colon ? line : line.substr(colon + 2);
}

bool SaysNothing(std::string_view line) {
  return line.empty() || line == "failed to load model" ||
         line.starts_with("failed to decode, ret");
}

}  // namespace

void StartLlamaBackend() {
  static std::once_flag started;
  std::call_once(started, [] {
    llama_log_set(OnLog, nullptr);
    ggml_set_abort_callback(OnAbort);
    llama_backend_init();
  });
}

BackendLogScope::BackendLogScope(OnAbort on_abort) : on_abort_(on_abort), outer_(innermost) {
  innermost = this;
}

BackendLogScope::~BackendLogScope() {
  innermost = outer_;
}

void BackendLogScope::Append(bool is_error, std::string_view text) {
  while (!text.empty()) {
    const std::size_t end = text.find('\n');
    if (!open_) lines_.push_back({is_error, {}});
    lines_.back().text += text.substr(0, end);
    open_ = end == std::string_view::npos;
    text.remove_prefix(open_ ? text.size() : end + 1);
  }
}

std::string BackendLogScope::Errors() const {
  std::string joined;
  for (const Line& line : lines_) {
    const std::string_view text = WithoutFunctionName(line.text);
    if (!line.is_error || SaysNothing(text)) continue;
    if (!joined.empty()) joined += "; ";
    joined += text;
  }
  return joined.empty() ? "no reason given" : joined;
}

std::vector<std::string_view> BackendLogScope::After(std::string_view marker) const {
  std::vector<std::string_view> found;
  for (const Line& line : lines_) {
    const std::size_t at = line.text.find(marker);
    if (at != std::string::npos) {
      found.push_back(std::string_view(line.text).substr(at + marker.size()));
    }
  }
  return found;
}

}  // namespace assay
