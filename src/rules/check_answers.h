// Checks of the token ids that a test answered with.

#ifndef ASSAY_RULES_CHECK_ANSWERS_H_
#define ASSAY_RULES_CHECK_ANSWERS_H_

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "rules/evidence.h"
#include "rules/findings.h"

namespace assay {

// What tokens mean in these answers.
struct TokenMeaning {
  std::optional<TokenId> bos;
  std::vector<TokenId> end_tokens;
};
// Those of Llama 3.1, for results that come without a tokenizer.
[[nodiscard]] TokenMeaning LlamaTokens();
[[nodiscard]] TokenMeaning TokensOfTokenizer(const Tokenizer& tokenizer);

// Answers of more than 128 tokens, empty ones, a BOS among them, end tokens before the last place.
// `file` is where the answers are.
void CheckTokens(std::span<const Answer> answers, const std::string& file,
                 const TokenMeaning& meaning, bool own_run, Findings& findings);

// Every record's token_count against its ids.
void CheckTokenCounts(const LoadgenEvidence& evidence, Findings& findings);

// Answers to samples that the data set has not. `samples` is how many it has.
void CheckIndices(std::span<const Answer> answers, std::uint64_t samples, const std::string& file,
                  Findings& findings);

// Samples answered more than once in an accuracy test.
void CheckRepeated(std::span<const Answer> answers, const std::string& file, Findings& findings);

// Answers that have no score: no such sample, or ids outside the tokenizer's vocabulary.
void CheckUnscored(const LogScore& score, const std::string& file, Findings& findings);

// How far two tests answered the same samples alike. Only the first answer for each sample is
// compared.
struct Agreement {
  std::uint64_t compared = 0;                  // samples that both answered
  std::uint64_t alike = 0;                     // with the same token ids
  std::vector<std::uint64_t> first_differing;  // sample indices, ascending; at most five
};
[[nodiscard]] Agreement CompareAnswers(std::span<const Answer> a, std::span<const Answer> b);
void CheckAgreement(const Agreement& agreement, Findings& findings);

}  // namespace assay

#endif  // ASSAY_RULES_CHECK_ANSWERS_H_
