// Whatever the bytes of a data set file are, reading them ends in samples that hold what dataset.h
// promises or in an error of one line that names the file.

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <variant>

#include "base/check.h"
#include "base/json.h"
#include "base/utf8.h"
#include "dataset/dataset.h"
#include "dataset/dataset_info.h"
#include "dataset/plain_sample.h"
#include "dataset/sample_reader.h"

namespace assay {
namespace {

void CheckSample(const Sample& sample, std::size_t index) {
  ASSAY_CHECK(sample.index == index);
  for (const std::string& text : {sample.article, sample.reference}) {
    ASSAY_CHECK(text.find_first_not_of(" \t\r\n\v\f") != std::string::npos);
    ASSAY_CHECK(!FirstInvalidUtf8(text).has_value());
  }
  if (!sample.prompt_ids.has_value()) return;
  ASSAY_CHECK(!sample.prompt_ids->empty());
  for (const TokenId id : *sample.prompt_ids) ASSAY_CHECK(id >= 0);
}

// The fast reader takes a record as the other one does, or leaves it to it.
void CompareReaders(std::string_view bytes) {
  for (const SampleLayout& layout : {SampleLayout{"MLCommons JSON", "input", "output"},
                                     SampleLayout{"JSONL", "article", "highlights"}}) {
    const auto plain = ReadPlainSample(bytes, layout, Keep::kAll);
    if (!plain) continue;
    const auto other = ReadSampleByEvents(bytes, layout);
    const auto* const read = std::get_if<ReadSample>(&other);
    ASSAY_CHECK(read != nullptr);
    ASSAY_CHECK(plain->sample.id == read->sample.id);
    ASSAY_CHECK(plain->sample.article == read->sample.article);
    ASSAY_CHECK(plain->sample.reference == read->sample.reference);
    ASSAY_CHECK(plain->sample.prompt_ids == read->sample.prompt_ids);
    ASSAY_CHECK(plain->has_instruction == read->has_instruction);
    ASSAY_CHECK(plain->has_benchmark_instruction == read->has_benchmark_instruction);
  }
}

void CheckAnyBytes(std::string_view bytes) {
  CompareReaders(bytes);
  const Result<Dataset> dataset = ParseDataset(bytes, "f");
  if (!dataset) {
    ASSAY_CHECK(dataset.error().code == ErrorCode::kParse);
    ASSAY_CHECK(dataset.error().message.rfind("f:", 0) == 0);
    ASSAY_CHECK(dataset.error().message.find('\n') == std::string::npos);
    return;
  }
  ASSAY_CHECK(!dataset->samples.empty());
  for (std::size_t i = 0; i < dataset->samples.size(); ++i) CheckSample(dataset->samples[i], i);
  const DatasetInfo info = DescribeDataset(*dataset);
  ASSAY_CHECK(ParseJson(ToJsonLine(ToJson(info)), "info").has_value());
  ASSAY_CHECK(!FirstInvalidUtf8(RenderText(info)).has_value());
}

}  // namespace
}  // namespace assay

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  assay::CheckAnyBytes(std::string_view(reinterpret_cast<const char*>(data), size));
  return 0;
}
