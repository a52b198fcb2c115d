// A null server in a process of its own.

#ifndef ASSAY_RUN_NULL_SERVER_PROCESS_H_
#define ASSAY_RUN_NULL_SERVER_PROCESS_H_

#include <string>
#include <vector>

#include <sys/types.h>

#include "assay/result.h"

namespace assay {

// Runs from Start until the object's end, and dies with this process, also by SIGKILL. It gets the
// processors that this process may not use, where there are any, so that it takes none of the
// client's.
class NullServerProcess {
 public:
  // `options`  of assay null-server.
  // Errors: kIo: it cannot be started, or did not say within ten seconds where it listens.
  static Result<NullServerProcess> Start(const std::vector<std::string>& options);
  NullServerProcess(NullServerProcess&& other) noexcept;
  NullServerProcess& operator=(NullServerProcess&&) = delete;
  NullServerProcess(const NullServerProcess&) = delete;
  NullServerProcess& operator=(const NullServerProcess&) = delete;
  ~NullServerProcess() { Stop(); }

  // "http://127.0.0.1:41234".
  [[nodiscard]] const std::string& url() const { return url_; }
  // Ends it, by force if it has not within five seconds: its log is whole where it did. Idempotent.
  void Stop();

 private:
  explicit NullServerProcess(pid_t pid) : pid_(pid) {}

  pid_t pid_ = -1;
  std::string url_;
};

}  // namespace assay

#endif  // ASSAY_RUN_NULL_SERVER_PROCESS_H_
