// How long this process's threads ran, and how long they waited for a processor.

#ifndef ASSAY_HOST_THREAD_SCHEDULING_H_
#define ASSAY_HOST_THREAD_SCHEDULING_H_

#include <vector>

#include "assay/thread_scheduling.h"

#include "base/file.h"

namespace assay {

// Of every thread that lives, by id. Empty where the kernel does not tell.
// `tasks`  the directory of the process's threads.
// Source: /proc/<pid>/task/<tid>/schedstat, Documentation/scheduler/sched-stats.rst of Linux.
// Thread-safe.
[[nodiscard]] std::vector<ThreadScheduling> ReadThreadScheduling(
    const fs::path& tasks = "/proc/self/task");

// What happened between two readings, to threads of the later one; one that began in between counts
// from its start.
[[nodiscard]] std::vector<ThreadScheduling> SchedulingBetween(
    const std::vector<ThreadScheduling>& earlier, std::vector<ThreadScheduling> later);

}  // namespace assay

#endif  // ASSAY_HOST_THREAD_SCHEDULING_H_
