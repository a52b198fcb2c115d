#include "cli/sentences_command.h"

#include <cstdint>
#include <iostream>
#include <string>
#include <string_view>

#include <CLI/CLI.hpp>

#include "assay/scoring.h"

#include "base/format.h"
#include "base/json.h"
#include "cli/exit_code.h"

namespace assay {
namespace {

Result<std::string> AnswerTo(const std::string& line, const std::string& where) {
  ASSAY_ASSIGN_OR_RETURN(const Json json, ParseJson(line, where));
  ASSAY_ASSIGN_OR_RETURN(const JsonReader reader, JsonReader::Of(json, where));
  ASSAY_ASSIGN_OR_RETURN(const std::string text, reader.String("text"));
  Json sentences = Json::array();
  for (const std::string_view sentence : SplitSentences(text)) sentences.push_back(sentence);
  return ToJsonLine(Json{{"sentences", std::move(sentences)}});
}

int RunSentences() {
  std::ios::sync_with_stdio(false);
  std::string line;
  for (std::uint64_t number = 1; std::getline(std::cin, line); ++number) {
    const auto answer = AnswerTo(line, fmt::format("standard input:{}", number));
    if (!answer) {
      std::cout.flush();
      return Fail(answer.error());
    }
    std::cout << *answer << '\n';
    // Whoever waits for this answer before sending the next line gets it; a file is not slowed.
    if (std::cin.rdbuf()->in_avail() <= 0) std::cout.flush();
  }
  if (std::cin.bad()) return Fail({ErrorCode::kIo, "standard input: cannot be read"});
  return kExitDone;
}

}  // namespace

void AddSentencesCommand(CLI::App& app, int& code) {
  app.add_subcommand("sentences", "Splits texts into sentences: JSON lines in and out")
      ->callback([&code] { code = RunSentences(); });
}

}  // namespace assay
