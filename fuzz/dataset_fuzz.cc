// Whatever the bytes of a data set file are, reading them ends in samples that hold what dataset.h
// promises or in an error of one line that names the file.

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/check.h"
#include "base/json.h"
#include "base/utf8.h"
#include "dataset/dataset.h"
#include "dataset/dataset_info.h"

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

void CheckAnyBytes(std::string_view bytes) {
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
