// What a verification found: numbers that do not follow from the record, parts of the record that
// contradict each other, and what could not be recomputed.

#ifndef ASSAY_VERIFY_VERIFICATION_H_
#define ASSAY_VERIFY_VERIFICATION_H_

#include <string>
#include <utility>
#include <vector>

namespace assay {

// One thing that does not follow.
struct Discrepancy {
  std::string file;        // relative to the run directory
  std::string where;       // JSON pointer, key or line in it; empty: the file as a whole
  std::string stated;      // what stands there; empty: does not apply
  std::string recomputed;  // what follows from the record; empty: does not apply
  std::string message;     // one sentence
};

// What was not checked, and why.
struct NotChecked {
  std::string what;
  std::string why;
  // A number that a derived file states could not be recomputed: the answer is neither yes nor no.
  bool leaves_numbers_open = false;
};

struct Verification {
  std::vector<Discrepancy> discrepancies;  // in the order of the way: record first, then derived
  std::vector<NotChecked> not_checked;
  std::vector<std::string> checked;  // what was recomputed, for people

  void Differs(std::string file, std::string where, std::string stated, std::string recomputed,
               std::string message) {
    discrepancies.push_back({std::move(file), std::move(where), std::move(stated),
                             std::move(recomputed), std::move(message)});
  }
};

}  // namespace assay

#endif  // ASSAY_VERIFY_VERIFICATION_H_
