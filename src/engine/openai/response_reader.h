// An HTTP/1.1 response out of bytes as they come. No socket and no clock in here.

#ifndef ASSAY_ENGINE_OPENAI_RESPONSE_READER_H_
#define ASSAY_ENGINE_OPENAI_RESPONSE_READER_H_

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>

#include "assay/result.h"

namespace assay {

// So many bytes behind whatever is handed to a reader must be readable, whatever they hold: JSON is
// parsed in place, in steps of this size.
inline constexpr std::size_t kReadPadding = 64;

class ResponseReader {
 public:
  class BodySink {
   public:
    BodySink() = default;
    BodySink(const BodySink&) = delete;
    BodySink& operator=(const BodySink&) = delete;
    virtual ~BodySink() = default;
    // A piece of the body, without any framing; kReadPadding bytes behind it are readable. Valid
    // during the call. False: nothing more is wanted, and Feed returns.
    virtual bool OnBody(std::string_view piece) = 0;
  };

  ResponseReader();
  ~ResponseReader();
  ResponseReader(const ResponseReader&) = delete;
  ResponseReader& operator=(const ResponseReader&) = delete;

  // For the next response of the same connection.
  void Reset();

  // Takes the next bytes of the connection; framing that is cut off at the end is kept. Interim
  // responses (1xx) are skipped.
  // Value: how many bytes belong to this response: fewer than all only when it is done, or the sink
  // wanted no more.
  // Errors: kParse: what was wrong.
  [[nodiscard]] Result<std::size_t> Feed(std::string_view bytes, BodySink& sink);
  // The connection ended. Errors: kParse where the response is then incomplete.
  [[nodiscard]] Status End();

  [[nodiscard]] bool started() const;    // at least one byte of it came
  [[nodiscard]] bool head_done() const;  // status and fields are known
  [[nodiscard]] bool done() const;
  // REQUIRES: head_done().
  [[nodiscard]] int status() const;
  [[nodiscard]] bool keep_alive() const;
  // The first field of this name, any case; empty: there is none. Valid until Reset.
  [[nodiscard]] std::string_view Field(std::string_view name) const;
  // All of them, "name: value\n" each.
  [[nodiscard]] const std::string& fields() const;

 private:
  class Parser;
  [[nodiscard]] Result<std::size_t> Parse(std::string_view bytes, BodySink& sink);

  std::unique_ptr<Parser> parser_;
  std::string kept_;  // framing that was cut off
};

}  // namespace assay

#endif  // ASSAY_ENGINE_OPENAI_RESPONSE_READER_H_
