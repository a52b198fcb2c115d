#include "rules/rule_table.h"

#include <map>
#include <regex>
#include <set>
#include <string>

#include <gtest/gtest.h>

#include "base/file.h"

namespace assay {
namespace {

std::string Source(const std::string& path) {
  return ReadFile(fs::path(ASSAY_SOURCE_DIR) / path).value();
}

TEST(RuleTable, HoldsEveryRuleOnce) {
  const std::string header = Source("src/rules/rule_table.h");
  const std::regex definition("inline constexpr Rule k[A-Za-z0-9]+\\{");
  const auto defined = std::distance(std::sregex_iterator(header.begin(), header.end(), definition),
                                     std::sregex_iterator());
  EXPECT_EQ(static_cast<std::size_t>(defined), AllRules().size());
  std::set<std::string_view> ids;
  for (const Rule& rule : AllRules()) EXPECT_TRUE(ids.insert(rule.id).second) << rule.id;
}

// docs/rules.md has a table row "| `id` | asks | source |" for each rule, and no other.
TEST(RuleTable, IsWhatTheDocumentLists) {
  const std::string page = Source("docs/rules.md");
  std::map<std::string, std::string> listed;
  const std::regex row("\n\\| `([a-zA-Z0-9_.]+)` \\| ([^|]+) \\| ([^|]+) \\|");
  for (auto it = std::sregex_iterator(page.begin(), page.end(), row); it != std::sregex_iterator();
       ++it) {
    listed[(*it)[1]] = (*it)[2].str() + " | " + (*it)[3].str();
  }
  EXPECT_EQ(listed.size(), AllRules().size());
  for (const Rule& rule : AllRules()) {
    EXPECT_EQ(listed[std::string(rule.id)],
              std::string(rule.asks) + " | " + std::string(rule.source))
        << rule.id;
  }
}

}  // namespace
}  // namespace assay
