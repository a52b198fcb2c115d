#!/usr/bin/env python3
"""The embedded engine under LoadGen against llama.cpp's own tools.

fixed: prompts of 700 tokens and answers of 128, by 1, 8 and 16 sequences, against llama-batched-bench.
real:  the first 50 samples of a data set, with as many slots, against llama-server without prompt cache.

Output tokens per second, from the first issue to the last completion, medians of alternating runs,
and the peak of memory. Exits 1 where the engine falls short of 0.95 (fixed) or 1.0 (real) of the
tool's rate, or needs more than 1.1 of its memory.

The tools, of the same sources and libraries as the engine, after tools/setup:

  cmake -G Ninja -S tools/llama-server -B build/llama-tools -DCMAKE_BUILD_TYPE=Release \\
    -DLLAMA_TREE=$HOME/.cache/assay/llama.cpp-0.3.36 -DLLAMA_PREFIX=$HOME/.cache/assay/llama
  cmake --build build/llama-tools --target llama-server llama-batched-bench
"""

import argparse
import concurrent.futures
import http.client
import json
import os
import pathlib
import random
import socket
import statistics
import subprocess
import sys
import tempfile
import time

PROMPT_TOKENS = 700
NEW_TOKENS = 128
FIXED_SEQUENCES = (1, 8, 16)
TEMPLATE = ("Summarize the following news article in 128 tokens. Please output the summary only, "
            "without any other text.\n\nArticle:\n{input}\n\nSummary:")
WORDS = "the of and to in is was for on that with as at by from it an be are this not or have had".split()
CONTEXT_STEP = 256  # llama.cpp rounds a sequence's context up to a multiple of this


def parse_arguments():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("part", choices=["fixed", "real"])
    parser.add_argument("--assay", type=pathlib.Path, required=True, help="the program, built in release")
    parser.add_argument("--llama-bin", type=pathlib.Path, required=True,
                        help="folder with llama-batched-bench and llama-server, of the same build options")
    parser.add_argument("--model", type=pathlib.Path, required=True)
    parser.add_argument("--dataset", type=pathlib.Path, help="real: JSONL with article and highlights")
    parser.add_argument("--samples", type=int, default=50, help="real")
    parser.add_argument("--slots", type=int, default=8, help="real")
    parser.add_argument("--sequences", type=int, nargs="+", default=FIXED_SEQUENCES, help="fixed")
    parser.add_argument("--threads", type=int, default=len(os.sched_getaffinity(0)))
    parser.add_argument("--runs", type=int, default=5)
    return parser.parse_args()


