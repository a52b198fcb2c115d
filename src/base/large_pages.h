// Large pages of memory for large tables and buffers.

#ifndef ASSAY_BASE_LARGE_PAGES_H_
#define ASSAY_BASE_LARGE_PAGES_H_

#include <cstddef>

namespace assay {

// Asks the kernel to back these bytes by large pages where they fill whole ones. Memory that is
// about to be filled, or looked up at random, then costs a page fault and an entry of the TLB for
// each 2 MiB instead of 4 KiB. Only a hint: what the memory holds stays the same, and nothing fails
// where there are no large pages. Less than a large page is left alone.
// Source: madvise(2), MADV_HUGEPAGE.
void PreferLargePages(void* begin, std::size_t size_bytes);

}  // namespace assay

#endif  // ASSAY_BASE_LARGE_PAGES_H_
