#!/usr/bin/env python3
"""layering.py finds each kind of bad #include in a copy of the project, and none in good code.

usage: layering_test.py ROOT
"""

import pathlib
import shutil
import sys
import tempfile
import unittest

import layering

ROOT = pathlib.Path(sys.argv.pop(1)).resolve()

# What is added to the copy -> what must be said about it.
BAD = {
    "src/sync/bad.cpp": ('#include <asyncio/stream.hpp>', "sync may not use net"),
    "src/core/bad.cpp": ('#include <asyncio/event.hpp>', "core may not use sync"),
    "src/net/bad.cpp": ('#include <machine/pin.hpp>', "net may not use machine"),
    "src/machine/bad.cpp": ('#include <asyncio/stream.hpp>', "machine may not use net"),
    "src/net/bad2.cpp": ('#include <liburing.h>', "only src/core may include"),
    "src/boardd/bad.cpp": ('#  include <gpiod.h>', "only src/machine may include"),
    "src/core/bad3.cpp": ('#include <spdlog/spdlog.h>', "only src/boardd may include"),
    "src/net/bad4.cpp": ('#include <openssl/ssl.h>', "only src/tls may include"),
    "src/sync/bad5.cpp": ('#include <boost/asio.hpp>', "neither the system's nor ours"),
    "src/core/bad6.cpp": ('#include "net/bad.hpp"', "core may not use net"),
    "src/core/bad7.cpp": ('#include "nowhere.hpp"', "there is no"),
    "src/core/bad8.cpp": ('#include <asyncio/asyncio.hpp>', "in no layer that core may use"),
    "src/net/bad.hpp": ("#include <gpiod.hpp>", "only src/machine may include"),
    "src/new/bad.cpp": ("", "in no layer"),
    "include/asyncio/unknown.hpp": ("", "in no layer"),
    "include/asyncio/detail/bad.hpp": ('#include <liburing.h>', "third-party"),
    "include/asyncio/loop.hpp": ('#include <asyncio/gather.hpp>', "core may not use sync"),
    "include/machine/bad.hpp": ('#include "machine/secret.hpp"', "private header"),
    "include/machine/twice.hpp": ("", "same name"),
    "examples/bad.cpp": ('#include "net/bad.hpp"', "private header"),
    "examples/bad2.cpp": ('#include <spdlog/spdlog.h>', "only src/boardd may include"),
    "src/core/bad9.cpp": ('#include <CLI/CLI.hpp>', "only src/boardd may include"),
}

GOOD = {
    "src/boardd/good.cpp": '#include <asyncio/asyncio.hpp>\n#include <machine/pin.hpp>\n#include "net/good.hpp"',
    "src/net/good.hpp": "#include <asyncio/event.hpp>\n#include <vector>\n#include <sys/socket.h>\n#include <net/if.h>",
    "src/core/good.cpp": '#include "core/good.hpp"\n#include "good.hpp"\n#include <liburing.h>\n// #include <gpiod.h>',
    "src/core/good.hpp": "#include <cstdint>",
    "examples/good.cpp": "#include <asyncio/asyncio.hpp>\n#include <machine/led.hpp>\n#include <CLI/CLI.hpp>",
}

# Headers the cases name, in case the copy does not have them.
STUBS = ("asyncio/asyncio", "asyncio/stream", "asyncio/event", "asyncio/gather", "machine/pin", "machine/led")


class Layering(unittest.TestCase):
    def setUp(self):
        self.root = pathlib.Path(self.enterContext(tempfile.TemporaryDirectory()))
        for top in ("src", "include", "examples"):
            shutil.copytree(ROOT / top, self.root / top)
        for stub in STUBS:
            path = self.root / "include" / f"{stub}.hpp"
            if not path.exists():
                self.write(path, "")

    def write(self, path, text):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text + "\n")

    def test_the_project_itself_is_clean(self):
        self.assertEqual(layering.check(ROOT), [])

    def test_good_includes_are_left_alone(self):
        for name, text in GOOD.items():
            self.write(self.root / name, text)
        self.assertEqual(layering.check(self.root), [])

    def test_each_bad_include_is_found(self):
        for name, (text, _) in BAD.items():
            self.write(self.root / name, text)
        self.write(self.root / "src/machine/twice.hpp", "")
        complaints = layering.check(self.root)
        for name, (_, expected) in BAD.items():
            with self.subTest(name):
                found = [c for c in complaints if c.startswith(f"{name}:1: ")]
                self.assertEqual(len(found), 1, found)
                self.assertIn(expected, found[0])
        self.assertEqual(len(complaints), len(BAD), complaints)


if __name__ == "__main__":
    unittest.main()
