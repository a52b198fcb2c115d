// Whatever the bytes of an accuracy log are: read as a stream it is what it is in memory, record by
// record or error by error, and scoring it ends in figures or in an error that names the file.

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include <unistd.h>

#include "assay/tokenizer.h"

#include "base/check.h"
#include "base/file.h"
#include "base/json.h"
#include "record/accuracy_log.h"
#include "scoring/score_file.h"
#include "tokenizer/bpe_tokenizer.h"
#include "tokenizer/hf_tokenizer.h"
#include "tokenizer/small_tokenizer.h"

namespace assay {
namespace {

const fs::path& LogPath() {
  static const fs::path path =
      fs::temp_directory_path() / ("accuracy_log_fuzz-" + std::to_string(::getpid()));
  return path;
}

bool Same(const AccuracyRecord& a, const AccuracyRecord& b) {
  return a.seq_id == b.seq_id && a.qsl_idx == b.qsl_idx && a.data == b.data &&
         a.token_data == b.token_data && a.token_count == b.token_count && a.line == b.line;
}

void CompareStream(std::string_view bytes) {
  const auto whole = ParseAccuracyLog(bytes, LogPath().string());
  auto stream = AccuracyLogStream::Open(LogPath());
  ASSAY_CHECK(stream.has_value());
  ASSAY_CHECK(stream->truncated() == (whole && whole->truncated));
  if (stream->truncated()) return;
  for (std::size_t i = 0;; ++i) {
    const auto record = stream->Next();
    if (!record) {
      ASSAY_CHECK(!whole && whole.error().message == record.error().message);
      return;
    }
    if (!*record) {
      ASSAY_CHECK(whole && whole->records.size() == i);
      return;
    }
    ASSAY_CHECK(!whole || Same(whole->records[i], **record));
  }
}

void CheckScoring() {
  static const tok::BpeTokenizer tokenizer([] {
    WorkerThreads helper(1);
    return tok::ParseHfTokenizer(ToJsonLine(tok::SmallTokenizer({{"h", "e"}})), {}, "small",
                                 &helper);
  }()
                                               .value());
  const References references = [](std::uint64_t index) -> std::optional<std::string_view> {
    return index < 4 ? std::optional<std::string_view>("he sees the harbour") : std::nullopt;
  };
  for (const auto width : {std::optional<TokenWidth>(), std::optional(TokenWidth::kInt32),
                           std::optional(TokenWidth::kInt64)}) {
    const auto score = ScoreAccuracyLog(LogPath(), width, references, tokenizer, nullptr);
    if (score) {
      ASSAY_CHECK(score->corpus.gen_num == score->scores.size() && !score->scores.empty());
    } else {
      ASSAY_CHECK(score.error().message.rfind(LogPath().string() + ":", 0) == 0);
      ASSAY_CHECK(score.error().message.find('\n') == std::string::npos);
    }
  }
}

}  // namespace
}  // namespace assay

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  ASSAY_CHECK(assay::WriteFileAtomically(assay::LogPath(), bytes).has_value());
  assay::CompareStream(bytes);
  assay::CheckScoring();
  assay::fs::remove(assay::LogPath());
  return 0;
}
