// Exact agreement with transformers 4.46.2 on what the files beside a tokenizer say of it;
// tools/parity/make_settings_vectors.py makes the vectors and explains them.

#include <string>
#include <vector>

#include <gtest/gtest.h>
#include <unistd.h>

#include "assay/tokenizer.h"

#include "base/file.h"
#include "base/format.h"
#include "base/json.h"

namespace assay::tok {
namespace {

TEST(SettingsParity, SettingsCountAsInTransformers) {
  const std::string name = std::string(ASSAY_TOKENIZER_TEST_DATA) + "/settings.json";
  const Json vectors = ParseJson(ReadFile(name).value(), name).value();
  ASSERT_EQ(vectors["made_by"]["transformers"], "4.46.2");
  ASSERT_EQ(vectors["made_by"]["tokenizers"], "0.20.3");
  ASSERT_EQ(vectors["cases"].size(), 673U);
  const fs::path folder =
      fs::temp_directory_path() / fmt::format("assay-settings-parity-{}", ::getpid());
  for (const Json& expected : vectors["cases"]) {
    fs::remove_all(folder);
    fs::create_directories(folder);
    const auto kind = expected["tokenizer"].get<std::string>();
    ASSERT_TRUE(
        WriteFileAtomically(folder / "tokenizer.json", ToJsonLine(vectors["tokenizers"][kind])));
    for (const auto& [file, content] : expected["files"].items()) {
      ASSERT_TRUE(WriteFileAtomically(folder / file, ToJsonLine(content)));
    }
    const auto tokenizer = LoadTokenizer(folder);
    ASSERT_TRUE(tokenizer) << expected["files"] << tokenizer.error().message;
    for (std::size_t i = 0; i < vectors["texts"].size(); ++i) {
      const auto text = vectors["texts"][i].get<std::string>();
      EXPECT_EQ((*tokenizer)->Encode(text), expected["ids"][i].get<std::vector<TokenId>>())
          << kind << " " << expected["files"] << " " << text;
    }
    for (std::size_t i = 0; i < vectors["ids"].size(); ++i) {
      const auto ids = vectors["ids"][i].get<std::vector<TokenId>>();
      const auto text = (*tokenizer)->Decode(ids);
      EXPECT_EQ(text ? Json(*text) : Json(nullptr), expected["texts"][i])
          << kind << " " << expected["files"] << " " << vectors["ids"][i];
    }
  }
  fs::remove_all(folder);
}

}  // namespace
}  // namespace assay::tok
