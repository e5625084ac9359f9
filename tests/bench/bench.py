#!/usr/bin/env python3
"""Measures our echo server, our TLS server and our tasks side by side with others, in interleaved rounds.

usage: bench.py PROGRAMS RESULTS [OPTION...]     (./dev bench gives the first two)

  --quick           fewer and shorter rounds, without the Python servers: under 2 minutes
  --check           then list the targets; the exit code is 1 while one is missed
  --rounds N        rounds of each load (default 7, quick 3)
  --only REGEX      only the workloads whose name matches; also "idle", "TLS idle", "system calls", "micro", "pin"
  --servers REGEX   only the servers whose name matches
  --line NAME       a line that may be toggled, for the cost of a pin; else one of a simulated chip
  --realtime        run both ends with real-time priority (root only): for a machine that others use
  --save            also put table, CSV and plot into tests/bench/results, which README shows

The server runs on core 0, the load generator on core 1. The main figure is the server's CPU time for
a message, by the scheduler's account: it holds on a busy machine, throughput does not. A round in which
an end waited for its core for more than 15 % of the time is tried again, twice, but not with --quick.
"""

import argparse
import pathlib
import random
import re
import shutil
import sys
import tempfile
import time

import machine
from plot import write_svg
from report import DISTURBED, Results, pin_table, tables, target_table, write_csv
from workloads import LOADS, TLS_LOADS, Bench, make_certificate

HERE = pathlib.Path(__file__).resolve().parent
PYTHON = "/usr/bin/python3"


def servers(programs, quick):
    all_servers = {
        "ours": [programs / "asyncio_echo"],
        "raw epoll": [programs / "raw_epoll"],
        "raw io_uring": [programs / "raw_uring"],
        "raw io_uring multishot": [programs / "raw_uring_multishot"],
        "Asio epoll": [programs / "asio_epoll"],
        "Asio io_uring": [programs / "asio_uring"],
        "libuv": [programs / "uv_echo"],
    }
    if not quick:
        for loop in ("asyncio", "uvloop"):
            all_servers[loop] = [PYTHON, HERE / "servers/python_echo.py", loop]
    return all_servers


def tls_servers(programs, certificate):
    all_servers = {"ours": [programs / "asyncio_tls", *certificate], "Asio epoll": [programs / "asio_tls", *certificate]}
    if shutil.which("nginx"):
        all_servers["nginx"] = [HERE / "servers/nginx_tls", *certificate]
    return all_servers


def micros(programs):
    return {"ours": [programs / "asyncio_micro"], "Asio epoll": [programs / "asio_micro"], "libuv": [programs / "uv_micro"]}


def parse():
    parser = argparse.ArgumentParser(usage=__doc__, add_help=False)
    parser.add_argument("programs", type=lambda text: pathlib.Path(text).resolve())
    parser.add_argument("results", type=pathlib.Path)
    for flag in ("--quick", "--check", "--realtime", "--save", "--help"):
        parser.add_argument(flag, action="store_true")
    parser.add_argument("--rounds", type=int)
    parser.add_argument("--only", type=re.compile, default=re.compile(""))
    parser.add_argument("--line")
    parser.add_argument("--servers", type=re.compile, default=re.compile(""))
    return parser.parse_args()


def shuffled(items):
    return random.sample(list(items), len(items))


def undisturbed(measure, tries):
    """Measures again until the neighbours kept quiet; gives the quietest."""
    best = None
    for _ in range(tries):
        got = measure()
        if best is None or got["waited"] < best["waited"]:
            best = got
        if best["waited"] <= DISTURBED:
            break
    return best


