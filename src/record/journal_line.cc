// Written for speed: an endpoint may answer tens of thousands of requests a second, and a JSON
// library takes longer for one line than everything else that is done for a request. The bytes are
// those that it would write, which a test checks.

#include <algorithm>
#include <array>
#include <charconv>
#include <string>
#include <string_view>

#include "base/json.h"
#include "record/journal.h"

namespace assay {
namespace {

std::string_view NameOf(FinishReason reason) {
  switch (reason) {
    case FinishReason::kStop:
      return "stop";
    case FinishReason::kLength:
      return "length";
    case FinishReason::kError:
      break;
  }
  return "error";
}

class LineWriter {
 public:
  explicit LineWriter(std::string& out) : out_(out) {}

  LineWriter& Key(std::string_view key) {
    out_ += out_.back() == '{' ? "\"" : ",\"";
    out_.append(key).append("\":");
    return *this;
  }
  template <typename Integer>
  void Number(Integer value) {
    std::array<char, 24> digits;  // NOLINT(cppcoreguidelines-pro-type-member-init): an output
    const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), value);
    out_.append(digits.data(), end.ptr);
  }
  template <typename Integer>
  void Number(const std::optional<Integer>& value) {
    if (value) {
      Number(*value);
    } else {
      out_ += "null";
    }
  }
  void Time(const std::optional<MonoTime>& time) {
    Number(time ? std::optional(ToNanos(*time)) : std::nullopt);
  }
  void Told(const std::optional<ToldTimes>& told) {
    if (!told) {
      out_ += "null";
      return;
    }
    const std::array<std::int64_t, 2> times{told->before_ns, told->after_ns};
    Array(times, [](std::int64_t ns) { return ns; });
  }
  template <typename Values, typename Convert>
  void Array(const Values& values, Convert convert) {
    out_ += '[';
    for (const auto& value : values) {
      if (out_.back() != '[') out_ += ',';
      Number(convert(value));
    }
    out_ += ']';
  }
  void String(std::string_view text) {
    const bool plain = std::all_of(text.begin(), text.end(), [](unsigned char c) {
      return c >= ' ' && c < 0x7F && c != '"' && c != '\\';
    });
    if (plain) {
      out_.append("\"").append(text).append("\"");
    } else {
      out_ += ToJsonLine(Json(text));
    }
  }
  void Error(const RequestError& error) {
    out_ += '{';
    Key("kind").String(error.kind);
    Key("message").String(error.message);
    out_ += '}';
  }

 private:
  std::string& out_;
};

void WriteTimes(const RequestRecord& record, LineWriter& w) {
  const RequestOutcome& o = record.outcome;
  w.Key("id").Number(o.id);
  w.Key("sample_index").Number(record.sample_index);
  w.Key("offset_ns").Number(record.offset_ns);
  w.Key("scheduled_ns").Number(record.scheduled_ns);
  w.Key("issued_ns").Number(record.issued_ns);
  w.Key("sent_ns").Time(o.sent);
  w.Key("first_byte_ns").Time(o.first_byte);
  w.Key("first_token_ns").Time(o.first_token);
  w.Key("last_token_ns").Time(o.last_token);
  w.Key("done_ns").Time(o.done);
  w.Key("told_first_ns").Told(record.told_first);
  w.Key("told_done_ns").Told(record.told_done);
}

// What only endpoints have.
void WriteEndpointParts(const RequestOutcome& o, LineWriter& w, std::string& line) {
  if (o.server_prompt_tokens) w.Key("server_prompt_tokens").Number(*o.server_prompt_tokens);
  if (o.cached_tokens) w.Key("cached_tokens").Number(*o.cached_tokens);
  if (o.read_delay) w.Key("read_delay_ns").Number(o.read_delay->count());
  if (o.retries.empty()) return;
  w.Key("retries");
  line += '[';
  for (const RequestError& error : o.retries) {
    if (line.back() != '[') line += ',';
    w.Error(error);
  }
  line += ']';
}

}  // namespace

std::string ToJournalLine(const RequestRecord& record) {
  constexpr std::size_t kUsualBytes = 1024;
  constexpr std::size_t kBytesPerToken = 40;
  const RequestOutcome& o = record.outcome;
  std::string line;
  line.reserve(kUsualBytes + kBytesPerToken * o.token_ids.size());
  line += '{';
  LineWriter w(line);
  WriteTimes(record, w);
  w.Key("prompt_tokens").Number(o.prompt_tokens);
  w.Key("n_tokens").Number(o.token_ids.size());
  w.Key("token_source").String(o.token_ids_are_engines ? "engine" : "derived");
  w.Key("finish_reason").String(NameOf(o.finish_reason));
  w.Key("endpoint").String(o.endpoint);
  w.Key("error");
  if (o.error) {
    w.Error(*o.error);
  } else {
    line += "null";
  }
  w.Key("chunk_ns").Array(o.chunk_times, [](MonoTime t) { return ToNanos(t); });
  w.Key("chunk_tokens").Array(o.chunk_tokens, [](std::uint32_t n) { return n; });
  w.Key("token_ids").Array(o.token_ids, [](TokenId id) { return id; });
  w.Key("other_counts");
  line += '{';
  for (const auto& [source, count] : o.other_counts) w.Key(source).Number(count);
  line += '}';
  WriteEndpointParts(o, w, line);
  if (o.text) w.Key("text").String(*o.text);
  line += "}\n";
  return line;
}

}  // namespace assay
