// The longest-common-subsequence table and backtracking of rouge_score as they stand there, for
// tests.

#ifndef ASSAY_SCORING_PLAIN_LCS_H_
#define ASSAY_SCORING_PLAIN_LCS_H_

#include <algorithm>
#include <cstddef>
#include <vector>

namespace assay {

using PlainLcsTable = std::vector<std::vector<std::size_t>>;

// Source: rouge_score 0.1.2, rouge_scorer.py, _lcs_table.
template <typename Token>
PlainLcsTable MakePlainLcsTable(const std::vector<Token>& reference,
                                const std::vector<Token>& candidate) {
  PlainLcsTable table(reference.size() + 1, std::vector<std::size_t>(candidate.size() + 1));
  for (std::size_t i = 1; i <= reference.size(); ++i) {
    for (std::size_t j = 1; j <= candidate.size(); ++j) {
      table[i][j] = reference[i - 1] == candidate[j - 1]
                        ? table[i - 1][j - 1] + 1
                        : std::max(table[i - 1][j], table[i][j - 1]);
    }
  }
  return table;
}

// Value: positions in the reference, ascending.
// Source: rouge_score 0.1.2, rouge_scorer.py, _backtrack_norec.
template <typename Token>
std::vector<std::size_t> PlainLcsPositions(const std::vector<Token>& reference,
                                           const std::vector<Token>& candidate) {
  const PlainLcsTable table = MakePlainLcsTable(reference, candidate);
  std::vector<std::size_t> positions;
  std::size_t i = reference.size();
  std::size_t j = candidate.size();
  while (i > 0 && j > 0) {
    if (reference[i - 1] == candidate[j - 1]) {
      positions.insert(positions.begin(), i - 1);
      --i;
      --j;
    } else if (table[i][j - 1] > table[i - 1][j]) {
      --j;
    } else {
      --i;
    }
  }
  return positions;
}

}  // namespace assay

#endif  // ASSAY_SCORING_PLAIN_LCS_H_
