"""What our server and our tasks are to reach, as ratios to others in the same run."""

RAW_URING = ("raw io_uring", "raw io_uring multishot")
ASIO = ("Asio epoll", "Asio io_uring")
PYTHON = ("asyncio", "uvloop")  # Not in every run.
PEERS = (*ASIO, "libuv", *PYTHON)
ECHO = "echo 64 B, 50 connections"
DEEP = "echo 64 B, 50 connections, 16 in flight"
MANY = "echo 64 B, 1,000 connections"
TLS_HANDSHAKE = "TLS handshake, one message, close"
TLS_STREAM = "TLS 64 KiB stream"
OURS = "ours"
PIN_LIMIT = 1.2  # Times the system call alone.


class Target:
    """A figure of ours, divided by the smallest of those of `others` (if any), is at most `limit`.

    `where_possible`: only some machines can measure it, and the others do not miss it."""

    def __init__(self, text, workload, figure, others, limit, where_possible=False):
        self.text = text
        self.workload = workload
        self.figure = figure
        self.others = others
        self.limit = limit
        self.where_possible = where_possible

    def reached(self, median):
        """The ratio or figure in this run; None when it was not measured. `median(server, workload, figure)`."""
        own = median(OURS, self.workload, self.figure)
        measured = {other: median(other, self.workload, self.figure) for other in self.others}
        others = [value for other, value in measured.items() if value is not None or other not in PYTHON]
        if own is None or None in others:
            return None
        return own / min(others) if others else own


TARGETS = [
    Target("echo 64 B, 50 connections: CPU, best raw io_uring", ECHO, "cpu_us", RAW_URING, 1.15),
    Target("echo 64 B, 50 connections: CPU, Asio io_uring", ECHO, "cpu_us", ("Asio io_uring",), 0.95),
    Target("echo 64 B, 50 connections: CPU, libuv", ECHO, "cpu_us", ("libuv",), 1.0),
    Target("echo 64 B, 16 in flight: CPU, raw io_uring multishot", DEEP, "cpu_us", ("raw io_uring multishot",), 1.25),
    Target("echo 64 B, 16 in flight: CPU, libuv", DEEP, "cpu_us", ("libuv",), 1.0),
    Target("echo 64 B, 16 in flight: CPU, best Asio", DEEP, "cpu_us", ASIO, 1.0),
    Target("echo 64 B, 1,000 connections: CPU, best raw io_uring", MANY, "cpu_us", RAW_URING, 1.15),
    Target("echo 64 B, 1,000 connections: CPU, best peer", MANY, "cpu_us", PEERS, 1.0),
    Target("connect, one message, close: CPU, raw epoll", "connect, one message, close", "cpu_us", ("raw epoll",), 1.2),
    Target("64 KiB stream: CPU, best raw io_uring", "64 KiB stream", "cpu_us", RAW_URING, 1.2),
    Target("64 KiB stream: CPU, best Asio", "64 KiB stream", "cpu_us", ASIO, 1.0),
    Target("resident bytes per idle connection, 10,000 of them", "idle", "bytes_per_connection", (), 1024),
    Target("system calls per message, 50 connections", "system calls", "system_calls", (), 0.1),
    Target("wake-ups per second, idle, no connection", "idle", "wake_ups_0", (), 0),
    Target("wake-ups per second, idle, 1,000 connections", "idle", "wake_ups_1000", (), 0),
    Target("TLS handshake: CPU, Asio", TLS_HANDSHAKE, "cpu_us", ("Asio epoll",), 1.0),
    Target("TLS handshake: CPU, nginx", TLS_HANDSHAKE, "cpu_us", ("nginx",), 1.0),
    Target("TLS 64 KiB stream: CPU, Asio", TLS_STREAM, "cpu_us", ("Asio epoll",), 1.0),
    Target("TLS 64 KiB stream: CPU, nginx", TLS_STREAM, "cpu_us", ("nginx",), 1.0),
    Target("resident bytes per idle TLS connection: Asio", "TLS idle", "bytes_per_connection", ("Asio epoll",), 1.0),
    Target("spawn and join of a task: Asio", "micro", "spawn_join", ("Asio epoll",), 0.25),
    Target("switch between two tasks: Asio", "micro", "switch", ("Asio epoll",), 0.2),
    Target("event set to wake: Asio", "micro", "event", ("Asio epoll",), 0.2),
    Target("lock held, handed over: Asio", "micro", "lock", ("Asio epoll",), 0.2),
    Target("gather of 1,000 tasks, per task: Asio", "micro", "gather", ("Asio epoll",), 0.1),
    Target("timer added and cancelled: libuv", "micro", "timer", ("libuv",), 0.25),
    Target("a task that sleeps: libuv", "micro", "sleep", ("libuv",), 0.5),
    Target("setting a line of a GPIO chip: its system call", "pin", "ratio", (), PIN_LIMIT, where_possible=True),
]
