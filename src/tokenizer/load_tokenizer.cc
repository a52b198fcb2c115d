#include <algorithm>
#include <array>
#include <cstdint>
#include <fstream>
#include <limits>
#include <optional>
#include <system_error>
#include <utility>

#include "assay/tokenizer.h"

#include "base/file.h"
#include "base/format.h"
#include "base/hash.h"
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

// The first `size` bytes, or the whole file if it is shorter.
Result<std::string> ReadStart(const fs::path& path, std::uint64_t size) {
  std::ifstream in(path, std::ios::binary);
  if (!in) return MakeError(ErrorCode::kIo, "{}: cannot be opened", path.string());
  std::string bytes(static_cast<std::size_t>(size), '\0');
  in.read(bytes.data(), static_cast<std::streamsize>(bytes.size()));
  if (in.bad()) return MakeError(ErrorCode::kIo, "{}: cannot be read", path.string());
  bytes.resize(static_cast<std::size_t>(in.gcount()));
  return bytes;
}

// The metadata stands at the start, of unknown length; the tensors behind it may be large.
Result<tok::GgufMetadata> ReadGgufMetadata(const fs::path& path) {
  for (std::uint64_t size = std::uint64_t{8} << 20U;; size *= 4) {
    ASSAY_ASSIGN_OR_RETURN(const std::string start, ReadStart(path, size));
    ASSAY_ASSIGN_OR_RETURN(auto metadata,
                           tok::ParseGgufMetadata(start, tok::IsTokenizerKey, path.string()));
    if (metadata) return *std::move(metadata);
    if (start.size() < size) {
      return MakeError(ErrorCode::kParse, "{}: at byte {}: the file ends within its metadata",
                       path.string(), start.size());
    }
  }
}

Result<TokenizerParts> ReadGguf(const fs::path& path) {
  ASSAY_ASSIGN_OR_RETURN(const tok::GgufMetadata metadata, ReadGgufMetadata(path));
  ASSAY_ASSIGN_OR_RETURN(TokenizerParts parts, tok::BuildGgufTokenizer(metadata, path.string()));
  parts.identity.kind = kGgufKind;
  parts.identity.sha256 = metadata.wanted_sha256;
  return parts;
}

Result<TokenizerParts> ReadTextFile(const fs::path& path, const TokenizerSettings& settings) {
  ASSAY_ASSIGN_OR_RETURN(const std::string bytes, ReadFile(path));
  const std::size_t first = bytes.find_first_not_of(" \t\r\n");
  if (first == std::string::npos) {
    return MakeError(ErrorCode::kParse, "{}: empty, expected a tokenizer", path.string());
  }
  // A SentencePiece model is a protobuf message whose first field is a nested one.
  if (bytes[0] == '\n' && bytes.size() > 2 && static_cast<unsigned char>(bytes[1]) < 0x20) {
    return MakeError(ErrorCode::kUnsupported, "{}: a SentencePiece model is not supported",
                     path.string());
  }
  const bool json = bytes[first] == '{';
  WorkerThreads helper(1);
  auto hash = helper.Start([&bytes] { return Sha256Hex(bytes); });
  ASSAY_ASSIGN_OR_RETURN(TokenizerParts parts,
                         json ? tok::ParseHfTokenizer(bytes, settings, path.string(), &helper)
                              : tok::ParseTiktokenFile(bytes, path.string()));
  parts.identity.kind = json ? kJsonKind : kModelKind;
  parts.identity.sha256 = hash.get();
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
    if (!id) {
      return MakeError(ErrorCode::kParse, "{}: eos_token \"{}\" is not in the vocabulary of {}",
                       (folder / "tokenizer_config.json").string(), *settings.eos_token,
                       parts->identity.path);
    }
    parts->end_tokens.push_back(*id);
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
  // It is opened more than once.
  std::error_code ignored;
  if (fs::exists(file, ignored) && !fs::is_regular_file(file, ignored)) {
    return MakeError(ErrorCode::kIo, "{}: is no regular file, as a tokenizer must be",
                     file.string());
  }
  const fs::path folder = file.parent_path();
  ASSAY_ASSIGN_OR_RETURN(const TokenizerSettings settings, tok::ReadTokenizerSettings(folder));
  ASSAY_ASSIGN_OR_RETURN(const std::string magic, ReadStart(file, 4));
  const bool gguf = magic == "GGUF";
  ASSAY_ASSIGN_OR_RETURN(TokenizerParts parts,
                         gguf ? ReadGguf(file) : ReadTextFile(file, settings));
  parts.identity.path = file.string();
  parts.identity.clean_up_from_settings = settings.clean_up_spaces.has_value();
  parts.identity.clean_up_spaces = settings.clean_up_spaces.value_or(true);
  // A GGUF knows its own.
  if (!gguf) ASSAY_RETURN_IF_ERROR(AddEndTokens(settings, folder, &parts));
  return std::shared_ptr<const Tokenizer>(
      std::make_shared<const tok::BpeTokenizer>(std::move(parts)));
}

}  // namespace assay
