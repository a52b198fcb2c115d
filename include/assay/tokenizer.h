// Bytes to token ids and back, for byte-level BPE vocabularies.

#ifndef ASSAY_TOKENIZER_H_
#define ASSAY_TOKENIZER_H_

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "assay/result.h"

namespace assay {

using TokenId = std::int32_t;

enum class Side { kLeft, kRight };

struct EncodeOptions {
  // Adds what the tokenizer's own post-processor or settings add: one BOS for Llama 3.1, nothing
  // for SmolLM2. Never two: a text that already begins with the BOS string is not special-cased.
  bool add_special_tokens = true;
  // The text of a special token ("<|eot_id|>") becomes its id, as Hugging Face tokenizers do.
  bool parse_special_tokens = true;
  // At most this many ids, those that add_special_tokens adds among them: the others lose what is
  // too much, at `truncation_side`. Below the number of added ones these are cut too, at the right.
  // Source: transformers' truncation=True, max_length, truncation_side.
  std::optional<std::size_t> max_length = std::nullopt;
  Side truncation_side = Side::kRight;
};

// Ids before or behind a sequence that bring it to a length. Source: transformers'
// padding="max_length", padding_side; the reference harness pads at the left, with the end token.
struct Padding {
  std::size_t length = 0;  // ids
  TokenId id = 0;
  Side side = Side::kLeft;
};

// Value: `ids` with as many padding ids as are missing; as it is if none are.
[[nodiscard]] std::vector<TokenId> Pad(std::vector<TokenId> ids, const Padding& padding);

struct DecodeOptions {
  bool skip_special_tokens = true;
  // transformers' clean_up_tokenization_spaces (" ." -> "." and nine more). nullopt: as the
  // tokenizer_config.json beside the tokenizer says; off if that file does not say it, as the code
  // of transformers 4.46.2 has it (its documentation says on); on if there is no such file, because
  // the benchmark's own tokenizer has it on.
  std::optional<bool> clean_up_spaces;
};

class Tokenizer {
 public:
  Tokenizer(const Tokenizer&) = delete;
  Tokenizer& operator=(const Tokenizer&) = delete;
  virtual ~Tokenizer() = default;

  // Thread-safe, all of them; the object is immutable.

  // `text` UTF-8; ill-formed bytes are encoded as the bytes they are where the vocabulary has them.
  [[nodiscard]] virtual std::vector<TokenId> Encode(std::string_view text,
                                                    const EncodeOptions& options = {}) const = 0;
  // Value: Encode(text, options).size(), without making the ids.
  [[nodiscard]] virtual std::size_t Count(std::string_view text,
                                          const EncodeOptions& options = {}) const {
    return Encode(text, options).size();
  }
  // Errors: kInvalidArgument for an id that is no token, with its position in `ids`.
  // Value: UTF-8; bytes that form no character become U+FFFD as Python's errors="replace" does.
  [[nodiscard]] virtual Result<std::string> Decode(std::span<const TokenId> ids,
                                                   const DecodeOptions& options = {}) const = 0;
  // The raw bytes of one token, empty for an id outside the vocabulary.
  [[nodiscard]] virtual std::string_view TokenBytes(TokenId id) const = 0;

  // Ids are in [0, VocabularySize()); a vocabulary may leave some of them out.
  [[nodiscard]] virtual std::size_t VocabularySize() const = 0;
  [[nodiscard]] virtual bool HasToken(TokenId id) const {
    return id >= 0 && static_cast<std::size_t>(id) < VocabularySize();
  }
  [[nodiscard]] virtual bool IsSpecial(TokenId id) const = 0;
  // The one BOS that Encode adds, if it adds one.
  [[nodiscard]] virtual std::optional<TokenId> Bos() const = 0;
  // Tokens that end a generation (the settings' eos and, in a GGUF, its end-of-turn ids),
  // ascending.
  [[nodiscard]] virtual std::span<const TokenId> EndTokens() const = 0;

  // Where it came from and what it is, for records and reports.
  struct Identity {
    std::string path;    // the file that was read
    std::string sha256;  // of that file (of a GGUF: of its tokenizer metadata, not of the weights)
    std::string kind;    // "tokenizer.json", "tokenizer.model" or "gguf"
    bool clean_up_spaces = true;
    bool clean_up_from_settings = false;  // there was a tokenizer_config.json to decide it
    // The files beside it that were read for settings: SHA-256 by name.
    std::map<std::string, std::string> settings;
  };
  [[nodiscard]] virtual const Identity& identity() const = 0;

 protected:
  Tokenizer() = default;
};

// Text of tokens that come one by one, as soon as it is certain: whole characters only, and what
// the clean-up of spaces may still change is kept back. What Add and Finish append is together what
// Decode gives for all ids. Not thread-safe.
class StreamDecoder {
 public:
  // `tokenizer` outlives the decoder.
  explicit StreamDecoder(const Tokenizer& tokenizer, const DecodeOptions& options = {});
  StreamDecoder(const StreamDecoder&) = delete;
  StreamDecoder& operator=(const StreamDecoder&) = delete;
  StreamDecoder(StreamDecoder&&) noexcept;
  StreamDecoder& operator=(StreamDecoder&&) noexcept;
  ~StreamDecoder();

  // Appends to `text`, UTF-8.
  // Errors: kInvalidArgument for an id that is no token, as of Decode; nothing is appended then.
  [[nodiscard]] Status Add(TokenId id, std::string* text);
  // No more ids follow. Bytes of an unfinished character become U+FFFD. Afterwards the decoder is
  // as new.
  void Finish(std::string* text);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

// `path`: a tokenizer.json, a tokenizer.model (tiktoken style), a .gguf, or a folder that holds one
// of them (in this order). The settings beside a tokenizer.json count as in transformers; those
// beside another one supply the clean-up setting and, for a tokenizer.model, the end token.
// Errors: kIo; kParse for damage, with the place; kUnsupported naming what the file asks for
// (Unigram, WordPiece, an unknown normalizer, ...).
[[nodiscard]] Result<std::shared_ptr<const Tokenizer>> LoadTokenizer(
    const std::filesystem::path& path);

}  // namespace assay

#endif  // ASSAY_TOKENIZER_H_
