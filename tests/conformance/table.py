#!/usr/bin/env python3
"""Holds rules.md to the conformance tests, and counts its rows.

usage: table.py RULES SOURCES TESTS

RULES is the table, SOURCES the folder of the tests, TESTS the program that runs them. Every rule has
one row; every row that is "same" or "better" names tests; every test it names exists in the program
and names the rule; every rule that a test names has a row that names the test.

The last line says: conformance: N same, N better, N not applicable, N open
"""

import collections
import pathlib
import re
import subprocess
import sys

STATES = {"same": "same", "better": "better", "n/a": "not applicable", "open": "open"}
RULES = [str(n) for n in range(1, 128)] + ["128a", "128b"] + [str(n) for n in range(129, 194)]
ROW = re.compile(r"^\| *(\d+[ab]?) *\|([^|]*)\|([^|]*)\|([^|]*)\|([^|]*)\|$", re.MULTILINE)
MACRO = re.compile(r"^(?:\w+_)?(?:RULE|PROGRAM)\((\w+),\s*([^)]*)\)", re.MULTILINE)

problems = []


def table(path):
    """Rule -> (state, tests)."""
    rows = {}
    for rule, text, state, tests, ours in ROW.findall(path.read_text()):
        state, tests = state.strip(), tests.split()
        if rule in rows:
            problems.append(f"rule {rule} has two rows")
        if state not in STATES:
            problems.append(f"rule {rule}: unknown state '{state}'")
        if state in ("same", "better") and not tests:
            problems.append(f"rule {rule} is '{state}' without a test")
        if state != "same" and not ours.strip():
            problems.append(f"rule {rule} is '{state}' without saying why")
        if not text.strip():
            problems.append(f"rule {rule} does not say what MicroPython does")
        rows[rule] = (state, tests)
    return rows


def rules_of_tests(folder):
    """Test -> the rules it names."""
    found = {}
    for path in sorted(folder.rglob("*.cpp")):
        for test, rules in MACRO.findall(path.read_text()):
            if test in found:
                problems.append(f"two tests are named {test}")
            found[test] = rules.replace(",", " ").split()
    return found


def tests_of_program(program):
    listing = subprocess.run([program, "--gtest_list_tests"], check=True, capture_output=True,
                             text=True).stdout
    return {line.rstrip(".") for line in listing.splitlines() if line[:1].isalpha() and
            line.endswith(".")}


def main():
    if len(sys.argv) != 4:
        sys.exit(__doc__)
    rows = table(pathlib.Path(sys.argv[1]))
    named = rules_of_tests(pathlib.Path(sys.argv[2]))
    existing = tests_of_program(sys.argv[3])

    for rule in RULES:
        if rule not in rows:
            problems.append(f"rule {rule} has no row")
    for rule, (_, tests) in rows.items():
        if rule not in RULES:
            problems.append(f"there is no rule {rule}")
        for test in tests:
            if test not in existing:
                problems.append(f"rule {rule}: there is no test {test}")
            elif rule not in named.get(test, []):
                problems.append(f"rule {rule}: test {test} does not name it")
    for test, rules in named.items():
        if test not in existing:
            problems.append(f"test {test} is not in the program")
        for rule in rules:
            if test not in rows.get(rule, ("", []))[1]:
                problems.append(f"test {test} names rule {rule}, whose row does not name the test")

    for problem in problems:
        print(problem)
    counts = collections.Counter(state for state, _ in rows.values())
    print("conformance: " + ", ".join(f"{counts[state]} {name}" for state, name in STATES.items()))
    sys.exit(1 if problems else 0)


main()
