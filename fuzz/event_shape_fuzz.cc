// Whatever event a shape was learned from, and whatever comes next: what the shape reads, the
// parser reads alike. The input is two events with a line feed between them.

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/check.h"
#include "engine/openai/event_shape.h"
#include "engine/openai/response_reader.h"

namespace assay {
namespace {

std::string Padded(std::string_view json) {
  return std::string(json) + std::string(kReadPadding, '\0');
}

void CheckTwoEvents(std::string_view first, std::string_view second) {
  EventParser parser;
  EventShape shape;
  ServerEvent event;
  const std::string first_bytes = Padded(first);
  const std::string_view learned(first_bytes.data(), first.size());
  if (parser.Parse(learned, event)) return;
  shape.Learn(learned, event, parser);
  ServerEvent ours;
  if (!shape.Read(second, ours)) return;
  const std::string second_bytes = Padded(second);
  ServerEvent theirs;
  ASSAY_CHECK(!parser.Parse({second_bytes.data(), second.size()}, theirs));
  ASSAY_CHECK(ours == theirs);
}

}  // namespace
}  // namespace assay

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  const std::size_t end = bytes.find('\n');
  if (end == std::string_view::npos) return 0;
  assay::CheckTwoEvents(bytes.substr(0, end), bytes.substr(end + 1));
  return 0;
}
