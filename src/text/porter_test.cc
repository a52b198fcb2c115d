#include "text/porter.h"

#include <string>
#include <utility>

#include <gtest/gtest.h>

namespace assay {
namespace {

std::string Stem(std::string word) {
  PorterStem(word);
  return word;
}

// Examples of the paper, step by step, run through all steps by nltk 3.8.1.
TEST(Porter, ExamplesOfThePaper) {
  constexpr std::pair<const char*, const char*> kExamples[] = {
      {"caresses", "caress"},    {"ponies", "poni"},        {"cats", "cat"},
      {"feed", "feed"},          {"agreed", "agre"},        {"plastered", "plaster"},
      {"bled", "bled"},          {"motoring", "motor"},     {"sing", "sing"},
      {"conflated", "conflat"},  {"troubled", "troubl"},    {"sized", "size"},
      {"hopping", "hop"},        {"falling", "fall"},       {"hissing", "hiss"},
      {"fizzed", "fizz"},        {"failing", "fail"},       {"filing", "file"},
      {"relational", "relat"},   {"conditional", "condit"}, {"vietnamization", "vietnam"},
      {"triplicate", "triplic"}, {"electricity", "electr"}, {"hopefulness", "hope"},
      {"adjustable", "adjust"},  {"replacement", "replac"}, {"adoption", "adopt"},
      {"probate", "probat"},     {"rate", "rate"},          {"cease", "ceas"},
      {"controll", "control"},   {"roll", "roll"},          {"oscillators", "oscil"},
  };
  for (const auto& [word, stem] : kExamples) EXPECT_EQ(Stem(word), stem) << word;
}

// What NLTK adds to the paper; the words are those of its own comments.
TEST(Porter, ExtensionsOfNltk) {
  constexpr std::pair<const char*, const char*> kExamples[] = {
      {"dying", "die"},        {"skies", "sky"},      {"howe", "howe"},
      {"innings", "inning"},   {"dies", "die"},       {"flies", "fli"},
      {"died", "die"},         {"spied", "spi"},      {"enjoy", "enjoy"},
      {"happy", "happi"},      {"spy", "spi"},        {"try", "tri"},
      {"theology", "theolog"}, {"geology", "geolog"}, {"nationally", "nation"},
      {"hopefully", "hope"},
  };
  for (const auto& [word, stem] : kExamples) EXPECT_EQ(Stem(word), stem) << word;
}

TEST(Porter, OddWords) {
  EXPECT_EQ(Stem("ss"), "ss");
  EXPECT_EQ(Stem("ies"), "i");
  EXPECT_EQ(Stem("1000s"), "1000");
  EXPECT_EQ(Stem(std::string(100000, 'y') + "s").size(), 100000U);
}

}  // namespace
}  // namespace assay
