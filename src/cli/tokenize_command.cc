#include "cli/tokenize_command.h"

#include <iostream>
#include <memory>
#include <string>

#include <CLI/CLI.hpp>

#include "assay/tokenizer.h"

#include "cli/exit_code.h"
#include "tokenizer/tokenize_stream.h"

namespace assay {
namespace {

struct TokenizeCliOptions {
  std::string tokenizer;
  bool decode = false;
  bool count = false;
  bool keep_special = false;
  bool no_cleanup = false;
  bool no_special = false;
};

int Run(const TokenizeCliOptions& o) {
  const auto tokenizer = LoadTokenizer(o.tokenizer);
  if (!tokenizer) return Fail(tokenizer.error());
  TokenizeStreamOptions options;
  if (o.decode) options.mode = TokenizeMode::kDecode;
  if (o.count) options.mode = TokenizeMode::kCount;
  options.encode.add_special_tokens = !o.no_special;
  options.decode.skip_special_tokens = !o.keep_special;
  if (o.no_cleanup) options.decode.clean_up_spaces = false;
  std::ios::sync_with_stdio(false);
  const Status done = TokenizeStream(**tokenizer, std::cin, std::cout, options, "standard input");
  return done ? kExitDone : Fail(done.error());
}

}  // namespace

void AddTokenizeCommand(CLI::App& app, int& code) {
  CLI::App* verb =
      app.add_subcommand("tokenize", "Text to token ids and back: JSON lines in and out");
  const auto o = std::make_shared<TokenizeCliOptions>();
  verb->add_option("--tokenizer", o->tokenizer, "Tokenizer file or folder, or a GGUF")->required();
  CLI::Option* decode = verb->add_flag("--decode", o->decode, "{\"ids\":[...]} to {\"text\":...}");
  CLI::Option* count = verb->add_flag("--count", o->count, "{\"text\":...} to {\"count\":n}");
  count->excludes(decode);
  verb->add_flag("--no-special", o->no_special, "Add no BOS or other special token")
      ->excludes(decode);
  verb->add_flag("--keep-special", o->keep_special, "Keep special tokens in the text")
      ->needs(decode);
  verb->add_flag("--no-cleanup", o->no_cleanup, "Leave blanks before punctuation as they are")
      ->needs(decode);
  verb->callback([o, &code] { code = Run(*o); });
}

}  // namespace assay
