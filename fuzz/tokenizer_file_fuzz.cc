// Whatever the bytes of a tokenizer file are, reading them as each kind ends in a tokenizer that
// holds what tokenizer.h promises or in an error of one line that names the file.

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "assay/tokenizer.h"

#include "base/check.h"
#include "tokenizer/bpe_tokenizer.h"
#include "tokenizer/gguf.h"
#include "tokenizer/gguf_tokenizer.h"
#include "tokenizer/hf_tokenizer.h"
#include "tokenizer/tiktoken_file.h"

namespace assay::tok {
namespace {

constexpr std::string_view kText = "I'll see 1234 owls\r\n\n  caf\u00E9 \u4F60 \xFF<s></s>  ";

void CheckError(const Error& error) {
  ASSAY_CHECK(error.code == ErrorCode::kParse || error.code == ErrorCode::kUnsupported);
  ASSAY_CHECK(error.message.rfind("f:", 0) == 0);
  ASSAY_CHECK(error.message.find('\n') == std::string::npos);
}

void UseTokenizer(TokenizerParts parts) {
  const BpeTokenizer tokenizer(std::move(parts));
  for (const bool special : {true, false}) {
    const EncodeOptions options{.add_special_tokens = special, .parse_special_tokens = special};
    const std::vector<TokenId> ids = tokenizer.Encode(kText, options);
    ASSAY_CHECK(tokenizer.Count(kText, options) == ids.size());
    for (const TokenId id : ids) ASSAY_CHECK(tokenizer.HasToken(id));
    ASSAY_CHECK(tokenizer.Decode(ids, {.skip_special_tokens = special, .clean_up_spaces = true})
                    .has_value());
  }
  for (const TokenId id : tokenizer.EndTokens()) ASSAY_CHECK(tokenizer.HasToken(id));
}

void CheckParts(Result<TokenizerParts> parts) {
  if (parts) {
    UseTokenizer(std::move(parts).value());
  } else {
    CheckError(parts.error());
  }
}

void CheckAnyBytes(std::string_view bytes) {
  static WorkerThreads helper(1);
  CheckParts(ParseHfTokenizer(std::string(bytes), {}, "f", &helper));
  CheckParts(ParseTiktokenFile(bytes, "f"));
  const auto metadata = ParseGgufMetadata(bytes, IsTokenizerKey, "f");
  if (!metadata) {
    CheckError(metadata.error());
  } else if (*metadata) {
    CheckParts(BuildGgufTokenizer(**metadata, "f"));
  }
}

}  // namespace
}  // namespace assay::tok

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  assay::tok::CheckAnyBytes(std::string_view(reinterpret_cast<const char*>(data), size));
  return 0;
}
