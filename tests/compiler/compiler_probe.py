#!/usr/bin/env python3
"""Compiles and runs the patterns of patterns/ with each installed compiler, at -O0 and -O2.

usage: compiler_probe.py SOURCE_DIR LIBRARY [LINKER_OPTION...]

Each pattern says what to expect of it, see forms.hpp; anything else fails, a pattern that has
become right as well. Prints a line per compiler.
"""

import concurrent.futures
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "lint"))
from await_forms import aggregates, check_text, parse  # noqa: E402

CANDIDATES = ["g++", "clang++"] + [f"g++-{n}" for n in range(12, 20)] + [f"clang++-{n}" for n in range(19, 25)]
PATTERN = re.compile(r"^(RIGHT|WRONG_ON_GXX12|REFUSED|NOT_ON_GXX12|NOT_ON_CLANG|NOWHERE)\((\w+)[^\n]*\n?(?:\{\n.*?^\}$)?", re.DOTALL | re.MULTILINE)
# g++ 14 forgets objects in a list of awaited ones when the coroutine is dropped between two of them.
WRONG_ON_GXX14 = {"aggregate_with_awaited_members", "vector_of_awaited_objects"}
FLAGS = ["-std=c++20", "-Wall", "-Wextra", "-Werror=unused-result"]


class Pattern:
    def __init__(self, file, match, line):
        self.file = file
        self.kind = match.group(1)
        self.name = match.group(2)
        self.text = match.group()
        self.line = line


def read_patterns():
    patterns = []
    for file in sorted((HERE / "patterns").iterdir()):
        text = file.read_text()
        for match in PATTERN.finditer(text):
            patterns.append(Pattern(file, match, text[: match.start()].count("\n") + 1))
    return patterns


class Compiler:
    def __init__(self, command):
        self.command = command
        text = subprocess.run([command, "--version"], capture_output=True, text=True, check=True).stdout
        self.family = "clang" if "clang" in text else "g++"
        self.version = re.search(r"\d+\.\d+\.\d+", text).group()
        self.name = f"{self.family} {self.version}"
        self.major = int(self.version.split(".")[0])
        self.is_gxx12 = self.family == "g++" and self.major == 12
        self.is_gxx14 = self.family == "g++" and self.major == 14

    def supported(self):
        return self.major >= (12 if self.family == "g++" else 19)

    def refuses(self, pattern):
        return (
            pattern.kind == "NOWHERE"
            or (pattern.kind == "NOT_ON_GXX12" and self.is_gxx12)
            or (pattern.kind == "NOT_ON_CLANG" and self.family == "clang")
        )


def installed_compilers():
    compilers = {}
    for candidate in CANDIDATES:
        if shutil.which(candidate):
            compiler = Compiler(candidate)
            compilers.setdefault(compiler.name, compiler)
    return [c for c in compilers.values() if c.supported()]


def run_probe(compiler, level, source_dir, libraries, work):
    """What the patterns did: {name: "right" or why not}."""
    program = work / f"probe-{compiler.command}-{level}"
    subprocess.run(
        [compiler.command, *FLAGS, "-w", level, f"-I{source_dir}/include", str(HERE / "probe.cpp"), *libraries, "-o", str(program)],
        check=True,
    )
    output = subprocess.run([str(program)], capture_output=True, text=True, check=True, timeout=120).stdout
    results = {}
    for line in output.splitlines():
        verdict, rest = line.split(" ", 1)
        name, _, why = rest.partition(": ")
        results[name] = verdict if verdict == "right" else why
    return results


def try_compile(compiler, patterns, source_dir, work):
    """What the compiler says to these patterns, in one file."""
    file = work / f"refused-{compiler.command}.cpp"
    using = [f"using asyncio::{name};" for name in ("create_task", "gather", "Stream", "Task")]
    lines = [f'#include "{HERE}/forms.hpp"', "namespace compiler {", *using]
    for pattern in patterns:
        lines += [f'#line 1 "pattern:{pattern.name}"', pattern.text]
    file.write_text("\n".join([*lines, "}", ""]))
    limit = "-fmax-errors=0" if compiler.family == "g++" else "-ferror-limit=0"
    command = [compiler.command, *FLAGS, "-fsyntax-only", limit, f"-I{source_dir}/include", str(file)]
    return subprocess.run(command, capture_output=True, text=True, env={**os.environ, "LC_ALL": "C"}).stderr


