#include "engine/openai/event_splitter.h"

#include <algorithm>

#include "engine/openai/response_reader.h"

namespace assay {
namespace {

constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";
// What a stream keeps between its events; more is given back.
constexpr std::size_t kKeptBytes = 4096;

// The place of the first CR or LF; npos: none.
std::size_t LineEnd(std::string_view text) {
  const std::size_t feed = text.find('\n');
  const std::size_t before = std::min(feed, text.size());
  const std::size_t ret = text.substr(0, before).find('\r');
  return ret != std::string_view::npos ? ret : feed;
}

void GiveBack(std::string& buffer) {
  if (buffer.capacity() > kKeptBytes) {
    std::string().swap(buffer);
  } else {
    buffer.clear();
  }
}

}  // namespace

void EventSplitter::Reset() {
  GiveBack(line_);
  GiveBack(data_);
  type_.clear();
  has_data_ = false;
  in_view_ = false;
  skip_line_feed_ = false;
  at_start_ = true;
}

EventSplitter::Outcome EventSplitter::Feed(std::string_view piece, EventSink& sink) {
  while (!piece.empty()) {
    if (skip_line_feed_) {
      skip_line_feed_ = false;
      if (piece.front() == '\n') {
        piece.remove_prefix(1);
        continue;
      }
    }
    const std::size_t end = LineEnd(piece);
    const std::string_view part = piece.substr(0, end);
    if (line_.size() + data_.size() + part.size() > max_event_bytes_) return Outcome::kTooLarge;
    if (end == std::string_view::npos) {
      line_.append(part);
      break;
    }
    bool wanted = true;
    if (line_.empty()) {
      wanted = OnLine(part, sink);
    } else {
      line_.append(part);
      const std::string line = std::move(line_);
      line_.clear();
      wanted = OnLine(line, sink);
      Keep();
    }
    if (!wanted) return Outcome::kStopped;
    skip_line_feed_ = piece[end] == '\r';
    piece.remove_prefix(end + 1);
  }
  Keep();
  return Outcome::kMore;
}

void EventSplitter::Keep() {
  if (!in_view_) return;
  data_.assign(view_);
  in_view_ = false;
}

bool EventSplitter::OnLine(std::string_view line, EventSink& sink) {
  if (at_start_) {
    at_start_ = false;
    if (line.substr(0, kByteOrderMark.size()) == kByteOrderMark) {
      line.remove_prefix(kByteOrderMark.size());
    }
  }
  if (line.empty()) return Dispatch(sink);
  const std::size_t colon = line.find(':');
  const std::string_view name = line.substr(0, colon);
  std::string_view value =
      colon == std::string_view::npos ? std::string_view() : line.substr(colon + 1);
  if (!value.empty() && value.front() == ' ') value.remove_prefix(1);
  if (name == "data") {
    AddData(value);
  } else if (name == "event") {
    type_.assign(value);
  } else if (name == "error") {
    type_.assign(name);
    AddData(value);
  }
  return true;
}

void EventSplitter::AddData(std::string_view value) {
  if (!has_data_) {
    view_ = value;
    in_view_ = true;
    has_data_ = true;
    data_.clear();
    return;
  }
  Keep();
  data_ += '\n';
  data_.append(value);
}

bool EventSplitter::Dispatch(EventSink& sink) {
  bool wanted = true;
  if (has_data_) {
    if (!in_view_) data_.reserve(data_.size() + kReadPadding);
    wanted = sink.OnEvent(in_view_ ? view_ : std::string_view(data_), type_);
  }
  has_data_ = false;
  in_view_ = false;
  data_.clear();
  type_.clear();
  return wanted;
}

}  // namespace assay
