// Large pages of memory for large tables and buffers.

#ifndef ASSAY_BASE_LARGE_PAGES_H_
#define ASSAY_BASE_LARGE_PAGES_H_

#include <cstddef>
#include <memory>
#include <new>

namespace assay {

// Asks the kernel to back these bytes by large pages where they fill whole ones. Memory that is
// about to be filled, or looked up at random, then costs a page fault and an entry of the TLB for
// each 2 MiB instead of 4 KiB. Only a hint: what the memory holds stays the same, and nothing fails
// where there are no large pages. Less than a large page is left alone.
// Source: madvise(2), MADV_HUGEPAGE.
void PreferLargePages(void* begin, std::size_t size_bytes);

inline constexpr std::size_t kLargePageBytes = std::size_t{2} << 20U;

// An allocator for large tables: what fills a large page begins on one, so that no part of it is
// left to small pages, and asks for large ones.
template <typename T>
class LargePageAllocator {
 public:
  using value_type = T;
  LargePageAllocator() = default;
  template <typename U>
  explicit LargePageAllocator(const LargePageAllocator<U>& /*other*/) {}

  // Errors: std::bad_alloc, std::bad_array_new_length as std::allocator.
  [[nodiscard]] T* allocate(std::size_t count) {
    if (!IsLarge(count)) return std::allocator<T>().allocate(count);
    if (count > static_cast<std::size_t>(-1) / sizeof(T)) throw std::bad_array_new_length();
    void* const begin = ::operator new (count * sizeof(T), std::align_val_t{kLargePageBytes});
    PreferLargePages(begin, count * sizeof(T));
    return static_cast<T*>(begin);
  }
  void deallocate(T* begin, std::size_t count) {
    if (!IsLarge(count)) return std::allocator<T>().deallocate(begin, count);
    ::operator delete (begin, std::align_val_t{kLargePageBytes});
  }
  friend bool operator==(const LargePageAllocator& /*a*/, const LargePageAllocator& /*b*/) {
    return true;
  }

 private:
  static bool IsLarge(std::size_t count) { return count >= kLargePageBytes / sizeof(T); }
};

}  // namespace assay

#endif  // ASSAY_BASE_LARGE_PAGES_H_
