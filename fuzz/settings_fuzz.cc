// What people write for Assay: user.conf, a script, gates, a drawn time, a server's address. Each
// is read or refused with a message, and what was read can be used.

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/check.h"
#include "compare/gate.h"
#include "engine/openai/server_url.h"
#include "engine/openai/testing/byte_tokenizer.h"
#include "engine/scripted/drawn_time.h"
#include "engine/scripted/script.h"
#include "load/user_conf.h"
#include "server/process_tree.h"

namespace assay {
namespace {

template <typename T>
bool IsRead(const Result<T>& result) {
  ASSAY_CHECK(result || !result.error().message.empty());
  return result.has_value();
}

void CheckUserConf(std::string_view bytes) {
  const auto entries = ParseUserConf(bytes, "user.conf");
  if (!IsRead(entries)) return;
  for (const UserConfEntry& entry : *entries) {
    ASSAY_CHECK(entry.line >= 1);
    ASSAY_CHECK(Defines(*entries, entry.model, entry.scenario, entry.key));
    ASSAY_CHECK(ValueOf(*entries, entry.model, entry.scenario, entry.key).has_value());
  }
}

void CheckScript(std::string_view bytes) {
  constexpr std::int32_t kMaxTokens = 16;
  const testing_support::ByteTokenizer tokenizer;
  const auto script = ParseScript(bytes, "script", tokenizer);
  if (!IsRead(script)) return;
  for (std::uint64_t sample = 0; sample < 4; ++sample) {
    const ScriptedPlan plan = PlanFor(*script, tokenizer, sample, sample, {}, kMaxTokens);
    ASSAY_CHECK(plan.ttft >= Nanos{0} && plan.tpot >= Nanos{0});
  }
}

void CheckGates(std::string_view bytes) {
  const auto gates = ParseGates(bytes, "gates");
  if (!IsRead(gates)) return;
  for (const Gate& gate : *gates) ASSAY_CHECK(!gate.text.empty());
  ASSAY_CHECK(Judge(Comparison{}, *gates).empty());
}

void CheckAnyText(std::string_view bytes) {
  CheckUserConf(bytes);
  CheckScript(bytes);
  CheckGates(bytes);
  static_cast<void>(ParseProcStat(bytes));
  static_cast<void>(ParseDrawnTime(bytes, "--ttft"));
  static_cast<void>(ParseServerUrl(bytes));
}

}  // namespace
}  // namespace assay

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  assay::CheckAnyText(std::string_view(reinterpret_cast<const char*>(data), size));
  return 0;
}
