#include "scoring/score_file.h"

#include <cstddef>
#include <fstream>
#include <string>
#include <string_view>
#include <system_error>
#include <unordered_set>
#include <utility>

#include "base/format.h"
#include "scoring/batches.h"

namespace assay {
namespace {

class LogScorer {
 public:
  LogScorer(const References& references, const Tokenizer& tokenizer, const SampleSink& sink)
      : sink_(sink),
        batches_(
            [&references, &tokenizer](std::vector<Answer> batch) {
              return ScoreAnswers(std::move(batch), references, tokenizer, /*threads=*/1);
            },
            [this](const LogScore& batch) { return Take(batch); }) {}

  Status Add(Answer answer) {
    if (!seen_.insert(answer.index).second) {
      if (result_.repeated++ == 0) result_.first_repeated_line = answer.line;
      return Ok{};
    }
    const std::size_t size_bytes = answer.tokens.size() * sizeof(TokenId);
    return batches_.Add(std::move(answer), size_bytes);
  }

  Result<FileScore> Finish(const std::string& where) {
    ASSAY_RETURN_IF_ERROR(batches_.Finish());
    if (unscored_ > 0) return CannotBeScored(where, unscored_, *first_unscored_);
    if (result_.scores.empty()) {
      return MakeError(ErrorCode::kParse, "{}: holds no answer to score", where);
    }
    result_.corpus = Aggregate(result_.scores);
    if (result_.cleaned_up > 0) result_.without_clean_up = Aggregate(without_clean_up_);
    return std::move(result_);
  }

 private:
  Status Take(const LogScore& batch) {
    if (unscored_ == 0 && !batch.unscored.empty()) first_unscored_ = batch.unscored.front();
    unscored_ += batch.unscored.size();
    result_.tokens += batch.tokens;
    result_.empty += batch.empty;
    for (const ScoredAnswer& answer : batch.answers) {
      result_.scores.push_back(answer.score);
      without_clean_up_.push_back(answer.score_without_clean_up.value_or(answer.score));
      if (answer.score_without_clean_up) ++result_.cleaned_up;
      if (sink_) ASSAY_RETURN_IF_ERROR(sink_(SampleJson(answer)));
    }
    return Ok{};
  }

