#!/usr/bin/env python3
"""Writes src/tokenizer/word_characters.inc: the characters that are \\w to an added token with
single_word in the Hugging Face tokenizers, asked from that library itself, one by one.

  python3 -m venv venv && venv/bin/pip install tokenizers==0.20.3
  venv/bin/python tools/unicode/make_word_characters.py > src/tokenizer/word_characters.inc
"""
import tokenizers
from tokenizers import AddedToken, Tokenizer, models


def main():
    assert tokenizers.__version__ == "0.20.3", tokenizers.__version__
    tokenizer = Tokenizer(models.BPE(vocab={}, merges=[]))
    tokenizer.add_tokens([AddedToken("~tok~", single_word=True, normalized=False)])
    ranges = []
    for c in range(0x110000):
        if 0xD800 <= c < 0xE000 or tokenizer.encode(chr(c) + "~tok~").ids:
            continue
        if ranges and ranges[-1][1] + 1 == c:
            ranges[-1][1] = c
        else:
            ranges.append([c, c])
    print("// Made by tools/unicode/make_word_characters.py: {first code point, last}.")
    for i in range(0, len(ranges), 5):
        print(" ".join(f"{{0x{a:05X}, 0x{b:05X}}}," for a, b in ranges[i:i + 5]))


if __name__ == "__main__":
    main()
