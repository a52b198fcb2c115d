#include "rules/check_answers.h"

#include <algorithm>
#include <map>
#include <unordered_map>
#include <unordered_set>
#include <utility>

#include "base/format.h"

namespace assay {
namespace {

constexpr std::size_t kListed = 5;

bool Contains(std::span<const TokenId> ids, TokenId id) {
  return std::find(ids.begin(), ids.end(), id) != ids.end();
}

// Answers that break one rule.
struct Offenders {
  std::uint64_t count = 0;
  const Answer* first = nullptr;

  void Add(const Answer& answer) {
    if (count++ == 0) first = &answer;
  }
};

struct TokenFaults {
  Offenders long_answers;
  std::size_t longest = 0;
  Offenders empty;
  Offenders bos;
  Offenders interior_end;
  Offenders padding;
};

TokenFaults FaultsOf(std::span<const Answer> answers, const TokenMeaning& meaning) {
  TokenFaults faults;
  for (const Answer& answer : answers) {
    const std::vector<TokenId>& tokens = answer.tokens;
    faults.longest = std::max(faults.longest, tokens.size());
    if (tokens.empty()) faults.empty.Add(answer);
    if (tokens.size() > static_cast<std::size_t>(kMaxNewTokens)) faults.long_answers.Add(answer);
    if (meaning.bos && Contains(tokens, *meaning.bos)) faults.bos.Add(answer);
    std::size_t body = tokens.size();
    while (body > 0 && Contains(meaning.end_tokens, tokens[body - 1])) --body;
    if (tokens.size() - body > 1) faults.padding.Add(answer);
    if (std::any_of(tokens.begin(), tokens.begin() + static_cast<std::ptrdiff_t>(body),
                    [&](TokenId id) { return Contains(meaning.end_tokens, id); })) {
      faults.interior_end.Add(answer);
    }
  }
  return faults;
}

}  // namespace

TokenMeaning LlamaTokens() {
  return {kLlamaBosToken, {kLlamaEndTokens.begin(), kLlamaEndTokens.end()}};
}

TokenMeaning TokensOfTokenizer(const Tokenizer& tokenizer) {
  const auto ends = tokenizer.EndTokens();
  return {tokenizer.Bos(), {ends.begin(), ends.end()}};
}

void CheckTokens(std::span<const Answer> answers, const std::string& file,
                 const TokenMeaning& meaning, bool own_run, Findings& findings) {
  const TokenFaults faults = FaultsOf(answers, meaning);
  const auto report = [&](const Rule& rule, const Offenders& offenders, std::string message,
                          std::string needed, std::string fix) {
    if (offenders.count == 0) return;
    FindingText text{.message = fmt::format("{} of {} answers {}.", Grouped(offenders.count),
                                            Grouped(answers.size()), message),
                     .found = fmt::format("sample {}, {} tokens", offenders.first->index,
                                          offenders.first->tokens.size()),
                     .needed = std::move(needed),
                     .fix = std::move(fix),
                     .file = file,
                     .line = offenders.first->line};
    if (own_run) {
      findings.Error(rule, std::move(text));
    } else {
      findings.Warning(rule, std::move(text));
    }
  };
  report(rule::kTokensAboveMaximum, faults.long_answers,
         fmt::format("have more than {} tokens, up to {}", kMaxNewTokens, faults.longest),
         fmt::format("at most {} tokens, the end token among them", kMaxNewTokens),
         fmt::format("generate at most {} tokens and log what was generated", kMaxNewTokens));
  report(rule::kNoTokens, faults.empty, "have no token",
         fmt::format("at least {} token", kMinNewTokens), "mask end tokens at the first step");
  report(rule::kBosInside, faults.bos, "hold the token that begins a text",
         "none: it belongs to the prompt", "log the generated tokens alone");
  report(rule::kInteriorEnd, faults.interior_end, "go on after an end token",
         "an end token in the last place only", "stop at the end tokens");
  report(rule::kPadding, faults.padding, "end with more than one end token: padding is counted",
         "one end token at most", "log the generated tokens alone");
}

void CheckTokenCounts(const LoadgenEvidence& evidence, Findings& findings) {
  if (!evidence.width) return;
  const std::vector<AccuracyRecord>& records = evidence.accuracy->records;
  std::uint64_t count = 0;
  std::size_t first = 0;
  for (std::size_t i = 0; i < records.size(); ++i) {
    const auto ids = static_cast<std::int64_t>(evidence.answers[i].tokens.size());
    if (!records[i].token_count || *records[i].token_count == ids) continue;
    if (count++ == 0) first = i;
  }
  if (count == 0) return;
  findings.Error(rule::kTokenCount,
                 {.message = fmt::format("{} of {} records tell another token count than they hold "
                                         "ids.",
                                         Grouped(count), Grouped(records.size())),
                  .found = fmt::format("token_count {}, {} ids", *records[first].token_count,
                                       evidence.answers[first].tokens.size()),
                  .needed = "the number of ids",
                  .fix = "report the number of ids in the data as n_tokens",
                  .file = evidence.AccuracyFile(),
                  .line = records[first].line});
}

void CheckIndices(std::span<const Answer> answers, std::uint64_t samples, const std::string& file,
                  Findings& findings) {
  Offenders outside;
  for (const Answer& answer : answers) {
    if (answer.index >= samples) outside.Add(answer);
  }
  if (outside.count == 0) return;
  findings.Error(rule::kNoReference,
                 {.message = fmt::format("{} answers belong to no sample of the data set.",
                                         Grouped(outside.count)),
                  .found = fmt::format("sample {}", outside.first->index),
                  .needed = fmt::format("indices below {}", Grouped(samples)),
                  .fix = "hand in the log as LoadGen wrote it",
                  .file = file,
                  .line = outside.first->line});
}

void CheckRepeated(std::span<const Answer> answers, const std::string& file, Findings& findings) {
  std::unordered_set<std::uint64_t> seen;
  Offenders repeated;
  for (const Answer& answer : answers) {
    if (!seen.insert(answer.index).second) repeated.Add(answer);
  }
  if (repeated.count == 0) return;
  findings.Warning(rule::kRepeated, {.message = fmt::format(
                                         "{} records answer a sample that was answered before; the "
                                         "first counts.",
                                         Grouped(repeated.count)),
                                     .found = fmt::format("sample {}", repeated.first->index),
                                     .needed = "one record a sample",
                                     .fix = "answer each sample once in the accuracy test",
                                     .file = file,
                                     .line = repeated.first->line});
}

void CheckUnscored(const LogScore& score, const std::string& file, Findings& findings) {
  using Reason = UnscoredAnswer::Reason;
  for (const Reason reason : {Reason::kNoReference, Reason::kOutsideVocabulary}) {
    const auto is = [reason](const UnscoredAnswer& u) { return u.reason == reason; };
    const auto first = std::find_if(score.unscored.begin(), score.unscored.end(), is);
    if (first == score.unscored.end()) continue;
    const auto count =
        static_cast<std::uint64_t>(std::count_if(score.unscored.begin(), score.unscored.end(), is));
    const bool no_reference = reason == Reason::kNoReference;
    findings.Error(
        no_reference ? rule::kNoReference : rule::kOutsideVocabulary,
        {.message =
             no_reference
                 ? fmt::format("{} answers belong to no sample of the data set.", Grouped(count))
                 : fmt::format("{} answers hold ids that the tokenizer has not.", Grouped(count)),
         .found = no_reference ? fmt::format("sample {}", first->index) : first->detail,
         .fix = no_reference ? "score with the data set that was run"
                             : "score with the tokenizer of the model that ran",
         .file = file,
         .line = first->line});
  }
}

Agreement CompareAnswers(std::span<const Answer> a, std::span<const Answer> b) {
  std::unordered_map<std::uint64_t, const Answer*> first_of_a;
  for (const Answer& answer : a) first_of_a.try_emplace(answer.index, &answer);
  std::map<std::uint64_t, bool> alike;  // by sample index
  for (const Answer& answer : b) {
    const auto it = first_of_a.find(answer.index);
    if (it != first_of_a.end()) {
      alike.try_emplace(answer.index, it->second->tokens == answer.tokens);
    }
  }
  Agreement agreement;
  agreement.compared = alike.size();
  for (const auto& [index, same] : alike) {
    if (same) {
      ++agreement.alike;
    } else if (agreement.first_differing.size() < kListed) {
      agreement.first_differing.push_back(index);
    }
  }
  return agreement;
}

void CheckAgreement(const Agreement& agreement, Findings& findings) {
  if (agreement.compared == 0) {
    findings.NotRun("agreement of performance and accuracy answers",
                    "no sample has token ids in both tests");
    return;
  }
  if (agreement.alike == agreement.compared) return;
  findings.Warning(
      rule::kAgreement,
      {.message = fmt::format(
           "{} of {} samples got other answers in the performance test than in "
           "the accuracy test ({:.1f} % alike).",
           Grouped(agreement.compared - agreement.alike), Grouped(agreement.compared),
           100.0 * static_cast<double>(agreement.alike) / static_cast<double>(agreement.compared)),
       .found = fmt::format("samples {}", fmt::join(agreement.first_differing, ", ")),
       .needed = "the same token ids in both tests",
       .fix = "the same code must answer both; batch order may change the last bits of a sum"});
}

}  // namespace assay
