// ASSAY_CHECK(condition): a broken invariant of our own ends the process, in every build type. It
// never guards user input: that gets an Error.

#ifndef ASSAY_BASE_CHECK_H_
#define ASSAY_BASE_CHECK_H_

namespace assay {

[[noreturn]] void CheckFailed(const char* file, int line, const char* condition);

}  // namespace assay

#define ASSAY_CHECK(condition) \
  ((condition) ? static_cast<void>(0) : ::assay::CheckFailed(__FILE__, __LINE__, #condition))

#endif  // ASSAY_BASE_CHECK_H_
