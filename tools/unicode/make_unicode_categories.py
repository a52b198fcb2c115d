#!/usr/bin/env python3
"""Writes src/tokenizer/unicode_categories.inc: the general category of every code point.

  python3.11 -m venv venv && venv/bin/pip install unicodedata2==15.1.0
  venv/bin/python tools/unicode/make_unicode_categories.py > src/tokenizer/unicode_categories.inc

Two versions of Unicode matter to tokenizers: 14.0 (Oniguruma in the Hugging Face tokenizers
0.20.3; CPython 3.11's own unicodedata) and 15.1 (llama.cpp's tables, and Rust's char::is_numeric,
whose 15.0 differs from 15.1 in no number). 15.1 only assigns code points that 14.0 left unassigned,
so one table with a mark "assigned after 14.0" holds both; the program stops if that is not so.
"""
import sys
import unicodedata

import unicodedata2

CATEGORIES = ("Cn Cc Cf Co Cs Ll Lm Lo Lt Lu Mc Me Mn Nd Nl No "
              "Pc Pd Pe Pf Pi Po Ps Sc Sk Sm So Zl Zp Zs").split()
AFTER_14 = 0x20


def entry(code_point):
    old = unicodedata.category(chr(code_point))
    new = unicodedata2.category(chr(code_point))
    if old == new:
        return CATEGORIES.index(new)
    assert old == "Cn", f"U+{code_point:04X} changed from {old} to {new}"
    return CATEGORIES.index(new) | AFTER_14


def main():
    assert unicodedata.unidata_version == "14.0.0", unicodedata.unidata_version
    assert unicodedata2.unidata_version == "15.1.0", unicodedata2.unidata_version
    runs, last = [], None
    for code_point in range(0x110000):
        this = entry(code_point)
        if this != last:
            runs.append((code_point, this))
            last = this
    print("// Made by tools/unicode/make_unicode_categories.py: {first code point, entry}.")
    for i in range(0, len(runs), 6):
        print(" ".join(f"{{0x{start:05X}, 0x{value:02X}}}," for start, value in runs[i:i + 6]))
    print(f"{len(runs)} runs", file=sys.stderr)


if __name__ == "__main__":
    main()
