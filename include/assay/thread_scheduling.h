// How long a process's threads ran, and how long they waited for a processor.

#ifndef ASSAY_THREAD_SCHEDULING_H_
#define ASSAY_THREAD_SCHEDULING_H_

#include <cstdint>
#include <string>

namespace assay {

struct ThreadScheduling {
  std::int64_t thread_id = 0;
  std::string name;              // as the kernel has it, 15 bytes at most
  std::uint64_t run_ns = 0;      // on a processor
  std::uint64_t wait_ns = 0;     // runnable, but no processor was free for it
  std::uint64_t timeslices = 0;  // how often it got one
};

}  // namespace assay

#endif  // ASSAY_THREAD_SCHEDULING_H_
