// Times one part of scoring in this thread and prints one JSON object a round. For
// bench/scoring.py.
//
//   scoring_driver rouge PAIRS.jsonl ROUNDS            pairs of texts, a sentence a line
//   scoring_driver punkt TEXTS.jsonl ROUNDS
//   scoring_driver encode TEXTS.jsonl ROUNDS TOKENIZER  "cold": a tokenizer that has seen no text;
//                                                       "warm": the same texts once more
//   scoring_driver load TOKENIZER ROUNDS

#include <charconv>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "assay/clock.h"
#include "assay/scoring.h"
#include "assay/tokenizer.h"

#include "base/file.h"
#include "base/format.h"
#include "base/json.h"

namespace assay {
namespace {

using Row = std::vector<std::string>;

// The values of `members` in each line's object.
Result<std::vector<Row>> ReadRows(const std::string& path,
                                  const std::vector<std::string_view>& members) {
  ASSAY_ASSIGN_OR_RETURN(const std::string bytes, ReadFile(path));
  std::vector<Row> rows;
  for (std::string_view rest = bytes; !rest.empty();) {
    const std::size_t end = rest.find('\n');
    const std::string where = fmt::format("{}:{}", path, rows.size() + 1);
    ASSAY_ASSIGN_OR_RETURN(const Json json, ParseJson(rest.substr(0, end), where));
    ASSAY_ASSIGN_OR_RETURN(const JsonReader reader, JsonReader::Of(json, where));
    Row row;
    for (const std::string_view member : members) {
      ASSAY_ASSIGN_OR_RETURN(std::string text, reader.String(member));
      row.push_back(std::move(text));
    }
    rows.push_back(std::move(row));
    rest.remove_prefix(end == std::string_view::npos ? rest.size() : end + 1);
  }
  return rows;
}

template <typename Work>
double Seconds(const Work& work) {
  const MonoTime start = SteadyClock().Now();
  work();
  return std::chrono::duration<double>(SteadyClock().Now() - start).count();
}

// `check`: something that depends on all that was computed, so that nothing is left out.
void PrintRound(std::string_view what, double seconds, double check) {
  fmt::print("{{\"what\":\"{}\",\"seconds\":{},\"check\":{}}}\n", what, seconds, check);
}

Status TimeRouge(const std::string& path, int rounds) {
  ASSAY_ASSIGN_OR_RETURN(const std::vector<Row> rows, ReadRows(path, {"prediction", "reference"}));
  for (int round = 0; round < rounds; ++round) {
    double check = 0;
    const double seconds = Seconds([&] {
      for (const Row& row : rows) {
        const SampleScore score = ScoreLines(row[0], row[1]);
        check += score.rouge1.fmeasure + score.rouge2.fmeasure + score.rougeL.fmeasure +
                 score.rougeLsum.fmeasure;
      }
    });
    PrintRound("rouge", seconds, check);
  }
  return Ok{};
}

Status TimePunkt(const std::string& path, int rounds) {
  ASSAY_ASSIGN_OR_RETURN(const std::vector<Row> rows, ReadRows(path, {"text"}));
  for (int round = 0; round < rounds; ++round) {
    std::size_t sentences = 0;
    const double seconds = Seconds([&] {
      for (const Row& row : rows) sentences += SplitSentences(row[0]).size();
    });
    PrintRound("punkt", seconds, static_cast<double>(sentences));
  }
  return Ok{};
}

Status TimeEncode(const std::string& path, int rounds, const std::string& tokenizer_path) {
  ASSAY_ASSIGN_OR_RETURN(const std::vector<Row> rows, ReadRows(path, {"text"}));
  for (int round = 0; round < rounds; ++round) {
    ASSAY_ASSIGN_OR_RETURN(const auto tokenizer, LoadTokenizer(tokenizer_path));
    for (const std::string_view what : {"cold", "warm"}) {
      std::size_t tokens = 0;
      const double seconds = Seconds([&] {
        for (const Row& row : rows) tokens += tokenizer->Encode(row[0]).size();
      });
      PrintRound(what, seconds, static_cast<double>(tokens));
    }
  }
  return Ok{};
}

Status TimeLoad(const std::string& path, int rounds) {
  for (int round = 0; round < rounds; ++round) {
    std::size_t size = 0;
    Status loaded = Ok{};
    const double seconds = Seconds([&] {
      auto tokenizer = LoadTokenizer(path);
      if (tokenizer) {
        size = (*tokenizer)->VocabularySize();
      } else {
        loaded = tokenizer.error();
      }
    });
    ASSAY_RETURN_IF_ERROR(std::move(loaded));
    PrintRound("load", seconds, static_cast<double>(size));
  }
  return Ok{};
}

Status Run(const std::vector<std::string>& args) {
  int rounds = 0;
  if (args.size() >= 3) {
    std::from_chars(args[2].data(), args[2].data() + args[2].size(), rounds);
  }
  if (rounds > 0 && args.size() == 3) {
    if (args[0] == "rouge") return TimeRouge(args[1], rounds);
    if (args[0] == "punkt") return TimePunkt(args[1], rounds);
    if (args[0] == "load") return TimeLoad(args[1], rounds);
  }
  if (rounds > 0 && args.size() == 4 && args[0] == "encode") {
    return TimeEncode(args[1], rounds, args[3]);
  }
  return Error{ErrorCode::kInvalidArgument,
               "usage: scoring_driver rouge|punkt|encode|load FILE ROUNDS [TOKENIZER]"};
}

}  // namespace
}  // namespace assay

int main(int argc, char** argv) {
  const assay::Status done = assay::Run({argv + 1, argv + argc});
  if (done) return 0;
  fmt::print(stderr, "scoring_driver: {}\n", done.error().message);
  return 3;
}
