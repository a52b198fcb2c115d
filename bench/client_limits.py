#!/usr/bin/env python3
"""Is a starved client judged CLIENT-LIMITED, and a healthy one not?

Runs `assay run` against `assay null-server` on a host with at least two processors: the server on the first,
the client on the second. In every other run a process that never pauses is pinned to the client's processor. Each run
is one line of the table; the last lines count. Exit code 1 if any run was judged wrongly.

A machine that others work on starves clients too, and a run that is judged so then is judged rightly. `--fifo` puts the
servers and the healthy clients before everything else (SCHED_FIFO; needs root), as on a machine of their own.

    bench/client_limits.py --assay build/release/assay --tokenizer MODEL.gguf --runs 20
"""

import argparse
import contextlib
import json
import os
import pathlib
import subprocess
import sys
import tempfile
import time

SERVER_CPU, CLIENT_CPU = 0, 1
SPIN = "while True: pass"


def pinned(cpu, words):
    return ["taskset", "-c", str(cpu), *words]


def before_all_others(pid):
    """Threads and processes that this one starts later inherit it."""
    for thread in os.listdir(f"/proc/{pid}/task"):
        os.sched_setscheduler(int(thread), os.SCHED_FIFO, os.sched_param(1))


def wait(process, fifo):
    """Until its end. `fifo`: its tests and null servers go before all others; not itself, it waits for them."""
    seen = set()
    while process.poll() is None:
        with contextlib.suppress(FileNotFoundError, ProcessLookupError):
            children = pathlib.Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text().split()
            for child in set(children) - seen if fifo else ():
                before_all_others(child)
                seen.add(child)
        time.sleep(0.005)


def start_server(assay, fifo):
    words = [assay, "null-server", "--ttft", "uniform:15,25", "--tpot", "5"]
    server = subprocess.Popen(pinned(SERVER_CPU, words), stdout=subprocess.PIPE, text=True)
    if fifo:
        before_all_others(server.pid)
    return server, server.stdout.readline().removeprefix("listening on ").strip()


def run_once(args, url, directory, fifo):
    words = [
        args.assay, "run", "--base-url", url, "--tokenizer", args.tokenizer, "--scenario", "server",
        "--mode", "performance", "--target-qps", str(args.rate), "--min-duration", str(args.seconds),
        "--max-tokens", "32", "--output", directory, "--quiet",
    ]
    with tempfile.TemporaryFile("w+") as said:
        process = subprocess.Popen(pinned(CLIENT_CPU, words), stdout=subprocess.DEVNULL, stderr=said)
        wait(process, fifo)
        said.seek(0)
        errors = said.read().strip()
    verdict = pathlib.Path(directory, "verdict.json")
    if not verdict.exists():
        sys.exit(f"{' '.join(words)}: exit code {process.returncode}: {errors}")
    limited = [f for f in json.loads(verdict.read_text())["findings"] if f["rule"] == "client.limited"]
    return limited, json.loads(pathlib.Path(directory, "metrics.json").read_text())


def line(number, kind, limited, metrics):
    client, calibration = metrics["client"], metrics["calibration"]

    def us(value):
        return "     n/a" if value is None else f"{value:8.0f}"

    print(
        f"{number:3} {kind:8} {'CLIENT-LIMITED' if limited else 'not limited':14}"
        f" {us(client['p99_schedule_to_sent_us'])} {us(client['p99_read_delay_us'])}"
        f" {us(calibration['p99_ttft_added_us'])} {us(calibration['p99_ttft_read_us'])}"
        f" {100 * (client['wait_share'] or 0):5.1f} {len(limited)}",
        flush=True,
    )


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--assay", default="build/release/assay")
    parser.add_argument("--tokenizer", required=True, help="any that the prompts can be encoded by")
    parser.add_argument("--runs", type=int, default=20, help="of each kind (default: 20)")
    parser.add_argument("--fifo", action="store_true", help="servers and healthy clients before everything else")
    parser.add_argument("--rate", type=float, default=100.0)
    parser.add_argument("--seconds", type=float, default=3.0)
    args = parser.parse_args()
    if os.cpu_count() < 2:
        sys.exit("needs two processors")
    server, url = start_server(args.assay, args.fifo)
    wrong = {"healthy": 0, "starved": 0}
    print("    client   judged         sent p99 read p99 TTFT+p99 seen p99 wait% findings   (times in µs)")
    try:
        for number in range(1, args.runs + 1):
            for kind in wrong:
                fifo = args.fifo and kind == "healthy"
                spinner = None
                if kind == "starved":
                    spinner = subprocess.Popen(pinned(CLIENT_CPU, [sys.executable, "-c", SPIN]))
                with tempfile.TemporaryDirectory() as parent:
                    try:
                        limited, metrics = run_once(args, url, os.path.join(parent, "run"), fifo)
                    finally:
                        if spinner:
                            spinner.kill()
                            spinner.wait()
                line(number, kind, limited, metrics)
                wrong[kind] += bool(limited) != (kind == "starved")
    finally:
        server.terminate()
        server.wait()
    for kind, count in wrong.items():
        print(f"{kind}: {args.runs - count} of {args.runs} judged rightly")
    return 1 if any(wrong.values()) else 0


if __name__ == "__main__":
    sys.exit(main())
