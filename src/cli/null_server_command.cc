#include "cli/null_server_command.h"

#include <charconv>
#include <cstdio>
#include <limits>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include <CLI/CLI.hpp>

#include "assay/tokenizer.h"

#include "base/format.h"
#include "cli/exit_code.h"
#include "cli/print.h"
#include "null_server/null_server.h"

namespace assay {
namespace {

struct ServerOptions {
  std::string host = "127.0.0.1";
  std::uint16_t port = 0;
  std::string ttft = "0";
  std::string tpot = "0";
  std::optional<std::string> tokens, fault, log, tokenizer;
  std::uint32_t chunk_tokens = 1;
  std::uint32_t write_chunks = 1;
  std::uint64_t seed = 0;
  double fault_rate = 1.0;
  std::uint32_t slots = 0;
  std::string model = "assay-null";
  std::string style = "vllm";
};

std::optional<std::uint32_t> Count(std::string_view text) {
  std::uint32_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size() || value == 0) return std::nullopt;
  return value;
}

// "128" or "32,128".
Status FillTokens(const std::string& words, AnswerScript& script) {
  const std::size_t comma = words.find(',');
  const std::string_view all = words;
  const auto lowest = Count(all.substr(0, comma));
  const auto highest = comma == std::string::npos ? lowest : Count(all.substr(comma + 1));
  if (!lowest || !highest || *lowest > *highest) {
    return MakeError(ErrorCode::kInvalidArgument,
                     "--tokens \"{}\": expected a count or LOWEST,HIGHEST, at least 1", words);
  }
  script.tokens_lowest = *lowest;
  script.tokens_highest = *highest;
  return Ok{};
}

Status FillScript(const ServerOptions& o, AnswerScript& script) {
  ASSAY_ASSIGN_OR_RETURN(script.ttft, ParseDrawnTime(o.ttft, "--ttft"));
  ASSAY_ASSIGN_OR_RETURN(script.tpot, ParseDrawnTime(o.tpot, "--tpot"));
  if (o.tokens) ASSAY_RETURN_IF_ERROR(FillTokens(*o.tokens, script));
  script.seed = o.seed;
  script.chunk_tokens = o.chunk_tokens;
  script.write_chunks = o.write_chunks;
  if (o.fault) {
    ASSAY_ASSIGN_OR_RETURN(script.fault, ParseFault(*o.fault));
    script.fault_rate = o.fault_rate;
  }
  return Ok{};
}

Result<NullServerOptions> MakeOptions(const ServerOptions& o) {
  NullServerOptions options;
  options.host = o.host;
  options.port = o.port;
  options.slots = o.slots;
  options.model = o.model;
  if (o.log) options.log = *o.log;
  ASSAY_RETURN_IF_ERROR(FillScript(o, options.script));
  ASSAY_ASSIGN_OR_RETURN(options.style, ParseStyle(o.style));
  if (o.tokenizer) {
    ASSAY_ASSIGN_OR_RETURN(options.tokenizer, LoadTokenizer(*o.tokenizer));
    ASSAY_ASSIGN_OR_RETURN(options.vocabulary, VocabularyOf(*options.tokenizer));
  }
  return options;
}

int Serve(const ServerOptions& o) {
  Result<NullServerOptions> options = MakeOptions(o);
  if (!options) return Fail(options.error());
  const auto server = NullServer::Create(std::move(*options));
  if (!server) return Fail(server.error());
  Print("listening on {}\n", (*server)->url());
  std::fflush(stdout);
  const Status ended = (*server)->Run(true);
  return ended ? kExitDone : Fail(ended.error());
}

}  // namespace

void AddNullServerCommand(CLI::App& app, int& code) {
  CLI::App* verb = app.add_subcommand(
      "null-server", "An OpenAI-compatible server with a known schedule, for proving clients");
  const auto o = std::make_shared<ServerOptions>();
  const CLI::Range at_least_1(1U, std::numeric_limits<std::uint32_t>::max());
  verb->add_option("--host", o->host, "Address to listen at (default: 127.0.0.1)");
  verb->add_option("--port", o->port, "Port to listen at (default 0: any; the first line tells)");
  verb->add_option(
      "--ttft", o->ttft,
      "First token after the request was read, in ms: a number, uniform:LOWEST,HIGHEST "
      "or exponential:MEAN (default: 0)");
  verb->add_option("--tpot", o->tpot, "Between two tokens, in ms, likewise (default: 0)");
  verb->add_option("--tokens", o->tokens,
                   "Tokens of an answer, N or LOWEST,HIGHEST (default: as many as the request "
                   "allows)");
  verb->add_option("--chunk-tokens", o->chunk_tokens, "Tokens in one event (default: 1)")
      ->check(at_least_1);
  verb->add_option("--write-chunks", o->write_chunks, "Events in one write (default: 1)")
      ->check(at_least_1);
  verb->add_option("--seed", o->seed, "Of everything that is drawn (default: 0)");
  verb->add_option("--fault", o->fault,
                   "http-500, http-429, silent, reset, early-end, no-end, stall, broken-json, "
                   "broken-utf8 or error-event");
  verb->add_option("--fault-rate", o->fault_rate, "Share of requests with the fault (default: 1)")
      ->check(CLI::Range(0.0, 1.0))
      ->needs("--fault");
  verb->add_option("--slots", o->slots, "Requests answered at the same time (default 0: all)");
  verb->add_option("--log", o->log, "Write a line for every request to this new file");
  verb->add_option("--model", o->model, "Name of the model (default: assay-null)");
  verb->add_option("--style", o->style, "Layout of the events: vllm (default) or llama");
  verb->add_option("--tokenizer", o->tokenizer,
                   "Count prompts and give ids by this tokenizer (default: made-up ids)");
  verb->callback([o, &code] { code = Serve(*o); });
}

}  // namespace assay
