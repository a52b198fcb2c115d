// What Punkt learned about English, as tools/punkt_to_cc.py writes it into the build tree.

#ifndef ASSAY_TEXT_PUNKT_PARAMETERS_H_
#define ASSAY_TEXT_PUNKT_PARAMETERS_H_

#include <cstdint>

namespace assay {

// What is known of a word; ten bits. The orthographic contexts have NLTK's own values.
enum PunktFlag : std::uint16_t {
  kPunktAbbreviation = 1U << 0U,
  kPunktBeginUpper = 1U << 1U,  // seen at the beginning of a sentence with an upper-case letter
  kPunktMiddleUpper = 1U << 2U,
  kPunktUnknownUpper = 1U << 3U,
  kPunktBeginLower = 1U << 4U,
  kPunktMiddleLower = 1U << 5U,
  kPunktUnknownLower = 1U << 6U,
  kPunktSentenceStarter = 1U << 7U,
  kPunktCollocationFirst = 1U << 8U,  // the first word of some collocation
  kPunktCollocation = 1U << 9U,       // "first\nsecond" is a collocation
};

// One slot of a hash table with linear probing, FNV-1a (32 bits) and at least one free slot. The
// word is kPunktWords[offset, offset + size); a free slot has size 0. Words are ASCII.
struct PunktSlot {
  std::uint32_t offset;
  std::uint16_t size;
  std::uint16_t flags;
};

extern const std::uint32_t kPunktSlotCount;  // a power of two
extern const PunktSlot kPunktSlots[];
extern const char kPunktWords[];

}  // namespace assay

#endif  // ASSAY_TEXT_PUNKT_PARAMETERS_H_
