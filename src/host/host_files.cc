#include "host/host_files.h"

#include <system_error>

#include "host/pinned_file.h"

namespace assay {

std::optional<std::string> HostFiles::Text(const fs::path& path) const {
  const auto bytes = ReadFile(root_ / path);
  if (!bytes) return std::nullopt;
  const std::size_t begin = bytes->find_first_not_of(" \t\n");
  if (begin == std::string::npos) return std::string();
  return bytes->substr(begin, bytes->find_last_not_of(" \t\n") - begin + 1);
}

std::optional<std::uint64_t> HostFiles::Number(const fs::path& path) const {
  const auto text = Text(path);
  return text ? LeadingNumber(*text) : std::nullopt;
}

std::optional<std::string> HostFiles::Value(const fs::path& path, std::string_view key) const {
  const auto text = Text(path);
  if (!text) return std::nullopt;
  std::string_view rest = *text;
  while (!rest.empty()) {
    std::string_view line = TakeLine(rest);
    if (!line.starts_with(key)) continue;
    line.remove_prefix(key.size());
    const std::size_t begin = line.find_first_not_of(" \t:");
    return begin == std::string_view::npos ? std::string() : std::string(line.substr(begin));
  }
  return std::nullopt;
}

std::vector<fs::path> HostFiles::Numbered(const fs::path& folder, std::string_view prefix) const {
  std::vector<fs::path> found;
  std::error_code error;
  for (const auto& entry : fs::directory_iterator(root_ / folder, error)) {
    const std::string name = entry.path().filename().string();
    if (!name.starts_with(prefix)) continue;
    if (LeadingNumber(std::string_view(name).substr(prefix.size()))) {
      found.push_back(folder / name);
    }
  }
  return found;
}

std::set<std::string> HostFiles::OfCpus(const fs::path& file) const {
  std::set<std::string> texts;
  for (const fs::path& cpu : Numbered("sys/devices/system/cpu", "cpu")) {
    if (const auto text = Text(cpu / file)) texts.insert(*text);
  }
  return texts;
}

}  // namespace assay
