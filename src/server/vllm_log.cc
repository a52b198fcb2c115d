#include "server/vllm_log.h"

#include <algorithm>
#include <array>
#include <map>
#include <optional>

namespace assay {
namespace {

using Pair = std::pair<std::string_view, std::string_view>;

std::string_view Trimmed(std::string_view text) {
  constexpr std::string_view kBlank = " \t\r";
  const std::size_t start = text.find_first_not_of(kBlank);
  if (start == std::string_view::npos) return {};
  return text.substr(start, text.find_last_not_of(kBlank) - start + 1);
}

std::optional<std::string_view> After(std::string_view text, std::string_view mark) {
  const std::size_t at = text.find(mark);
  if (at == std::string_view::npos) return std::nullopt;
  return text.substr(at + mark.size());
}

std::optional<std::string_view> Between(std::string_view text, std::string_view start,
                                        std::string_view end) {
  const auto rest = After(text, start);
  if (!rest) return std::nullopt;
  const std::size_t at = rest->find(end);
  if (at == std::string_view::npos) return std::nullopt;
  return rest->substr(0, at);
}

std::string_view FirstWord(std::string_view text) {
  return text.substr(0, text.find_first_of(" ,"));
}

std::string_view Unquoted(std::string_view text) {
  const bool quoted = text.size() >= 2 && (text.front() == '\'' || text.front() == '"') &&
                      text.back() == text.front();
  return quoted ? text.substr(1, text.size() - 2) : text;
}

// Length of the first item of a list that Python printed: up to the comma that is inside no quotes
// and no brackets, or up to the bracket that ends the list.
std::size_t ItemLength(std::string_view text) {
  int depth = 0;
  char quote = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (quote != 0) {
      if (c == '\\') {
        ++i;
      } else if (c == quote) {
        quote = 0;
      }
    } else if (c == '\'' || c == '"') {
      quote = c;
    } else if (c == '(' || c == '[' || c == '{' || c == '<') {
      ++depth;
    } else if (c == ')' || c == ']' || c == '}' || c == '>') {
      if (depth == 0) return i;
      --depth;
    } else if (c == ',' && depth == 0) {
      return i;
    }
  }
  return text.size();
}

// The members of "a=1, b='x, y'" (separator '=') or of "'a': 1, 'b': [2]" (separator ':').
std::vector<Pair> Members(std::string_view text, char separator) {
  std::vector<Pair> members;
  while (!text.empty()) {
    const std::size_t length = ItemLength(text);
    const std::string_view item = text.substr(0, length);
    const std::size_t at = item.find(separator);
    if (at != std::string_view::npos) {
      members.emplace_back(Unquoted(Trimmed(item.substr(0, at))), Trimmed(item.substr(at + 1)));
    }
    if (length == text.size() || text[length] != ',') return members;
    text.remove_prefix(length + 1);
  }
  return members;
}

std::optional<std::string_view> Find(const std::vector<Pair>& members, std::string_view name) {
  const auto it = std::find_if(members.begin(), members.end(),
                               [&](const Pair& member) { return member.first == name; });
  return it == members.end() ? std::nullopt : std::optional(Unquoted(it->second));
}

// "(Worker_TP0 pid=34322)", or empty where one process does everything.
std::string_view SpeakerOf(std::string_view line) {
  return line.starts_with('(') ? line.substr(0, line.find(')') + 1) : std::string_view();
}

class Reader {
 public:
  void Line(std::string_view line) {
    Server(line);
    Engine(line);
    Backend(line);
    Memory(line);
  }

  [[nodiscard]] std::vector<std::pair<std::string, std::string>> Facts() const {
    constexpr std::array<std::string_view, 17> kOrder{
        "version",           "arguments",          "data type",
        "quantization",      "KV cache data type", "prefix caching",
        "chunked prefill",   "eager mode",         "tensor parallel",
        "pipeline parallel", "data parallel",      "CUDA graph mode",
        "attention backend", "model memory",       "KV cache memory",
        "CUDA graph memory", "KV cache size"};
    std::vector<std::pair<std::string, std::string>> facts;
    if (!is_vllm_) return facts;
    for (const std::string_view name : kOrder) {
      const auto once = once_.find(name);
      const auto several = several_.find(name);
      if (once != once_.end()) facts.emplace_back(name, once->second);
      if (several != several_.end()) facts.emplace_back(name, Joined(several->second));
    }
    return facts;
  }

 private:
  using BySpeaker = std::vector<std::pair<std::string, std::string>>;

  void Server(std::string_view line) {
    if (const auto rest = After(line, "vLLM API server version ")) {
      is_vllm_ = true;
      once_["version"] = Trimmed(*rest);
    }
    const auto rest = After(line, "non-default args: {");
    if (!rest) return;
    is_vllm_ = true;
    std::string arguments;
    for (const auto& [name, value] : Members(*rest, ':')) {
      if (name.find("key") != std::string_view::npos && name != "ssl_keyfile") continue;
      if (!arguments.empty()) arguments += ' ';
      arguments.append(name).append("=").append(Unquoted(value));
    }
    once_["arguments"] = arguments;
  }

