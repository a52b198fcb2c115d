#include "dataset/dataset_info.h"

#include <algorithm>
#include <iterator>
#include <numeric>
#include <string_view>
#include <vector>

#include "base/check.h"
#include "base/format.h"
#include "base/json_or_null.h"
#include "base/utf8.h"
#include "dataset/prompt.h"

namespace assay {
namespace {

constexpr std::string_view kSpace = " \t\r\n\v\f";
constexpr std::size_t kLabelColumns = 14;
constexpr std::size_t kTextColumns = 100 - kLabelColumns;
constexpr std::string_view kCut = "...";
constexpr std::size_t kClustersShown = 3;
constexpr std::size_t kArticlesShown = 8;

std::uint64_t CountWords(std::string_view text) {
  std::uint64_t words = 0;
  for (std::size_t i = text.find_first_not_of(kSpace); i != std::string_view::npos; ++words) {
    i = text.find_first_not_of(kSpace, text.find_first_of(kSpace, i));
  }
  return words;
}

LengthSummary Summarize(std::vector<std::uint64_t> lengths) {
  ASSAY_CHECK(!lengths.empty());
  std::sort(lengths.begin(), lengths.end());
  const std::size_t n = lengths.size();
  LengthSummary summary;
  summary.min = lengths.front();
  summary.max = lengths.back();
  summary.mean =
      static_cast<double>(std::accumulate(lengths.begin(), lengths.end(), std::uint64_t{0})) /
      static_cast<double>(n);
  summary.median = lengths[n / 2];
  if (n >= 100) summary.p99 = lengths[n * 99 / 100];
  return summary;
}

class LengthCollector {
 public:
  void Add(std::string_view text) {
    characters_.push_back(CountCodePoints(text));
    words_.push_back(CountWords(text));
  }
  TextLengths Finish() && {
    return {Summarize(std::move(characters_)), Summarize(std::move(words_))};
  }

 private:
  std::vector<std::uint64_t> characters_;
  std::vector<std::uint64_t> words_;
};

Json LengthJson(const LengthSummary& summary) {
  return {{"min", summary.min},
          {"mean", summary.mean},
          {"median", summary.median},
          {"p99", summary.p99.has_value() ? Json(*summary.p99) : Json()},
          {"max", summary.max}};
}

Json LengthsJson(const TextLengths& lengths) {
  return {{"characters", LengthJson(lengths.characters)}, {"words", LengthJson(lengths.words)}};
}

Json OfficialNameOrNull(OfficialSet set) {
  for (const OfficialFile& official : OfficialFiles()) {
    if (official.set == set) return std::string(official.name);
  }
  return {};
}

Json NearDuplicatesJson(const NearDuplicates& found) {
  Json clusters = Json::array();
  for (const NearDuplicateCluster& cluster : found.clusters) {
    clusters.push_back(
        {{"samples", cluster.articles}, {"least_similarity", cluster.least_similarity}});
  }
  return {{"samples", found.near_duplicates},
          {"share", OrNull(found.share)},
          {"exact_copies", found.exact_copies},
          {"boilerplate_share", OrNull(found.boilerplate_share)},
          {"clusters", std::move(clusters)}};
}

// "13,368"
std::string Grouped(std::uint64_t value) {
  if (value < 1000) return fmt::format("{}", value);
  return fmt::format("{},{:03}", Grouped(value / 1000), value % 1000);
}

// The end of a path that is too long, from a whole character on.
std::string Fitted(std::string_view path) {
  if (path.size() <= kTextColumns) return std::string(path);
  std::size_t start = path.size() - (kTextColumns - kCut.size());
  while (start < path.size() && (static_cast<unsigned char>(path[start]) & 0xC0U) == 0x80U) ++start;
  return fmt::format("{}{}", kCut, path.substr(start));
}

class TextWriter {
 public:
  void Line(std::string_view label, std::string_view text) {
    fmt::format_to(std::back_inserter(text_), "{:<{}}{}\n", label, kLabelColumns, text);
  }
  void Blank() { text_ += "\n"; }
  void Lengths(std::string_view of, std::string_view unit, const LengthSummary& summary) {
    fmt::format_to(std::back_inserter(text_), "{:<{}}{:<12}{:>10}{:>12}{:>12}{:>12}{:>12}\n", of,
                   kLabelColumns, unit, Grouped(summary.min), fmt::format("{:.1f}", summary.mean),
                   Grouped(summary.median), summary.p99.has_value() ? Grouped(*summary.p99) : "n/a",
                   Grouped(summary.max));
  }
  std::string Finish() && { return std::move(text_); }

