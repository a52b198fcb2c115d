#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <new>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>
#include <vector>

#include <simdjson.h>

#include "assay/tokenizer.h"

#include "base/file.h"
#include "base/format.h"
#include "base/hash.h"
#include "base/random_access_file.h"
#include "base/worker_threads.h"
#include "tokenizer/bpe_tokenizer.h"
#include "tokenizer/gguf_tokenizer.h"
#include "tokenizer/hf_tokenizer.h"
#include "tokenizer/tiktoken_file.h"
#include "tokenizer/tokenizer_settings.h"

namespace assay {
namespace {

using tok::TokenizerParts;
using tok::TokenizerSettings;

constexpr std::string_view kJsonKind = "tokenizer.json";
constexpr std::string_view kModelKind = "tokenizer.model";
constexpr std::string_view kGgufKind = "gguf";

// The file to read in a folder.
Result<fs::path> FindIn(const fs::path& folder) {
  for (const std::string_view name : {kJsonKind, kModelKind}) {
    if (fs::exists(folder / name)) return folder / name;
  }
  std::vector<fs::path> ggufs;
  std::error_code error;
  for (const auto& entry : fs::directory_iterator(folder, error)) {
    if (entry.path().extension() == ".gguf") ggufs.push_back(entry.path());
  }
  if (error) return MakeError(ErrorCode::kIo, "{}: {}", folder.string(), error.message());
  if (ggufs.empty()) {
    return MakeError(ErrorCode::kIo, "{}: no tokenizer.json, tokenizer.model or .gguf file in it",
                     folder.string());
  }
  if (ggufs.size() > 1) {
    std::sort(ggufs.begin(), ggufs.end());
    return MakeError(ErrorCode::kInvalidArgument,
                     "{}: {} .gguf files in it (\"{}\", \"{}\", ...): name one", folder.string(),
                     ggufs.size(), ggufs[0].filename().string(), ggufs[1].filename().string());
  }
  return ggufs[0];
}

// The metadata stands at the start, of unknown length; the tensors behind it may be large.
Result<tok::GgufMetadata> ReadGgufMetadata(const RandomAccessFile& file, std::string_view where,
                                           WorkerThreads* helper) {
  for (std::uint64_t size = std::uint64_t{8} << 20U;; size *= 4) {
    std::string start(static_cast<std::size_t>(std::min(size, file.size())), '\0');
    ASSAY_RETURN_IF_ERROR(SharedRead(file, start, helper).Finish());
    ASSAY_ASSIGN_OR_RETURN(auto metadata,
                           tok::ParseGgufMetadata(start, tok::IsTokenizerKey, where));
    if (metadata) return *std::move(metadata);
    if (start.size() == file.size()) {
      return MakeError(ErrorCode::kParse, "{}: at byte {}: the file ends within its metadata",
                       where, start.size());
    }
  }
}

Result<TokenizerParts> ReadGguf(const RandomAccessFile& file, std::string_view where,
                                WorkerThreads* helper) {
  ASSAY_ASSIGN_OR_RETURN(const tok::GgufMetadata metadata, ReadGgufMetadata(file, where, helper));
  ASSAY_ASSIGN_OR_RETURN(TokenizerParts parts, tok::BuildGgufTokenizer(metadata, where));
  parts.identity.kind = kGgufKind;
  parts.identity.sha256 = metadata.wanted_sha256;
  return parts;
}

Result<simdjson::padded_string> RoomFor(const RandomAccessFile& file, std::string_view where) {
  if (file.size() > kMaxInputFileBytes) {
    return MakeError(ErrorCode::kIo, "{}: is {} bytes, more than the {} that can be right", where,
                     file.size(), kMaxInputFileBytes);
  }
  simdjson::padded_string text(static_cast<std::size_t>(file.size()));
  if (text.data() == nullptr) throw std::bad_alloc();
  return text;
}

Result<TokenizerParts> ParseText(const simdjson::padded_string& text,
                                 const TokenizerSettings& settings, std::string_view where,
                                 WorkerThreads* helper) {
  const std::string_view bytes = text;
  const std::size_t first = bytes.find_first_not_of(" \t\r\n");
  if (first == std::string_view::npos) {
    return MakeError(ErrorCode::kParse, "{}: empty, expected a tokenizer", where);
  }
  // A SentencePiece model is a protobuf message whose first field is a nested one.
  if (bytes[0] == '\n' && bytes.size() > 2 && static_cast<unsigned char>(bytes[1]) < 0x20) {
    return MakeError(ErrorCode::kUnsupported, "{}: a SentencePiece model is not supported", where);
  }
  const bool json = bytes[first] == '{';
  auto hash = helper->Start([bytes] { return Sha256Hex(bytes); });
  Result<TokenizerParts> parts = json ? tok::ParseHfTokenizer(text, settings, where, helper)
                                      : tok::ParseTiktokenFile(bytes, where);
  const std::string sha256 = hash.get();
  if (!parts) return parts;
  parts->identity.kind = json ? kJsonKind : kModelKind;
  parts->identity.sha256 = sha256;
  return parts;
}

std::optional<TokenId> FindToken(const TokenizerParts& parts, std::string_view text) {
  for (const TokenId id : parts.special) {
    if (parts.vocabulary->bytes[id] == text) return id;
  }
  const TokenId id = parts.vocabulary->words.Find(text);
  return id < 0 ? std::nullopt : std::optional(id);
}

Status AddEndTokens(const TokenizerSettings& settings, const fs::path& folder,
                    TokenizerParts* parts) {
  if (settings.eos_token) {
    const auto id = FindToken(*parts, *settings.eos_token);
    if (!id && settings.eos_is_named) {
      return MakeError(ErrorCode::kParse, "{}: eos_token \"{}\" is not in the vocabulary of {}",
                       (folder / "tokenizer_config.json").string(), *settings.eos_token,
                       parts->identity.path);
    }
    if (id) parts->end_tokens.push_back(*id);
  }
  for (const std::uint64_t id : settings.end_ids) {
    if (id >= tok::kMaxVocabulary || !parts->vocabulary->bytes.Has(static_cast<TokenId>(id))) {
      return MakeError(ErrorCode::kParse, "{}: eos_token_id {} is no id in the vocabulary of {}",
                       (folder / "generation_config.json").string(), id, parts->identity.path);
    }
    parts->end_tokens.push_back(static_cast<TokenId>(id));
  }
  return Ok{};
}

}  // namespace

Result<std::shared_ptr<const Tokenizer>> LoadTokenizer(const std::filesystem::path& path) {
  fs::path file = path;
  if (fs::is_directory(path)) {
    ASSAY_ASSIGN_OR_RETURN(file, FindIn(path));
  }
  const fs::path folder = file.parent_path();
  const std::string where = file.string();
  ASSAY_ASSIGN_OR_RETURN(const RandomAccessFile in, RandomAccessFile::Open(file));
  std::array<char, 4> magic{};
  if (in.size() >= magic.size()) ASSAY_RETURN_IF_ERROR(in.ReadAt(0, magic));
  const bool gguf = std::string_view(magic.data(), magic.size()) == "GGUF";
  simdjson::padded_string text;  // all of the file; none of a GGUF
  if (!gguf) {
    ASSAY_ASSIGN_OR_RETURN(text, RoomFor(in, where));
  }
  // Ends before what it reads and writes.
  WorkerThreads helper = WorkerThreads::BesideCaller();
  SharedRead reading(in, std::span(text.data(), text.size()), &helper);
  ASSAY_ASSIGN_OR_RETURN(
      const TokenizerSettings settings,
      gguf ? tok::ReadDecodingSettings(folder) : tok::ReadTokenizerSettings(folder));
  ASSAY_RETURN_IF_ERROR(reading.Finish());
  ASSAY_ASSIGN_OR_RETURN(TokenizerParts parts, gguf ? ReadGguf(in, where, &helper)
                                                    : ParseText(text, settings, where, &helper));
  parts.identity.path = where;
  parts.identity.clean_up_from_settings = settings.clean_up_spaces.has_value();
  parts.identity.clean_up_spaces = settings.clean_up_spaces.value_or(true);
  parts.identity.settings = settings.files;
  // A GGUF knows its own.
  if (!gguf) ASSAY_RETURN_IF_ERROR(AddEndTokens(settings, folder, &parts));
  return std::shared_ptr<const Tokenizer>(
      std::make_shared<const tok::BpeTokenizer>(std::move(parts)));
}

}  // namespace assay
