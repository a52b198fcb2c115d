#include "scoring/lcs.h"

#include <random>
#include <vector>

#include <gtest/gtest.h>

#include "scoring/plain_lcs.h"

namespace assay {
namespace {

using Numbers = std::vector<std::uint32_t>;

void ExpectAsPlain(LcsTable& lcs, const Numbers& reference, const Numbers& candidate) {
  lcs.SetReference(reference, 1000);
  ASSERT_EQ(lcs.Length(candidate), MakePlainLcsTable(reference, candidate).back().back());
  std::vector<std::uint64_t> marked(reference.size() / 64 + 1);
  lcs.MarkPositions(candidate, marked);
  std::vector<std::size_t> positions;
  for (std::size_t i = 0; i < reference.size(); ++i) {
    if ((marked[i / 64] >> (i % 64) & 1U) != 0) positions.push_back(i);
  }
  ASSERT_EQ(positions, PlainLcsPositions(reference, candidate));
}

// The `index`-th sequence over three numbers: "", 0, 1, 2, 00, 01, ...
Numbers SmallSequence(std::size_t index) {
  Numbers sequence;
  for (; index > 0; index = (index - 1) / 3) {
    sequence.push_back(static_cast<std::uint32_t>((index - 1) % 3));
  }
  return sequence;
}

TEST(Lcs, EqualsThePlainTableOnAllPairsOfShortSequences) {
  constexpr std::size_t kUpToLengthFour = 121;
  LcsTable lcs;
  for (std::size_t a = 0; a < kUpToLengthFour; ++a) {
    for (std::size_t b = 0; b < kUpToLengthFour; ++b) {
      ExpectAsPlain(lcs, SmallSequence(a), SmallSequence(b));
    }
  }
}

TEST(Lcs, EqualsThePlainTableAcrossWordBoundaries) {
  std::mt19937 random(1);  // the same sequences each time
  LcsTable lcs;
  for (const std::size_t size : {63U, 64U, 65U, 127U, 128U, 129U, 300U}) {
    for (const std::uint32_t alphabet : {1U, 2U, 5U, 50U, 900U}) {
      Numbers reference(size);
      Numbers candidate(size + size / 3);
      for (auto& number : reference) number = static_cast<std::uint32_t>(random() % alphabet);
      for (auto& number : candidate) number = static_cast<std::uint32_t>(random() % alphabet);
      ExpectAsPlain(lcs, reference, candidate);
      ExpectAsPlain(lcs, candidate, reference);
    }
  }
}

// Long enough that the columns are kept in more than one block.
TEST(Lcs, EqualsThePlainTableInBlocks) {
  std::mt19937 random(2);  // the same sequences each time
  Numbers reference(2000);
  Numbers candidate(2500);
  for (auto& number : reference) number = static_cast<std::uint32_t>(random() % 30);
  for (auto& number : candidate) number = static_cast<std::uint32_t>(random() % 30);
  LcsTable lcs;
  ExpectAsPlain(lcs, reference, candidate);
}

}  // namespace
}  // namespace assay
