#!/usr/bin/env python3
"""Writes src/tokenizer/nfc_tables.inc: canonical decompositions, combining classes and compositions
as the Hugging Face tokenizers' NFC and NFD know them (Unicode 9.0, by its age older than anything
that Python offers), asked from that library itself.

  python3 -m venv venv && venv/bin/pip install tokenizers==0.20.3
  venv/bin/python tools/unicode/make_nfc_tables.py > src/tokenizer/nfc_tables.inc
"""
import unicodedata

import tokenizers
from tokenizers import normalizers

HANGUL = range(0xAC00, 0xD7A4)  # decomposed by arithmetic
nfc = normalizers.NFC().normalize_str
nfd = normalizers.NFD().normalize_str


def reference_marks():
    """One undecomposable mark of each combining class that the library has."""
    marks = {}
    for c in filter(unicodedata.combining, map(chr, range(0x110000))):
        k = unicodedata.combining(c)
        known = nfd("a\u0345" + c) == "a" + c + "\u0345" or nfd("a" + c + "\u0334") == "a\u0334" + c
        if k not in marks and not unicodedata.decomposition(c) and (known or k == 240):
            marks[k] = c
    classes = sorted(marks)
    for low, high in zip(classes, classes[1:]):
        assert nfd("a" + marks[high] + marks[low]) == "a" + marks[low] + marks[high], (low, high)
        assert nfd("a" + marks[low] + marks[high]) == "a" + marks[low] + marks[high], (low, high)
    return [(k, marks[k]) for k in classes]


def combining_class(c, marks):
    moves_left = [k for k, mark in marks if nfd("a" + mark + c) == "a" + c + mark != "a" + mark + c]
    moves_right = [k for k, mark in marks if nfd("a" + c + mark) == "a" + mark + c != "a" + c + mark]
    if not moves_left and not moves_right:
        return 0
    between = [k for k, _ in marks if k not in moves_left and k not in moves_right]
    assert len(between) == 1, (hex(ord(c)), between)
    return between[0]


def print_rows(rows, per_line):
    for i in range(0, len(rows), per_line):
        print(" ".join(rows[i:i + per_line]))


def main():
    assert tokenizers.__version__ == "0.20.3", tokenizers.__version__
    marks = reference_marks()
    decompositions, classes, compositions = [], [], []
    for c in range(0x110000):
        if 0xD800 <= c < 0xE000 or c in HANGUL:
            continue
        parts = nfd(chr(c))
        if parts == chr(c):
            k = combining_class(chr(c), marks)
            if k and classes and classes[-1][1] + 1 == c and classes[-1][2] == k:
                classes[-1][1] = c
            elif k:
                classes.append([c, c, k])
            continue
        assert len(parts) <= 4
        decompositions.append((c, parts))
        if len(parts) > 1 and nfc(parts) == chr(c):
            first = nfc(parts[:-1])
            assert len(first) == 1 and nfc(first + parts[-1]) == chr(c), hex(c)
            compositions.append((ord(first), ord(parts[-1]), c))
    print("// Made by tools/unicode/make_nfc_tables.py.")
    print("constexpr Decomposition kDecompositions[] = {")
    print_rows([f"{{0x{c:05X}, {{{', '.join(hex(ord(p)) for p in parts)}}}}}," for c, parts in decompositions], 3)
    print("};\nconstexpr CombiningRange kCombining[] = {")
    print_rows([f"{{0x{a:05X}, 0x{b:05X}, {k}}}," for a, b, k in classes], 4)
    print("};\nconstexpr Composition kCompositions[] = {")
    print_rows([f"{{0x{a:05X}, 0x{b:05X}, 0x{c:05X}}}," for a, b, c in sorted(compositions)], 3)
    print("};")


if __name__ == "__main__":
    main()
