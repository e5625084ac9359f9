"""What is measured: each function measures one thing once and gives {figure: value}."""

import json
import pathlib
import re
import shutil
import subprocess
import tempfile
import time

from machine import LOAD_CORE, Process, Server

# Figures of a load: server CPU time in us for a message, messages per second, latency in us; and the
# share of the time in which either end waited for its core: the neighbours' doing.
LOADS = {
    "echo 64 B, 50 connections": ["echo", "connections=50", "bytes=64"],
    "echo 64 B, 50 connections, 16 in flight": ["echo", "connections=50", "bytes=64", "in_flight=16"],
    "echo 64 B, 1,000 connections": ["echo", "connections=1000", "bytes=64"],
    "connect, one message, close": ["connect", "connections=50", "bytes=64"],
    "64 KiB stream": ["echo", "connections=4", "bytes=65536", "in_flight=4"],
}
# Of servers that speak TLS 1.3 with one certificate and cipher; a message is a connection, or 64 KiB read.
TLS_LOADS = {
    "TLS handshake, one message, close": ["tls_handshake", "connections=8"],
    "TLS 64 KiB stream": ["tls_stream", "connections=4", "bytes=65536"],
}
ALL_LOADS = LOADS | TLS_LOADS


def make_certificate(folder):
    """The paths of a certificate and its key: what most servers have."""
    names = [folder / "cert.pem", folder / "key.pem"]
    subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2",
                    "-subj", "/CN=localhost", "-out", names[0], "-keyout", names[1]], check=True, capture_output=True)
    return names


class Bench:
    def __init__(self, programs, realtime, warm_up_s, measured_s):
        self.programs = pathlib.Path(programs)
        self.realtime = realtime
        self.warm_up_s = warm_up_s
        self.measured_s = measured_s

    def run_load(self, server, options, prefix=()):
        process = Process([*prefix, self.programs / "load", options[0], str(server.port), *options[1:], f"pid={server.pid}"],
                          LOAD_CORE, self.realtime, stdout=subprocess.PIPE, text=True)
        try:
            output = process.popen.communicate(timeout=60)[0]
        except subprocess.TimeoutExpired:
            process.kill()
            raise RuntimeError(f"the load generator did not end: {' '.join(options)}") from None
        if process.popen.returncode != 0:
            raise RuntimeError(f"the load generator failed: {' '.join(options)}")
        return json.loads(output)

    def load(self, command, name):
        times = [f"warm_up={self.warm_up_s}", f"measured={self.measured_s}"]
        with Server(command, self.realtime) as server:
            got = self.run_load(server, ALL_LOADS[name] + times)
        if got["messages"] == 0:
            raise RuntimeError(f"no message came back: {name}")
        return {
            "cpu_us": got["server_cpu_ns"] / got["messages"] / 1000,
            "per_second": got["messages"] / got["seconds"],
            "p50_us": got["p50_us"],
            "p99_us": got["p99_us"],
            "failures": got["failures"],
            "waited": (got["server_wait_ns"] + got["load_wait_ns"]) / got["seconds"] / 1e9,
        }

    def system_calls(self, command):
        """System calls of the server for a message, 50 connections."""
        if shutil.which("perf") is None:
            return {}
        with Server(command, self.realtime) as server, tempfile.NamedTemporaryFile("r") as file:
            perf = ["perf", "stat", "-x", ",", "-e", "raw_syscalls:sys_enter", "-p", str(server.pid), "-o", file.name, "--"]
            times = ["warm_up=0", f"measured={self.measured_s}"]
            got = self.run_load(server, LOADS["echo 64 B, 50 connections"] + times, perf)
            count = re.search(r"^(\d+),,raw_syscalls", file.read(), re.MULTILINE)
        return {"system_calls": int(count.group(1)) / got["messages"]} if count else {}

    def idle(self, command, connections, idle_s, mode="idle"):
        """Resident bytes of a server with that many idle connections; if it is watched for `idle_s`, its
        wake-ups per second too."""
        with Server(command, self.realtime) as server:
            visitors = None
            if connections > 0:
                visitors = Process([self.programs / "load", mode, str(server.port), f"connections={connections}"],
                                   LOAD_CORE, False, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
                if visitors.popen.stdout.readline() != "ready\n":
                    raise RuntimeError(f"{connections} connections could not be made")
            time.sleep(0.5)
            resident = server.resident_bytes()
            before = server.wake_ups()
            time.sleep(idle_s)
            woken = server.wake_ups() - before
            if visitors is not None:
                visitors.kill()
        figures = {f"resident_{connections}": resident}
        if idle_s > 0:
            figures[f"wake_ups_{connections}"] = woken / idle_s
        return figures

    def stripped_size(self, command):
        if not str(command[0]).startswith(str(self.programs)):
            return {}
        with tempfile.NamedTemporaryFile() as file:
            subprocess.run(["strip", "-o", file.name, command[0]], check=True)
            return {"stripped_bytes": pathlib.Path(file.name).stat().st_size}

    def pin(self, line):
        """CPU time in ns of setting a real line, and no reason; or {} and why it cannot be measured here."""
        process = Process([self.programs / "pin_toggle", *([line] if line else [])], LOAD_CORE, self.realtime,
                          stdout=subprocess.PIPE, text=True)
        output = process.popen.communicate(timeout=60)[0]
        if process.popen.returncode == 3:
            return {}, output.strip()
        if process.popen.returncode != 0:
            raise RuntimeError("pin_toggle failed")
        return {name: float(value) for name, value in (line.split() for line in output.splitlines())}, ""

    def micro(self, command):
        """CPU time in ns of each operation that the program measures."""
        process = Process(command, LOAD_CORE, self.realtime, stdout=subprocess.PIPE, text=True)
        output = process.popen.communicate(timeout=300)[0]
        if process.popen.returncode != 0:
            raise RuntimeError(f"{command[0]} failed")
        return {name: float(ns) for name, ns in (line.split() for line in output.splitlines())}
