#include "rules/test06.h"

#include <algorithm>
#include <utility>

#include "base/format.h"

namespace assay {
namespace {

// The script's loop: from the last token backwards, never looking at the first.
bool HasTwoTrailing(const std::vector<TokenId>& tokens, TokenId eos) {
  std::size_t trailing = 0;
  for (std::size_t i = tokens.size(); i > 1; --i) {
    if (tokens[i - 1] != eos) return false;
    if (++trailing >= 2) return true;
  }
  return false;
}

// nullopt: the script's attempt to read the record throws.
std::optional<bool> FirstTokensAgree(const AccuracyRecord& record, TokenWidth width) {
  if (!record.token_data) return std::nullopt;
  const auto data = TokensOf(record.data, width);
  const auto first = TokensOf(*record.token_data, width);
  if (!data || !first) return std::nullopt;
  const std::size_t common = std::min(data->size(), first->size());
  return std::equal(first->begin(), first->begin() + static_cast<std::ptrdiff_t>(common),
                    data->begin());
}

std::string_view PythonBool(bool value) {
  return value ? "True" : "False";
}

}  // namespace

Result<Test06Result> VerifyTest06(const AccuracyLog& log, Scenario scenario, TokenWidth width,
                                  TokenId eos) {
  Test06Result result{.first_token = std::nullopt, .eos = true, .sample_length = true};
  if (scenario != Scenario::kOffline) result.first_token = true;
  for (const AccuracyRecord& record : log.records) {
    const auto tokens = TokensOf(record.data, width);
    if (!tokens) {
      return MakeError(ErrorCode::kParse, "line {}: {}", record.line, tokens.error().message);
    }
    if (!record.token_count) {
      return MakeError(ErrorCode::kParse, "line {}: \"token_count\" is missing", record.line);
    }
    if (HasTwoTrailing(*tokens, eos)) result.eos = false;
    if (result.first_token && !FirstTokensAgree(record, width).value_or(false)) {
      result.first_token = false;
    }
    if (*record.token_count != static_cast<std::int64_t>(tokens->size())) {
      result.sample_length = false;
    }
  }
  return result;
}

std::string Test06Text(const Test06Result& result) {
  return fmt::format(
      "First token check pass: {}\nEOS check pass: {}\nSample length check pass: {}\n"
      "TEST06 verification {}\n",
      result.first_token ? PythonBool(*result.first_token) : "Skipped", PythonBool(result.eos),
      PythonBool(result.sample_length), result.Pass() ? "complete" : "failed");
}

void CheckTest06(const LoadgenEvidence& evidence, Scenario scenario, bool own_run,
                 Findings& findings) {
  if (!evidence.accuracy) {
    findings.Error(rule::kTest06Missing,
                   {.message = "TEST06 has no accuracy log.", .needed = evidence.AccuracyFile()});
    return;
  }
  const std::vector<AccuracyRecord>& records = evidence.accuracy->records;
  if (records.size() < kTest06.records) {
    FindingText text{.message = fmt::format(
                         "TEST06 logged {} of {} answers: {}.", records.size(), kTest06.records,
                         records.empty() ? "nothing was verified" : "too little was verified"),
                     .found = fmt::format("{} records", records.size()),
                     .needed = fmt::format("at least {} records", kTest06.records),
                     .fix = "repeat TEST06 with its settings in force",
                     .file = evidence.AccuracyFile()};
    if (own_run) {
      findings.Error(rule::kTest06Records, std::move(text));
    } else {
      findings.Warning(rule::kTest06Records, std::move(text));
    }
  }
  if (records.empty()) return;
  const auto verified =
      VerifyTest06(*evidence.accuracy, scenario, evidence.width.value_or(TokenWidth::kInt32));
  if (!verified || !verified->Pass()) {
    findings.Error(rule::kTest06Verdict,
                   {.message = "The answers of TEST06 do not pass its verification.",
                    .found = verified ? Test06Text(*verified) : verified.error().message,
                    .needed = "three passes, or two where the first token is skipped",
                    .file = evidence.AccuracyFile()});
  }
  if (scenario == Scenario::kOffline) return;
  const auto without = std::find_if(records.begin(), records.end(), [](const AccuracyRecord& r) {
    return r.token_data && r.token_data->empty();
  });
  if (without == records.end()) return;
  findings.Warning(rule::kTest06FirstToken,
                   {.message = "An answer of TEST06 has no first token to compare.",
                    .found = fmt::format("sample {}", without->qsl_idx),
                    .needed = "at least one token",
                    .file = evidence.AccuracyFile(),
                    .line = without->line});
}

}  // namespace assay
