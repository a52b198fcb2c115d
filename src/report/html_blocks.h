// The blocks of a document as HTML.

#ifndef ASSAY_REPORT_HTML_BLOCKS_H_
#define ASSAY_REPORT_HTML_BLOCKS_H_

#include <string>
#include <string_view>
#include <vector>

#include "report/document.h"

namespace assay {

// Appends the blocks to a page. `caption` names the first table for those who cannot see what
// stands around it.
void AppendBlocks(const std::vector<Block>& blocks, std::string_view caption, std::string& page);

// One table. The first column heads its rows.
void AppendTable(const Table& table, std::string_view caption, std::string& page);

}  // namespace assay

#endif  // ASSAY_REPORT_HTML_BLOCKS_H_
