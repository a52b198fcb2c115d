#include "host/pinned_file.h"

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <utility>

#include <fcntl.h>
#include <unistd.h>

#include "base/io_error.h"

namespace assay {
namespace {

constexpr std::size_t kFirstBytes = 512;
constexpr std::size_t kMostBytes = std::size_t{4} << 20U;
constexpr std::string_view kBlanks = " \t\n";

}  // namespace

Result<PinnedFile> PinnedFile::Open(const fs::path& path) {
  FileDescriptor fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (fd.get() < 0) return IoError(path, "cannot open");
  // Some files can be opened by anyone and refuse to be read.
  char byte = 0;
  if (::pread(fd.get(), &byte, 1, 0) < 0) return IoError(path, "cannot read");
  return PinnedFile(std::move(fd));
}

std::string_view PinnedFile::Read() {
  if (buffer_.empty()) buffer_.resize(kFirstBytes);
  // A file that fills the buffer is read again into a larger one: its parts must be of one moment.
  while (true) {
    const ssize_t n = ::pread(fd_.get(), buffer_.data(), buffer_.size(), 0);
    if (n < 0) {
      if (errno == EINTR) continue;
      return {};
    }
    const auto bytes = static_cast<std::size_t>(n);
    if (bytes < buffer_.size() || buffer_.size() >= kMostBytes) {
      return std::string_view(buffer_).substr(0, bytes);
    }
    buffer_.resize(2 * buffer_.size());
  }
}

std::optional<std::uint64_t> LeadingNumber(std::string_view text) {
  text.remove_prefix(std::min(text.find_first_not_of(kBlanks), text.size()));
  std::uint64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  return error == std::errc() ? std::optional(value) : std::nullopt;
}

std::string_view TakeLine(std::string_view& text) {
  const std::size_t end = std::min(text.find('\n'), text.size());
  const std::string_view line = text.substr(0, end);
  text.remove_prefix(std::min(end + 1, text.size()));
  return line;
}

std::string_view TakeWord(std::string_view& text) {
  text.remove_prefix(std::min(text.find_first_not_of(kBlanks), text.size()));
  const std::size_t end = std::min(text.find_first_of(kBlanks), text.size());
  const std::string_view word = text.substr(0, end);
  text.remove_prefix(end);
  return word;
}

}  // namespace assay