def blamed(errors):
    """The patterns that stand in the messages: for an error, or for a template with one in it."""
    found = set()
    in_error = False  # clang names who instantiates the template after the error, g++ before it.
    waiting = None
    for line in errors.splitlines():
        place = re.match(r"pattern:(\w+):\d+", line)
        if re.search(r"\berror: ", line):
            if place or waiting:
                found.add(place.group(1) if place else waiting)
            in_error, waiting = not place, None
        elif place and "required from" in line:
            waiting = place.group(1)
        elif place and in_error and "in instantiation" in line:
            found.add(place.group(1))
    return found


def not_compiled(compiler, patterns, source_dir, work):
    """The patterns that this compiler refuses, of those that it should."""
    refused = [p for p in patterns if compiler.refuses(p)]
    found = blamed(try_compile(compiler, [p for p in refused if p.kind != "NOT_ON_GXX12"], source_dir, work))
    for pattern in refused:
        if pattern.kind == "NOT_ON_GXX12":  # One by one: it gives up after the first.
            found |= blamed(try_compile(compiler, [pattern], source_dir, work))
    return found


def check(compiler, patterns, results, refused):
    """The patterns that are not what they say they are."""
    complaints = []
    for pattern in patterns:
        got = {level: result.get(pattern.name, "does not compile") for level, result in results.items()}
        expected_wrong = (pattern.kind == "WRONG_ON_GXX12" and compiler.is_gxx12) or (
            pattern.name in WRONG_ON_GXX14 and compiler.is_gxx14)
        compiles = pattern.name not in refused
        if compiler.refuses(pattern):
            if compiles:
                complaints.append(f"{pattern.name} compiles")
        else:
            for level, result in got.items():
                if (result == "right") == expected_wrong:
                    complaints.append(f"{pattern.name} at {level}: {result}")
    return complaints


def check_lint(patterns):
    complaints = []
    known_aggregates = set(aggregates(parse((HERE / "forms.hpp").read_text()).items))
    for pattern in patterns:
        found = check_text(pattern.name, pattern.text, known_aggregates).complaints
        if pattern.kind == "RIGHT" and found:
            complaints.append(f"await_forms.py refuses {found[0]}")
        if pattern.kind in ("WRONG_ON_GXX12", "REFUSED") and not found:
            complaints.append(f"await_forms.py does not find {pattern.name}")
    return complaints


def probe(compiler, patterns, source_dir, libraries, work):
    results = {level: run_probe(compiler, level, source_dir, libraries, work) for level in ("-O0", "-O2")}
    refused = not_compiled(compiler, patterns, source_dir, work)
    complaints = check(compiler, patterns, results, refused)
    wrong = {name for result in results.values() for name, why in result.items() if why != "right"}
    right = len(results["-O2"]) - len(wrong)
    line = f"{compiler.name}: {len(patterns)} patterns: {right} right, {len(refused)} do not compile, {len(wrong)} wrong and found by the lint"
    return line, [f"{compiler.name}: {complaint}" for complaint in complaints]


def main():
    if len(sys.argv) < 3:
        sys.exit(__doc__)
    source_dir, libraries = sys.argv[1], sys.argv[2:]
    patterns = read_patterns()
    complaints = check_lint(patterns)
    with tempfile.TemporaryDirectory() as directory, concurrent.futures.ThreadPoolExecutor(2) as pool:
        work = pathlib.Path(directory)
        runs = [pool.submit(probe, compiler, patterns, source_dir, libraries, work) for compiler in installed_compilers()]
        for run in runs:
            line, more = run.result()
            print(line)
            complaints += more
    print(*complaints, sep="\n")
    sys.exit(1 if complaints else 0)


if __name__ == "__main__":
    main()
