// llama.cpp as a library of this process: its start, and what it logs.

#ifndef ASSAY_ENGINE_LLAMA_BACKEND_H_
#define ASSAY_ENGINE_LLAMA_BACKEND_H_

#include <string>
#include <string_view>
#include <vector>

namespace assay {

// Starts llama.cpp once per process and takes over its log, which then never reaches stderr.
// Thread-safe.
void StartLlamaBackend();

// While it lives, keeps what llama.cpp logs on this thread; without one, log lines are dropped. The
// library reports why something failed only in its log. Scopes nest; the innermost listens.
class BackendLogScope {
 public:
  // What happens where the library finds its own invariants broken, which the metadata of a
  // damaged file can do: kThrow lets its loader catch that as any other error.
  enum class OnAbort { kEndProcess, kThrow };

  explicit BackendLogScope(OnAbort on_abort = OnAbort::kEndProcess);
  ~BackendLogScope();
  BackendLogScope(const BackendLogScope&) = delete;
  BackendLogScope& operator=(const BackendLogScope&) = delete;

  // Value: the errors so far in one line, without the library's function names and the closing
  // lines that only say that something failed; "no reason given" if nothing is left.
  [[nodiscard]] std::string Errors() const;
  // Value: what follows `marker` in each line that contains it. Views into this object, valid until
  // the next line.
  [[nodiscard]] std::vector<std::string_view> After(std::string_view marker) const;

  [[nodiscard]] OnAbort on_abort() const { return on_abort_; }
  // From the library's callback: a piece of a line, ended by a line feed.
  void Append(bool is_error, std::string_view text);

 private:
  struct Line {
    bool is_error = false;
    std::string text;
  };
  std::vector<Line> lines_;
  bool open_ = false;  // the last line has not ended
  OnAbort on_abort_;
  BackendLogScope* outer_;
};

}  // namespace assay

#endif  // ASSAY_ENGINE_LLAMA_BACKEND_H_