  const SampleSink& sink_;
  std::unordered_set<std::uint64_t> seen_;
  std::vector<SampleScore> without_clean_up_;
  std::optional<UnscoredAnswer> first_unscored_;
  std::uint64_t unscored_ = 0;
  FileScore result_;
  Batches<Answer, LogScore> batches_;  // its threads end first
};

template <typename Use>
Status ForEachRecord(const fs::path& path, const Use& use) {
  ASSAY_ASSIGN_OR_RETURN(AccuracyLogStream log, AccuracyLogStream::Open(path));
  if (log.truncated()) {
    return MakeError(ErrorCode::kParse,
                     "{}: was truncated for submission, only its hash is left; score the whole log",
                     path.string());
  }
  while (true) {
    ASSAY_ASSIGN_OR_RETURN(const std::optional<AccuracyRecord> record, log.Next());
    if (!record) return Ok{};
    ASSAY_RETURN_IF_ERROR(use(*record));
  }
}

std::string_view NameOf(TokenWidth width) {
  return width == TokenWidth::kInt32 ? "int32" : "int64";
}

// What to add to an error where the whole log looks like another width.
std::string OtherWidth(const fs::path& log, TokenWidth read_as) {
  const Result<TokenWidth> found = FindTokenWidth(log);
  if (!found || *found == read_as) return "";
  return fmt::format("; the data look like {}, and were read as {}", NameOf(*found),
                     NameOf(read_as));
}

struct Pair {
  std::string line;
  std::uint64_t number = 0;  // of the line
};

Result<SampleScore> ScorePair(const Pair& pair, const std::string& file) {
  const std::string where = fmt::format("{}:{}", file, pair.number);
  ASSAY_ASSIGN_OR_RETURN(const Json json, ParseJson(pair.line, where));
  ASSAY_ASSIGN_OR_RETURN(const JsonReader reader, JsonReader::Of(json, where));
  ASSAY_ASSIGN_OR_RETURN(const std::string prediction, reader.String("prediction"));
  ASSAY_ASSIGN_OR_RETURN(const std::string reference, reader.String("reference"));
  return ScoreSample(prediction, reference);
}

Json PairJson(std::size_t index, const SampleScore& score) {
  return Json{{"index", index},
              {"rouge1", score.rouge1.fmeasure},
              {"rouge2", score.rouge2.fmeasure},
              {"rougeL", score.rougeL.fmeasure},
              {"rougeLsum", score.rougeLsum.fmeasure},
              {"gen_len", score.gen_len}};
}

using PairScores = std::vector<Result<SampleScore>>;

PairScores ScoreBatch(const std::vector<Pair>& batch, const std::string& file) {
  PairScores scores;
  for (const Pair& pair : batch) scores.push_back(ScorePair(pair, file));
  return scores;
}

Status TakePairs(const PairScores& batch, const SampleSink& sink,
                 std::vector<SampleScore>* scores) {
  for (const Result<SampleScore>& score : batch) {
    if (!score) return score.error();
    if (sink) ASSAY_RETURN_IF_ERROR(sink(PairJson(scores->size(), *score)));
    scores->push_back(*score);
  }
  return Ok{};
}

}  // namespace

Result<TokenWidth> FindTokenWidth(const fs::path& log) {
  TokenWidthFinder finder;
  ASSAY_RETURN_IF_ERROR(ForEachRecord(log, [&finder](const AccuracyRecord& record) {
    finder.Add(record);
    return Status(Ok{});
  }));
  return finder.Width(log.string());
}

Result<FileScore> ScoreAccuracyLog(const fs::path& log, std::optional<TokenWidth> width,
                                   const References& references, const Tokenizer& tokenizer,
                                   const SampleSink& sink) {
  const std::string where = log.string();
  if (!width) {
    ASSAY_ASSIGN_OR_RETURN(width, FindTokenWidth(log));
  }
  TokenWidthFinder finder;
  LogScorer scorer(references, tokenizer, sink);
  ASSAY_RETURN_IF_ERROR(ForEachRecord(log, [&](const AccuracyRecord& record) -> Status {
    finder.Add(record);
    auto tokens = TokensOf(record.data, *width);
    if (!tokens) {
      return MakeError(ErrorCode::kParse, "{}:{}: {}{}", where, record.line, tokens.error().message,
                       OtherWidth(log, *width));
    }
    return scorer.Add({record.qsl_idx, std::move(*tokens), record.line});
  }));
  ASSAY_ASSIGN_OR_RETURN(FileScore score, scorer.Finish(where));
  if (const Result<TokenWidth> found = finder.Width(where)) score.looks_like = *found;
  return score;
}

Result<FileScore> ScorePairs(const fs::path& pairs, const SampleSink& sink) {
  std::error_code ignored;
  if (fs::is_directory(pairs, ignored)) {
    return MakeError(ErrorCode::kIo, "{}: is a directory, expected a file", pairs.string());
  }
  std::ifstream in(pairs, std::ios::binary);
  if (!in) {
    return MakeError(ErrorCode::kIo, "{}: cannot open: {}", pairs.string(),
                     std::generic_category().message(errno));
  }
  FileScore result;
  Batches<Pair, PairScores> batches(
      [&](const std::vector<Pair>& batch) { return ScoreBatch(batch, pairs.string()); },
      [&](const PairScores& batch) { return TakePairs(batch, sink, &result.scores); });
  std::uint64_t number = 0;
  for (std::string line; std::getline(in, line);) {
    ++number;
    if (line.find_first_not_of(" \t\r") == std::string::npos) continue;
    const std::size_t size_bytes = line.size();
    ASSAY_RETURN_IF_ERROR(batches.Add({.line = std::move(line), .number = number}, size_bytes));
  }
  if (in.bad()) return MakeError(ErrorCode::kIo, "{}: cannot be read", pairs.string());
  ASSAY_RETURN_IF_ERROR(batches.Finish());
  if (result.scores.empty()) {
    return MakeError(ErrorCode::kParse, "{}: holds no pair to score", pairs.string());
  }
  result.corpus = Aggregate(result.scores);
  return result;
}

}  // namespace assay