  void Engine(std::string_view line) {
    constexpr std::array<Pair, 8> kNames{{{"quantization", "quantization"},
                                          {"kv_cache_dtype", "KV cache data type"},
                                          {"enable_prefix_caching", "prefix caching"},
                                          {"enable_chunked_prefill", "chunked prefill"},
                                          {"enforce_eager", "eager mode"},
                                          {"tensor_parallel_size", "tensor parallel"},
                                          {"pipeline_parallel_size", "pipeline parallel"},
                                          {"data_parallel_size", "data parallel"}}};
    const auto rest = After(line, "LLM engine (v");
    const auto config = rest ? After(*rest, ") with config: ") : std::nullopt;
    if (!config) return;
    is_vllm_ = true;
    once_["version"] = rest->substr(0, rest->find(')'));
    const std::vector<Pair> members = Members(*config, '=');
    if (const auto dtype = Find(members, "dtype")) {
      once_["data type"] = dtype->substr(dtype->starts_with("torch.") ? 6 : 0);
    }
    for (const auto& [theirs, ours] : kNames) {
      if (const auto value = Find(members, theirs)) once_[ours] = *value;
    }
    const auto compilation = Find(members, "compilation_config");
    if (!compilation) return;
    if (const auto mode = Between(*compilation, "cudagraph_mode': <CUDAGraphMode.", ":")) {
      once_["CUDA graph mode"] = *mode;
    }
  }

  void Backend(std::string_view line) {
    constexpr std::array<Pair, 7> kForms{{{"Using AttentionBackendEnum.", " backend"},
                                          {"Using ", " attention backend"},
                                          {"Using ", " backend on V1 engine"},
                                          {"Using ", "Torch SDPA backend"},
                                          {"Using ", "Flash Attention backend"},
                                          {"Using ", "CPU_MLA backend"},
                                          {"Using ", "AMX_MLA backend"}}};
    for (const auto& [start, end] : kForms) {
      const auto found = Between(line, start, end);
      if (!found || found->find('.') != std::string_view::npos) continue;
      once_["attention backend"] = Trimmed(found->empty() ? end.substr(0, end.size() - 8) : *found);
      return;
    }
  }

  void Memory(std::string_view line) {
    if (const auto rest = After(line, "Model loading took ")) Gib("model memory", line, *rest);
    if (const auto rest = After(line, "Loading model weights took ")) {
      Gib("model memory", line, *rest);
    }
    if (const auto rest = After(line, "Available KV cache memory: ")) {
      Gib("KV cache memory", line, *rest);
    }
    if (const auto rest = After(line, "Graph capturing finished in ")) {
      if (const auto took = After(*rest, "took ")) Gib("CUDA graph memory", line, *took);
    }
    if (const auto rest = After(line, "CUDA graph pool memory: ")) {
      Gib("CUDA graph memory", line, *rest);
    }
    if (const auto rest = After(line, "KV cache size: ")) {
      const std::string_view number = rest->substr(0, rest->find(' '));
      if (rest->substr(number.size()).starts_with(" tokens")) {
        Note("KV cache size", line, Ungrouped(number) + " tokens");
      }
    }
  }

  static std::string Ungrouped(std::string_view number) {
    std::string digits(number);
    digits.erase(std::remove(digits.begin(), digits.end(), ','), digits.end());
    return digits;
  }

  void Gib(std::string_view name, std::string_view line, std::string_view value) {
    const std::string_view number = FirstWord(value);
    const std::string_view unit = FirstWord(Trimmed(value.substr(number.size())));
    if (number.find_first_not_of("0123456789.") != std::string_view::npos || number.empty()) return;
    if (unit != "GiB" && unit != "GB") return;
    Note(name, line, std::string(number) + " GiB");
  }

  void Note(std::string_view name, std::string_view line, std::string value) {
    BySpeaker& values = several_[name];
    const std::string_view speaker = SpeakerOf(line);
    const auto it = std::find_if(values.begin(), values.end(),
                                 [&](const auto& entry) { return entry.first == speaker; });
    if (it != values.end()) {
      it->second = std::move(value);
    } else {
      values.emplace_back(speaker, std::move(value));
    }
  }

  static std::string Joined(const BySpeaker& values) {
    std::string text;
    for (const auto& [speaker, value] : values) text += (text.empty() ? "" : " + ") + value;
    return text;
  }

  bool is_vllm_ = false;
  std::map<std::string_view, std::string> once_;
  std::map<std::string_view, BySpeaker> several_;
};

}  // namespace

std::vector<std::pair<std::string, std::string>> ReadVllmLog(std::string_view log) {
  Reader reader;
  while (!log.empty()) {
    // Progress bars overwrite their line with carriage returns.
    const std::size_t end = std::min(log.find_first_of("\n\r"), log.size());
    reader.Line(log.substr(0, end));
    log.remove_prefix(std::min(end + 1, log.size()));
  }
  return reader.Facts();
}

}  // namespace assay
