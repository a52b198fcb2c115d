#include <filesystem>
#include <fstream>
#include <functional>
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include "assay/tokenizer.h"

#include "base/file.h"
#include "base/hash.h"
#include "base/json.h"
#include "tokenizer/small_tokenizer.h"

namespace assay {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Pair;
using tok::SmallTokenizer;

class LoadTokenizerTest : public ::testing::Test {
 protected:
  void SetUp() override {
    folder_ = fs::path(::testing::TempDir()) /
              ::testing::UnitTest::GetInstance()->current_test_info()->name();
    fs::remove_all(folder_);
    fs::create_directories(folder_);
  }
  void TearDown() override { fs::remove_all(folder_); }

  void Write(std::string_view name, std::string_view bytes) const {
    ASSERT_TRUE(WriteFileAtomically(folder_ / name, bytes).has_value());
  }
  void WriteTokenizer() const { Write("tokenizer.json", ToJsonLine(SmallTokenizer({{"h", "e"}}))); }
  [[nodiscard]] std::string ErrorOf(const fs::path& path) const {
    const auto loaded = LoadTokenizer(path);
    return loaded ? "no error" : loaded.error().message;
  }

  fs::path folder_;
};

TEST_F(LoadTokenizerTest, FolderAndFileAreTheSame) {
  WriteTokenizer();
  for (const fs::path& path : {folder_, folder_ / "tokenizer.json"}) {
    const auto loaded = LoadTokenizer(path);
    ASSERT_TRUE(loaded.has_value()) << loaded.error().message;
    const Tokenizer& tokenizer = **loaded;
    EXPECT_THAT(tokenizer.Encode("he"), ElementsAre(257, 256));
    EXPECT_EQ(tokenizer.Bos(), 257);
    EXPECT_EQ(tokenizer.VocabularySize(), 259U);
    EXPECT_EQ(tokenizer.identity().kind, "tokenizer.json");
    EXPECT_EQ(tokenizer.identity().path, (folder_ / "tokenizer.json").string());
    EXPECT_EQ(tokenizer.identity().sha256, *Sha256OfFile(folder_ / "tokenizer.json"));
  }
}

TEST_F(LoadTokenizerTest, WithoutSettingsCleanUpIsOnAndNothingEndsAGeneration) {
  WriteTokenizer();
  const auto loaded = LoadTokenizer(folder_);
  ASSERT_TRUE(loaded.has_value());
  EXPECT_TRUE((*loaded)->identity().clean_up_spaces);
  EXPECT_FALSE((*loaded)->identity().clean_up_from_settings);
  EXPECT_THAT((*loaded)->EndTokens(), ElementsAre());
  const std::vector<TokenId> ids = {'a', ' ', '.'};
  EXPECT_EQ(*(*loaded)->Decode(ids), "a.");
  // Expected: transformers 4.46.2.
  Write("tokenizer_config.json", "{}");
  EXPECT_EQ(*(*LoadTokenizer(folder_))->Decode(ids), "a .");
}

TEST_F(LoadTokenizerTest, SettingsBesideItSayCleanUpAndEnds) {
  WriteTokenizer();
  Write("tokenizer_config.json",
        R"({"clean_up_tokenization_spaces":false,"eos_token":{"content":"</s>"}})");
  Write("generation_config.json", R"({"eos_token_id":[65,258]})");
  const auto loaded = LoadTokenizer(folder_);
  ASSERT_TRUE(loaded.has_value()) << loaded.error().message;
  EXPECT_THAT(
      (*loaded)->identity().settings,
      ElementsAre(Pair("generation_config.json", *Sha256OfFile(folder_ / "generation_config.json")),
                  Pair("tokenizer_config.json", *Sha256OfFile(folder_ / "tokenizer_config.json"))));
  EXPECT_FALSE((*loaded)->identity().clean_up_spaces);
  EXPECT_TRUE((*loaded)->identity().clean_up_from_settings);
  EXPECT_THAT((*loaded)->EndTokens(), ElementsAre(65, 258));
  const std::vector<TokenId> ids = {'a', ' ', '.'};
  EXPECT_EQ(*(*loaded)->Decode(ids), "a .");
  EXPECT_EQ(*(*loaded)->Decode(ids, {.clean_up_spaces = true}), "a.");
}

// Expected, in this and the next test: transformers 4.46.2.
TEST_F(LoadTokenizerTest, TokensThatSettingsNameAreSpecial) {
  Json json = SmallTokenizer({{"h", "e"}});
  json["model"]["vocab"]["<end>"] = 257;
  json["added_tokens"][1]["content"] = "<t>";
  json["added_tokens"][1]["special"] = false;
  json["added_tokens"].erase(0);
  json.erase("post_processor");
  Write("tokenizer.json", ToJsonLine(json));
  const std::vector<TokenId> ids = {'a', 257, 258};
  const auto decoded = [&] { return *LoadTokenizer(folder_).value()->Decode(ids); };
  EXPECT_EQ(decoded(), "a<end><t>");
  Write("tokenizer_config.json", R"({"eos_token":"<end>"})");
  EXPECT_EQ(decoded(), "a<t>");
  EXPECT_THAT(LoadTokenizer(folder_).value()->EndTokens(), ElementsAre(257));
  EXPECT_THAT(LoadTokenizer(folder_).value()->Encode("a<end>b"), ElementsAre('a', 257, 'b'));
  Write("tokenizer_config.json", R"({"eos_token":"<t>"})");
  EXPECT_EQ(decoded(), "a<end>");
  EXPECT_THAT(LoadTokenizer(folder_).value()->EndTokens(), ElementsAre(258));
  Write("tokenizer_config.json", R"({"additional_special_tokens":["<t>","<end>"]})");
  EXPECT_EQ(decoded(), "a");
  // What tokenizer_config.json lists counts alone.
  Write("special_tokens_map.json", R"({"pad_token":"<t>"})");
  Write("tokenizer_config.json", R"({"added_tokens_decoder":{}})");
  EXPECT_EQ(decoded(), "a<end><t>");
  Write("tokenizer_config.json", R"({"pad_token":"<end>"})");
  EXPECT_EQ(decoded(), "a<end>");
  Write(
      "tokenizer_config.json",
      R"({"pad_token":{"__type":"AddedToken","content":"<m>","lstrip":true,"normalized":false}})");
  Write("special_tokens_map.json", "{}");
  Write("added_tokens.json", R"({"<new>":259})");
  EXPECT_THAT(LoadTokenizer(folder_).value()->Encode("a <m><new>"), ElementsAre('a', 260, 259));
  Write("added_tokens.json", R"({"<new>":400})");
  EXPECT_THAT(ErrorOf(folder_), HasSubstr("added_tokens.json: \"<new>\" has the id 400"));
}

TEST_F(LoadTokenizerTest, TheClassThatSettingsNameCounts) {
  WriteTokenizer();
  const auto ids = [&](std::string_view config) {
    Write("tokenizer_config.json", config);
    return LoadTokenizer(folder_).value()->Encode("a");
  };
  EXPECT_THAT(ids(R"({"bos_token":"<s>","eos_token":"</s>"})"), ElementsAre(257, 'a'));
  const std::string llama =
      R"("tokenizer_class":"LlamaTokenizerFast","bos_token":"<s>","eos_token":"</s>")";
  EXPECT_THAT(ids("{" + llama + "}"), ElementsAre(257, 'a'));
  EXPECT_THAT(ids("{" + llama + R"(,"add_bos_token":false,"add_eos_token":true})"),
              ElementsAre('a', 258));
  EXPECT_THAT(ids(R"({"tokenizer_class":"GPT2TokenizerFast","bos_token":"<s>"})"),
              ElementsAre(257, 'a'));
  Write("tokenizer_config.json", R"({"tokenizer_class":"LlamaTokenizer","bos_token":null})");
  EXPECT_THAT(ErrorOf(folder_), HasSubstr("\"LlamaTokenizer\" without bos_token"));
  Write("tokenizer_config.json",
        R"({"tokenizer_class":"LlamaTokenizer","add_prefix_space":false})");
  EXPECT_THAT(ErrorOf(folder_), HasSubstr("for which the class LlamaTokenizer makes another"));
  Write("tokenizer_config.json", R"({"tokenizer_class":"CodeGenTokenizer","add_bos_token":true})");
  EXPECT_THAT(ErrorOf(folder_), HasSubstr("\"CodeGenTokenizer\" with add_bos_token"));
  Write("tokenizer_config.json", R"({"tokenizer_class":"NllbTokenizerFast"})");
  EXPECT_THAT(ErrorOf(folder_),
              HasSubstr("tokenizer_class \"NllbTokenizerFast\" is not supported"));
  Write("tokenizer_config.json", R"({"split_special_tokens":true})");
  EXPECT_THAT(ErrorOf(folder_), HasSubstr("\"split_special_tokens\": true is not supported"));
  Write("tokenizer_config.json", R"({"from_slow":true})");
  EXPECT_THAT(ErrorOf(folder_), HasSubstr("\"from_slow\": true is not supported"));
  Write("tokenizer_config.json", "{}");
  Write("config.json", R"({"model_type":"t5"})");
  EXPECT_THAT(ErrorOf(folder_), HasSubstr("config.json: model_type \"t5\" is not supported"));
  Write("config.json", R"({"model_type":"llama"})");
  EXPECT_THAT(LoadTokenizer(folder_).value()->Encode("a"), ElementsAre(257, 'a'));
  EXPECT_TRUE(LoadTokenizer(folder_).value()->identity().settings.contains("config.json"));
  fs::remove(folder_ / "config.json");
  Write("tokenizer_config.json", R"({"tokenizer_class":"GPT2Tokenizer","add_prefix_space":true})");
  EXPECT_THAT(ErrorOf(folder_), HasSubstr("$.pre_tokenizer: \"add_prefix_space\": false, which"));
  Write("tokenizer_config.json",
        R"({"tokenizer_class":"BloomTokenizerFast","add_prefix_space":true})");
  EXPECT_THAT(ErrorOf(folder_), HasSubstr("$.pre_tokenizer: \"add_prefix_space\": false, which"));
  Json json = SmallTokenizer({{"h", "e"}});
  json["pre_tokenizer"] = {{"type", "Sequence"},
                           {"pretokenizers", Json::array({json["pre_tokenizer"]})}};
  Write("tokenizer.json", ToJsonLine(json));
  EXPECT_THAT(ErrorOf(folder_), HasSubstr("$.pre_tokenizer.pretokenizers[0]: \"add_prefix_space"));
  Write("tokenizer_config.json", R"({"tokenizer_class":"GPT2Tokenizer","add_prefix_space":true})");
  EXPECT_EQ(ErrorOf(folder_), "no error");
}

// What tokenizers 0.20.3 refuses, or does otherwise than it looks, in members that count.
TEST_F(LoadTokenizerTest, WhatTheOriginalDoesNotReadIsRefused) {
  const auto error_after = [&](const std::function<void(Json&)>& edit) {
    Json json = SmallTokenizer({{"h", "e"}, {"l", "l"}});
    edit(json);
    Write("tokenizer.json", ToJsonLine(json));
    return ErrorOf(folder_);
  };
  EXPECT_EQ(error_after([](Json& j) { j["version"] = "1.0"; }), "no error");
  EXPECT_THAT(error_after([](Json& j) { j["version"] = "2.0"; }),
              HasSubstr("$.version: \"2.0\" is not supported"));
  for (const std::string flag : {"special", "single_word", "lstrip", "rstrip", "normalized"}) {
    EXPECT_THAT(error_after([&](Json& j) { j["added_tokens"][1].erase(flag); }),
                HasSubstr("$.added_tokens[1]: expected an object with a member \"" + flag + "\""));
  }
  EXPECT_THAT(error_after([](Json& j) { j["pre_tokenizer"].erase("add_prefix_space"); }),
              HasSubstr("$.pre_tokenizer: expected an object with a member \"add_prefix_space\""));
  const Json split{{"type", "Split"}, {"pattern", {{"String", "x"}}}, {"behavior", "Isolated"}};
  for (const Json& step : {split, Json{{"type", "Digits"}}}) {
    EXPECT_THAT(error_after([&](Json& j) {
                  const Json bytes = j["pre_tokenizer"];
                  j["pre_tokenizer"] = {{"type", "Sequence"},
                                        {"pretokenizers", Json::array({step, bytes})}};
                }),
                HasSubstr("$.pre_tokenizer.pretokenizers[0]: expected an object with a member"));
  }
  EXPECT_THAT(
      error_after([](Json& j) { j["post_processor"]["single"][1]["Sequence"]["id"] = "B"; }),
      HasSubstr("$.post_processor.single[1].Sequence.id: expected \"A\""));
  EXPECT_THAT(
      error_after([](Json& j) {
        const Json once = j["post_processor"];
        j["post_processor"] = {{"type", "Sequence"}, {"processors", Json::array({once, once})}};
      }),
      HasSubstr("$.post_processor.processors[1]: a second step that adds tokens"));
  const Json pair = Json::array({"l", "l"});
  EXPECT_THAT(error_after([&](Json& j) {
                j["model"]["merges"] = Json::array({"h e", pair});
              }),
              HasSubstr("$.model.merges[1]: expected a string, as before it"));
  EXPECT_THAT(error_after([&](Json& j) {
                j["model"]["merges"] = Json::array({pair, "h e"});
              }),
              HasSubstr("$.model.merges[1]: expected an array of two strings, as before it"));
}

TEST_F(LoadTokenizerTest, MembersThatStandTwiceAreRefused) {
  std::string json = ToJsonLine(SmallTokenizer({{"h", "e"}}));
  json.insert(1, R"("pre_tokenizer":{"type":"ByteLevel"},)");
  Write("tokenizer.json", json);
  EXPECT_THAT(ErrorOf(folder_),
              HasSubstr("tokenizer.json: $: \"pre_tokenizer\" stands there twice"));
  json = ToJsonLine(SmallTokenizer({{"h", "e"}}));
  const std::string_view type = R"("type":"BPE",)";
  json.insert(json.find(type), R"("vocab":{},)");
  Write("tokenizer.json", json);
  EXPECT_THAT(ErrorOf(folder_), HasSubstr("$.model: \"vocab\" stands there twice"));
}

// In the form of pairs, "#version" begins a token like any other.
TEST_F(LoadTokenizerTest, AHeaderOfMergesIsALine) {
  Json json = SmallTokenizer({{"#", "v"}});
  json["added_tokens"] = Json::array();
  json.erase("post_processor");
  json["model"]["vocab"]["#version"] = 257;
  json["model"]["vocab"]["#versiona"] = 258;
  json["model"]["merges"] = Json::array({Json::array({"#version", "a"})});
  Write("tokenizer.json", ToJsonLine(json));
  EXPECT_EQ(ErrorOf(folder_), "no error");
  json["model"]["merges"] = Json::array({Json::array({"#version", "b"})});
  Write("tokenizer.json", ToJsonLine(json));
  EXPECT_THAT(ErrorOf(folder_), HasSubstr("$.model.merges[0]: \"#versionb\" is not in"));
}

TEST_F(LoadTokenizerTest, SettingsThatContradictTheVocabularyAreRefused) {
  WriteTokenizer();
  Write("tokenizer_config.json", R"({"eos_token":"<end>"})");
  EXPECT_THAT(ErrorOf(folder_), HasSubstr("eos_token \"<end>\" is not in the vocabulary"));
  Write("tokenizer_config.json", R"({"clean_up_tokenization_spaces":"yes"})");
  EXPECT_THAT(ErrorOf(folder_), HasSubstr("\"clean_up_tokenization_spaces\" must be"));
  Write("tokenizer_config.json", "{}");
  Write("generation_config.json", R"({"eos_token_id":259})");
  EXPECT_THAT(ErrorOf(folder_), HasSubstr("eos_token_id 259 is no id in the vocabulary"));
}

TEST_F(LoadTokenizerTest, SaysWhatIsNoTokenizer) {
  EXPECT_THAT(ErrorOf(folder_ / "absent"), HasSubstr("absent: cannot be opened"));
  EXPECT_THAT(ErrorOf(folder_),
              HasSubstr("no tokenizer.json, tokenizer.model or .gguf file in it"));
  ASSERT_EQ(::mkfifo((folder_ / "pipe").c_str(), 0600), 0);
  EXPECT_THAT(ErrorOf(folder_ / "pipe"), HasSubstr("pipe: is no regular file"));
  Write("a.gguf", "GGUF");
  EXPECT_THAT(ErrorOf(folder_), HasSubstr("a.gguf: at byte 4: the file ends within its metadata"));
  Write("b.gguf", "GGUF");
  EXPECT_THAT(ErrorOf(folder_), HasSubstr("2 .gguf files in it"));
  Write("tokenizer.model", "\n\x0e\n\x05<unk>");
  EXPECT_THAT(ErrorOf(folder_), HasSubstr("a SentencePiece model is not supported"));
  Write("tokenizer.model", "IQ== 0\nIg= 1\n");
  EXPECT_THAT(ErrorOf(folder_), HasSubstr("tokenizer.model:2: expected a token in base64"));
  Write("tokenizer.json", "{\n\"model\": }");
  EXPECT_THAT(ErrorOf(folder_), HasSubstr("tokenizer.json: not valid JSON at line 2"));
  Write("tokenizer.json", " \n");
  EXPECT_THAT(ErrorOf(folder_), HasSubstr("tokenizer.json: empty"));
}

TEST_F(LoadTokenizerTest, SaysWhichTokenOrMergeIsWrong) {
  const Json good = SmallTokenizer({{"h", "e"}, {"l", "l"}});
  const auto error_with = [&](std::string_view member, const Json& value) {
    Json json = good;
    json["model"][std::string(member)] = value;
    Write("tokenizer.json", ToJsonLine(json));
    return ErrorOf(folder_);
  };
  EXPECT_EQ(error_with("ignore_merges", false), "no error");
  EXPECT_EQ(error_with("merges", {"#version: 0.2", "h e", "l l"}), "no error");
  const Json pairs = Json::array({Json::array({"h", "e"}), Json::array({"l", "l"})});
  EXPECT_EQ(error_with("merges", pairs), "no error");
  const std::string two = "expected two tokens with one space between them";
  for (const std::string line : {"h", "", "h ", "h e e", "h  e", "h e "}) {
    EXPECT_THAT(error_with("merges", {"h e", line}), HasSubstr("$.model.merges[1]: " + two))
        << line;
  }
  EXPECT_THAT(error_with("merges", {"h e", " e"}),
              HasSubstr("$.model.merges[1]: \"\" is not in the vocabulary"));
  EXPECT_THAT(error_with("merges", {"e h"}),
              HasSubstr("$.model.merges[0]: \"eh\" is not in the vocabulary"));
  EXPECT_THAT(error_with("merges", {"h e", 3}),
              HasSubstr("$.model.merges[1]: expected a string or an array of two strings"));
  EXPECT_THAT(error_with("merges", "h e"), HasSubstr("$.model.merges: expected an array"));
  EXPECT_THAT(error_with("vocab", Json::array()), HasSubstr("$.model.vocab: expected an object"));
  EXPECT_THAT(error_with("vocab", {{"a", -1}}),
              HasSubstr("the id of token \"a\" must be an integer"));
  EXPECT_THAT(error_with("vocab", {{"a", 1}, {"b", 1}}), HasSubstr("two tokens have the id 1"));
}

TEST_F(LoadTokenizerTest, NamesAndTokensMayBeWrittenWithEscapes) {
  std::string json = ToJsonLine(SmallTokenizer({{"h", "e"}}));
  const auto with = [&](std::string_view from, std::string_view to) {
    std::string changed = json;
    changed.replace(changed.find(from), from.size(), to);
    Write("tokenizer.json", changed);
    return ErrorOf(folder_);
  };
  EXPECT_EQ(with("\"he\":", "\"\\u0068e\":"), "no error");
  EXPECT_EQ(with("\"h e\"", "\"\\u0068\\u0020e\""), "no error");
  EXPECT_THAT(with("\"h\":", "\"\\u0065\":"), HasSubstr("the token \"e\" stands there twice"));
  EXPECT_THAT(with("\"vocab\"", "\"voc\\u0061b\""),
              HasSubstr("$.model.vocab: a name that is written with escapes is not supported"));
  EXPECT_THAT(with("\"merges\"", "\"merge\\u0073\""),
              HasSubstr("$.model.merges: a name that is written with escapes is not supported"));
}

}  // namespace
}  // namespace assay
