#include "cli/tokenize_command.h"

#include <cstddef>
#include <cstdint>
#include <iostream>
#include <memory>
#include <optional>
#include <string>

#include <CLI/CLI.hpp>

#include "assay/tokenizer.h"

#include "base/format.h"
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
  std::optional<std::size_t> max_length, pad_to;
  std::optional<TokenId> pad_id;
  std::string truncation_side = "right";
  std::string padding_side = "left";
};

Side SideOf(const std::string& name) {
  return name == "left" ? Side::kLeft : Side::kRight;
}

int Run(const TokenizeCliOptions& o) {
  const auto tokenizer = LoadTokenizer(o.tokenizer);
  if (!tokenizer) return Fail(tokenizer.error());
  if (o.pad_id && !(*tokenizer)->HasToken(*o.pad_id)) {
    return Fail({ErrorCode::kInvalidArgument,
                 fmt::format("--pad-id {}: no token of {}", *o.pad_id, o.tokenizer)});
  }
  TokenizeStreamOptions options;
  if (o.decode) options.mode = TokenizeMode::kDecode;
  if (o.count) options.mode = TokenizeMode::kCount;
  options.encode.add_special_tokens = !o.no_special;
  options.encode.max_length = o.max_length;
  options.encode.truncation_side = SideOf(o.truncation_side);
  if (o.pad_to) options.padding = Padding{*o.pad_to, o.pad_id.value_or(0), SideOf(o.padding_side)};
  options.decode.skip_special_tokens = !o.keep_special;
  if (o.no_cleanup) options.decode.clean_up_spaces = false;
  std::ios::sync_with_stdio(false);
  const Status done = TokenizeStream(**tokenizer, std::cin, std::cout, options, "standard input");
  return done ? kExitDone : Fail(done.error());
}

void AddLengthOptions(CLI::App* verb, CLI::Option* decode, CLI::Option* count,
                      TokenizeCliOptions* o) {
  const CLI::IsMember sides({"left", "right"});
  const CLI::Range lengths(std::int64_t{0}, std::int64_t{1} << 24U);
  CLI::Option* max_length = verb->add_option("--max-length", o->max_length,
                                             "At most so many ids, special tokens included")
                                ->excludes(decode)
                                ->check(lengths);
  verb->add_option("--truncation-side", o->truncation_side,
                   "Where ids are cut: right (default), left")
      ->check(sides)
      ->needs(max_length);
  CLI::Option* pad_to =
      verb->add_option("--pad-to", o->pad_to, "Pad to so many ids; adds \"attention_mask\"")
          ->excludes(decode)
          ->excludes(count)
          ->check(lengths);
  CLI::Option* pad_id = verb->add_option("--pad-id", o->pad_id, "The id that pads");
  pad_id->needs(pad_to);
  pad_to->needs(pad_id);
  verb->add_option("--padding-side", o->padding_side, "Where padding goes: left (default), right")
      ->check(sides)
      ->needs(pad_to);
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
  AddLengthOptions(verb, decode, count, o.get());
  verb->callback([o, &code] { code = Run(*o); });
}

}  // namespace assay
