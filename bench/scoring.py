#!/usr/bin/env python3
"""Scoring and tokenization side by side with what people use, each in a process of its own, in turn.

  cmake --build --preset release --target assay scoring_driver
  PEERS/bin/python bench/scoring.py --build build/release --data CNNDM.jsonl --tokenizer LLAMA-3.1-FOLDER \\
      --reference score_reference.py

--data: JSON lines with "article" and "highlights". --reference: a program that takes the options of
mlcommons/inference's evaluation.py as `log --accuracy-log L --dataset D --tokenizer T --dtype int32`
and prints its figures. PEERS is an environment with the packages of bench/requirements-scoring.txt;
those that are not there are left out.

rouge:  pairs/s; windows of four sentences of the articles against the highlights, four types, stemmer
punkt:  MB/s of articles
encode: MB/s of distinct articles by a tokenizer that has encoded nothing yet; one thread
load:   ms for reading the tokenizer's file
log:    s for a log of 13,368 answers of 128 tokens, the whole process, as many threads as it likes
Medians of --runs. The peers' rates of rouge, punkt and encode are of one thread.
"""

import argparse
import importlib.metadata
import importlib.util
import json
import os
import pathlib
import platform
import random
import statistics
import subprocess
import sys
import tempfile
import time

SAMPLES, TOKENS = 13368, 128
TYPES = ["rouge1", "rouge2", "rougeL", "rougeLsum"]
PEERS = {"rouge": ["rouge_score", "rouge_score_rs"], "punkt": ["nltk"],
         "encode": ["tokenizers", "tiktoken", "tokie", "fastokens", "gigatoken"], "load": ["tokenizers", "tokie"]}
GOALS = {("rouge", "rouge_score_rs"): 3, ("punkt", "nltk"): 60, ("encode", "tokie"): 1.3, ("load", "tokenizers"): 10,
         ("log", "reference"): 200}
LLAMA3_SPLIT = (r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*|"
                r"\s*[\r\n]+|\s+(?!\S)|\s+")


def parse_arguments():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--build", type=pathlib.Path, required=True, help="build folder of the release preset")
    parser.add_argument("--data", type=pathlib.Path, required=True)
    parser.add_argument("--tokenizer", type=pathlib.Path, required=True, help="folder with tokenizer.json")
    parser.add_argument("--reference", type=pathlib.Path, help="without it, ours alone is timed on the log")
    parser.add_argument("--parts", nargs="+", default=["rouge", "punkt", "encode", "load", "log"])
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--reference-runs", type=int, default=1, help="of the reference on the log: a minute each")
    parser.add_argument("--peer", nargs=3, metavar=("PART", "PEER", "FILE"), help=argparse.SUPPRESS)
    return parser.parse_args()


def read_lines(path):
    return [json.loads(line) for line in pathlib.Path(path).read_text(encoding="utf-8").splitlines()]


# --- one peer, in its own process: prints seconds ----------------------------------------------------


def timed(work):
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def rouge_peer(name, rows):
    module = __import__(name, fromlist=["rouge_scorer"])
    scorer = module.rouge_scorer.RougeScorer(TYPES, use_stemmer=True)
    if name == "rouge_score_rs":
        references, predictions = [r["reference"] for r in rows], [r["prediction"] for r in rows]
        return lambda: scorer.score_batch(references, predictions)
    return lambda: [scorer.score(r["reference"], r["prediction"]) for r in rows]


def punkt_peer(rows):
    from nltk.tokenize.punkt import PunktParameters, PunktSentenceTokenizer
    from punkt.data import english
    parameters = PunktParameters()
    parameters.abbrev_types = set(english.ABBREV_TYPES)
    parameters.collocations = set(english.COLLOCATIONS)
    parameters.sent_starters = set(english.SENT_STARTERS)
    parameters.ortho_context.update(english.ORTHO_CONTEXT)
    splitter = PunktSentenceTokenizer(parameters)
    return lambda: [splitter.tokenize(r["text"]) for r in rows]


