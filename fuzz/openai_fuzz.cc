// Whatever bytes a server sends, reading them ends in an answer or in a named error of one line,
// and in the same one wherever they are cut. The first byte says whether a stream was asked for,
// the next two where to cut.

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <memory>
#include <string>
#include <string_view>

#include "base/check.h"
#include "base/format.h"
#include "base/utf8.h"
#include "engine/openai/answer_reader.h"
#include "engine/openai/server_models.h"
#include "engine/openai/server_url.h"
#include "engine/openai/testing/byte_tokenizer.h"

namespace assay {
namespace {

// A head that is wrong and has no end may be told as either: Beast looks for the end first where it
// has seen a part before.
std::string KindOf(const RequestError& error) {
  return error.message.ends_with(", in its head") ? "bad_http" : error.kind;
}

class FuzzedReading {
 public:
  explicit FuzzedReading(bool stream) : reader_(scratch_) {
    const AnswerRules rules{&tokenizer_, stream, false, 16};
    reader_.Begin(rules, {});
  }

  // From memory with exactly the padding that may be looked at.
  void Feed(std::string_view bytes) {
    if (bytes.empty() || reader_.response_done()) return;
    const auto memory = std::make_unique<char[]>(bytes.size() + kReadPadding);
    std::memcpy(memory.get(), bytes.data(), bytes.size());
    reader_.Feed({memory.get(), bytes.size()}, FromNanos(++now_));
  }

  std::string End() {
    if (!reader_.response_done()) reader_.End();
    ASSAY_CHECK(reader_.settled());
    const RequestOutcome& o = reader_.answer().outcome();
    ASSAY_CHECK(o.chunk_times.size() == o.chunk_tokens.size());
    std::uint64_t in_chunks = 0;
    for (const std::uint32_t n : o.chunk_tokens) in_chunks += n;
    std::string summary = fmt::format("{} [{}] {} {}", o.token_ids_are_engines,
                                      fmt::join(o.token_ids, ","), in_chunks, o.text.value_or(""));
    for (const auto& [name, count] : o.other_counts) summary += fmt::format(" {}={}", name, count);
    if (!reader_.error()) return summary;
    ASSAY_CHECK(!reader_.error()->kind.empty());
    ASSAY_CHECK(reader_.error()->message.find('\n') == std::string::npos);
    return KindOf(*reader_.error()) + summary;
  }

 private:
  testing_support::ByteTokenizer tokenizer_;
  ReaderScratch scratch_;
  AnswerReader reader_;
  std::int64_t now_ = 0;
};

void CheckAnyBytes(std::string_view bytes) {
  if (bytes.size() < 3) return;
  const bool stream = (static_cast<unsigned char>(bytes[0]) & 1U) == 0;
  const std::size_t where =
      static_cast<unsigned char>(bytes[1]) * 256U + static_cast<unsigned char>(bytes[2]);
  bytes.remove_prefix(3);
  FuzzedReading whole(stream);
  whole.Feed(bytes);
  const std::string expected = whole.End();
  FuzzedReading split(stream);
  const std::size_t cut = bytes.empty() ? 0 : where % bytes.size();
  split.Feed(bytes.substr(0, cut));
  split.Feed(bytes.substr(cut));
  ASSAY_CHECK(split.End() == expected);
  const auto models = ParseModels(bytes, "models");
  ASSAY_CHECK(models || models.error().message.rfind("models", 0) == 0);
  static_cast<void>(ParseServerUrl(bytes));
}

}  // namespace
}  // namespace assay

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  assay::CheckAnyBytes(std::string_view(reinterpret_cast<const char*>(data), size));
  return 0;
}