def run_assay(options, dataset, samples, slots, min_tokens, folder):
    """One performance test, offline: all samples are issued at once."""
    output = folder / f"run-{time.monotonic_ns()}"
    done = subprocess.run(
        [options.assay, "run", "--quiet", "--mode", "performance", "--scenario", "offline", "--model",
         options.model, "--dataset", dataset, "--samples", str(samples), "--slots", str(slots), "--threads",
         str(options.threads), "--min-tokens", str(min_tokens), "--max-tokens", str(NEW_TOKENS), "--output",
         output], stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
    if done.returncode not in (0, 1):  # 1: an answer without a token makes the run invalid
        sys.exit(f"assay run: exit code {done.returncode}\n{done.stderr}")
    test = output / "performance"
    requests = [json.loads(line) for line in (test / "requests.jsonl").read_text().splitlines()]
    failed = [request["error"] for request in requests if request["error"]]
    if failed or len(requests) != samples:
        sys.exit(f"{test}: {len(requests)} requests, {len(failed)} failed")
    prompts = [json.loads(line)["prompt_ids"]
               for line in (output / "inputs" / "samples.jsonl").read_text().splitlines()]
    wall_ns = max(r["done_ns"] for r in requests) - min(r["issued_ns"] for r in requests)
    record = json.loads((test / "test.json").read_text())
    return {"tokens": sum(r["n_tokens"] for r in requests), "wall_s": wall_ns / 1e9,
            "peak_mib": record["peak_rss_bytes"] / 2**20, "cpu_s": record["cpu_seconds"],
            "answers": {r["sample_index"]: r["token_ids"] for r in requests}, "prompts": prompts}


def finish(process):
    """Waits for a child. Value: its peak of memory in MiB, its CPU seconds, whether it succeeded."""
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    return usage.ru_maxrss / 1024, usage.ru_utime + usage.ru_stime, process.returncode == 0


def run_batched_bench(options, sequences):
    context = -(-(PROMPT_TOKENS + NEW_TOKENS) // CONTEXT_STEP) * CONTEXT_STEP * sequences
    with tempfile.TemporaryFile("w+") as out:
        process = subprocess.Popen(
            [options.llama_bin / "llama-batched-bench", "-m", options.model, "-c", str(context), "-npp",
             str(PROMPT_TOKENS), "-ntg", str(NEW_TOKENS), "-npl", str(sequences), "-t", str(options.threads),
             "--output-format", "jsonl"], stdout=out, stderr=subprocess.DEVNULL)
        peak_mib, cpu_s, succeeded = finish(process)
        out.seek(0)
        lines = [json.loads(line) for line in out if line.startswith("{")]
    if not succeeded or len(lines) != 1:
        sys.exit(f"llama-batched-bench: exit code {process.returncode}, {len(lines)} results")
    return {"tokens": sequences * NEW_TOKENS, "wall_s": lines[0]["t"], "peak_mib": peak_mib, "cpu_s": cpu_s}


def post(port, path, body):
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=3600)
    connection.request("POST", path, json.dumps(body), {"Content-Type": "application/json"})
    response = connection.getresponse()
    text = response.read()
    if response.status != 200:
        sys.exit(f"llama-server: {response.status} {text[:200]!r}")
    return json.loads(text)


def wait_until_healthy(port, process):
    while process.poll() is None:
        try:
            connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
            connection.request("GET", "/health")
            if connection.getresponse().status == 200:
                return
        except OSError:
            pass
        time.sleep(0.1)
    sys.exit(f"llama-server: exit code {process.returncode}")


def run_server(options, prompts):
    longest = max(len(ids) for ids in prompts) + NEW_TOKENS
    context = -(-longest // CONTEXT_STEP) * CONTEXT_STEP * options.slots
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    process = subprocess.Popen(
        [options.llama_bin / "llama-server", "-m", options.model, "-c", str(context), "-np",
         str(options.slots), "-t", str(options.threads), "--port", str(port), "--cache-ram", "0", "--no-ui"],
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        wait_until_healthy(port, process)
        post(port, "/completion", {"prompt": prompts[0][:16], "n_predict": 2, "cache_prompt": False})

        def ask(ids):
            return post(port, "/completion", {"prompt": ids, "n_predict": NEW_TOKENS, "temperature": 0,
                                              "cache_prompt": False, "return_tokens": True})

        with concurrent.futures.ThreadPoolExecutor(len(prompts)) as pool:
            start = time.monotonic()
            answers = list(pool.map(ask, prompts))
            wall_s = time.monotonic() - start
    finally:
        process.terminate()
        peak_mib, cpu_s, _ = finish(process)
    return {"tokens": sum(answer["tokens_predicted"] for answer in answers), "wall_s": wall_s,
            "peak_mib": peak_mib, "cpu_s": cpu_s,
            "answers": {i: answer["tokens"] for i, answer in enumerate(answers)}}


def count_tokens(options, texts):
    lines = "".join(json.dumps({"text": text}) + "\n" for text in texts)
    done = subprocess.run([options.assay, "tokenize", "--tokenizer", options.model], input=lines, check=True,
                          capture_output=True, text=True)
    return [len(json.loads(line)["ids"]) for line in done.stdout.splitlines()]


def write_fixed_dataset(options, path, samples):
    """Articles of random short words whose prompts have PROMPT_TOKENS tokens each."""
    rng = random.Random(1)
    articles = []
    while len(articles) < samples:
        words = [rng.choice(WORDS) for _ in range(PROMPT_TOKENS)]
        lengths = range(PROMPT_TOKENS - 60, PROMPT_TOKENS)
        counts = count_tokens(options, [TEMPLATE.replace("{input}", " ".join(words[:n])) for n in lengths])
        articles += [" ".join(words[:n]) for n, count in zip(lengths, counts) if count == PROMPT_TOKENS][:1]
    path.write_text("".join(json.dumps({"id": i, "article": article, "highlights": "None."}) + "\n"
                            for i, article in enumerate(articles)))


def compare(name, ours, theirs, runs, at_least):
    """Alternating runs. Value: whether the engine holds its promises."""
    results = {"assay": [], name: []}
    for _ in range(runs):
        for key, function in (("assay", ours), (name, theirs)):
            result = function()
            results[key].append(result)
            print(f"  {key:20} {result['tokens']:6} tokens {result['wall_s']:8.2f} s "
                  f"{result['tokens'] / result['wall_s']:8.2f} tokens/s {result['peak_mib']:7.0f} MiB "
                  f"{result['cpu_s']:7.1f} s CPU", flush=True)

    def median(key, value):
        return statistics.median(value(result) for result in results[key])

    rate = {key: median(key, lambda r: r["tokens"] / r["wall_s"]) for key in results}
    peak = {key: median(key, lambda r: r["peak_mib"]) for key in results}
    speed, memory = rate["assay"] / rate[name], peak["assay"] / peak[name]
    good = speed >= at_least and memory <= 1.1
    print(f"  median {rate['assay']:.2f} to {rate[name]:.2f} tokens/s: {speed:.3f} (at least {at_least}), "
          f"memory {memory:.3f} (at most 1.1): {'ok' if good else 'FALLS SHORT'}", flush=True)
    return good, results


def fixed(options, folder):
    good = True
    for sequences in options.sequences:
        print(f"{sequences} x {PROMPT_TOKENS} + {NEW_TOKENS} tokens, {options.threads} threads")
        dataset = folder / f"fixed-{sequences}.jsonl"
        write_fixed_dataset(options, dataset, sequences)
        fine, _ = compare("llama-batched-bench",
                          lambda: run_assay(options, dataset, sequences, sequences, NEW_TOKENS, folder),
                          lambda: run_batched_bench(options, sequences), options.runs, 0.95)
        good &= fine
    return good


def real(options, folder):
    if options.dataset is None:
        sys.exit("real needs --dataset")
    print(f"{options.samples} samples, {options.slots} slots, {options.threads} threads")
    prompts = []

    def ours():
        # llama-server masks no end token, so neither does this comparison.
        result = run_assay(options, options.dataset, options.samples, options.slots, 0, folder)
        prompts[:] = result["prompts"]
        return result

    good, results = compare("llama-server", ours, lambda: run_server(options, prompts), options.runs, 1.0)
    mine, server = results["assay"][0]["answers"], results["llama-server"][0]["answers"]
    equal = sum(mine[i] == server[i] for i in mine)
    print(f"  {equal} of {len(mine)} answers are the same, token for token")
    return good


def main():
    options = parse_arguments()
    with tempfile.TemporaryDirectory() as folder:
        good = (fixed if options.part == "fixed" else real)(options, pathlib.Path(folder))
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())
