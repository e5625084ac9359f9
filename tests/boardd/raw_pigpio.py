"""Stories of clients that no library would write: split, pipelined, hostile, slow, gone."""

import os
import socket
import struct
import time

from hand import Hand, equal, eventually, run_story

MODES, READ, WRITE, BR1, TICK, NB, NC, PIGPV, MILS, NOIB = 0, 3, 4, 10, 16, 19, 21, 26, 47, 99


class Raw:
    """A connection; it counts what it has sent."""

    def __init__(self):
        self.socket = socket.create_connection(("127.0.0.1", int(os.environ["PIGPIO_PORT"])))
        self.socket.settimeout(20)

    @staticmethod
    def request(command, p1=0, p2=0, extension=b""):
        return struct.pack("<4I", command, p1, p2, len(extension)) + extension

    def send(self, *arguments):
        self.socket.sendall(self.request(*arguments))

    def receive(self, size):
        received = b""
        while len(received) < size:
            part = self.socket.recv(size - len(received))
            assert part, "the connection was closed"
            received += part
        return received

    def reply(self):
        return struct.unpack("<3Ii", self.receive(16))

    def ask(self, *arguments):
        self.send(*arguments)
        return self.reply()[3]

    def closed(self):
        try:
            return self.socket.recv(4096) == b""
        except ConnectionResetError:
            return True


def split_sends():
    client = Raw()
    client.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    request = client.request(37, 17, 10, struct.pack("<I", 1)) + client.request(READ, 17)
    for byte in request:
        client.socket.sendall(bytes([byte]))
        time.sleep(0.001)
    equal(client.reply(), (37, 17, 10, 0))
    equal(client.reply(), (READ, 17, 0, 0))


def each_reply_comes_in_one_piece():
    client = Raw()
    for gpio in range(200):
        client.send(READ, gpio % 50)
        equal(len(client.socket.recv(4096)), 16)


def pipelined():
    client = Raw()
    count = 20000
    requests = b"".join(client.request(WRITE, 17, i % 2) for i in range(count))
    # The client sends and receives by turns, as its own buffers are finite, too.
    client.socket.setblocking(False)
    sent, received = 0, b""
    end = time.monotonic() + 60
    while len(received) < 16 * count:
        assert time.monotonic() < end, len(received)
        try:
            sent += client.socket.send(requests[sent : sent + 65536])
        except BlockingIOError:
            pass
        try:
            received += client.socket.recv(65536)
        except BlockingIOError:
            time.sleep(0.001)
    equal(received, b"".join(struct.pack("<4I", WRITE, 17, i % 2, 0) for i in range(count)))


def unknown_commands():
    client = Raw()
    for command in (25, 54, 110, 1000, 2**31, 2**32 - 1):
        client.send(command, 1, 2, b"x" * 1000)
        equal(client.reply(), (command, 1, 2, -88))
    client.send(54, 0, 0, b"x" * 65535)
    equal(client.reply()[3], -88)
    equal(client.ask(PIGPV), 79)


def an_endless_extension_closes():
    client = Raw()
    equal(client.ask(PIGPV), 79)
    client.socket.sendall(struct.pack("<4I", READ, 17, 0, 65536))
    assert client.closed()
    assert Raw().ask(PIGPV) == 79


def noise():
    """Whatever comes in, the daemon goes on."""
    state = 12345
    for _ in range(50):
        noise = bytearray()
        for _ in range(400):
            state = (state * 1103515245 + 12345) % 2**31
            noise.append(state >> 16 & 0xFF)
        client = Raw()
        try:
            client.socket.sendall(noise)
        except OSError:
            pass
        client.socket.close()
    equal(Raw().ask(PIGPV), 79)


def half_a_request():
    client = Raw()
    client.socket.sendall(b"\x03\x00\x00")
    client.socket.shutdown(socket.SHUT_WR)
    assert client.closed()


def handles_are_freed():
    """An abrupt end frees them: a thousand times, and the lowest is free again."""
    for _ in range(1500):
        client = Raw()
        assert client.ask(NOIB) >= 0
        client.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        client.socket.close()
    client = Raw()

    def the_lowest_is_free():
        handle = client.ask(NOIB)
        equal(client.ask(NC, handle), 0)
        return handle == 0

    eventually(the_lowest_is_free)


def handles_are_global():
    a, b = Raw(), Raw()
    hand = Hand()
    handle = b.ask(NOIB)
    equal(a.ask(NB, handle, 1 << 4), 0)
    hand.drive(4, 1)
    number, flags, _, levels = struct.unpack("<2H2I", b.receive(12))
    equal((number, flags, levels), (0, 0, 1 << 4))
    equal(b.ask(NC, handle), 0)
    equal(a.ask(NB, handle, 1), -25)


def the_report_precedes_the_reply():
    """What a command changes is reported on its own connection before its reply."""
    client = Raw()
    handle = client.ask(NOIB)
    client.send(WRITE, 17, 1)
    _, flags, _, levels = struct.unpack("<2H2I", client.receive(12))
    equal((flags, levels), (0, 1 << 17))
    equal(client.reply(), (WRITE, 17, 1, 0))
    equal(client.ask(NC, handle), 0)


def a_delay_delays_only_its_client():
    a, b = Raw(), Raw()
    start = time.monotonic()
    a.send(MILS, 1500)
    equal(b.ask(PIGPV), 79)
    assert time.monotonic() - start < 1.4
    equal(a.reply()[3], 0)
    assert time.monotonic() - start >= 1.5


def a_slow_client_is_sent_away():
    slow, fast = Raw(), Raw()
    slow.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    handle = slow.ask(NOIB)
    equal(fast.ask(NB, handle, 1 << 17), 0)
    # It does not read. What fills the buffers of both kernels and boardd's own is some MB.
    end = time.monotonic() + 60
    while fast.ask(NB, handle, 1 << 17) == 0:
        assert time.monotonic() < end
        for _ in range(50):
            fast.socket.sendall(b"".join(fast.request(WRITE, 17, i % 2) for i in range(200)))
            for i in range(200):
                equal(fast.reply()[3], 0)
    equal(fast.ask(PIGPV), 79)


def a_client_that_reads_no_replies():
    deaf, other = Raw(), Raw()
    deaf.socket.setblocking(False)
    requests = deaf.request(TICK) * 4096
    sent = 0
    end = time.monotonic() + 3
    while time.monotonic() < end:
        try:
            sent += deaf.socket.send(requests)
        except BlockingIOError:
            equal(other.ask(PIGPV), 79)
            time.sleep(0.05)
    assert sent < 50_000_000, sent  # It is not read from any more.


def an_idle_daemon_sleeps():
    """With a client that watches a button it does not wake up at all."""

    def voluntary_switches():
        with open(f"/proc/{os.environ['BOARDD_PID']}/status") as status:
            return [line for line in status if line.startswith("voluntary")]

    client = Raw()
    equal(client.ask(MODES, 4, 0), 0)
    equal(client.ask(NB, client.ask(NOIB), 1 << 4), 0)
    time.sleep(0.5)
    before = voluntary_switches()
    time.sleep(5)
    equal(voluntary_switches(), before)


run_story(globals())
