#!/usr/bin/env python3
"""Holds every #include of the project to the arrows between its folders.

usage: layering.py ROOT

An arrow reads "is used by": core -> sync -> net -> tls -> boardd, sync -> machine -> boardd, and
core -> doctor.
net and machine are sisters: neither knows the other. Each third-party library is included by one
folder only, and by no public header. Examples use public headers only.
"""

import pathlib
import re
import sys

# Layer -> the layers it may use.
MAY_USE = {
    "core": {"core"},
    "sync": {"core", "sync"},
    "net": {"core", "sync", "net"},
    "tls": {"core", "sync", "net", "tls"},
    "machine": {"core", "sync", "machine"},
    "doctor": {"core", "doctor"},
    "boardd": {"core", "sync", "net", "tls", "machine", "boardd"},
    "boardctl": {"core", "sync", "net", "tls", "boardctl"},
    "examples": {"core", "sync", "net", "tls", "machine"},
}

# Public header of include/asyncio -> its layer. Headers of detail/ which are not named are core's;
# those of include/machine are machine's.
PUBLIC = {
    "core": "clock coroutine debug errors exception_group generator loop loop_handle run sleep task testing",
    "sync": "as_completed barrier condition event gather lock queue "
    "semaphore shield task_group thread_safe_flag timeout to_thread wait wait_for",
    "net": "buffer_budget connection datagram detail/ssl_option detail/stream_drain detail/stream_handle detail/stream_read lines server stream",
    "tls": "ssl",
}
LAYER_OF = {f"asyncio/{name}.hpp": layer for layer, names in PUBLIC.items() for name in names.split()}
UMBRELLA = "asyncio/asyncio.hpp"

# How a third-party header begins -> the only folder that may include it, but for EXAMPLES.
THIRD_PARTY = {
    "liburing": "core",
    "gpiod.": "machine",
    "openssl/": "tls",
    "spdlog/": "boardd",
    "fmt/": "boardd",
    "CLI/": "boardd",
    "toml++/": "boardd",
    "toml.hpp": "boardd",
}

# Examples are programs, with a command line.
EXAMPLES = {"CLI/"}

# Headers of the system: the C library's and the kernel's. C++'s own have no dot.
SYSTEM_FOLDERS = ("sys/", "linux/", "netinet/", "net/", "arpa/", "asm/", "sanitizer/", "valgrind/")
SYSTEM = {
    f"{name}.h"
    for name in """alloca assert byteswap ctype cxxabi dirent dlfcn endian errno execinfo fcntl fenv float
    fnmatch ftw getopt glob grp ifaddrs inttypes libgen limits link locale malloc math netdb poll
    pthread pwd regex resolv sched semaphore setjmp signal spawn stdarg stdbool stddef stdint stdio
    stdlib string strings syslog sysexits syscall termios time ucontext unistd wchar""".split()
}

INCLUDE = re.compile(r'^\s*#\s*include\s*([<"])([^>"]+)[>"]', re.MULTILINE)


def is_system(header):
    if "." not in header and "/" not in header:
        return True
    return header in SYSTEM or (header.startswith(SYSTEM_FOLDERS) and header.endswith(".h"))


def public_layer(header):
    """The layer of a public header given as users include it, None if it is in no layer."""
    if header.startswith("machine/"):
        return "machine"
    if header.startswith("asyncio/detail/"):
        return LAYER_OF.get(header, "core")
    return LAYER_OF.get(header)


def check_include(root, file, layer, is_public, quoted, header):
    """The complaint about one #include, or None."""
    for prefix, owner in THIRD_PARTY.items():
        if header.startswith(prefix):
            if is_public:
                return f"a public header includes the third-party header <{header}>"
            if layer != owner and not (layer == "examples" and prefix in EXAMPLES):
                return f"only src/{owner} may include <{header}>"
            return None

    if (root / "include" / header).is_file():
        target = public_layer(header)
        if target is None:
            if header == UMBRELLA and layer in ("boardd", "boardctl", "examples"):
                return None
            return f"<{header}> is in no layer that {layer} may use"
    elif quoted:
        beside = file.parent / header
        if is_public:
            return f'a public header includes the private header "{header}"'
        if (root / "src" / header).is_file():
            target = header.split("/")[0]
        elif beside.is_file() and ".." not in header:
            return None
        else:
            return f'there is no "{header}" in src/ or beside the file'
    elif is_system(header):
        return None
    else:
        return f"<{header}> is neither the system's nor ours nor a third party known to layering.py"

    if layer == "examples" and not (root / "include" / header).is_file():
        return f'an example includes the private header "{header}"'
    if target not in MAY_USE[layer]:
        return f"{layer} may not use {target}: {header}"
    return None


def layer_of_file(root, file):
    """(layer, is public) of a file; layer is None for the umbrella and "" for an unknown place."""
    path = file.relative_to(root)
    if path.parts[0] == "include":
        header = "/".join(path.parts[1:])
        if header == UMBRELLA:
            return None, True
        return public_layer(header) or "", True
    if path.parts[0] == "examples":
        return "examples", False
    return (path.parts[1] if path.parts[1] in MAY_USE else ""), False


def check(root):
    """All complaints about the tree at root, each "file:line: what"."""
    complaints = []
    for top in ("src", "include", "examples"):
        for file in sorted((root / top).rglob("*.[ch]pp")):
            layer, is_public = layer_of_file(root, file)
            name = file.relative_to(root)
            if layer == "":
                complaints.append(f"{name}:1: this file is in no layer known to layering.py")
                continue
            if layer is None:
                continue
            if is_public and (root / "src" / name.relative_to("include")).exists():
                complaints.append(f"{name}:1: src/ has a header of the same name")
            text = file.read_text()
            for match in INCLUDE.finditer(text):
                quoted, header = match.group(1) == '"', match.group(2)
                complaint = check_include(root, file, layer, is_public, quoted, header)
                if complaint:
                    line = text.count("\n", 0, match.start(1)) + 1
                    complaints.append(f"{name}:{line}: {complaint}")
    return complaints


def main():
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    root = pathlib.Path(sys.argv[1]).resolve()
    complaints = check(root)
    for complaint in complaints:
        print(complaint)
    sys.exit(1 if complaints else 0)


if __name__ == "__main__":
    main()
