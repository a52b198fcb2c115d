#include "engine/openai/response_reader.h"

#include <algorithm>
#include <cctype>
#include <cstdint>
#include <limits>
#include <optional>

#include <boost/beast/http/basic_parser.hpp>

#include "base/format.h"

namespace assay {
namespace {

namespace http = boost::beast::http;
using BeastError = boost::beast::error_code;

constexpr std::uint32_t kLongestHead = 65536;
constexpr int kFirstFinalStatus = 200;

bool EqualIgnoringCase(std::string_view a, std::string_view b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(), [](unsigned char x, unsigned char y) {
    return std::tolower(x) == std::tolower(y);
  });
}

// Beast's parser with what it finds handed on.
class BeastParser final : public http::basic_parser<false> {
 public:
  BeastParser() {
    eager(true);
    // Not boost::none: version 1.74 takes that for a limit of nothing.
    body_limit(std::numeric_limits<std::uint64_t>::max());
    header_limit(kLongestHead);
  }

  ResponseReader::BodySink* sink = nullptr;
  bool stopped = false;
  int status_code = 0;
  std::string fields;

 private:
  void on_request_impl(http::verb /*method*/, boost::beast::string_view /*name*/,
                       boost::beast::string_view /*target*/, int /*version*/,
                       BeastError& /*error*/) override {}
  void on_response_impl(int code, boost::beast::string_view /*reason*/, int /*version*/,
                        BeastError& /*error*/) override {
    status_code = code;
  }
  void on_field_impl(http::field /*field*/, boost::beast::string_view name,
                     boost::beast::string_view value, BeastError& /*error*/) override {
    fields.append(name.data(), name.size()).append(": ");
    fields.append(value.data(), value.size()).append("\n");
  }
  void on_header_impl(BeastError& /*error*/) override {}
  void on_body_init_impl(const boost::optional<std::uint64_t>& /*length*/,
                         BeastError& /*error*/) override {}
  std::size_t on_body_impl(boost::beast::string_view body, BeastError& error) override {
    Hand(body, error);
    return body.size();
  }
  void on_chunk_header_impl(std::uint64_t /*size*/, boost::beast::string_view /*extensions*/,
                            BeastError& /*error*/) override {}
  std::size_t on_chunk_body_impl(std::uint64_t /*remain*/, boost::beast::string_view body,
                                 BeastError& error) override {
    Hand(body, error);
    return body.size();
  }
  void on_finish_impl(BeastError& /*error*/) override {}

  void Hand(boost::beast::string_view body, BeastError& error) {
    if (body.empty() || sink->OnBody({body.data(), body.size()})) return;
    stopped = true;
    error = http::error::end_of_stream;
  }
};

}  // namespace

class ResponseReader::Parser {
 public:
  std::optional<BeastParser> beast{std::in_place};

  // Beast's parser has no way back to its beginning; the buffer for the fields is kept.
  void Restart() {
    std::string fields = std::move(beast->fields);
    beast.emplace();
    fields.clear();
    beast->fields = std::move(fields);
  }
};

ResponseReader::ResponseReader() : parser_(std::make_unique<Parser>()) {}
ResponseReader::~ResponseReader() = default;

void ResponseReader::Reset() {
  parser_->Restart();
  kept_.clear();
}

Result<std::size_t> ResponseReader::Parse(std::string_view bytes, BodySink& sink) {
  std::size_t used = 0;
  while (used < bytes.size() && !done()) {
    BeastParser& beast = *parser_->beast;
    beast.sink = &sink;
    BeastError error;
    const std::size_t taken = beast.put({bytes.data() + used, bytes.size() - used}, error);
    used += taken;
    if (beast.stopped) return bytes.size();
    if (error == http::error::need_more) break;
    if (error) return MakeError(ErrorCode::kParse, "HTTP response: {}", error.message());
    if (beast.is_done() && beast.status_code < kFirstFinalStatus) parser_->Restart();
  }
  return used;
}

Result<std::size_t> ResponseReader::Feed(std::string_view bytes, BodySink& sink) {
  if (kept_.empty()) {
    ASSAY_ASSIGN_OR_RETURN(const std::size_t used, Parse(bytes, sink));
    if (done() || used == bytes.size()) return used;
    kept_.assign(bytes.substr(used));
    return bytes.size();
  }
  const std::size_t before = kept_.size();
  kept_.append(bytes);
  // Of what was kept, the padding too: its bytes are this string's own.
  kept_.reserve(kept_.size() + kReadPadding);
  ASSAY_ASSIGN_OR_RETURN(const std::size_t used, Parse(kept_, sink));
  if (done()) {
    // Whatever was kept was part of this response.
    kept_.clear();
    return used - before;
  }
  kept_.erase(0, used);
  return bytes.size();
}

Status ResponseReader::End() {
  if (done()) return Ok{};
  if (!parser_->beast->got_some()) {
    return Error{ErrorCode::kParse, "HTTP response: the connection ended before it began"};
  }
  BeastError error;
  parser_->beast->put_eof(error);
  if (error) {
    return MakeError(ErrorCode::kParse, "HTTP response: the connection ended inside it{}",
                     head_done() ? "" : ", in its head");
  }
  return Ok{};
}

bool ResponseReader::started() const {
  return parser_->beast->got_some() || !kept_.empty();
}
bool ResponseReader::head_done() const {
  return parser_->beast->is_header_done() && parser_->beast->status_code >= kFirstFinalStatus;
}
bool ResponseReader::done() const {
  return parser_->beast->is_done() && parser_->beast->status_code >= kFirstFinalStatus;
}
int ResponseReader::status() const {
  return parser_->beast->status_code;
}
bool ResponseReader::keep_alive() const {
  return parser_->beast->keep_alive();
}

std::string_view ResponseReader::Field(std::string_view name) const {
  std::string_view rest = fields();
  while (!rest.empty()) {
    const std::string_view line = rest.substr(0, rest.find('\n'));
    const std::size_t colon = line.find(": ");
    if (EqualIgnoringCase(line.substr(0, colon), name)) return line.substr(colon + 2);
    rest.remove_prefix(line.size() + 1);
  }
  return {};
}

const std::string& ResponseReader::fields() const {
  return parser_->beast->fields;
}

}  // namespace assay
