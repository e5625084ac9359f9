"""The figures of a run: rounds in, medians, tables, CSV and the list of targets out."""

import csv
import statistics

from targets import PIN_LIMIT, TARGETS
from workloads import ALL_LOADS

# A round in which the two ends waited longer for a core than this is left out, while enough are left.
DISTURBED = 0.15
ENOUGH = 3
MICRO = ["await", "spawn_join", "switch", "event", "lock", "gather", "timer", "sleep"]


class Results:
    def __init__(self):
        self.rounds = {}  # (server, workload): [{figure: value}]

    def add(self, server, workload, figures):
        if figures:
            self.rounds.setdefault((server, workload), []).append(figures)

    def chosen(self, server, workload):
        """The rounds that count: the undisturbed ones, or the three that were least disturbed."""
        rounds = sorted(self.rounds.get((server, workload), []), key=lambda r: r.get("waited", 0))
        clean = [r for r in rounds if r.get("waited", 0) <= DISTURBED]
        return clean if len(clean) >= min(ENOUGH, len(rounds)) else rounds[:ENOUGH]

    def disturbed(self):
        """How many load figures rest on rounds that the neighbours disturbed, of how many."""
        loads = [key for key in self.rounds if key[1] in ALL_LOADS]
        return sum(any(r["waited"] > DISTURBED for r in self.chosen(*key)) for key in loads), len(loads)

    def values(self, server, workload, figure):
        return [r[figure] for r in self.chosen(server, workload) if figure in r]

    def median(self, server, workload, figure):
        if figure == "bytes_per_connection":
            return self.bytes_per_connection(server, workload)
        values = self.values(server, workload, figure)
        return statistics.median(values) if values else None

    def bytes_per_connection(self, server, workload):
        """What the most connections that were measured add to none."""
        empty = self.median(server, workload, "resident_0")
        for connections in (10_000, 1_000):
            full = self.median(server, workload, f"resident_{connections}")
            if full is not None and empty is not None:
                return (full - empty) / connections
        return None

    def servers(self, workload):
        return list(dict.fromkeys(server for server, w in self.rounds if w == workload))


def text_table(title, heads, rows):
    lines = [[str(cell) for cell in row] for row in [heads, *rows]]
    widths = [max(len(line[i]) for line in lines) for i in range(len(heads))]
    out = [title, ""]
    for line in lines:
        out.append("  ".join(cell.ljust(w) if i == 0 else cell.rjust(w) for i, (cell, w) in enumerate(zip(line, widths))).rstrip())
    return "\n".join([*out, ""])


def number(value, digits=2):
    return "-" if value is None else f"{value:,.{digits}f}"


def tables(results):
    out = []
    for workload in ALL_LOADS:
        own = results.median("ours", workload, "cpu_us")
        rows = []
        for server in sorted(results.servers(workload), key=lambda s: results.median(s, workload, "cpu_us")):
            cpu = results.median(server, workload, "cpu_us")
            spread = results.values(server, workload, "cpu_us")
            rows.append([
                server, number(cpu), number(own / cpu if own else None), f"{(max(spread) - min(spread)) / cpu:.0%}",
                number(results.median(server, workload, "per_second"), 0), number(results.median(server, workload, "p50_us"), 0),
                number(results.median(server, workload, "p99_us"), 0), f"{results.median(server, workload, 'waited'):.0%}", len(spread),
            ])
        if rows:
            heads = ["server", "CPU us/message", "ours/this", "spread", "messages/s", "p50 us", "p99 us", "waited", "rounds"]
            out.append(text_table(workload, heads, rows))
    rows = []
    for server in results.servers("idle"):
        idle = [results.median(server, "idle", f) for f in ("resident_0", "resident_1000", "resident_10000")]
        rows.append([server, *(number(v / 1024 if v else None, 0) for v in idle), number(results.median(server, "idle", "bytes_per_connection"), 0),
                     number(results.median(server, "idle", "wake_ups_0"), 1), number(results.median(server, "idle", "wake_ups_1000"), 1),
                     number(results.median(server, "system calls", "system_calls"), 3), number((results.median(server, "size", "stripped_bytes") or 0) / 1024 or None, 0)])
    if rows:
        heads = ["server", "KiB, idle", "KiB, 1,000", "KiB, 10,000", "bytes/connection", "wake-ups/s", "with 1,000", "system calls/message", "stripped KiB"]
        out.append(text_table("resident memory, wake-ups and size", heads, rows))
    rows = [[server, *(number((results.median(server, "TLS idle", f) or 0) / 1024 or None, 0) for f in ("resident_0", "resident_1000", "resident_10000")),
             number(results.median(server, "TLS idle", "bytes_per_connection"), 0)] for server in results.servers("TLS idle")]
    if rows:
        out.append(text_table("resident memory, idle TLS connections", ["server", "KiB, idle", "KiB, 1,000", "KiB, 10,000", "bytes/connection"], rows))
    rows = [[server, *(number(results.median(server, "micro", name), 1) for name in MICRO)] for server in results.servers("micro")]
    if rows:
        out.append(text_table("CPU ns for an operation", ["library", *MICRO], rows))
    return "\n".join(out)


def pin_table(results, reason):
    """What setting a real line costs; only some machines have one."""
    title = "setting a line of a GPIO chip"
    figures = [results.median("ours", "pin", figure) for figure in ("pin", "ioctl", "ratio")]
    if None in figures:
        return f"{title}: not measured: {reason}\n"
    verdict = "reached" if figures[2] <= PIN_LIMIT else "MISSED"
    cells = [number(figures[0], 0), number(figures[1], 0), number(figures[2]), number(PIN_LIMIT), verdict]
    return text_table(title, ["Pin, ns", "system call, ns", "ratio", "at most", ""], [cells])


def target_table(results):
    """The table of targets, and how many are missed."""
    rows = []
    missed = 0
    for target in TARGETS:
        reached = target.reached(results.median)
        if reached is None and target.where_possible:
            continue
        if reached is None:
            verdict = "not measured"
        else:
            verdict = "reached" if reached <= target.limit else "MISSED"
        missed += verdict != "reached"
        digits = 0 if target.limit >= 10 else 3
        rows.append([target.text, number(target.limit, digits), number(reached, digits), verdict])
    return text_table("targets", ["ours, or ours / theirs", "at most", "here", ""], rows), missed


def write_csv(results, path):
    with open(path, "w", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(["workload", "server", "figure", "median", "smallest", "largest", "rounds"])
        for server, workload in results.rounds:
            chosen = results.chosen(server, workload)
            for figure in dict.fromkeys(f for r in chosen for f in r):
                values = results.values(server, workload, figure)
                row = (statistics.median(values), min(values), max(values))
                writer.writerow([workload, server, figure, *(f"{v:.6g}" for v in row), len(values)])
