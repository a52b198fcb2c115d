#include "rules/tree_changes.h"

#include <regex>
#include <utility>

#include <gtest/gtest.h>

#include "base/format.h"

namespace assay {

TreeChange Replace(const std::string& file, const std::string& pattern, const std::string& to) {
  return [=](TreeFiles& files) {
    std::string& text = files.at(file);
    const std::regex regex(pattern);
    EXPECT_TRUE(std::regex_search(text, regex)) << file << " has no " << pattern;
    text = std::regex_replace(text, regex, to, std::regex_constants::format_first_only);
  };
}

TreeChange Remove(const std::string& file) {
  return [=](TreeFiles& files) { EXPECT_EQ(files.erase(file), 1U) << file; };
}

TreeChange Put(const std::string& file, const std::string& bytes) {
  return [=](TreeFiles& files) { files[file] = bytes; };
}

TreeChange SetKey(const std::string& file, const std::string& key, const std::string& value) {
  return [=](TreeFiles& files) {
    std::string& text = files.at(file);
    const std::size_t at = text.find(fmt::format(":::MLLOG {{\"key\": \"{}\"", key));
    const std::string line = value.empty() ? "" : LogLine(key, value);
    if (at == std::string::npos) {
      text += line;
    } else {
      text = text.substr(0, at) + line + text.substr(text.find('\n', at) + 1);
    }
  };
}

TreeChange EditRecord(const std::string& file, const std::function<void(Json&)>& edit) {
  return [=](TreeFiles& files) {
    std::string& text = files.at(file);
    const std::size_t at = text.find('{');
    const std::size_t end = text.find('}', at) + 1;
    auto record = ParseJson(text.substr(at, end - at), file);
    ASSERT_TRUE(record.has_value());
    edit(*record);
    std::string line = "{ ";
    for (const auto& [key, value] : record->items()) {
      line += fmt::format("{}\"{}\" : {}", line.size() > 2 ? ", " : "", key, value.dump());
    }
    text.replace(at, end - at, line + " }");
  };
}

void SetData(Json& record, std::size_t kept, const std::vector<std::uint32_t>& tokens) {
  constexpr std::size_t kHexDigits = 8;  // of one token
  std::string data = record["data"].get<std::string>().substr(0, kHexDigits * kept);
  for (const std::uint32_t token : tokens) data += Int32Hex(token);
  record["token_count"] = data.size() / kHexDigits;
  record["data"] = std::move(data);
}

}  // namespace assay
