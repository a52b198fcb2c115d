#include "scoring/score_log.h"

#include <optional>
#include <string>
#include <unordered_set>
#include <utility>

#include "base/format.h"
#include "scoring/parallel.h"
#include "tokenizer/decode.h"

namespace assay {
namespace {

// An answer with what it is compared with, and what came of it.
struct Work {
  Answer answer;
  std::string_view reference;
  Result<std::string> prediction = std::string();
  SampleScore score{};
  std::optional<SampleScore> score_without_clean_up = std::nullopt;
};

void ScoreOne(const Tokenizer& tokenizer, Work* work) {
  work->prediction = tokenizer.Decode(work->answer.tokens, {.clean_up_spaces = false});
  if (!work->prediction) return;
  std::optional<std::string> as_it_is;
  if (tokenizer.identity().clean_up_spaces && tok::MayNeedCleanUp(*work->prediction)) {
    as_it_is = std::exchange(work->prediction, tok::CleanUp(*work->prediction)).value();
  }
  work->score = ScoreSample(*work->prediction, work->reference);
  if (as_it_is && *as_it_is != *work->prediction) {
    work->score_without_clean_up = ScoreSample(*as_it_is, work->reference);
  }
}

}  // namespace

Error CannotBeScored(const std::string& file, std::uint64_t count, const UnscoredAnswer& first) {
  const std::string reason = first.reason == UnscoredAnswer::Reason::kNoReference
                                 ? "the data set has no such sample"
                                 : fmt::format("an id outside the vocabulary: {}", first.detail);
  const std::string others =
      count == 1 ? "" : fmt::format("; it is the first of {} such answers", count);
  return MakeError(ErrorCode::kParse, "{}:{}: sample {} cannot be scored: {}{}", file, first.line,
                   first.index, reason, others);
}

LogScore ScoreAnswers(std::vector<Answer> answers, const References& references,
                      const Tokenizer& tokenizer, unsigned threads) {
  LogScore result;
  std::vector<Work> work;
  std::unordered_set<std::uint64_t> seen;
  for (Answer& answer : answers) {
    if (!seen.insert(answer.index).second) {
      result.repeated.push_back(std::move(answer));
    } else if (const auto reference = references(answer.index)) {
      work.push_back({.answer = std::move(answer), .reference = *reference});
    } else {
      result.unscored.push_back(
          {answer.index, answer.line, UnscoredAnswer::Reason::kNoReference, ""});
    }
  }
  ForEachIndex(work.size(), threads, [&](std::size_t i) { ScoreOne(tokenizer, &work[i]); });
  std::vector<SampleScore> scores;
  for (Work& w : work) {
    if (!w.prediction) {
      result.unscored.push_back({w.answer.index, w.answer.line,
                                 UnscoredAnswer::Reason::kOutsideVocabulary,
                                 w.prediction.error().message});
      continue;
    }
    result.tokens += w.answer.tokens.size();
    if (w.answer.tokens.empty()) ++result.empty;
    scores.push_back(w.score);
    result.answers.push_back(
        {std::move(w.answer), std::move(*w.prediction), w.score, w.score_without_clean_up});
  }
  if (result.unscored.empty() && !scores.empty()) result.corpus = Aggregate(scores);
  return result;
}

Result<std::vector<Answer>> AnswersOf(const AccuracyLog& log, TokenWidth width,
                                      const std::string& where) {
  std::vector<Answer> answers;
  answers.reserve(log.records.size());
  for (const AccuracyRecord& record : log.records) {
    auto tokens = TokensOf(record.data, width);
    if (!tokens) {
      return MakeError(ErrorCode::kParse, "{}:{}: {}", where, record.line, tokens.error().message);
    }
    answers.push_back({record.qsl_idx, std::move(*tokens), record.line});
  }
  return answers;
}

std::string ReferenceDict(const CorpusScore& score) {
  return fmt::format(
      "{{'rouge1': '{}', 'rouge2': '{}', 'rougeL': '{}', 'rougeLsum': '{}', 'gen_len': {}, "
      "'gen_num': {}}}",
      score.rouge1, score.rouge2, score.rougeL, score.rougeLsum, score.gen_len, score.gen_num);
}

Json ReferenceJson(const CorpusScore& score) {
  return Json{{"rouge1", score.rouge1},   {"rouge2", score.rouge2},
              {"rougeL", score.rougeL},   {"rougeLsum", score.rougeLsum},
              {"gen_len", score.gen_len}, {"gen_num", score.gen_num}};
}

Json SampleJson(const ScoredAnswer& answer) {
  return Json{{"index", answer.answer.index},
              {"rouge1", answer.score.rouge1.fmeasure},
              {"rouge2", answer.score.rouge2.fmeasure},
              {"rougeL", answer.score.rougeL.fmeasure},
              {"rougeLsum", answer.score.rougeLsum.fmeasure},
              {"gen_len", answer.score.gen_len},
              {"tokens", answer.answer.tokens.size()},
              {"prediction", answer.prediction}};
}

}  // namespace assay
