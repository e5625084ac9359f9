#!/usr/bin/env python3
"""Tests table.py: it counts a table that is right, and finds what is wrong in others."""

import os
import pathlib
import subprocess
import sys
import tempfile
import unittest

FOLDER = pathlib.Path(__file__).resolve().parent
RULES = (FOLDER / "rules.md").read_text()


def run(rules, sources=None, listing=None):
    """Runs table.py on the table with the given sources and a program that lists the tests."""
    with tempfile.TemporaryDirectory() as folder:
        folder = pathlib.Path(folder)
        (folder / "rules.md").write_text(rules)
        named = {}
        for line in rules.splitlines():
            cells = [cell.strip() for cell in line.split("|")]
            if len(cells) == 7 and cells[3] in ("same", "better"):
                for test in cells[4].split():
                    named.setdefault(test, []).append(cells[1])
        if sources is None:
            sources = "".join(f"RULE({test}, {', '.join(rows)})\n" for test, rows in named.items())
        (folder / "all_test.cpp").write_text(sources)
        if listing is None:
            listing = "Running main()\n" + "".join(f"{test}.\n  Virtual\n" for test in named)
        program = folder / "tests"
        program.write_text(f"#!/bin/sh\ncat <<'END'\n{listing}END\n")
        os.chmod(program, 0o755)
        result = subprocess.run(
            [sys.executable, FOLDER / "table.py", folder / "rules.md", folder, program],
            capture_output=True, text=True, check=False)
        return result.returncode, result.stdout


def without_row(rule):
    return "\n".join(line for line in RULES.splitlines() if not line.startswith(f"| {rule} |"))


class Table(unittest.TestCase):
    def test_counts_the_rows(self):
        status, output = run(RULES)
        self.assertEqual(status, 0, output)
        words = output.splitlines()[-1].split()
        self.assertEqual(words[0], "conformance:")
        self.assertEqual(sum(int(word) for word in words if word.isdigit()), 194)

    def test_finds_a_missing_row(self):
        status, output = run(without_row("17"))
        self.assertEqual(status, 1)
        self.assertIn("rule 17 has no row", output)

    def test_finds_a_row_without_test(self):
        status, output = run(without_row("31") + "\n| 31 | stops | same | | |\n")
        self.assertEqual(status, 1)
        self.assertIn("rule 31 is 'same' without a test", output)

    def test_finds_a_test_that_is_not_in_the_program(self):
        status, output = run(RULES, listing="basic2.\n  Virtual\n")
        self.assertEqual(status, 1)
        self.assertIn("rule 9: there is no test exception", output)

    def test_finds_a_test_that_does_not_name_its_row(self):
        status, output = run(RULES, sources="PROGRAM(basic2, 7)\nPROGRAM(exception, 9, 11, 13, 14)\n")
        self.assertEqual(status, 1)
        self.assertIn("rule 31: test basic2 does not name it", output)
        self.assertIn("test exception names rule 14, whose row does not name the test", output)


unittest.main()
