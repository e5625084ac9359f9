"""The machine under the bench: cores, a network of its own, processes and what they used."""

import ctypes
import fcntl
import os
import pathlib
import socket
import struct
import subprocess
import time

SERVER_CORE = 0
LOAD_CORE = 1
CLONE_NEWNET = 0x40000000


def own_network():
    """Gives this process a network namespace with nothing but loopback, if it is root; says what it got."""
    if os.geteuid() != 0 or ctypes.CDLL(None, use_errno=True).unshare(CLONE_NEWNET) != 0:
        return "loopback, shared with others"
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as any_socket:
        up_and_running = struct.pack("16sh", b"lo", 0x1 | 0x40)
        fcntl.ioctl(any_socket, 0x8914, up_and_running)  # SIOCSIFFLAGS
    settings = {
        "core/somaxconn": "65535",
        "ipv4/tcp_max_syn_backlog": "65535",
        "ipv4/tcp_max_tw_buckets": "0",  # Closed connections leave nothing behind.
        "ipv4/ip_local_port_range": "30000 65535",  # Above the ports of the servers.
    }
    for name, value in settings.items():
        try:
            pathlib.Path("/proc/sys/net", name).write_text(value)
        except OSError:
            pass
    return "a network namespace of its own"


def describe():
    lines = pathlib.Path("/proc/cpuinfo").read_text().splitlines()
    model = next((line.split(":")[1].strip() for line in lines if line.startswith("model name")), "unknown processor")
    return f"{model}, {os.cpu_count()} cores, Linux {os.uname().release.split('-')[0]}"


class Process:
    """A program on one core."""

    def __init__(self, command, core, realtime, **options):
        def prepare():
            os.sched_setaffinity(0, {core % os.cpu_count()})
            if realtime:
                os.sched_setscheduler(0, os.SCHED_RR, os.sched_param(1))

        self.popen = subprocess.Popen(command, preexec_fn=prepare, stderr=subprocess.DEVNULL, **options)

    @property
    def pid(self):
        return self.popen.pid

    def kill(self):
        self.popen.kill()
        self.popen.communicate()

    def resident_bytes(self):
        pages = int(pathlib.Path(f"/proc/{self.pid}/statm").read_text().split()[1])
        return pages * os.sysconf("SC_PAGE_SIZE")

    def wake_ups(self):
        total = 0
        for thread in pathlib.Path(f"/proc/{self.pid}/task").iterdir():
            for line in (thread / "status").read_text().splitlines():
                if line.startswith("voluntary_ctxt_switches"):
                    total += int(line.split()[1])
        return total


class Server(Process):
    """A server that listens, on a port of its own."""

    next_port = 20_000

    def __init__(self, command, realtime):
        Server.next_port += 1
        self.port = Server.next_port
        super().__init__([*command, str(self.port)], SERVER_CORE, realtime, stdout=subprocess.DEVNULL)
        for _ in range(500):
            time.sleep(0.01)
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", self.port)) == 0:
                    time.sleep(0.05)
                    return
            if self.popen.poll() is not None:
                break
        self.kill()
        raise RuntimeError(f"{command[0]} does not listen")

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.kill()
