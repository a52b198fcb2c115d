// Longest common subsequences of number sequences, 64 table cells at a time.

#ifndef ASSAY_SCORING_LCS_H_
#define ASSAY_SCORING_LCS_H_

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace assay {

// The LCS table of one sequence, the reference, against any number of others. Holds its working
// memory from one use to the next. Not thread-safe.
//
// Source: Hyyrö, "Bit-parallel LCS-length computation revisited", 2004.
class LcsTable {
 public:
  // All numbers, the candidates' too, are less than `number_count`.
  void SetReference(std::span<const std::uint32_t> reference, std::size_t number_count);

  // Value: the length of a longest common subsequence.
  [[nodiscard]] std::size_t Length(std::span<const std::uint32_t> candidate);

  // Marks in `in_lcs` the positions of the reference that are in one particular longest common
  // subsequence: the one that rouge_score's backtracking finds. It goes back from the ends of both;
  // where the two tokens differ, a step back in the candidate is taken only if the table has more
  // there than one step back in the reference.
  // `in_lcs`  one bit a position, reference.size() / 64 words rounded up; bits are only ever set.
  void MarkPositions(std::span<const std::uint32_t> candidate, std::span<std::uint64_t> in_lcs);

 private:
  // Columns of the table as differences: the bit of row i is clear if row i is one more than the
  // row before it.
  void Advance(std::uint32_t number, std::span<std::uint64_t> column);
  // Length and MarkPositions where one word holds a column: most sentences.
  [[nodiscard]] std::size_t LengthInOneWord(std::span<const std::uint32_t> candidate) const;
  void MarkInOneWord(std::span<const std::uint32_t> candidate, std::uint64_t& in_lcs);
  void SaveBlock(std::span<const std::uint32_t> numbers, std::span<const std::uint64_t> start);
  std::vector<std::uint32_t> reference_;
  std::size_t words_ = 0;  // of one column
  // The positions at which a number occurs, as a chain: last_[number], then before_[position] ...;
  // positions are counted from 1, 0 ends the chain.
  std::vector<std::uint32_t> last_;
  std::vector<std::uint32_t> before_;
  std::vector<std::uint64_t> matches_;  // scratch of Advance, zero outside of it
  // The same positions as bits, if one word holds them all.
  std::vector<std::uint64_t> one_word_;
  std::vector<std::uint64_t> column_;
  std::vector<std::uint64_t> block_starts_;  // the column before each block of columns
  std::vector<std::uint64_t> block_;         // the columns of one block
};

}  // namespace assay

#endif  // ASSAY_SCORING_LCS_H_
