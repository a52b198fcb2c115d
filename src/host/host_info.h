// What machine is this?

#ifndef ASSAY_HOST_HOST_INFO_H_
#define ASSAY_HOST_HOST_INFO_H_

#include "base/file.h"
#include "base/json.h"

namespace assay {

// The "host" object of run.json: names, operating system, processor, caches, memory, load, limits.
// docs/formats.md lists its members.
//
// `root`  where proc/, sys/ and etc/ are; tests put a tree of their own here.
// Value: a member that this machine does not tell is null, and "absent" says which file would have
// told it. Never an error: a report of a run is worth more than its context.
[[nodiscard]] Json CollectHostInfo(const fs::path& root = "/");

}  // namespace assay

#endif  // ASSAY_HOST_HOST_INFO_H_
