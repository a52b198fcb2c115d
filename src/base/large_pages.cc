#include "base/large_pages.h"

#include <cstdint>

#include <sys/mman.h>
#include <unistd.h>

namespace assay {

void PreferLargePages(void* begin, std::size_t size_bytes) {
  constexpr std::size_t kLargePage = std::size_t{2} << 20U;
  if (size_bytes < kLargePage) return;
  const auto page = static_cast<std::uintptr_t>(::sysconf(_SC_PAGESIZE));
  const std::uintptr_t behind_page = reinterpret_cast<std::uintptr_t>(begin) % page;
  const std::size_t skipped = behind_page == 0 ? 0 : page - behind_page;
  // A kernel without large pages refuses, which changes nothing.
  static_cast<void>(::madvise(static_cast<char*>(begin) + skipped,
                              (size_bytes - skipped) / page * page, MADV_HUGEPAGE));
}

}  // namespace assay
