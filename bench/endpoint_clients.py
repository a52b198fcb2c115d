#!/usr/bin/env python3
"""Side by side: what clients of OpenAI-compatible servers cost, and what they add to TTFT.

`assay null-server` runs on the first processor, the whole client on the second. Needs two processors and, for a
figure that means anything, a quiet machine. Rounds alternate between the clients; the table has medians.

    stream   64 requests at a time, 128 tokens each, one write per token: tokens per second of processor time
    paced    the same, a token every 1 ms in each: no client falls behind, each token is a read of its own
    merged   as stream, all events of an answer in one write
    whole    the same without streaming: answers per second of processor time
    ttft     100 requests per second, 32 tokens each, TTFT 20 ms, TPOT 2 ms: what the client adds to TTFT

Processor time is that of all processes of the client (getrusage, children), minus that of a run with a tenth of the
requests: what remains is what the requests cost, without start-up and without imports. Assay's is that of the test's process
(LoadGen, client, journal) by test.json, and beside it that of the whole command by the same subtraction as the peers'.
TTFT added: client's percentile minus the server's (its log) over the same requests; Assay's request by request.
wrk asks with the body that Assay sends, so that the server writes the same events to both; it does not parse them.
"tokens a read": of Assay; where a client falls behind its server, the kernel joins what the server wrote apart.

    bench/endpoint_clients.py --assay build/release/assay --tokenizer DIR_WITH_tokenizer.json \
        --guidellm VENV --aiperf VENV --inference-perf VENV --vllm VENV --rounds 3
"""

import argparse
import collections
import contextlib
import json
import os
import pathlib
import re
import resource
import statistics
import subprocess
import sys
import tempfile

SERVER_CPU, CLIENT_CPU = 0, 1
CONCURRENCY, TOKENS = 64, 128
RATE, RATE_TOKENS, RATE_SECONDS = 100, 32, 10
MODES = ["stream", "paced", "merged", "whole", "ttft"]

# Requests of the long run; enough for some seconds of each client's processor time.
REQUESTS = {
    "assay": {"stream": 8000, "paced": 3000, "merged": 20000, "whole": 60000},
    "wrk": {"stream": 8000, "paced": 3000, "merged": 60000, "whole": 100000},  # wrk counts time: see Wrk
    "vllm": {"stream": 2000, "paced": 2000, "merged": 2000, "whole": 2000},
    "inference-perf": {"stream": 1000, "paced": 1000, "merged": 1000, "whole": 1000},
    "aiperf": {"stream": 600, "paced": 600, "merged": 600, "whole": 600},
    "guidellm": {"stream": 600, "paced": 600, "merged": 600, "whole": 600},
}


# Prompts of some 32 tokens, as the peers' made-up ones; Assay's template comes on top.
ARTICLES = [
    {"article": f"Harbour notice {i}: the ferry at the northern pier leaves at noon.", "highlights": "At noon."}
    for i in range(100)
]
PROMPT_TOKENS = 32


class Skip(Exception):
    """The client has no such mode."""


def pinned(cpu, words):
    return ["taskset", "-c", str(cpu), *map(str, words)]


def percentile(values, share):
    ordered = sorted(values)
    return ordered[min(int(len(ordered) * share), len(ordered) - 1)]


@contextlib.contextmanager
def null_server(args, mode, log):
    words = [args.assay, "null-server", "--model", "sim", "--log", log, "--tokenizer", args.gguf or args.tokenizer]
    if mode == "merged":
        words += ["--write-chunks", TOKENS]
    if mode == "paced":
        words += ["--ttft", 1, "--tpot", 1]
    if mode == "ttft":
        words += ["--ttft", 20, "--tpot", 2]
    server = subprocess.Popen(pinned(SERVER_CPU, words), stdout=subprocess.PIPE, text=True)
    try:
        yield server.stdout.readline().removeprefix("listening on ").strip()
    finally:
        server.terminate()
        server.wait()


