// The null server's log: what it did for each request, and when. docs/formats.md defines the file.

#ifndef ASSAY_NULL_SERVER_REQUEST_LOG_H_
#define ASSAY_NULL_SERVER_REQUEST_LOG_H_

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "assay/clock.h"
#include "assay/result.h"

#include "base/file.h"
#include "null_server/answer_plan.h"
#include "null_server/api_request.h"

namespace assay {

enum class ServedEnd {
  kDone,          // the whole answer was handed to the kernel
  kFault,         // the fault that the script asked for was made
  kClientClosed,  // the client went away first
  kUnanswered,    // the server ended first
};
[[nodiscard]] std::string_view ServedEndName(ServedEnd end);

// One request of /v1/completions or /v1/chat/completions. Times are the steady clock's.
struct ServedRequest {
  std::uint64_t number = 0;  // order in which requests were completely read
  std::string request_id;    // of the header X-Request-Id; empty: there was none
  ApiKind api = ApiKind::kCompletions;
  bool stream = false;
  AnswerPlan plan;
  MonoTime read{};   // the last byte of the request had been read
  MonoTime start{};  // the schedule counts from here: `read`, or when a slot was free
  // Immediately before each write that holds a token was handed to the kernel.
  std::vector<MonoTime> writes;
  std::uint32_t tokens = 0;  // written
  ServedEnd end = ServedEnd::kUnanswered;
};

// Value: one line with its line feed.
[[nodiscard]] std::string LogLine(const ServedRequest& served);
// `where` names the file and line in errors. Errors: kParse.
[[nodiscard]] Result<ServedRequest> ParseLogLine(std::string_view line, const std::string& where);

// All requests of a log, in its order. A last line without a line feed was cut off and is left out.
// Errors: kIo, kParse.
[[nodiscard]] Result<std::vector<ServedRequest>> ReadServedRequests(const fs::path& path);

// Writes lines in blocks, so that a request costs no system call. Not thread-safe.
class RequestLog {
 public:
  // Creates the file, which must not exist. Errors: kIo.
  static Result<RequestLog> Create(const fs::path& path);

  void Add(const ServedRequest& served);
  // What has not been written yet. Errors: kIo, also of an earlier block.
  [[nodiscard]] Status Flush();

 private:
  explicit RequestLog(AppendFile file) : file_(std::move(file)) {}

  AppendFile file_;
  std::string block_;
  std::optional<Error> failure_;
};

}  // namespace assay

#endif  // ASSAY_NULL_SERVER_REQUEST_LOG_H_
