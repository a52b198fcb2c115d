#include "scoring/plain_rouge.h"

#include <algorithm>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "scoring/plain_lcs.h"
#include "text/porter.h"
#include "text/unicode.h"

namespace assay {
namespace {

using Tokens = std::vector<std::string>;
using Counts = std::map<Tokens, std::size_t>;

Tokens Tokenize(std::string_view text) {
  Tokens tokens(1);
  for (const char c : Lower(text)) {
    const bool is_token_byte = (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
    if (is_token_byte) {
      tokens.back() += c;
    } else if (!tokens.back().empty()) {
      tokens.emplace_back();
    }
  }
  if (tokens.back().empty()) tokens.pop_back();
  for (std::string& token : tokens) {
    if (token.size() > 3) PorterStem(token);
  }
  return tokens;
}

std::vector<Tokens> TokenizeLines(std::string_view text) {
  std::vector<Tokens> lines;
  for (std::size_t begin = 0; begin <= text.size();) {
    const std::size_t end = std::min(text.find('\n', begin), text.size());
    if (end > begin) lines.push_back(Tokenize(text.substr(begin, end - begin)));
    begin = end + 1;
  }
  return lines;
}

Counts CountNgrams(const Tokens& tokens, std::size_t n) {
  Counts counts;
  for (std::size_t i = 0; i + n <= tokens.size(); ++i) {
    const auto begin = tokens.begin() + static_cast<std::ptrdiff_t>(i);
    ++counts[Tokens(begin, begin + static_cast<std::ptrdiff_t>(n))];
  }
  return counts;
}

RougeScore MakeScore(std::size_t hits, std::size_t prediction_size, std::size_t reference_size) {
  RougeScore score;
  score.precision =
      static_cast<double>(hits) / static_cast<double>(std::max<std::size_t>(prediction_size, 1));
  score.recall =
      static_cast<double>(hits) / static_cast<double>(std::max<std::size_t>(reference_size, 1));
  if (score.precision + score.recall > 0) {
    score.fmeasure = 2 * score.precision * score.recall / (score.precision + score.recall);
  }
  return score;
}

RougeScore ScoreNgrams(const Tokens& prediction, const Tokens& reference, std::size_t n) {
  const auto size = [n](const Tokens& tokens) {
    return tokens.size() < n ? 0 : tokens.size() - n + 1;
  };
  Counts prediction_counts = CountNgrams(prediction, n);
  std::size_t hits = 0;
  for (const auto& [ngram, count] : CountNgrams(reference, n)) {
    hits += std::min(count, prediction_counts[ngram]);
  }
  return MakeScore(hits, size(prediction), size(reference));
}

RougeScore ScoreSummaryLcs(const std::vector<Tokens>& prediction,
                           const std::vector<Tokens>& reference) {
  std::map<std::string, std::size_t> prediction_counts;
  std::map<std::string, std::size_t> reference_counts;
  std::size_t prediction_size = 0;
  std::size_t reference_size = 0;
  for (const Tokens& line : prediction) {
    prediction_size += line.size();
    for (const std::string& token : line) ++prediction_counts[token];
  }
  for (const Tokens& line : reference) {
    reference_size += line.size();
    for (const std::string& token : line) ++reference_counts[token];
  }
  std::size_t hits = 0;
  for (const Tokens& line : reference) {
    std::set<std::size_t> positions;
    for (const Tokens& candidate : prediction) {
      const auto found = PlainLcsPositions(line, candidate);
      positions.insert(found.begin(), found.end());
    }
    for (const std::size_t position : positions) {
      std::size_t& in_prediction = prediction_counts[line[position]];
      std::size_t& in_reference = reference_counts[line[position]];
      if (in_prediction == 0 || in_reference == 0) continue;
      ++hits;
      --in_prediction;
      --in_reference;
    }
  }
  return MakeScore(hits, prediction_size, reference_size);
}

}  // namespace

SampleScore PlainScoreLines(std::string_view prediction, std::string_view reference) {
  const Tokens prediction_tokens = Tokenize(prediction);
  const Tokens reference_tokens = Tokenize(reference);
  SampleScore score;
  score.rouge1 = ScoreNgrams(prediction_tokens, reference_tokens, 1);
  score.rouge2 = ScoreNgrams(prediction_tokens, reference_tokens, 2);
  const std::size_t lcs = MakePlainLcsTable(reference_tokens, prediction_tokens).back().back();
  score.rougeL = MakeScore(lcs, prediction_tokens.size(), reference_tokens.size());
  score.rougeLsum = ScoreSummaryLcs(TokenizeLines(prediction), TokenizeLines(reference));
  return score;
}

}  // namespace assay
