#include "scoring/lcs.h"

#include <algorithm>
#include <bit>
#include <cmath>

namespace assay {
namespace {

constexpr std::size_t kBits = 64;
constexpr std::uint64_t kAllSame = ~std::uint64_t{0};

std::uint64_t BitOf(std::size_t position) {
  return std::uint64_t{1} << (position % kBits);
}

// Blocks of columns such that neither the columns of one block nor the starts of all blocks are
// much memory: everything in one block while that fits the cache.
std::size_t BlockSize(std::size_t columns, std::size_t words) {
  constexpr std::size_t kSmallTableWords = 1U << 16U;
  if (columns * words <= kSmallTableWords) return columns;
  return static_cast<std::size_t>(std::ceil(std::sqrt(static_cast<double>(columns))));
}

}  // namespace

void LcsTable::SetReference(std::span<const std::uint32_t> reference, std::size_t number_count) {
  for (const std::uint32_t number : reference_) last_[number] = 0;
  reference_.assign(reference.begin(), reference.end());
  if (last_.size() < number_count) last_.resize(number_count);
  if (reference.size() <= kBits) one_word_.assign(number_count, 0);
  before_.resize(reference.size() + 1);
  words_ = (reference.size() + kBits - 1) / kBits;
  matches_.assign(words_, 0);
  for (std::uint32_t position = 1; position <= reference.size(); ++position) {
    std::uint32_t& last = last_[reference[position - 1]];
    before_[position] = last;
    last = position;
    if (words_ == 1) one_word_[reference[position - 1]] |= BitOf(position - 1);
  }
}

void LcsTable::Advance(std::uint32_t number, std::span<std::uint64_t> column) {
  const std::uint32_t last = last_[number];
  if (last == 0) return;
  for (std::uint32_t at = last; at != 0; at = before_[at]) {
    matches_[(at - 1) / kBits] |= BitOf(at - 1);
  }
  std::uint64_t carry = 0;
  for (std::size_t w = 0; w < words_; ++w) {
    const std::uint64_t same = column[w];
    const std::uint64_t matching = same & matches_[w];
    const std::uint64_t partial = same + matching;
    const std::uint64_t sum = partial + carry;
    carry = static_cast<std::uint64_t>(partial < same) | static_cast<std::uint64_t>(sum < partial);
    column[w] = sum | (same & ~matches_[w]);
  }
  for (std::uint32_t at = last; at != 0; at = before_[at]) matches_[(at - 1) / kBits] = 0;
}

std::size_t LcsTable::LengthInOneWord(std::span<const std::uint32_t> candidate) const {
  std::uint64_t column = kAllSame;
  for (const std::uint32_t number : candidate) {
    const std::uint64_t matching = column & one_word_[number];
    column = (column + matching) | (column - matching);
  }
  return static_cast<std::size_t>(std::popcount(~column));
}

void LcsTable::MarkInOneWord(std::span<const std::uint32_t> candidate, std::uint64_t& in_lcs) {
  block_.resize(candidate.size());
  std::uint64_t column = kAllSame;
  for (std::size_t j = 0; j < candidate.size(); ++j) {
    const std::uint64_t matching = column & one_word_[candidate[j]];
    column = (column + matching) | (column - matching);
    block_[j] = column;
  }
  std::size_t i = reference_.size();
  for (std::size_t j = candidate.size(); j > 0 && i > 0;) {
    if (reference_[i - 1] == candidate[j - 1]) {
      in_lcs |= BitOf(i - 1);
      --i;
      --j;
    } else if ((block_[j - 1] & BitOf(i - 1)) == 0) {
      --j;
    } else {
      --i;
    }
  }
}

std::size_t LcsTable::Length(std::span<const std::uint32_t> candidate) {
  if (words_ == 1) return LengthInOneWord(candidate);
  column_.assign(words_, kAllSame);
  for (const std::uint32_t number : candidate) Advance(number, column_);
  std::size_t length = 0;
  for (const std::uint64_t same : column_) {
    length += static_cast<std::size_t>(std::popcount(~same));
  }
  return length;
}

void LcsTable::MarkPositions(std::span<const std::uint32_t> candidate,
                             std::span<std::uint64_t> in_lcs) {
  if (candidate.empty() || words_ == 0) return;
  if (words_ == 1) {
    MarkInOneWord(candidate, in_lcs[0]);
    return;
  }
  const std::size_t block_size = BlockSize(candidate.size(), words_);
  const std::size_t last_block = (candidate.size() - 1) / block_size;
  block_starts_.resize((last_block + 1) * words_);
  column_.assign(words_, kAllSame);
  for (std::size_t j = 0; j <= last_block * block_size; ++j) {
    if (j % block_size == 0) {
      std::copy(column_.begin(), column_.end(),
                block_starts_.begin() + static_cast<std::ptrdiff_t>(j / block_size * words_));
    }
    Advance(candidate[j], column_);
  }

  std::size_t i = reference_.size();
  for (std::size_t b = last_block + 1; b-- > 0 && i > 0;) {
    const auto numbers =
        candidate.subspan(b * block_size, std::min(block_size, candidate.size() - b * block_size));
    SaveBlock(numbers, std::span(block_starts_).subspan(b * words_, words_));
    for (std::size_t j = numbers.size(); j > 0 && i > 0;) {
      const std::uint64_t* column = &block_[(j - 1) * words_];
      if (reference_[i - 1] == numbers[j - 1]) {
        in_lcs[(i - 1) / kBits] |= BitOf(i - 1);
        --i;
        --j;
      } else if ((column[(i - 1) / kBits] & BitOf(i - 1)) == 0) {
        --j;
      } else {
        --i;
      }
    }
  }
}

// The columns of `numbers`, given the one before them.
void LcsTable::SaveBlock(std::span<const std::uint32_t> numbers,
                         std::span<const std::uint64_t> start) {
  block_.resize(numbers.size() * words_);
  std::span<const std::uint64_t> previous = start;
  for (std::size_t j = 0; j < numbers.size(); ++j) {
    const auto column = std::span(block_).subspan(j * words_, words_);
    for (std::size_t w = 0; w < words_; ++w) column[w] = previous[w];
    Advance(numbers[j], column);
    previous = column;
  }
}

}  // namespace assay
