#include "rules/render_judgement.h"

#include <algorithm>
#include <array>
#include <utility>
#include <vector>

#include "base/format.h"
#include "base/json_or_null.h"
#include "base/markup.h"
#include "base/utf8.h"

namespace assay {
namespace {

constexpr std::size_t kColumns = 100;

// `text` as one line of well-formed UTF-8 without control characters.
std::string Printable(std::string_view text) {
  std::string out;
  while (!text.empty()) {
    const std::size_t good = FirstInvalidUtf8(text).value_or(text.size());
    for (const char c : text.substr(0, good)) {
      const auto byte = static_cast<unsigned char>(c);
      out += c == '\n' ? ' ' : byte < 0x20 || byte == 0x7F ? '?' : c;
    }
    if (good == text.size()) break;
    out += '?';
    text.remove_prefix(good + 1);
  }
  return out;
}

// Bytes of the longest prefix of `text` that has at most `columns` characters, at least one.
std::size_t PrefixOf(std::string_view text, std::size_t columns) {
  std::size_t end = 0;
  std::size_t characters = 0;
  while (end < text.size() && characters < std::max<std::size_t>(columns, 1)) {
    ++end;
    while (end < text.size() && (static_cast<unsigned char>(text[end]) & 0xC0U) == 0x80U) ++end;
    ++characters;
  }
  return end;
}

// Appends `text` after `head`, wrapped; later lines are indented to where it begins.
void AppendWrapped(std::string& out, const std::string& head, std::string_view text) {
  const std::size_t indent = CountCodePoints(head);
  const std::string printable = Printable(text);
  std::string_view rest = printable;
  std::string_view before = head;
  const std::string blanks(indent, ' ');
  do {
    std::size_t size = PrefixOf(rest, kColumns - indent);
    if (size < rest.size() && rest[size] != ' ') {
      const std::size_t blank = rest.substr(0, size).rfind(' ');
      if (blank != std::string_view::npos && blank > 0) size = blank;
    }
    out += fmt::format("{}{}\n", before, rest.substr(0, size));
    rest.remove_prefix(size);
    while (rest.starts_with(' ')) rest.remove_prefix(1);
    before = blanks;
  } while (!rest.empty());
}

std::string Where(const Finding& finding) {
  if (finding.file.empty()) return "";
  return finding.line ? fmt::format("{}:{}", finding.file, *finding.line) : finding.file;
}

void AppendFinding(std::string& out, const Finding& finding) {
  AppendWrapped(out, "  - ", finding.message);
  const std::array<std::pair<std::string_view, std::string>, 5> parts{
      {{"found", finding.found},
       {"needed", finding.needed},
       {"change", finding.fix},
       {"where", Where(finding)},
       {"rule", finding.source.empty() ? finding.rule
                                       : fmt::format("{} ({})", finding.rule, finding.source)}}};
  for (const auto& [name, text] : parts) {
    if (!text.empty()) AppendWrapped(out, fmt::format("      {:<8}", name), text);
  }
}

std::string_view Explanation(Verdict verdict) {
  switch (verdict) {
    case Verdict::kInvalid:
      return "The result breaks a rule. It must not be used.";
    case Verdict::kNotComparable:
      return "The result stands for itself; it compares with no official result.";
    case Verdict::kValid:
      break;
  }
  return "No finding speaks against the result.";
}

std::string Title(Verdict verdict) {
  switch (verdict) {
    case Verdict::kInvalid:
      return "INVALID";
    case Verdict::kNotComparable:
      return "NOT COMPARABLE";
    case Verdict::kValid:
      break;
  }
  return "VALID";
}

std::string ResultName(const JudgedResult& result) {
  std::string name;
  for (const std::string* part :
       {&result.division, &result.submitter, &result.system, &result.benchmark, &result.scenario}) {
    if (!part->empty()) name += fmt::format("{}{}", name.empty() ? "" : ", ", *part);
  }
  return name;
}

void AppendResult(std::string& out, const JudgedResult& result, bool with_verdict) {
  std::string text = ResultName(result);
  if (!result.metric.empty()) {
    text += fmt::format(": {} {}", result.metric,
                        result.value ? fmt::format("{}", *result.value) : "n/a");
  }
  if (with_verdict) text += fmt::format(": {}", Title(result.verdict));
  AppendWrapped(out, "  ", text);
}

std::string XmlText(std::string_view text) {
  return MarkupEscaped(Printable(text), Apostrophe::kKept);
}

std::string Details(const Finding& finding) {
  std::string text = finding.message;
  if (!finding.found.empty()) text += fmt::format(" Found: {}.", finding.found);
  if (!finding.needed.empty()) text += fmt::format(" Needed: {}.", finding.needed);
  if (!finding.fix.empty()) text += fmt::format(" Change: {}.", finding.fix);
  return text;
}

bool IsFailure(const Finding& finding) {
  return finding.severity == Severity::kError || finding.comparability;
}

std::string TestCase(const Finding& finding) {
  std::string out = fmt::format("    <testcase classname=\"{}\" name=\"{}\"", finding.rule,
                                XmlText(finding.message));
  const std::string where = Where(finding);
  if (!where.empty()) out += fmt::format(" file=\"{}\"", XmlText(where));
  const std::string details = XmlText(Details(finding));
  if (IsFailure(finding)) {
    return out + fmt::format("><failure type=\"{}\" message=\"{}\">{}</failure></testcase>\n",
                             finding.severity == Severity::kError ? "error" : "not_comparable",
                             XmlText(finding.message), details);
  }
  return out + fmt::format("><system-out>{}: {}</system-out></testcase>\n",
                           SeverityName(finding.severity), details);
}

}  // namespace

std::string_view VerdictName(Verdict verdict) {
  switch (verdict) {
    case Verdict::kInvalid:
      return "invalid";
    case Verdict::kNotComparable:
      return "not_comparable";
    case Verdict::kValid:
      break;
  }
  return "valid";
}

std::string_view SeverityName(Severity severity) {
  switch (severity) {
    case Severity::kError:
      return "error";
    case Severity::kWarning:
      return "warning";
    case Severity::kNote:
      break;
  }
  return "note";
}

Json ToJson(const Judgement& judgement) {
  Json results = Json::array();
  for (const JudgedResult& r : judgement.results) {
    results.push_back(Json{{"division", OrNull(r.division)},
                           {"submitter", OrNull(r.submitter)},
                           {"system", OrNull(r.system)},
                           {"benchmark", OrNull(r.benchmark)},
                           {"scenario", OrNull(r.scenario)},
                           {"metric", OrNull(r.metric)},
                           {"value", r.value ? Json(*r.value) : Json(nullptr)},
                           {"verdict", VerdictName(r.verdict)}});
  }
  Json findings = Json::array();
  for (const Finding& f : judgement.findings) {
    findings.push_back(Json{{"severity", SeverityName(f.severity)},
                            {"rule", f.rule},
                            {"message", f.message},
                            {"found", OrNull(f.found)},
                            {"needed", OrNull(f.needed)},
                            {"file", OrNull(f.file)},
                            {"line", f.line ? Json(*f.line) : Json(nullptr)},
                            {"source", OrNull(f.source)},
                            {"fix", OrNull(f.fix)},
                            {"comparability", f.comparability}});
  }
  return Json{{"verdict", VerdictName(judgement.verdict)},
              {"results", std::move(results)},
              {"findings", std::move(findings)}};
}

std::string RenderText(const Judgement& judgement) {
  std::string out = fmt::format("Verdict: {}\n", Title(judgement.verdict));
  AppendWrapped(out, "  ", Explanation(judgement.verdict));
  for (const JudgedResult& result : judgement.results) {
    AppendResult(out, result, judgement.results.size() > 1);
  }
  const auto section = [&](std::string_view title, auto belongs) {
    const auto count = std::count_if(judgement.findings.begin(), judgement.findings.end(), belongs);
    if (count == 0) return;
    out += fmt::format("\n{} ({})\n", title, count);
    for (const Finding& finding : judgement.findings) {
      if (belongs(finding)) AppendFinding(out, finding);
    }
  };
  section("Errors", [](const Finding& f) { return f.severity == Severity::kError; });
  section("Not comparable, because",
          [](const Finding& f) { return f.severity != Severity::kError && f.comparability; });
  section("Warnings",
          [](const Finding& f) { return f.severity == Severity::kWarning && !f.comparability; });
  section("Notes",
          [](const Finding& f) { return f.severity == Severity::kNote && !f.comparability; });
  return out;
}

std::string RenderJUnit(const Judgement& judgement, std::string_view name) {
  const bool valid = judgement.verdict == Verdict::kValid;
  const auto failures =
      std::count_if(judgement.findings.begin(), judgement.findings.end(), IsFailure) +
      (valid ? 0 : 1);
  const std::string counts = fmt::format("tests=\"{}\" failures=\"{}\" errors=\"0\"",
                                         judgement.findings.size() + 1, failures);
  std::string out = fmt::format(
      "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites {}>\n  <testsuite name=\"{}\" {}>\n",
      counts, XmlText(name), counts);
  out += "    <testcase classname=\"verdict\" name=\"the result is valid\">";
  if (!valid) {
    out += fmt::format("<failure type=\"{}\" message=\"{}\"/>", VerdictName(judgement.verdict),
                       XmlText(Explanation(judgement.verdict)));
  }
  out += "</testcase>\n";
  for (const Finding& finding : judgement.findings) out += TestCase(finding);
  return out + "  </testsuite>\n</testsuites>\n";
}

}  // namespace assay
