#include "base/large_pages.h"

#include <cstdint>

#include <sys/mman.h>
#include <unistd.h>

namespace assay {

void PreferLargePages(void* begin, std::size_t size_bytes) {
  if (size_bytes < kLargePageBytes) return;
  // What stands beside the bytes on their first and last page may have large ones too: without
  // these two pages, the large pages that hold them would not be whole.
  const auto page = static_cast<std::uintptr_t>(::sysconf(_SC_PAGESIZE));
  const std::uintptr_t before = reinterpret_cast<std::uintptr_t>(begin) % page;
  const std::size_t size = (before + size_bytes + page - 1) / page * page;
  // A kernel without large pages refuses, which changes nothing.
  static_cast<void>(::madvise(static_cast<char*>(begin) - before, size, MADV_HUGEPAGE));
}

}  // namespace assay
