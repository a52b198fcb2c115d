// An OpenAI-compatible server with an exactly known schedule and no model: it proves clients.
// docs/architecture.md says what for; docs/formats.md defines its log.

#ifndef ASSAY_NULL_SERVER_NULL_SERVER_H_
#define ASSAY_NULL_SERVER_NULL_SERVER_H_

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "assay/result.h"
#include "assay/tokenizer.h"

#include "base/file.h"
#include "null_server/answer_plan.h"
#include "null_server/answer_text.h"

namespace assay {

struct NullServerOptions {
  std::string host = "127.0.0.1";  // address to listen at, IPv4 or IPv6
  std::uint16_t port = 0;          // 0: any that is free
  AnswerScript script;
  std::uint32_t slots = 0;      // requests answered at the same time; 0: all
  std::optional<fs::path> log;  // must not exist
  std::string model = "assay-null";
  ServerStyle style = ServerStyle::kVllm;
  Vocabulary vocabulary = DefaultVocabulary();
  std::shared_ptr<const Tokenizer> tokenizer;  // counts prompts that come as text; may be null
  std::uint64_t context_tokens = 131072;       // what /v1/models says; nothing is refused for it
};

// One thread answers everything: the one that calls Run.
class NullServer {
 public:
  // Listens. Errors: kInvalidArgument: the host is no address; kIo: it cannot be listened at, or
  // the log cannot be made.
  [[nodiscard]] static Result<std::unique_ptr<NullServer>> Create(NullServerOptions options);
  ~NullServer();
  NullServer(const NullServer&) = delete;
  NullServer& operator=(const NullServer&) = delete;

  [[nodiscard]] std::uint16_t port() const;
  // "http://127.0.0.1:8000", "http://[::1]:8000".
  [[nodiscard]] std::string url() const;
  // Answers until Stop, or SIGINT or SIGTERM where `until_signal`. Once. Requests that are then
  // unanswered stand in the log as such. Errors: kIo: the log could not be written.
  [[nodiscard]] Status Run(bool until_signal);
  // From any thread.
  void Stop();

 private:
  class Impl;
  explicit NullServer(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace assay

#endif  // ASSAY_NULL_SERVER_NULL_SERVER_H_