def load_peer(name, folder):
    path = str(folder / "tokenizer.json")
    if name == "tokie":
        import tokie
        return lambda: tokie.Tokenizer.from_json(path)
    if name == "tiktoken":
        import tiktoken
        vocabulary = json.loads(pathlib.Path(path).read_text(encoding="utf-8"))["model"]["vocab"]
        byte_of = {}
        for byte in range(256):
            itself = 0x21 <= byte <= 0x7E or (byte >= 0xA1 and byte != 0xAD)
            byte_of[chr(byte if itself else 0x100 + sum(1 for c in byte_of if ord(c) >= 0x100))] = byte
        ranks = {bytes(byte_of[c] for c in token): rank for token, rank in vocabulary.items()}
        return lambda: tiktoken.Encoding("llama3", pat_str=LLAMA3_SPLIT, mergeable_ranks=ranks, special_tokens={})
    if name == "tokenizers":
        import tokenizers
        return lambda: tokenizers.Tokenizer.from_file(path)
    if name == "gigatoken":
        import gigatoken
        return lambda: gigatoken.Tokenizer.from_json(pathlib.Path(path).read_text(encoding="utf-8"))
    import fastokens
    return lambda: fastokens.Tokenizer.from_file(path)


def run_peer(part, name, file, folder):
    if part == "load":
        seconds = [timed(load_peer(name, folder))]
    elif part == "encode":
        tokenizer = load_peer(name, folder)()
        texts = [row["text"] for row in read_lines(file)]
        seconds = [timed(lambda: [tokenizer.encode(text) for text in texts])]
    else:
        rows = read_lines(file)
        work = rouge_peer(name, rows) if part == "rouge" else punkt_peer(rows)
        seconds = [timed(work) for _ in range(3)]
    print(json.dumps({"seconds": statistics.median(seconds)}))


# --- inputs ------------------------------------------------------------------------------------------


def sentences_of(options, texts):
    lines = "".join(json.dumps({"text": text}) + "\n" for text in texts)
    done = subprocess.run([options.build / "assay", "sentences"], input=lines, check=True, capture_output=True,
                          text=True)
    return [json.loads(line)["sentences"] for line in done.stdout.splitlines()]


def write_lines(path, rows):
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    return path


def write_inputs(options, folder):
    rows = read_lines(options.data)
    articles = sentences_of(options, [row["article"] for row in rows])
    pairs = [{"prediction": "\n".join(article[i:i + 4]), "reference": row["highlights"]}
             for row, article in zip(rows, articles) for i in range(max(1, len(article) - 3))]
    files = {"rouge": write_lines(folder / "pairs.jsonl", pairs),
             "punkt": write_lines(folder / "texts.jsonl", [{"text": row["article"]} for row in rows])}
    files["encode"] = files["load"] = files["punkt"]
    amounts = {"rouge": len(pairs), "punkt": sum(len(row["article"].encode()) for row in rows) / 1e6, "load": 1e-3,
               "log": 1}
    amounts["encode"] = amounts["punkt"]
    return files, amounts, rows, articles


def write_log(options, folder, rows, articles):
    """As many samples as the full set has, made of the sentences and highlights of the given ones."""
    rng = random.Random(1)
    dataset, lines, texts = [], [], []
    for _ in range(SAMPLES):
        i = rng.randrange(len(rows))
        dataset.append({"input": " ".join(rng.sample(articles[i], len(articles[i]))), "output": rows[i]["highlights"]})
        texts.append(" ".join(rng.sample(articles[i], min(len(articles[i]), 12))))
    (folder / "dataset.json").write_text(json.dumps(dataset))
    done = subprocess.run([options.build / "assay", "tokenize", "--tokenizer", options.tokenizer, "--no-special",
                           "--max-length", str(TOKENS)], check=True, capture_output=True, text=True,
                          input="".join(json.dumps({"text": text}) + "\n" for text in texts))
    for i, line in enumerate(done.stdout.splitlines()):
        data = b"".join(token.to_bytes(4, "little") for token in json.loads(line)["ids"]).hex().upper()
        lines.append(f'{{ "seq_id" : {i}, "qsl_idx" : {i}, "data" : "{data}", "token_count" : {len(data) // 8} }}')
    (folder / "log.json").write_text("[\n" + ",\n".join(lines) + "\n]\n")


# --- runs --------------------------------------------------------------------------------------------


