// Server-sent events out of a response's body as it comes. No socket and no clock in here.

#ifndef ASSAY_ENGINE_OPENAI_EVENT_SPLITTER_H_
#define ASSAY_ENGINE_OPENAI_EVENT_SPLITTER_H_

#include <cstddef>
#include <string>
#include <string_view>

namespace assay {

class EventSink {
 public:
  EventSink() = default;
  EventSink(const EventSink&) = delete;
  EventSink& operator=(const EventSink&) = delete;
  virtual ~EventSink() = default;
  // One event's data, several lines of it joined by line feeds; kReadPadding bytes behind it are
  // readable. `type`: of the field "event", or "error" where the data stood in a field "error", as
  // older llama-servers have it; usually empty. Valid during the call. False: no more is wanted.
  virtual bool OnEvent(std::string_view data, std::string_view type) = 0;
};

// Lines end in CR, LF or both; comments and unknown fields are skipped; an event without data is
// none; what is not ended by an empty line is no event yet. An event in one piece is handed on
// without a copy.
// Source: WHATWG HTML, "Server-sent events", 9.2.5 and 9.2.6.
class EventSplitter {
 public:
  // An event has at most `max_event_bytes` bytes.
  explicit EventSplitter(std::size_t max_event_bytes) : max_event_bytes_(max_event_bytes) {}

  enum class Outcome { kMore, kStopped, kTooLarge };
  // kReadPadding bytes behind `piece` must be readable.
  Outcome Feed(std::string_view piece, EventSink& sink);

  // For the next response. Memory of a large event is given back.
  void Reset();
  // Is there a part of an event that was not ended by an empty line?
  [[nodiscard]] bool inside_event() const { return has_data_ || !line_.empty(); }

 private:
  // A whole line without its end. False: the sink wants no more.
  bool OnLine(std::string_view line, EventSink& sink);
  void AddData(std::string_view value);
  bool Dispatch(EventSink& sink);
  void Keep();

  std::size_t max_event_bytes_;
  std::string line_;       // the beginning of a line that was cut off
  std::string data_;       // data of the event so far, unless it stands in view_
  std::string_view view_;  // one line of data inside the piece at hand
  std::string type_;
  bool has_data_ = false;
  bool in_view_ = false;
  bool skip_line_feed_ = false;  // the last piece ended in CR
  bool at_start_ = true;         // a byte order mark may come
};

}  // namespace assay

#endif  // ASSAY_ENGINE_OPENAI_EVENT_SPLITTER_H_
