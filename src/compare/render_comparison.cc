#include "compare/render_comparison.h"

#include <algorithm>
#include <cmath>
#include <string_view>
#include <utility>

#include "base/format.h"
#include "base/markup.h"
#include "base/utf8.h"
#include "compare/statistics.h"

namespace assay {
namespace {

constexpr std::size_t kShownChanges = 30;
constexpr std::size_t kShownText = 160;

// One line of well-formed UTF-8 without control characters, at most `limit` bytes and "...".
std::string Printable(std::string_view text, std::size_t limit) {
  std::string out;
  while (!text.empty() && out.size() < limit) {
    const std::size_t good = FirstInvalidUtf8(text).value_or(text.size());
    for (const char c : text.substr(0, good)) {
      const auto byte = static_cast<unsigned char>(c);
      out += byte < 0x20 || byte == 0x7F ? ' ' : c;
    }
    if (good == text.size()) break;
    out += '?';
    text.remove_prefix(good + 1);
  }
  if (out.size() <= limit) return out;
  std::size_t end = limit;
  while (end > 0 && (static_cast<unsigned char>(out[end]) & 0xC0U) == 0x80U) --end;
  return out.substr(0, end) + "...";
}

std::string MarkdownSafe(std::string_view text) {
  std::string out;
  for (const char c : Printable(text, kShownText)) {
    if (std::string_view(R"(\`*_{}[]()<>#+-!|~&@:)").find(c) != std::string_view::npos) out += '\\';
    out += c;
  }
  return out;
}

std::string XmlText(std::string_view text) {
  return MarkupEscaped(Printable(text, 4 * kShownText), Apostrophe::kKept);
}

std::string Number(const ComparedFigure& f, const std::optional<double>& value) {
  constexpr double kMebi = 1024.0 * 1024.0;
  if (!value) return "n/a";
  return f.unit == "bytes" ? fmt::format("{:.1f} MiB", *value / kMebi)
                           : fmt::format("{:.5g}", *value);
}

std::string Effect(const ComparedFigure& f) {
  if (!f.effect) return "n/a";
  return f.is_score ? fmt::format("{:+.3f}", *f.effect) : fmt::format("x {:.4f}", *f.effect);
}

std::string IntervalText(const ComparedFigure& f) {
  if (!f.interval) return "";
  return f.is_score ? fmt::format("{:+.3f} to {:+.3f}", f.interval->low, f.interval->high)
                    : fmt::format("{:.4f} to {:.4f}", f.interval->low, f.interval->high);
}

std::string Probability(const std::optional<double>& p) {
  constexpr double kSmallestShown = 0.0001;
  if (!p) return "";
  return *p < kSmallestShown ? "<0.0001" : fmt::format("{:.4f}", *p);
}

std::string Detectable(const ComparedFigure& f) {
  if (!f.smallest_detectable) return "";
  return f.is_score ? fmt::format("{:.2f} points", *f.smallest_detectable)
                    : fmt::format("{:.2f} %", 100.0 * *f.smallest_detectable);
}

std::string Answer(const ComparedFigure& f) {
  if (!f.p_value) return f.untested.empty() ? "" : "not tested";
  if (!f.differs) return "no difference found";
  const bool up = f.is_score ? *f.effect > 0.0 : *f.effect > 1.0;
  return up == f.higher_is_better ? "BETTER" : "WORSE";
}

std::string Runs(std::size_t count) {
  return count == 1 ? "1 run" : fmt::format("{} runs", count);
}

std::string Headline(const VariantComparison& v) {
  std::string better;
  std::string worse;
  for (const ComparedFigure& f : v.figures) {
    const std::string answer = Answer(f);
    std::string& list = answer == "BETTER" ? better : worse;
    if (answer == "BETTER" || answer == "WORSE") {
      list += fmt::format("{}{} {}", list.empty() ? "" : ", ", f.name, Effect(f));
    }
  }
  const auto untested = std::count_if(v.figures.begin(), v.figures.end(),
                                      [](const auto& f) { return !f.untested.empty(); });
  std::string text = better.empty() && worse.empty() ? "No difference found. " : "";
  if (!better.empty()) text += fmt::format("Better: {}. ", better);
  if (!worse.empty()) text += fmt::format("Worse: {}. ", worse);
  if (untested > 0) text += fmt::format("Not tested: {} figures. ", untested);
  text.pop_back();
  return text;
}

std::string MethodNote(const Comparison& c, const VariantComparison& v) {
  return v.repeated ? fmt::format(
                          "Speeds: Welch's t over repeated runs. Answers allow for all {} tests "
                          "(Holm, 5 %).",
                          c.tests)
                    : fmt::format(
                          "Speeds: batches within one run each, which sees nothing of what differs "
                          "from run to run; repeat the runs for that. Answers allow for all {} "
                          "tests (Holm, 5 %).",
                          c.tests);
}

std::string OutputsText(const OutputComparison& o) {
  if (o.compared == 0) return "Outputs: no sample was answered by both.";
  if (o.differing == 0) return fmt::format("Outputs: all {} are the same token ids.", o.compared);
  return fmt::format(
      "Outputs: {} of {} differ, the earliest from token {} on, the middle one from token {} on "
      "(from 0).",
      o.differing, o.compared, *o.earliest_token, *o.median_token);
}

void AppendTextVariant(const Comparison& c, const VariantComparison& v, std::string& out) {
  out += fmt::format("\n{} ({}) against {} ({})\n  {}\n", v.name, Runs(v.runs), c.base,
                     Runs(c.base_runs), Headline(v));
  for (const std::string& place : v.not_alike) {
    out += fmt::format("  NOT ALIKE: {}\n", Printable(place, kShownText));
  }
  out += fmt::format("\n  {:<20}{:>12}{:>12}{:>11}  {:<19}{:>9}  {:<20}{}\n", "figure", "base",
                     "new", "effect", "95 % interval", "p (Holm)", "answer", "detectable");
  for (const ComparedFigure& f : v.figures) {
    out += fmt::format("  {:<20}{:>12}{:>12}{:>11}  {:<19}{:>9}  {:<20}{}\n", f.name,
                       Number(f, f.base), Number(f, f.value), Effect(f), IntervalText(f),
                       Probability(f.adjusted_p), Answer(f), Detectable(f));
  }
  std::string last;
  for (const ComparedFigure& f : v.figures) {
    if (f.untested.empty() || f.untested == last) continue;
    out += fmt::format("  {}: {}\n", f.name, f.untested);
    last = f.untested;
  }
  out += fmt::format("  {}\n\n  {}\n", MethodNote(c, v), OutputsText(v.outputs));
  for (const OutputExample& e : v.outputs.examples) {
    out +=
        fmt::format("    sample {}, token {}\n      base {}\n      new  {}\n", e.sample,
                    e.first_token, Printable(e.base, kShownText), Printable(e.value, kShownText));
  }
  out += fmt::format("\n  Configuration: {} places differ\n", v.changes.size());
  for (std::size_t i = 0; i < std::min(v.changes.size(), kShownChanges); ++i) {
    out += fmt::format("    {}: {} -> {}\n", v.changes[i].place,
                       Printable(v.changes[i].base, kShownText),
                       Printable(v.changes[i].value, kShownText));
  }
  if (v.changes.size() > kShownChanges) out += "    and more: --format json\n";
}

void AppendMarkdownVariant(const Comparison& c, const VariantComparison& v, std::string& out) {
  out += fmt::format("\n### {} ({}) against {} ({})\n\n{}\n\n", MarkdownSafe(v.name), Runs(v.runs),
                     MarkdownSafe(c.base), Runs(c.base_runs), MarkdownSafe(Headline(v)));
  for (const std::string& place : v.not_alike) {
    out += fmt::format("**Not alike:** {}\n\n", MarkdownSafe(place));
  }
  out += "| figure | base | new | effect | 95 % interval | p (Holm) | answer | detectable |\n";
  out += "|---|--:|--:|--:|---|--:|---|--:|\n";
  for (const ComparedFigure& f : v.figures) {
    out += fmt::format("| {} | {} | {} | {} | {} | {} | {} | {} |\n", f.name, Number(f, f.base),
                       Number(f, f.value), Effect(f), IntervalText(f), Probability(f.adjusted_p),
                       Answer(f), Detectable(f));
  }
  out += fmt::format("\n{}\n\n{}\n", MethodNote(c, v), OutputsText(v.outputs));
  if (!v.changes.empty()) out += "\n| configuration | base | new |\n|---|---|---|\n";
  for (std::size_t i = 0; i < std::min(v.changes.size(), kShownChanges); ++i) {
    out += fmt::format("| {} | {} | {} |\n", MarkdownSafe(v.changes[i].place),
                       MarkdownSafe(v.changes[i].base), MarkdownSafe(v.changes[i].value));
  }
}

Json OrNull(const std::optional<double>& value) {
  return value && std::isfinite(*value) ? Json(*value) : Json(nullptr);
}

Json ToJson(const ComparedFigure& f) {
  return Json{{"name", f.name},
              {"unit", f.unit},
              {"higher_is_better", f.higher_is_better},
              {"effect_is", f.is_score ? "difference" : "ratio"},
              {"base", OrNull(f.base)},
              {"value", OrNull(f.value)},
              {"effect", OrNull(f.effect)},
              {"interval", f.interval ? Json{f.interval->low, f.interval->high} : Json(nullptr)},
              {"p_value", OrNull(f.p_value)},
              {"adjusted_p", OrNull(f.adjusted_p)},
              {"differs", f.differs},
              {"smallest_detectable", OrNull(f.smallest_detectable)},
              {"method", f.method},
              {"untested", f.untested}};
}

Json ToJson(const OutputComparison& o) {
  Json examples = Json::array();
  for (const OutputExample& e : o.examples) {
    examples.push_back(Json{{"sample", e.sample},
                            {"first_token", e.first_token},
                            {"base", e.base},
                            {"value", e.value}});
  }
  return Json{{"compared", o.compared},
              {"differing", o.differing},
              {"earliest_token", o.earliest_token ? Json(*o.earliest_token) : Json(nullptr)},
              {"median_token", o.median_token ? Json(*o.median_token) : Json(nullptr)},
              {"examples", examples}};
}

Json ToJson(const VariantComparison& v) {
  Json changes = Json::array();
  for (const ConfigurationChange& change : v.changes) {
    changes.push_back(
        Json{{"place", change.place}, {"base", change.base}, {"value", change.value}});
  }
  Json figures = Json::array();
  for (const ComparedFigure& figure : v.figures) figures.push_back(ToJson(figure));
  return Json{{"name", v.name},
              {"runs", v.runs},
              {"verdicts", v.verdicts},
              {"repeated", v.repeated},
              {"not_alike", v.not_alike},
              {"figures", figures},
              {"outputs", ToJson(v.outputs)},
              {"changes", changes}};
}

}  // namespace

std::string RenderText(const Comparison& comparison, const std::vector<GateResult>& gates) {
  std::string out =
      fmt::format("Comparison. Base: {} ({})\n", comparison.base, Runs(comparison.base_runs));
  for (const VariantComparison& variant : comparison.variants) {
    AppendTextVariant(comparison, variant, out);
  }
  if (!gates.empty()) out += "\nGates\n";
  for (const GateResult& gate : gates) {
    out += fmt::format("  {} {}: {}: {}\n", gate.passed ? "passed" : "FAILED", gate.variant,
                       gate.gate, gate.found);
  }
  return out;
}

std::string RenderMarkdown(const Comparison& comparison, const std::vector<GateResult>& gates) {
  std::string out = "## Comparison\n";
  if (!gates.empty()) {
    const auto failed =
        std::count_if(gates.begin(), gates.end(), [](const GateResult& g) { return !g.passed; });
    out += fmt::format("\n**{}**\n\n| gate | variant | result | found |\n|---|---|---|---|\n",
                       failed == 0 ? fmt::format("All {} gates passed", gates.size())
                                   : fmt::format("{} of {} gates failed", failed, gates.size()));
  }
  for (const GateResult& gate : gates) {
    out +=
        fmt::format("| {} | {} | {} | {} |\n", MarkdownSafe(gate.gate), MarkdownSafe(gate.variant),
                    gate.passed ? "passed" : "**FAILED**", MarkdownSafe(gate.found));
  }
  for (const VariantComparison& variant : comparison.variants) {
    AppendMarkdownVariant(comparison, variant, out);
  }
  return out;
}

Json ToJson(const Comparison& comparison, const std::vector<GateResult>& gates) {
  Json variants = Json::array();
  for (const VariantComparison& variant : comparison.variants) variants.push_back(ToJson(variant));
  Json judged = Json::array();
  for (const GateResult& gate : gates) {
    judged.push_back(Json{{"variant", gate.variant},
                          {"gate", gate.gate},
                          {"passed", gate.passed},
                          {"found", gate.found}});
  }
  return Json{{"schema_version", 1},
              {"base", comparison.base},
              {"base_runs", comparison.base_runs},
              {"base_verdicts", comparison.base_verdicts},
              {"tests", comparison.tests},
              {"level", kLevel},
              {"variants", variants},
              {"gates", judged}};
}

std::string RenderJUnit(const std::vector<GateResult>& gates) {
  const auto failed =
      std::count_if(gates.begin(), gates.end(), [](const GateResult& g) { return !g.passed; });
  std::string out = fmt::format(
      "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
      "<testsuites><testsuite name=\"assay compare\" tests=\"{}\" failures=\"{}\">\n",
      gates.size(), failed);
  for (const GateResult& gate : gates) {
    out += fmt::format("  <testcase classname=\"{}\" name=\"{}\"", XmlText(gate.variant),
                       XmlText(gate.gate));
    out += gate.passed
               ? "/>\n"
               : fmt::format("><failure message=\"{}\"/></testcase>\n", XmlText(gate.found));
  }
  return out + "</testsuite></testsuites>\n";
}

}  // namespace assay
