// A GGUF file, looked at before llama.cpp is asked to load it.

#ifndef ASSAY_ENGINE_LLAMA_GGUF_FILE_H_
#define ASSAY_ENGINE_LLAMA_GGUF_FILE_H_

#include <filesystem>
#include <string>

#include "assay/result.h"

namespace assay {

// The metadata key with which assay-make-model says what a file's weights were converted from.
inline constexpr const char* kMadeFromKey = "assay.made_from";

// Reads header and metadata and compares the place of every tensor with the size of the file: a
// file that was cut off is found before gigabytes of it are read.
//
// Value: its precision: llama.cpp's name of the file type and what it was made from, e.g. "Q4_1" or
// "F16 made from Q4_1"; "unknown" where the file does not say.
// Errors: kIo if it cannot be read, kParse if it is no GGUF, its metadata are damaged or it is
// truncated. Calls StartLlamaBackend.
[[nodiscard]] Result<std::string> CheckGgufFile(const std::filesystem::path& path);

}  // namespace assay

#endif  // ASSAY_ENGINE_LLAMA_GGUF_FILE_H_