def ours(options, part, files):
    command = [options.build / "bench/scoring_driver", part]
    # A round of the peers takes ten milliseconds and more, one of ours a fraction of one.
    rounds = "1" if part in ("encode", "load") else "50"
    command += [options.tokenizer if part == "load" else files[part], rounds]
    command += [options.tokenizer] if part == "encode" else []
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    rows = [json.loads(line) for line in done.stdout.splitlines()]
    return statistics.median(row["seconds"] for row in rows if row["what"] != "warm")


def theirs(options, part, name, files):
    command = [sys.executable, __file__, "--build", options.build, "--data", options.data, "--tokenizer",
               options.tokenizer, "--peer", part, name, files[part]]
    environment = os.environ | {"RAYON_NUM_THREADS": "1", "TOKENIZERS_PARALLELISM": "false"}
    done = subprocess.run(command, capture_output=True, text=True, env=environment)
    if done.returncode != 0:
        print(f"  {name}: left out: {done.stderr.strip().splitlines()[-1]}")
        return None
    return json.loads(done.stdout)["seconds"]


def time_log(options, folder, name):
    common = ["--accuracy-log", folder / "log.json", "--dataset", folder / "dataset.json", "--tokenizer",
              options.tokenizer, "--dtype", "int32"]
    command = [options.build / "assay", "score", *common, "--format", "json"]
    if name == "reference":
        command = [sys.executable, options.reference, "log", *common]
    start = time.perf_counter()
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    seconds = time.perf_counter() - start
    figures = json.loads(done.stdout)
    return seconds, {key: figures[key] for key in TYPES + ["gen_len", "gen_num"]}


def version_of(name):
    package = {"rouge_score": "rouge-score", "rouge_score_rs": "rouge-score-rs"}.get(name, name)
    try:
        return importlib.metadata.version(package)
    except importlib.metadata.PackageNotFoundError:
        return "version unknown"


def report(part, amount, seconds):
    """One line for each competitor. Value: whether the goals are reached."""
    unit = {"rouge": "pairs/s", "punkt": "MB/s", "encode": "MB/s", "load": "ms", "log": "s"}[part]
    medians = {name: statistics.median(values) for name, values in seconds.items() if values}
    good = True
    for name, median in medians.items():
        value = median * 1e3 if part == "load" else median if part == "log" else amount / median
        line = f"{part:7} {name:15} {version_of(name) if name not in ('assay', 'reference') else '':10}"
        line += f" {value:12,.2f} {unit:8} of {len(seconds[name])}"
        if name != "assay":
            ratio, goal = median / medians["assay"], GOALS.get((part, name))
            line += f"   assay {ratio:.2f} times as fast"
            if goal:
                good &= ratio >= goal
                line += f", to reach {goal}: {'ok' if ratio >= goal else 'FALLS SHORT'}"
        print(line, flush=True)
    return good


def run_part(options, part, files, amounts):
    names = [name for name in PEERS.get(part, []) if importlib.util.find_spec(name)]
    seconds = {name: [] for name in ["assay", *names]}
    for _ in range(options.runs):
        seconds["assay"].append(ours(options, part, files))
        for name in list(names):
            value = theirs(options, part, name, files)
            seconds[name] += [] if value is None else [value]
            names = names if value is not None else [other for other in names if other != name]
    return report(part, amounts[part], seconds)


def run_log(options, folder):
    seconds, figures = {"assay": [], "reference": []}, []
    for _ in range(options.runs):
        value, found = time_log(options, folder, "assay")
        seconds["assay"].append(value)
        figures.append(found)
    for _ in range(options.reference_runs if options.reference else 0):
        value, found = time_log(options, folder, "reference")
        seconds["reference"].append(value)
        figures.append(found)
    same = all(found == figures[0] for found in figures)
    print(f"log     figures {json.dumps(figures[0])}: {'all the same' if same else f'THEY DIFFER: {figures}'}")
    return report("log", 1, seconds) and same


def main():
    options = parse_arguments()
    if options.peer:
        run_peer(*options.peer, options.tokenizer)
        return 0
    print(f"Python {platform.python_version()}, {os.cpu_count()} processors, medians")
    good = True
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        files, amounts, rows, articles = write_inputs(options, folder)
        for part in options.parts:
            if part == "log":
                write_log(options, folder, rows, articles)
                good &= run_log(options, folder)
            else:
                good &= run_part(options, part, files, amounts)
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())
