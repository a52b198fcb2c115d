#include "text/porter.h"

#include <cstddef>
#include <string_view>

namespace assay {
namespace {

// The measure that the paper calls m, and what the conditions ask besides.
struct Shape {
  int measure = 0;  // number of vowel-consonant sequences
  bool has_vowel = false;
  bool ends_in_consonant = false;
  bool ends_consonant_vowel_consonant = false;  // *o; NLTK: also a vowel and a consonant alone
};

Shape ShapeOf(std::string_view stem) {
  Shape shape;
  bool last_is_consonant = false;
  bool second_last_is_consonant = false;
  bool third_last_is_consonant = false;
  for (std::size_t i = 0; i < stem.size(); ++i) {
    third_last_is_consonant = second_last_is_consonant;
    second_last_is_consonant = last_is_consonant;
    const char c = stem[i];
    // A y behind a consonant is a vowel.
    const bool is_vowel = c == 'a' || c == 'e' || c == 'i' || c == 'o' || c == 'u' ||
                          (c == 'y' && second_last_is_consonant);
    last_is_consonant = !is_vowel;
    if (i > 0 && last_is_consonant && !second_last_is_consonant) ++shape.measure;
    shape.has_vowel = shape.has_vowel || is_vowel;
  }
  shape.ends_in_consonant = last_is_consonant;
  const bool ends_vowel_consonant =
      stem.size() >= 2 && last_is_consonant && !second_last_is_consonant;
  const bool wxy = ends_vowel_consonant && std::string_view("wxy").find(stem.back()) != stem.npos;
  shape.ends_consonant_vowel_consonant =
      ends_vowel_consonant && (stem.size() == 2 || (third_last_is_consonant && !wxy));
  return shape;
}

int MeasureWithout(const std::string& word, std::size_t suffix_size) {
  return ShapeOf(std::string_view(word).substr(0, word.size() - suffix_size)).measure;
}

bool EndsWith(const std::string& word, std::string_view suffix) {
  return std::string_view(word).ends_with(suffix);
}

void ReplaceEnd(std::string& word, std::size_t suffix_size, std::string_view replacement) {
  word.replace(word.size() - suffix_size, suffix_size, replacement);
}

struct Rule {
  std::string_view suffix;
  std::string_view replacement;
};

// Of the rules the first whose suffix the word has is the only one tried; it applies if what
// remains has a measure greater than `above`.
template <std::size_t kCount>
void ApplyFirst(std::string& word, const Rule (&rules)[kCount], int above) {
  for (const Rule& rule : rules) {
    if (!EndsWith(word, rule.suffix)) continue;
    if (MeasureWithout(word, rule.suffix.size()) > above) {
      ReplaceEnd(word, rule.suffix.size(), rule.replacement);
    }
    return;
  }
}

bool ReplaceIrregular(std::string& word) {
  constexpr Rule kIrregular[] = {
      {"sky", "sky"},         {"skies", "sky"},        {"dying", "die"},
      {"lying", "lie"},       {"tying", "tie"},        {"news", "news"},
      {"innings", "inning"},  {"inning", "inning"},    {"outings", "outing"},
      {"outing", "outing"},   {"cannings", "canning"}, {"canning", "canning"},
      {"howe", "howe"},       {"proceed", "proceed"},  {"exceed", "exceed"},
      {"succeed", "succeed"},
  };
  for (const Rule& rule : kIrregular) {
    if (word != rule.suffix) continue;
    word = rule.replacement;
    return true;
  }
  return false;
}

void Step1a(std::string& word) {
  if (EndsWith(word, "ies")) {
    ReplaceEnd(word, 3, word.size() == 4 ? "ie" : "i");
  } else if (EndsWith(word, "sses")) {
    ReplaceEnd(word, 2, "");
  } else if (EndsWith(word, "s") && !EndsWith(word, "ss")) {
    word.pop_back();
  }
}

void Step1b(std::string& word) {
  if (EndsWith(word, "ied")) {
    ReplaceEnd(word, 3, word.size() == 4 ? "ie" : "i");
    return;
  }
  if (EndsWith(word, "eed")) {
    if (MeasureWithout(word, 3) > 0) word.pop_back();
    return;
  }
  const std::size_t suffix_size = EndsWith(word, "ed") ? 2 : EndsWith(word, "ing") ? 3 : 0;
  if (suffix_size == 0) return;
  const Shape shape = ShapeOf(std::string_view(word).substr(0, word.size() - suffix_size));
  if (!shape.has_vowel) return;
  word.resize(word.size() - suffix_size);
  if (EndsWith(word, "at") || EndsWith(word, "bl") || EndsWith(word, "iz")) {
    word += 'e';
    return;
  }
  const char last = word.back();
  if (word.size() >= 2 && last == word[word.size() - 2] && shape.ends_in_consonant) {
    if (last != 'l' && last != 's' && last != 'z') word.pop_back();
    return;
  }
  if (shape.measure == 1 && shape.ends_consonant_vowel_consonant) word += 'e';
}

// NLTK: y becomes i behind a consonant, unless that is the whole rest.
void Step1c(std::string& word) {
  if (!EndsWith(word, "y")) return;
  const std::string_view stem = std::string_view(word).substr(0, word.size() - 1);
  if (stem.size() > 1 && ShapeOf(stem).ends_in_consonant) word.back() = 'i';
}

void Step2(std::string& word) {
  constexpr Rule kRules[] = {
      {"ational", "ate"}, {"tional", "tion"}, {"enci", "ence"},   {"anci", "ance"},
      {"izer", "ize"},    {"bli", "ble"},     {"alli", "al"},     {"entli", "ent"},
      {"eli", "e"},       {"ousli", "ous"},   {"ization", "ize"}, {"ation", "ate"},
      {"ator", "ate"},    {"alism", "al"},    {"iveness", "ive"}, {"fulness", "ful"},
      {"ousness", "ous"}, {"aliti", "al"},    {"iviti", "ive"},   {"biliti", "ble"},
      {"fulli", "ful"},
  };
  // NLTK: -alli goes first, and its result through this step again.
  if (EndsWith(word, "alli") && MeasureWithout(word, 4) > 0) ReplaceEnd(word, 4, "al");
  if (EndsWith(word, "logi")) {
    // NLTK: the l is counted to the stem.
    if (MeasureWithout(word, 3) > 0) word.pop_back();
    return;
  }
  ApplyFirst(word, kRules, 0);
}

void Step3(std::string& word) {
  constexpr Rule kRules[] = {
      {"icate", "ic"}, {"ative", ""}, {"alize", "al"}, {"iciti", "ic"},
      {"ical", "ic"},  {"ful", ""},   {"ness", ""},
  };
  ApplyFirst(word, kRules, 0);
}

void Step4(std::string& word) {
  constexpr Rule kRules[] = {
      {"al", ""},   {"ance", ""}, {"ence", ""},  {"er", ""},   {"ic", ""},  {"able", ""},
      {"ible", ""}, {"ant", ""},  {"ement", ""}, {"ment", ""}, {"ent", ""}, {"ou", ""},
      {"ism", ""},  {"ate", ""},  {"iti", ""},   {"ous", ""},  {"ive", ""}, {"ize", ""},
  };
  if (EndsWith(word, "ion")) {
    const bool after_s_or_t = EndsWith(word, "sion") || EndsWith(word, "tion");
    if (after_s_or_t && MeasureWithout(word, 3) > 1) ReplaceEnd(word, 3, "");
    return;
  }
  ApplyFirst(word, kRules, 1);
}

void Step5(std::string& word) {
  if (EndsWith(word, "e")) {
    const Shape shape = ShapeOf(std::string_view(word).substr(0, word.size() - 1));
    if (shape.measure > 1 || (shape.measure == 1 && !shape.ends_consonant_vowel_consonant)) {
      word.pop_back();
    }
  }
  if (EndsWith(word, "ll") && MeasureWithout(word, 1) > 1) word.pop_back();
}

}  // namespace

void PorterStem(std::string& word) {
  if (ReplaceIrregular(word) || word.size() <= 2) return;
  Step1a(word);
  Step1b(word);
  Step1c(word);
  Step2(word);
  Step3(word);
  Step4(word);
  Step5(word);
}

}  // namespace assay
