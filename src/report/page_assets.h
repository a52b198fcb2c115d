// The parts of report.html that are the same in every report. tools/embed_page.py makes them at
// build time of src/report/page/, uPlot and docs/metrics.md.

#ifndef ASSAY_REPORT_PAGE_ASSETS_H_
#define ASSAY_REPORT_PAGE_ASSETS_H_

#include <string_view>

namespace assay {

// Contents of <style> and <script> elements; none holds "</". Each hash is "sha256-" and the base64
// of the SHA-256 of the text before it, as a content security policy names what may run.
extern const std::string_view kPageStyle;
extern const std::string_view kPageStyleHash;
extern const std::string_view kPlotLibrary;  // uPlot, which defines the global uPlot
extern const std::string_view kPlotLibraryHash;
extern const std::string_view kPlotLibraryLicence;  // plain text
extern const std::string_view kPageScript;
extern const std::string_view kPageScriptHash;
// docs/metrics.md as HTML: headings from h3 on.
extern const std::string_view kDefinitions;

}  // namespace assay

#endif  // ASSAY_REPORT_PAGE_ASSETS_H_
