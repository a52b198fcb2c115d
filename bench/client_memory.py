#!/usr/bin/env python3
"""What the client of an endpoint keeps in memory, and whether a token costs more the longer an answer has become.

`assay null-server` runs on the first processor, the client on the second.

    streams   10,000 streams open at one moment, beside 100 at a time with as many requests in all: bytes for each
    lengths   processor time for a token, by length of prompt and answer
    requests  1,000,000 requests, one after the other: memory when 100,000, 200,000, ... have ended, beside that of
              LoadGen alone with the same test (loadgen_memory_driver, built on demand)

Memory is what the test's process holds that is no file (RssAnon), looked at 50 times a second.

    bench/client_memory.py --build build/release --tokenizer MODEL.gguf
"""

import argparse
import json
import os
import pathlib
import subprocess
import tempfile
import time

SERVER_CPU, CLIENT_CPU = 0, 1
STREAMS, FEW_STREAMS = 10_000, 100
REQUESTS, RATE, REPORT_EVERY = 1_000_000, 12_500, 100_000
WHOLE_TOKENS = 4
PARTS = ["streams", "lengths", "requests"]


def pinned(cpu, words):
    return ["taskset", "-c", str(cpu), *map(str, words)]


def anonymous_bytes(pid):
    for line in pathlib.Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("RssAnon:"):
            return int(line.split()[1]) * 1024
    return 0


def child_of(pid):
    """The test's process of a running `assay run`; None: there is none (any more)."""
    try:
        children = pathlib.Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    except FileNotFoundError:
        return None
    return next(iter(children), None)


class Measured:
    """One run against a server of its own: its record, and its memory at moments of the steady clock."""

    def __init__(self, args, server_options, articles, options):
        with tempfile.TemporaryDirectory() as parent:
            directory = pathlib.Path(parent)
            (directory / "articles.jsonl").write_text("".join(json.dumps(a) + "\n" for a in articles))
            words = [args.assay, "null-server", "--tokenizer", args.tokenizer, *server_options]
            server = subprocess.Popen(pinned(SERVER_CPU, words), stdout=subprocess.PIPE, text=True)
            try:
                url = server.stdout.readline().removeprefix("listening on ").strip()
                self.run(args, url, directory, options)
            finally:
                server.terminate()
                server.wait()

    def run(self, args, url, directory, options):
        words = [args.assay, "run", "--base-url", url, "--tokenizer", args.tokenizer, "--dataset", "articles.jsonl"]
        words += ["--mode", "performance", "--no-calibration", "--no-inputs", "--quiet", "--telemetry-hz", 0]
        words += ["--output", "run", *options]
        silent = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
        process = subprocess.Popen(pinned(CLIENT_CPU, words), cwd=directory, **silent)
        self.memory = []
        while process.poll() is None:
            child = child_of(process.pid)
            try:
                if child:
                    self.memory.append((time.monotonic_ns(), anonymous_bytes(child)))
            except (FileNotFoundError, ProcessLookupError):
                pass
            time.sleep(0.02)
        self.record = json.loads((directory / "run/performance/test.json").read_text())
        if self.record["status"] != "completed" or self.record["failed"]:
            raise RuntimeError(f"{self.record['status']} {self.record['message']}: {self.record['failed']} failed")
        journal = (directory / "run/performance/requests.jsonl").open()
        self.ended = sorted(int(line.split('"done_ns":', 1)[1].split(",", 1)[0]) for line in journal)

    def peak(self):
        return max(size for _, size in self.memory)

    def when_ended(self, count):
        """Memory at the last look before one more than `count` requests had ended."""
        limit = self.ended[count] if count < len(self.ended) else self.ended[-1]
        return [size for when, size in self.memory if when <= limit][-1]


def articles(words):
    return [{"article": f"{i} " + "the ferry leaves " * (words // 3), "highlights": "It leaves."} for i in range(100)]


def offline(requests, concurrency, tokens):
    return ["--min-duration", 1, "--target-qps", requests / 1.1, "--max-concurrency", concurrency,
            "--max-tokens", tokens]  # fmt: skip


def measure_streams(args):
    schedule = ["--ttft", 8000, "--tpot", 10]
    many = Measured(args, schedule, articles(30), offline(STREAMS, STREAMS, 128))
    few = Measured(args, [], articles(30), offline(STREAMS, FEW_STREAMS, 128))
    for run in (many, few):
        client = run.record["client"]
        print(f"streams: {client['peak_streams']:6} of {run.record['completed']} at once: {run.peak() / 2**20:.1f} MiB")
    more = many.record["client"]["peak_streams"] - few.record["client"]["peak_streams"]
    print(f"streams: {(many.peak() - few.peak()) / more:,.0f} bytes each")


def measure_lengths(args):
    # Paced: a client that falls behind reads several tokens at once, which is cheaper.
    schedule = ["--ttft", 1, "--tpot", 1]
    for prompt, tokens in ((30, 128), (30, 1024), (30, 8192), (6000, 1024)):
        run = Measured(args, schedule, articles(prompt), offline(2**19 // tokens, 64, tokens))
        count = run.record["completed"] * tokens
        reads = run.record["client"]["read_delay"]["count"]
        print(
            f"lengths: prompts of {prompt:5} words, {tokens:5} tokens:"
            f" {1e6 * run.record['cpu_seconds'] / count:.3f} µs a token, {count / reads:.1f} tokens a read"
        )


def measure_requests(args):
    # Few at a time: what waits for its turn after a hitch of the machine takes memory, and is no finished request.
    options = ["--scenario", "server", "--target-qps", RATE, "--min-duration", REQUESTS / RATE, "--no-stream"]
    run = Measured(args, [], articles(30), [*options, "--max-concurrency", 64, "--max-tokens", WHOLE_TOKENS])
    with tempfile.TemporaryDirectory() as directory:
        driver = pathlib.Path(args.build) / "bench" / "loadgen_memory_driver"
        words = pinned(CLIENT_CPU, [driver, RATE, REQUESTS / RATE, WHOLE_TOKENS, directory])
        out = subprocess.run(words, check=True, capture_output=True, text=True).stdout
    alone = {row["answered"]: row["anonymous_bytes"] for row in map(json.loads, out.splitlines())}
    for count in range(REPORT_EVERY, len(run.ended) + 1, REPORT_EVERY):
        if count not in alone:
            continue
        ours, theirs = run.when_ended(count) / 2**20, alone[count] / 2**20
        print(
            f"requests: {count:9,} ended: {ours:7.1f} MiB, LoadGen alone {theirs:7.1f},"
            f" difference {ours - theirs:6.1f}"
        )


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--build", default="build/release", help="with assay and bench/loadgen_memory_driver")
    parser.add_argument("--tokenizer", required=True)
    parser.add_argument("--parts", nargs="+", choices=PARTS, default=PARTS)
    args = parser.parse_args()
    args.assay = str(pathlib.Path(args.build, "assay").resolve())
    args.tokenizer = str(pathlib.Path(args.tokenizer).resolve())
    if os.cpu_count() < 2:
        raise SystemExit("needs two processors")
    measures = {"streams": measure_streams, "lengths": measure_lengths, "requests": measure_requests}
    for part in args.parts:
        measures[part](args)


if __name__ == "__main__":
    main()