def run(words, directory, env=None):
    """Runs a client to its end. Value: seconds of processor time of all its processes, and its output."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    done = subprocess.run(
        pinned(CLIENT_CPU, words), cwd=directory, capture_output=True, text=True, env={**os.environ, **(env or {})}
    )
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    if done.returncode not in (0, 1):
        raise RuntimeError(f"{words[0]}: exit code {done.returncode}\n{done.stdout[-2000:]}\n{done.stderr[-2000:]}")
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime, done.stdout


class Assay:
    name = "assay"

    def __init__(self, args):
        self.args = args
        self.binary = str(pathlib.Path(args.assay).resolve())

    def version(self):
        return subprocess.run([self.binary, "--version"], capture_output=True, text=True).stdout.strip()

    def words(self, url, directory):
        (directory / "articles.jsonl").write_text("".join(json.dumps(a) + "\n" for a in ARTICLES))
        words = [self.binary, "run", "--base-url", url, "--tokenizer", self.args.gguf or self.args.tokenizer]
        words += ["--dataset", "articles.jsonl", "--mode", "performance", "--no-calibration", "--no-inputs"]
        if self.args.cpu_latency_us is not None:
            words += ["--cpu-latency-us", str(self.args.cpu_latency_us)]
        return words + ["--quiet", "--output", "run"]

    def load(self, url, mode, requests, directory):
        words = self.words(url, directory) + ["--min-duration", 1, "--target-qps", requests / 1.1]
        words += ["--max-concurrency", CONCURRENCY, "--max-tokens", TOKENS]
        words += ["--no-stream"] if mode == "whole" else []
        cpu, _ = run(words, directory)
        record = json.loads((directory / "run/performance/test.json").read_text())
        if record["failed"]:
            raise RuntimeError(f"assay: {record['failed']} requests failed")
        self.tokens_a_read = record["completed"] * TOKENS / record["client"]["read_delay"]["count"]
        return cpu, record["completed"], record["cpu_seconds"]

    def ttft(self, url, directory):
        words = self.words(url, directory) + ["--scenario", "server", "--target-qps", RATE]
        words += ["--min-duration", RATE_SECONDS, "--max-tokens", RATE_TOKENS]
        run(words, directory)
        return None  # joined with the server's log

    @staticmethod
    def joined(directory, served):
        """TTFT added, delay from the schedule to sending, TPOT error: request by request, µs."""
        by_id = {int(s["request_id"].rsplit("-", 1)[1]): s for s in served if s["request_id"]}
        lines = (directory / "run/performance/requests.jsonl").read_text().splitlines()
        added, late, tpot = [], [], []
        requests = [json.loads(text) for text in lines]
        origin = min(r["issued_ns"] - r["offset_ns"] for r in requests)
        for r in requests:
            s = by_id[r["id"]]
            server = s["write_ns"][0] - s["read_ns"]
            added.append((r["first_token_ns"] - r["sent_ns"] - server) / 1e3)
            late.append((r["sent_ns"] - origin - r["offset_ns"]) / 1e3)
            took = r["last_token_ns"] - r["first_token_ns"]
            tpot.append(abs(took - (s["write_ns"][-1] - s["write_ns"][0])) / (r["n_tokens"] - 1) / 1e3)
        return added, late, tpot


def assays_body(stream):
    options = {"stream_options": {"include_usage": True, "continuous_usage_stats": True}} if stream else {}
    sampling = {"temperature": 0, "top_p": 1, "top_k": 1, "seed": 42, "min_tokens": 1, "max_tokens": TOKENS}
    extensions = {"cache_prompt": False, "return_token_ids": True, "timings_per_token": True}
    return {"model": "sim", "prompt": list(range(PROMPT_TOKENS)), "stream": stream, **options, **sampling, **extensions}


class Wrk:
    name = "wrk"

    def __init__(self, _args):
        pass

    def version(self):
        return subprocess.run(["wrk", "-v"], capture_output=True, text=True).stdout.split("Copyright")[0].strip()

    def load(self, url, mode, requests, directory):
        body = assays_body(mode != "whole")
        script = directory / "post.lua"
        script.write_text(
            'wrk.method = "POST"\nwrk.headers["Content-Type"] = "application/json"\n'
            f"wrk.body = '{json.dumps(body)}'\n"
        )
        seconds = 5 if requests >= REQUESTS["wrk"][mode] else 1  # it stops by time alone
        cpu, out = run(
            ["wrk", "-t1", f"-c{CONCURRENCY}", f"-d{seconds}s", "-s", script, url + "/v1/completions"], directory
        )
        return cpu, int(re.search(r"(\d+) requests in", out).group(1)), None

    def ttft(self, _url, _directory):
        raise Skip


class Peer:
    """A Python client in a virtual environment."""

    def __init__(self, args, venv):
        self.args = args
        self.bin = pathlib.Path(venv).resolve() / "bin"
        self.tokenizer = pathlib.Path(args.tokenizer).resolve()

    def version(self):
        code = f"import importlib.metadata as m; print(m.version('{self.name}'))"
        done = subprocess.run([self.bin / "python", "-c", code], capture_output=True, text=True, env=self.env())
        return done.stdout.strip()

    def env(self):
        return {**os.environ, "HF_HUB_OFFLINE": "1"}

    def load(self, url, mode, requests, directory):
        cpu, _ = run(self.words(url, requests, TOKENS, mode != "whole", None, directory), directory, self.env())
        return cpu, requests, None

    def ttft(self, url, directory):
        requests = RATE * RATE_SECONDS
        _, out = run(self.words(url, requests, RATE_TOKENS, True, RATE, directory), directory, self.env())
        return self.client_ttft(directory, out)


class Vllm(Peer):
    name = "vllm"

    def env(self):
        extra = {"PYTHONPATH": self.args.vllm_path} if self.args.vllm_path else {}
        return {**super().env(), **extra}

    def words(self, url, requests, tokens, stream, rate, _directory):
        if not stream:
            raise Skip
        words = [self.bin / "vllm", "bench", "serve", "--backend", "openai", "--base-url", url]
        words += ["--endpoint", "/v1/completions", "--model", "sim", "--tokenizer", self.tokenizer]
        words += ["--dataset-name", "random", "--random-input-len", PROMPT_TOKENS, "--random-output-len", tokens]
        words += ["--num-prompts", requests, "--ignore-eos", "--disable-tqdm", "--percentile-metrics", "ttft,tpot"]
        words += ["--metric-percentiles", "50,99", "--ready-check-timeout-sec", 0]
        return words + (["--request-rate", rate] if rate else ["--max-concurrency", CONCURRENCY])

    def client_ttft(self, _directory, out):
        return [float(re.search(rf"{p} TTFT \(ms\):\s+([\d.]+)", out).group(1)) for p in ("P50", "P99")]


class InferencePerf(Peer):
    name = "inference-perf"

    def words(self, url, requests, tokens, stream, rate, directory):
        def lengths(n):
            return f"{{min: {n}, max: {n}, mean: {n}, std_dev: 0, total_count: {requests}}}"

        load = (
            f"{{type: constant, num_workers: 1, worker_max_concurrency: 1000, "
            f"stages: [{{rate: {rate}, duration: {requests // rate}}}]}}"
            if rate
            else f"{{type: concurrent, num_workers: 1, worker_max_concurrency: {CONCURRENCY}, "
            f"stages: [{{num_requests: {requests}, concurrency_level: {CONCURRENCY}}}]}}"
        )
        (directory / "config.yml").write_text(
            f"api: {{type: completion, streaming: {str(stream).lower()}}}\n"
            f"data: {{type: random, input_distribution: {lengths(PROMPT_TOKENS)}, "
            f"output_distribution: {lengths(tokens)}}}\n"
            f"load: {load}\n"
            f'server: {{type: vllm, model_name: sim, base_url: "{url}", ignore_eos: true}}\n'
            f"tokenizer: {{pretrained_model_name_or_path: {self.tokenizer}}}\n"
            f"storage: {{local_storage: {{path: {directory}/out}}}}\n"
            "report: {request_lifecycle: {summary: true, per_stage: false, per_request: false}}\n"
        )
        return [self.bin / "inference-perf", "-c", "config.yml"]

    def client_ttft(self, directory, _out):
        summary = json.loads((directory / "out/summary_lifecycle_metrics.json").read_text())
        ttft = summary["successes"]["latency"]["time_to_first_token"]
        return [ttft["median"] * 1e3, ttft["p99"] * 1e3]


class AiPerf(Peer):
    name = "aiperf"

    def env(self):
        return dict(os.environ)  # off line it takes no tokenizer from a directory

    def words(self, url, requests, tokens, stream, rate, directory):
        if not (directory / "tok").exists():
            os.symlink(self.tokenizer, directory / "tok")
        words = [self.bin / "aiperf", "profile", "--model", "sim", "--url", url, "--tokenizer", "./tok"]
        words += ["--endpoint-type", "completions", "--request-count", requests]
        words += ["--isl", PROMPT_TOKENS, "--osl", tokens]
        words += ["--extra-inputs", "ignore_eos:true", "--ui", "none"] + (["--streaming"] if stream else [])
        return words + (["--request-rate", rate] if rate else ["--concurrency", CONCURRENCY])

    def client_ttft(self, directory, _out):
        path = next(directory.glob("artifacts/*/profile_export_aiperf.json"))
        ttft = json.loads(path.read_text())["time_to_first_token"]
        return [ttft["p50"], ttft["p99"]]


class GuideLlm(Peer):
    name = "guidellm"

    def words(self, url, requests, tokens, stream, rate, _directory):
        profile = f"kind=constant,rate={rate}" if rate else f"kind=concurrent,streams={CONCURRENCY}"
        backend = f"kind=openai_http,target={url},model=sim" + ("" if stream else ",stream=false")
        words = [self.bin / "guidellm", "run", "--backend", backend, "--profile", profile]
        words += ["--constraint", f"kind=max_requests,count={requests}"]
        words += ["--tokenizer", f"kind=huggingface_auto,model={self.tokenizer}"]
        words += ["--data", f"kind=synthetic_text,prompt_tokens={PROMPT_TOKENS},output_tokens={tokens}"]
        return words + ["--disable-console-interactive"]

    def client_ttft(self, directory, _out):
        report = json.loads((directory / "benchmarks.json").read_text())
        ttft = report["benchmarks"][0]["metrics"]["time_to_first_token_ms"]["successful"]
        return [ttft["median"], ttft["percentiles"]["p99"]]


def served_by(log):
    return [s for s in map(json.loads, log.read_text().splitlines()) if s["end"] == "done"]


def measure_load(args, client, mode):
    """Tokens (whole: answers) per second of processor time: of the test's process, of the whole command."""
    costs = []
    for requests in (REQUESTS[client.name][mode] // 10, REQUESTS[client.name][mode]):
        with tempfile.TemporaryDirectory() as parent:
            directory = pathlib.Path(parent)
            with null_server(args, mode, directory / "server.jsonl") as url:
                costs.append(client.load(url, mode, requests, directory))
    (short_cpu, short_count, _), (cpu, count, own_cpu) = costs
    unit = 1 if mode == "whole" else TOKENS
    marginal = (count - short_count) * unit / (cpu - short_cpu)
    found = {mode: count * unit / own_cpu if own_cpu else marginal, mode + " (command)": marginal}
    if own_cpu and mode in ("stream", "paced"):
        found[mode + ": tokens a read"] = client.tokens_a_read
    return found


def measure_ttft(args, client):
    with tempfile.TemporaryDirectory() as parent:
        directory = pathlib.Path(parent)
        log = directory / "server.jsonl"
        with null_server(args, "ttft", log) as url:
            ours = client.ttft(url, directory)
        served = served_by(log)
        if ours is None:
            added, late, tpot = client.joined(directory, served)
            return {
                "ttft p50": percentile(added, 0.5), "ttft p99": percentile(added, 0.99),
                "sent p50": percentile(late, 0.5), "sent p99": percentile(late, 0.99),
                "tpot p99": percentile(tpot, 0.99),
            }  # fmt: skip
        server = [(s["write_ns"][0] - s["read_ns"]) / 1e3 for s in served]
        return {
            f"ttft {name}": 1e3 * value - percentile(server, share)
            for name, share, value in (("p50", 0.5, ours[0]), ("p99", 0.99, ours[1]))
        }


def clients_of(args):
    clients = [Assay(args), Wrk(args)]
    for kind, venv in ((Vllm, args.vllm), (InferencePerf, args.inference_perf), (AiPerf, args.aiperf),
                       (GuideLlm, args.guidellm)):  # fmt: skip
        if venv:
            clients.append(kind(args, venv))
    return [c for c in clients if not args.only or c.name in args.only]


def cell(value):
    return f"{value:,.0f}" if abs(value) >= 20 else f"{value:.1f}"


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--assay", default="build/release/assay")
    parser.add_argument("--tokenizer", required=True, help="directory with tokenizer.json and its settings")
    parser.add_argument("--gguf", help="for Assay, instead")
    for peer in ("guidellm", "aiperf", "inference-perf", "vllm"):
        parser.add_argument(f"--{peer}", help="virtual environment")
    parser.add_argument("--vllm-path", help="PYTHONPATH that vllm needs, if it needs one")
    parser.add_argument("--cpu-latency-us", type=int, help="for Assay: its option of that name")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--modes", nargs="+", choices=MODES, default=MODES)
    parser.add_argument("--only", nargs="+", help="names of clients")
    args = parser.parse_args()
    figures = collections.defaultdict(lambda: collections.defaultdict(list))
    clients = clients_of(args)
    for number in range(args.rounds):
        for mode in args.modes:
            for client in clients:
                try:
                    found = measure_ttft(args, client) if mode == "ttft" else measure_load(args, client, mode)
                except Skip:
                    continue
                for name, value in found.items():
                    figures[client.name][name].append(value)
                print(number + 1, client.name, {k: round(v, 1) for k, v in found.items()}, file=sys.stderr, flush=True)
    columns = list(dict.fromkeys(name for values in figures.values() for name in values))
    print("| client | " + " | ".join(columns) + " |")
    print("|---|" + "---|" * len(columns))
    for client in clients:
        cells = [figures[client.name].get(name) for name in columns]
        row = ["–" if not c else cell(statistics.median(c)) for c in cells]
        print(f"| {client.name} {client.version()} | " + " | ".join(row) + " |")


if __name__ == "__main__":
    main()
