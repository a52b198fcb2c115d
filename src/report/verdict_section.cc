#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "base/format.h"
#include "report/client_section.h"
#include "report/number_format.h"
#include "report/sections.h"

namespace assay {
namespace {

// On a page for people; verdict.json has all.
constexpr std::size_t kMostFindings = 12;

bool IsError(const Finding& f) {
  return f.severity == Severity::kError;
}
bool IsComparability(const Finding& f) {
  return !IsError(f) && f.comparability;
}
bool IsWarning(const Finding& f) {
  return !f.comparability && f.severity == Severity::kWarning;
}
bool IsNote(const Finding& f) {
  return !f.comparability && f.severity == Severity::kNote;
}

// Errors and the like with all that helps to change them; a note is a sentence.
Item ItemOf(const Finding& finding) {
  Item item{Foreign(finding.message), {}};
  const auto add = [&](const char* label, const std::string& value, Tone tone = Tone::kPlain) {
    if (!value.empty()) item.details.push_back({label, {Foreign(value, tone)}});
  };
  if (IsNote(finding)) {
    item.heading.text += fmt::format(" ({})", finding.rule);
    add("change", finding.fix, Tone::kStrong);
    return item;
  }
  add("found", finding.found);
  add("needed", finding.needed);
  add("change", finding.fix, Tone::kStrong);
  Field rule{"see", {}};
  if (!finding.file.empty()) {
    rule.parts.push_back(
        Foreign(finding.line ? fmt::format("{}:{}", finding.file, *finding.line) : finding.file,
                Tone::kQuiet));
  }
  rule.parts.push_back(Foreign(finding.rule, Tone::kQuiet));
  if (!finding.source.empty()) rule.parts.push_back(Foreign(finding.source, Tone::kQuiet));
  item.details.push_back(std::move(rule));
  return item;
}

void AddGroup(const std::vector<Finding>& findings, bool (*belongs)(const Finding&),
              const char* title, Tone tone, std::size_t most, std::vector<Block>& blocks) {
  Items group;
  std::size_t count = 0;
  for (const Finding& finding : findings) {
    if (!belongs(finding)) continue;
    if (++count <= most) group.items.push_back(ItemOf(finding));
  }
  if (count == 0) return;
  group.title = Text(fmt::format("{} ({})", title, count), tone);
  blocks.emplace_back(std::move(group));
  if (count > most) {
    blocks.emplace_back(
        Paragraph{{Text(fmt::format("and {} more: verdict.json has all", count - most))}});
  }
}

Paragraph ResultParagraph(const JudgedResult& result) {
  const std::string value = FormatRate(result.value);
  return {{Text("Metric of record:"), Foreign(result.metric), Text(value, Tone::kStrong),
           Text("(unverified)")}};
}

}  // namespace

Text VerdictText(Verdict verdict) {
  switch (verdict) {
    case Verdict::kValid:
      return {"VALID: nothing was found that speaks against this result.", Tone::kGood};
    case Verdict::kNotComparable:
      return {
          "NOT COMPARABLE: the run stands for itself; its figures compare with no official ones.",
          Tone::kCaution};
    case Verdict::kInvalid:
      return {"INVALID: this result does not hold.", Tone::kBad};
  }
  return {};
}

std::vector<Block> FindingBlocks(const Judgement& judgement, std::size_t most) {
  std::vector<Block> blocks;
  const std::vector<Finding>& findings = judgement.findings;
  AddGroup(findings, IsError, "errors", Tone::kBad, most, blocks);
  AddGroup(findings, IsComparability, "not comparable because", Tone::kCaution, most, blocks);
  AddGroup(findings, IsWarning, "warnings", Tone::kCaution, most, blocks);
  AddGroup(findings, IsNote, "notes", Tone::kPlain, most, blocks);
  return blocks;
}

std::string UnverifiedText(const ReportModel& model) {
  return fmt::format(
      "All scores and figures are unverified. {} Assay follows the rules of the benchmark {}; it "
      "is an estimate, not an official result.",
      kUnverified, BenchmarkName(model.run.config.benchmark));
}

std::optional<Section> RecommendationSection(const ReportModel& model) {
  if (model.recommendations.empty()) return std::nullopt;
  Section section{"Recommendations", Text("what the figures suggest for the next run"), {}};
  Items items;
  items.title = Text(fmt::format("it follows ({})", model.recommendations.size()));
  for (const Recommendation& recommendation : model.recommendations) {
    Item item{Text(recommendation.message), {}};
    item.details.push_back({"change", {Text(recommendation.change, Tone::kStrong)}});
    Field rests{"rests on", {}};
    for (const Recommendation::Figure& figure : recommendation.figures) {
      rests.parts.emplace_back(fmt::format("{} {}", figure.name, FormatRate(figure.value)));
    }
    rests.parts.emplace_back(recommendation.id, Tone::kQuiet);
    item.details.push_back(std::move(rests));
    items.items.push_back(std::move(item));
  }
  section.blocks.emplace_back(std::move(items));
  return section;
}

Section VerdictSection(const ReportModel& model) {
  Section section{"Verdict", {}, {}};
  if (!model.judgement) {
    section.blocks.emplace_back(
        Paragraph{{Text("Not judged:", Tone::kBad), Text(model.not_judged)}});
  } else {
    const Judgement& judgement = *model.judgement;
    section.blocks.emplace_back(Paragraph{{VerdictText(judgement.verdict)}});
    for (const JudgedResult& result : judgement.results) {
      if (!result.metric.empty()) section.blocks.emplace_back(ResultParagraph(result));
    }
    for (Block& block : FindingBlocks(judgement, kMostFindings)) {
      section.blocks.push_back(std::move(block));
    }
  }
  section.blocks.emplace_back(Paragraph{{Text(UnverifiedText(model), Tone::kQuiet)}});
  return section;
}

Document BuildDocument(const ReportModel& model) {
  Document document{fmt::format("Assay: {} run of {}", ScenarioTitle(model.run.config.scenario),
                                BenchmarkName(model.run.config.benchmark)),
                    Foreign(model.run_dir.string()),
                    {}};
  document.sections.push_back(ContextSection(model));
  const auto add = [&](std::optional<Section> section) {
    if (section) document.sections.push_back(std::move(*section));
  };
  add(StateSection(model));
  add(ScoreSection(model));
  add(FigureSection(model));
  add(LatencySection(model));
  add(ToolSection(model));
  add(ClientSection(model));
  add(TokenSection(model));
  add(MachineSection(model));
  add(SampleSection(model));
  add(RecommendationSection(model));
  add(VerdictSection(model));
  return document;
}

}  // namespace assay
