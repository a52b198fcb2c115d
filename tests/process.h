// Starts the program under test as a process of its own.

#ifndef ASSAY_TESTS_PROCESS_H_
#define ASSAY_TESTS_PROCESS_H_

#include <string>
#include <vector>

#include <sys/types.h>

namespace assay::testing_support {

struct Ended {
  int exit_code = -1;  // 128 + signal where one ended it
  std::string out;
  std::string err;
};

class Process {
 public:
  // Starts `words` in `directory`; standard input is `input`.
  Process(const std::vector<std::string>& words, const std::string& directory,
          const std::string& input = "");
  ~Process();
  Process(const Process&) = delete;
  Process& operator=(const Process&) = delete;

  void Signal(int number) const;
  [[nodiscard]] pid_t pid() const { return pid_; }
  [[nodiscard]] Ended Wait();

 private:
  pid_t pid_ = -1;
  std::string files_;  // prefix of the files that hold its output
};

[[nodiscard]] Ended RunProcess(const std::vector<std::string>& words, const std::string& directory,
                               const std::string& input = "");

// Processes whose parent is `parent`.
[[nodiscard]] std::vector<pid_t> ChildrenOf(pid_t parent);
[[nodiscard]] bool IsAlive(pid_t pid);

}  // namespace assay::testing_support

#endif  // ASSAY_TESTS_PROCESS_H_
