#!/usr/bin/env python3
"""Writes src/text/unicode_tables.h: what CPython 3.11 (Unicode 14.0) knows about each character.

  python3.11 tools/unicode_tables.py > src/text/unicode_tables.h

Everything is asked of the interpreter's own str methods and regular expressions, because they are
the behaviour to reproduce.
"""
import re
import sys
import unicodedata

assert unicodedata.unidata_version == "14.0.0", unicodedata.unidata_version

CHARS = [chr(c) for c in range(0x110000) if not 0xD800 <= c <= 0xDFFF]


def progressions(codes):
    """Splits ascending code points into greedy arithmetic progressions (first, last, step)."""
    i = 0
    while i < len(codes):
        j, step = i, 1
        if i + 1 < len(codes) and codes[i + 1] - codes[i] <= 2:
            step = codes[i + 1] - codes[i]
            while j + 1 < len(codes) and codes[j + 1] - codes[j] == step:
                j += 1
        yield codes[i], codes[j], step
        i = j + 1


def print_set(name, member):
    print(f"inline constexpr CodePointRun {name}[] = {{")
    rows = [f"{{0x{a:X}, 0x{b:X}, {s}}}" for a, b, s in progressions([ord(c) for c in CHARS if member(c)])]
    for i in range(0, len(rows), 4):
        print("    " + ", ".join(rows[i:i + 4]) + ",")
    print("};\n")


def print_lower():
    by_delta = {}
    for c in CHARS:
        lower = c.lower()
        if len(lower) > 1:
            assert (c, lower) == ("\u0130", "i\u0307"), "a new special case: handle it in Lower()"
        elif lower != c and c != "\u0130":
            by_delta.setdefault(ord(lower) - ord(c), []).append(ord(c))
    runs = sorted((*run, delta) for delta, codes in by_delta.items() for run in progressions(codes))
    for run, following in zip(runs, runs[1:]):
        assert run[1] < following[0], "runs overlap: one binary search no longer finds the right one"
    print("inline constexpr LowerRun kLowerRuns[] = {")
    rows = [f"{{0x{a:X}, 0x{b:X}, {s}, {d}}}" for a, b, s, d in runs]
    for i in range(0, len(rows), 3):
        print("    " + ", ".join(rows[i:i + 3]) + ",")
    print("};\n")


def is_cased_not_ignorable(c):
    """By the final-sigma rule of str.lower(), the only place where Python lets this be seen."""
    return ("A\u03A3" + c).lower()[1] == "\u03C3"


def is_case_ignorable(c):
    return ("A\u03A3" + c + "A").lower()[1] == "\u03C3" and not is_cased_not_ignorable(c)


def main():
    space = re.compile(r"\s")
    assert all(bool(space.match(c)) == c.isspace() for c in CHARS)
    decimal, word = re.compile(r"\d"), re.compile(r"\w")
    version = ".".join(map(str, sys.version_info[:2]))
    print(f"""\
// Made by tools/unicode_tables.py with CPython {version}, Unicode {unicodedata.unidata_version}. Do not edit.
// clang-format off

#ifndef ASSAY_TEXT_UNICODE_TABLES_H_
#define ASSAY_TEXT_UNICODE_TABLES_H_

#include <cstdint>

namespace assay {{

// The code points first, first + step, ... last. Arrays of runs ascend and do not overlap.
struct CodePointRun {{
  char32_t first;
  char32_t last;
  std::uint32_t step;
}};

// The same, each code point with a lower-case form at this distance.
struct LowerRun {{
  char32_t first;
  char32_t last;
  std::uint32_t step;
  std::int32_t distance;
}};
""")
    print_set("kSpaceRuns", str.isspace)
    print_set("kDecimalRuns", decimal.match)
    print_set("kWordRuns", word.match)
    print_set("kUpperRuns", str.isupper)
    print_set("kLowerCaseRuns", str.islower)
    print_set("kCaseIgnorableRuns", is_case_ignorable)
    print_set("kCasedNotIgnorableRuns", is_cased_not_ignorable)
    print_lower()
    print("}  // namespace assay\n\n#endif  // ASSAY_TEXT_UNICODE_TABLES_H_")


if __name__ == "__main__":
    main()