class Run:
    def __init__(self, options, folder):
        quick = options.quick
        self.options = options
        self.tries = 1 if quick else 3
        self.idle_s = 2 if quick else 5
        self.bench = Bench(options.programs, options.realtime, 0.1 if quick else 0.3, 0.3 if quick else 1.5)
        self.rounds = options.rounds or (3 if quick else 7)
        self.servers = {n: c for n, c in servers(options.programs, quick).items() if options.servers.search(n)}
        tls = tls_servers(options.programs, make_certificate(folder))
        self.tls_servers = {n: c for n, c in tls.items() if options.servers.search(n)}
        self.micros = {n: c for n, c in micros(options.programs).items() if options.servers.search(n)}
        self.results = Results()

    def wanted(self, workload):
        return self.options.only.search(workload)

    def attempt(self, server, workload, measure):
        try:
            self.results.add(server, workload, measure())
        except RuntimeError as error:
            print(f"bench: {server}: {error}", file=sys.stderr)

    def loads(self, what, servers, loads):
        names = [name for name in loads if self.wanted(name)]
        for i in range(self.rounds if names else 0):
            for server, command in shuffled(servers.items()):
                for name in names:
                    self.attempt(server, name, lambda c=command, n=name: undisturbed(lambda: self.bench.load(c, n), self.tries))
            self.progress(f"{what}, round {i + 1} of {self.rounds}")

    def once(self):
        for server, command in self.servers.items():
            if self.wanted("idle"):
                # Quick: of the others only the memory.
                all_of_it = server == "ours" or not self.options.quick
                idle_s = self.idle_s if all_of_it else 0
                for connections in (0, 1_000, 10_000) if all_of_it else (0, 10_000):
                    self.attempt(server, "idle", lambda n=connections, s=idle_s: self.bench.idle(command, n, s))
                self.attempt(server, "size", lambda: self.bench.stripped_size(command))
            if self.wanted("system calls"):
                self.attempt(server, "system calls", lambda: self.bench.system_calls(command))
            self.progress(f"idle connections and system calls, {server}")

    def tls_idle(self):
        for server, command in self.tls_servers.items() if self.wanted("TLS idle") else ():
            for connections in (0, 1_000 if self.options.quick else 10_000):
                self.attempt(server, "TLS idle", lambda n=connections: self.bench.idle(command, n, 0, "tls_idle"))
            self.progress(f"idle TLS connections, {server}")

    def micro(self):
        for i in range(self.rounds if self.wanted("micro") else 0):
            for library, command in shuffled(self.micros.items()):
                self.attempt(library, "micro", lambda c=command: self.bench.micro(c))
            self.progress(f"micro, round {i + 1} of {self.rounds}")

    def pin(self):
        """What setting a line costs, or why that was not measured; in words."""
        if not self.wanted("pin"):
            return ""
        figures, reason = self.bench.pin(self.options.line)
        self.results.add("ours", "pin", figures)
        return pin_table(self.results, reason)

    @staticmethod
    def progress(what):
        print(f"  {time.strftime('%H:%M:%S')} {what}", file=sys.stderr)


def main():
    options = parse()
    if options.help:
        print(__doc__)
        return 0
    network = machine.own_network()
    with tempfile.TemporaryDirectory() as folder:
        run = Run(options, pathlib.Path(folder))
        run.micro()
        run.loads("load", run.servers, LOADS)
        run.loads("TLS", run.tls_servers, TLS_LOADS)
        run.once()
        run.tls_idle()
        pin = run.pin()

    disturbed, loads = run.results.disturbed()
    note = (f"{machine.describe()}; {network}; g++ -O2 -DNDEBUG; medians of up to {run.rounds} rounds; "
            f"{disturbed} of {loads} load figures from rounds that neighbours disturbed")
    text = note + "\n\n" + tables(run.results) + ("\n" + pin if pin else "")
    missed = 0
    if options.check or options.save:
        table, missed = target_table(run.results)
        text += "\n" + table
    print(text)

    options.results.mkdir(parents=True, exist_ok=True)
    (options.results / "bench.txt").write_text(text)
    write_csv(run.results, options.results / "bench.csv")
    write_svg(run.results, note, options.results / "bench.svg")
    if options.save:
        (HERE / "results").mkdir(exist_ok=True)
        for name in ("bench.txt", "bench.csv", "bench.svg"):
            shutil.copy(options.results / name, HERE / "results" / name)
    print(f"table, CSV and plot are in {options.results}")
    if options.check and missed:
        print(f"{missed} targets are missed or not measured")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