 private:
  std::string text_;
};

void WriteIdentity(const DatasetInfo& info, TextWriter& out) {
  if (info.identity.set != OfficialSet::kNone) {
    out.Line("Identity", fmt::format("the official {}, byte for byte",
                                     OfficialNameOrNull(info.identity.set).get<std::string>()));
    return;
  }
  out.Line("Identity", "not one of the benchmark's official files:");
  for (const std::string& reason : info.identity.reasons) out.Line("", fmt::format("- {}", reason));
}

void WriteCluster(const NearDuplicateCluster& cluster, TextWriter& out) {
  std::string samples;
  for (std::size_t i = 0; i < std::min(cluster.articles.size(), kArticlesShown); ++i) {
    samples += fmt::format("{}{}", i > 0 ? ", " : "", cluster.articles[i]);
  }
  if (cluster.articles.size() > kArticlesShown) samples += ", ...";
  // Never rounded up: 1.00 is said of equal articles only.
  const auto hundredths = static_cast<int>(cluster.least_similarity * 100);
  out.Line("", fmt::format("- {} alike ({}.{:02} or more): {}", Grouped(cluster.articles.size()),
                           hundredths / 100, hundredths % 100, samples));
}

void WriteDuplicates(const DatasetInfo& info, TextWriter& out) {
  const NearDuplicates& found = info.near_duplicates;
  if (found.near_duplicates == 0) {
    out.Line("Duplicates", "none: no article has a near-duplicate among the others");
  } else {
    out.Line("Duplicates",
             fmt::format("{} of {} articles have a near-duplicate ({:.1f} %), {} are exact copies",
                         Grouped(found.near_duplicates), Grouped(found.articles),
                         found.share.value_or(0) * 100, Grouped(found.exact_copies)));
  }
  const std::size_t shown = std::min(found.clusters.size(), kClustersShown);
  for (std::size_t i = 0; i < shown; ++i) WriteCluster(found.clusters[i], out);
  if (found.clusters.size() > shown) {
    out.Line("", fmt::format("- and {} smaller groups", Grouped(found.clusters.size() - shown)));
  }
  out.Line("Boilerplate",
           fmt::format("{:.1f} % of all five-word runs occur in half of the articles",
                       found.boilerplate_share.value_or(0) * 100));
}

void WriteLengths(const DatasetInfo& info, TextWriter& out) {
  out.Line("Lengths", fmt::format("{:<12}{:>10}{:>12}{:>12}{:>12}{:>12}", "", "min", "mean",
                                  "median", "p99", "max"));
  const auto write = [&out](std::string_view of, const TextLengths& lengths) {
    out.Lengths(of, "characters", lengths.characters);
    out.Lengths("", "words", lengths.words);
  };
  write("  articles", info.articles);
  write("  references", info.references);
  write("  prompts", info.prompts);
  if (info.prompt_tokens.has_value()) out.Lengths("", "tokens", *info.prompt_tokens);
}

}  // namespace

DatasetInfo DescribeDataset(const Dataset& dataset) {
  DatasetInfo info;
  info.path = dataset.path;
  info.sha256 = dataset.sha256;
  info.size_bytes = dataset.size_bytes;
  info.format = dataset.format;
  info.byte_order_mark = dataset.byte_order_mark;
  info.samples = dataset.samples.size();
  info.instructions = dataset.instructions;
  info.benchmark_instructions = dataset.benchmark_instructions;
  info.identity = IdentityOf(dataset);

  LengthCollector articles;
  LengthCollector references;
  LengthCollector prompts;
  std::vector<std::uint64_t> tokens;
  std::vector<std::string_view> texts;
  for (const Sample& sample : dataset.samples) {
    articles.Add(sample.article);
    references.Add(sample.reference);
    prompts.Add(BuildPrompt(sample.article));
    if (sample.prompt_ids.has_value()) tokens.push_back(sample.prompt_ids->size());
    texts.push_back(sample.article);
  }
  info.samples_with_prompt_ids = tokens.size();
  if (tokens.size() == dataset.samples.size()) info.prompt_tokens = Summarize(std::move(tokens));
  info.articles = std::move(articles).Finish();
  info.references = std::move(references).Finish();
  info.prompts = std::move(prompts).Finish();
  info.near_duplicates = FindNearDuplicates(texts);
  return info;
}

Json ToJson(const DatasetInfo& info) {
  return {{"path", info.path},
          {"sha256", info.sha256},
          {"size_bytes", info.size_bytes},
          {"format", std::string(Name(info.format))},
          {"byte_order_mark", info.byte_order_mark},
          {"samples", info.samples},
          {"samples_with_instruction", info.instructions},
          {"samples_with_benchmark_instruction", info.benchmark_instructions},
          {"samples_with_prompt_ids", info.samples_with_prompt_ids},
          {"official_file", OfficialNameOrNull(info.identity.set)},
          {"not_official_because", info.identity.reasons},
          {"near_duplicates", NearDuplicatesJson(info.near_duplicates)},
          {"lengths",
           {{"articles", LengthsJson(info.articles)},
            {"references", LengthsJson(info.references)},
            {"prompts", LengthsJson(info.prompts)},
            {"prompt_tokens",
             info.prompt_tokens.has_value() ? LengthJson(*info.prompt_tokens) : Json()}}}};
}

std::string RenderText(const DatasetInfo& info) {
  TextWriter out;
  out.Line("Data set", Fitted(info.path));
  out.Line("Layout", fmt::format("{}, {} bytes{}", Name(info.format), Grouped(info.size_bytes),
                                 info.byte_order_mark ? ", begins with a byte order mark" : ""));
  out.Line("SHA-256", info.sha256);
  out.Line("Samples", fmt::format("{}, {} with prompt token ids", Grouped(info.samples),
                                  Grouped(info.samples_with_prompt_ids)));
  out.Line("Instructions",
           fmt::format("{}, {} of them the benchmark's template", Grouped(info.instructions),
                       Grouped(info.benchmark_instructions)));
  WriteIdentity(info, out);
  WriteDuplicates(info, out);
  out.Blank();
  WriteLengths(info, out);
  return std::move(out).Finish();
}

}  // namespace assay
