#!/usr/bin/env python3
"""What a connection costs: the same model, weights, threads and batch size, embedded and behind llama-server.

Single stream: one request at a time, so that a request's time is the engine's plus the connection's. Offline: as many
at once as there are slots. Medians of alternating runs of one program; the answers of both must be the same tokens
in single stream, and how many differ offline is told (batches of other sizes add in another order). No least number
of tokens is asked for: llama-server knows none.
"""

import argparse
import json
import pathlib
import statistics
import subprocess
import sys
import tempfile

FIGURES = (("median_e2el_ms", "E2EL, median, ms"), ("median_ttft_ms", "TTFT, median, ms"),
           ("median_tpot_ms", "TPOT, median, ms"), ("output_throughput", "output tokens/s"),
           ("cpu_seconds", "CPU of the test's process, s"))


def parse_arguments():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--assay", type=pathlib.Path, required=True, help="the program, built in release")
    parser.add_argument("--llama-server", type=pathlib.Path, required=True)
    parser.add_argument("--model", type=pathlib.Path, required=True)
    parser.add_argument("--dataset", type=pathlib.Path, help="default: the bundled sample")
    parser.add_argument("--samples", type=int, default=4)
    parser.add_argument("--max-tokens", type=int, default=64)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--slots", type=int, default=4, help="offline")
    parser.add_argument("--runs", type=int, default=3)
    return parser.parse_args()


def without_end(line):
    """The tokens of an answer but for its end token: a server does not tell which of a model's several it was."""
    return line["token_ids"][:-1] if line["finish_reason"] == "stop" else line["token_ids"]


def run(options, scenario, slots, served, folder):
    """One performance test. Value: its metrics and the tokens of its answers by sample."""
    output = folder / f"{scenario}-{served}-{len(list(folder.iterdir()))}"
    words = [options.assay, "run", "--quiet", "--mode", "performance", "--scenario", scenario, "--samples",
             options.samples, "--min-tokens", 0, "--max-tokens", options.max_tokens, "--output", output]
    words += ["--dataset", options.dataset] if options.dataset else []
    if served:
        server = (f"'{options.llama_server}' -m '{options.model}' --host 127.0.0.1 --port {{port}} -c {2048 * slots} "
                  f"-np {slots} -t {options.threads} -b 512 -ub 512 --no-ui")
        words += ["--serve", server, "--tokenizer", options.model, "--no-calibration"]
    else:
        words += ["--model", options.model, "--threads", options.threads, "--slots", slots]
    done = subprocess.run([str(word) for word in words], capture_output=True, text=True)
    # 1: a client that shares its processors with the server is CLIENT-LIMITED, which is what is measured here.
    if done.returncode not in (0, 1):
        sys.exit(done.stderr)
    metrics = json.loads((output / "metrics.json").read_text())
    journal = (output / "performance" / "requests.jsonl").read_text().splitlines()
    answers = {line["sample_index"]: without_end(line) for line in map(json.loads, journal)}
    return metrics, answers


def compare(options, scenario, slots, folder):
    figures = {False: [], True: []}
    answers = {}
    for _ in range(options.runs):
        for served in (False, True):
            metrics, answers[served] = run(options, scenario, slots, served, folder)
            figures[served].append(metrics)
    print(f"{scenario}, {slots} slot(s), {options.samples} samples of at most {options.max_tokens} tokens")
    for key, name in FIGURES:
        embedded, served = (statistics.median(m[key] for m in figures[s] if m[key] is not None) for s in (False, True))
        print(f"  {name:30} embedded {embedded:10.2f}   served {served:10.2f}   {served - embedded:+9.2f}")
    differing = sum(answers[False][i] != answers[True][i] for i in answers[False])
    print(f"  answers that differ: {differing} of {len(answers[False])}")
    return differing


def main():
    options = parse_arguments()
    with tempfile.TemporaryDirectory() as folder:
        differing = compare(options, "singlestream", 1, pathlib.Path(folder))
        compare(options, "offline", options.slots, pathlib.Path(folder))
    return 1 if differing else 0


if __name__ == "__main__":
    sys.exit(main())
