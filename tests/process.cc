#include "tests/process.h"

#include <csignal>
#include <fstream>
#include <sstream>

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

namespace assay::testing_support {
namespace {

std::string Contents(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  std::stringstream bytes;
  bytes << file.rdbuf();
  return bytes.str();
}

void Redirect(const std::string& path, int flags, int fd) {
  const int opened = open(path.c_str(), flags, 0600);
  dup2(opened, fd);
  close(opened);
}

}  // namespace

Process::Process(const std::vector<std::string>& words, const std::string& directory,
                 const std::string& input) {
  static int count = 0;
  files_ = ::testing::TempDir() + "/assay_process_" + std::to_string(getpid()) + "_" +
           std::to_string(count++);
  std::ofstream(files_ + ".in", std::ios::binary) << input;
  std::vector<std::string> copies = words;
  std::vector<char*> argv;
  argv.reserve(copies.size() + 1);
  for (std::string& word : copies) argv.push_back(word.data());
  argv.push_back(nullptr);
  pid_ = fork();
  if (pid_ != 0) return;
  Redirect(files_ + ".in", O_RDONLY, STDIN_FILENO);
  Redirect(files_ + ".out", O_WRONLY | O_CREAT | O_TRUNC, STDOUT_FILENO);
  Redirect(files_ + ".err", O_WRONLY | O_CREAT | O_TRUNC, STDERR_FILENO);
  if (chdir(directory.c_str()) == 0) execv(argv[0], argv.data());
  _exit(126);
}

Process::~Process() {
  if (pid_ > 0) {
    kill(pid_, SIGKILL);
    waitpid(pid_, nullptr, 0);
  }
}

void Process::Signal(int number) const {
  EXPECT_EQ(kill(pid_, number), 0);
}

Ended Process::Wait() {
  int status = 0;
  EXPECT_EQ(waitpid(pid_, &status, 0), pid_);
  pid_ = -1;
  return {WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status),
          Contents(files_ + ".out"), Contents(files_ + ".err")};
}

Ended RunProcess(const std::vector<std::string>& words, const std::string& directory,
                 const std::string& input) {
  return Process(words, directory, input).Wait();
}

std::vector<pid_t> ChildrenOf(pid_t parent) {
  std::istringstream children(Contents("/proc/" + std::to_string(parent) + "/task/" +
                                       std::to_string(parent) + "/children"));
  std::vector<pid_t> found;
  for (pid_t pid = 0; children >> pid;) found.push_back(pid);
  return found;
}

bool IsAlive(pid_t pid) {
  const std::string stat = Contents("/proc/" + std::to_string(pid) + "/stat");
  const std::size_t name_end = stat.rfind(')');
  return name_end != std::string::npos && stat.size() > name_end + 2 && stat[name_end + 2] != 'Z';
}

}  // namespace assay::testing_support
