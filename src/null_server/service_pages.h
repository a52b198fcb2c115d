// What the null server says of itself: health, models, version, metrics.

#ifndef ASSAY_NULL_SERVER_SERVICE_PAGES_H_
#define ASSAY_NULL_SERVER_SERVICE_PAGES_H_

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "null_server/answer_text.h"

namespace assay {

// Since the server's start.
struct NullServerCounters {
  std::uint64_t running = 0;  // requests that have a slot
  std::uint64_t waiting = 0;
  std::uint64_t prompt_tokens = 0;
  std::uint64_t generation_tokens = 0;
  std::uint64_t ended_by_stop = 0;
  std::uint64_t ended_by_length = 0;
};

struct ServicePage {
  std::string type;  // content type; empty: no body
  std::string body;
};

// The page at `path` (without a query), in the style of the server: vLLM has /version, llama-server
// /props; both have /health, /v1/models and /metrics.
// `model`  as JSON has it between the quotes.
// Value: absent where the style has no such page.
[[nodiscard]] std::optional<ServicePage> PageAt(std::string_view path, ServerStyle style,
                                                std::string_view model, std::uint64_t context,
                                                std::uint64_t slots,
                                                const NullServerCounters& counters);

}  // namespace assay

#endif  // ASSAY_NULL_SERVER_SERVICE_PAGES_H_
