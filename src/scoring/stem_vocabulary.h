// Numbers for the stems of words, so that texts are compared as arrays of integers.

#ifndef ASSAY_SCORING_STEM_VOCABULARY_H_
#define ASSAY_SCORING_STEM_VOCABULARY_H_

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace assay {

// Interned strings: equal strings have equal numbers, counted up from 0.
class StringTable {
 public:
  StringTable();
  [[nodiscard]] std::size_t size() const { return begins_.size(); }
  // Value: the number of `text`; a new string gets the number size() had before the call.
  [[nodiscard]] std::uint32_t NumberOf(std::string_view text);
  void Clear();

 private:
  struct Slot {
    std::uint64_t head = 0;           // the first eight bytes
    std::uint32_t size = 0;           // of the string
    std::uint32_t number_plus_1 = 0;  // 0: free
  };

  [[nodiscard]] bool Holds(const Slot& slot, std::string_view text, std::uint64_t head) const;
  void Grow();

  std::vector<Slot> slots_;
  std::vector<std::size_t> begins_;  // of string i in pool_
  std::string pool_;
};

// Remembers the stem of each word it has seen. Not thread-safe.
class StemVocabulary {
 public:
  // Value: the number of the stem of `word`, less than size().
  // `word`  lower-case ASCII letters and digits. Words of up to three characters are their own
  // stem. Source: rouge_score 0.1.2, tokenize.py.
  [[nodiscard]] std::uint32_t StemOf(std::string_view word);
  [[nodiscard]] std::size_t size() const { return stems_.size(); }
  // Forgets all words when they have become many. All numbers given before are void then.
  void ClearIfLarge();

 private:
  StringTable words_;
  StringTable stems_;
  std::vector<std::uint32_t> stem_of_word_;
  std::string stem_;
};

}  // namespace assay

#endif  // ASSAY_SCORING_STEM_VOCABULARY_H_
