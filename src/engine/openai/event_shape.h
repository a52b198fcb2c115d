// Most events of a stream differ from the one before in nothing but a token. Those are read without
// parsing their JSON. No socket and no clock in here.

#ifndef ASSAY_ENGINE_OPENAI_EVENT_SHAPE_H_
#define ASSAY_ENGINE_OPENAI_EVENT_SHAPE_H_

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "engine/openai/event_parser.h"

namespace assay {

// The bytes of an event with gaps where a token's text, its ids and the numbers of tokens stand.
// Bytes that equal them outside the gaps, and have in the gaps a text of ASCII without escapes and
// control characters, and whole numbers, are the same JSON with other values in the same places.
// What those places mean is not guessed: the parser is asked what it makes of a probe.
class EventShape {
 public:
  // Learns the shape of an event that was not of the shape known so far, if it has one. Tries a few
  // times until Forget: a stream in which something else changes is left to the parser.
  // `json`, `event`: what `parser` was given last, and what it made of it. Views in `event` end
  // with this call.
  void Learn(std::string_view json, const ServerEvent& event, EventParser& parser);

  // Value: has `json` the shape that was learned? Then the parser would accept it and make the same
  // `event` of it, whose views live as long as `json` and what was learned. Otherwise `event` holds
  // nothing of use.
  [[nodiscard]] bool Read(std::string_view json, ServerEvent& event) const;

  // For the next stream. Keeps its memory.
  void Forget();

 private:
  enum class Gap : std::uint8_t { kText, kTokenIds, kOutputCount, kTotalCount };
  static constexpr std::size_t kGaps = 4;
  // Literal bytes, and the gap behind them.
  struct Part {
    std::size_t size = 0;
    Gap gap = Gap::kText;
  };
  struct Place {
    std::size_t begin = 0;
    std::size_t end = 0;
    Gap gap = Gap::kText;
  };
  // In the order in which they stand in an event.
  class Places;

  static bool ReadGap(Gap gap, std::string_view json, std::size_t& at, ServerEvent& event);
  void Cut(std::string_view json, const Places& places);
  void KeepConstants(const ServerEvent& event);
  static std::string Probe(std::string_view json, const Places& places);

  bool known_ = false;
  int attempts_ = 0;
  std::string literals_;  // of all parts, then what stands behind the last gap
  std::array<Part, kGaps> parts_{};
  std::size_t part_count_ = 0;
  // What all events of the shape have in common.
  std::string id_;
  std::string fingerprint_;
  std::int64_t index_ = 0;
  bool has_role_ = false;
  EventCounts counts_;
};

}  // namespace assay

#endif  // ASSAY_ENGINE_OPENAI_EVENT_SHAPE_H_
