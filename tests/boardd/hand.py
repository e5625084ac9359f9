"""The other side of a simulated board, for the scripts of pigpio's clients."""

import os
import socket
import sys
import time


class Hand:
    """Presses the simulated board's buttons through boardd's text protocol."""

    def __init__(self):
        self.file = socket.create_connection(("127.0.0.1", int(os.environ["TEXT_PORT"]))).makefile("rw")

    def ask(self, line):
        self.file.write(line + "\n")
        self.file.flush()
        reply = self.file.readline().strip()
        assert reply.startswith("OK"), (line, reply)
        return reply

    def drive(self, gpio, level):
        self.ask(f"SIMULATE {gpio} {level}")

    def level(self, gpio):
        return int(self.ask(f"GET {gpio}").split()[1])


def eventually(condition, seconds=15):
    """Waits until the condition holds; machines under test are slow."""
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "it did not happen"
        time.sleep(0.005)


def equal(a, b):
    assert a == b, f"{a!r} is not {b!r}"


def run_story(names):
    """Runs the function that the command line names."""
    names[sys.argv[1]]()
    print("done")
