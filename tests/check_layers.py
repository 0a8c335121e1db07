#!/usr/bin/env python3
"""Checks that includes point one way between the folders of src/, and that each header compiles
alone (given --compiler and --include). Names every offence; exit status 1 when there is one."""
import argparse
import os
import re
import subprocess
import sys
import tempfile

# A folder may include itself and the folders named here.
ALLOWED = {
    "base": set(),
    "abi": {"base"},
    "device": {"base"},
    "kernel": {"base", "abi"},
    "loader": {"base", "abi"},
    "machine": {"base", "abi", "kernel", "device", "loader"},
    "host": {"base", "abi", "machine", "kernel", "device"},
    "view": {"base", "abi", "kernel", "device", "machine"},
    "stub": {"base", "abi", "kernel", "device", "machine"},
    "state": {"base", "abi", "kernel", "device", "machine", "host"},
    "hostio": {"base", "abi", "kernel", "device", "machine", "host"},
    "engine": {"base", "abi", "kernel", "device", "machine", "host", "stub"},
    "gdb": {"base", "abi", "kernel", "device", "machine", "host", "view"},
    "trace": {"base", "abi", "kernel", "machine"},
    "monitor": {"base", "abi", "kernel", "device", "machine", "host", "loader", "engine", "view",
                "gdb", "state", "trace", "hostio"},
    "hosted": {"base", "abi", "kernel", "device", "machine", "loader", "host", "monitor", "cli",
               "view", "trace", "hostio"},
    "cli": {"base", "abi", "kernel", "device", "machine", "loader", "engine", "monitor", "view",
            "gdb", "state", "trace", "hostio"},
}
# The boot code alone knows images; the rest of the machine is linked into the freestanding stub.
ONLY_IN = {("machine", "loader"): ("machine/boot.h", "machine/boot/")}
# Of the stub the engine sees what both ends agree on, never its code.
# Hosted programs share the words that people type and read with sel4ux itself.
ONLY_HEADERS = {("hosted", "cli"): {"cli/args.h"},
                ("hosted", "monitor"): {"monitor/recorder.h", "monitor/report.h"},
                ("engine", "stub"): {"stub/layout.h"}}

INCLUDE = re.compile(r'^\s*#\s*include\s+"([^"]+)"', re.M)


def sources(root):
    for folder, _, names in os.walk(root):
        for name in sorted(names):
            if name.endswith((".c", ".h", ".S")):
                yield os.path.relpath(os.path.join(folder, name), root)


def offences(root):
    for path in sources(root):
        folder = path.split("/")[0]
        with open(os.path.join(root, path), encoding="utf-8") as file:
            included = INCLUDE.findall(file.read())
        for name in included:
            target = name.split("/")[0]
            if "/" not in name or target == folder:
                continue
            if target not in ALLOWED.get(folder, set()):
                yield f"src/{path} includes {name}: {folder} must not know {target}"
            elif not path.startswith(ONLY_IN.get((folder, target), ("",))):
                yield f"src/{path} includes {name}: only the boot code may"
            elif name not in ONLY_HEADERS.get((folder, target), {name}):
                yield f"src/{path} includes {name}: not an interface"


def lonely_headers(root, compiler, include):
    for path in sources(root):
        if not path.endswith(".h"):
            continue
        with tempfile.NamedTemporaryFile("w", suffix=".c") as file:
            file.write(f'#include "{path}"\n')
            file.flush()
            command = [compiler, "-std=gnu11", "-Wall", "-Wextra", "-Werror", "-D_GNU_SOURCE",
                       "-fsyntax-only", "-I", root] + [f"-I{i}" for i in include] + [file.name]
            result = subprocess.run(command, capture_output=True, text=True, check=False)
        if result.returncode != 0:
            yield f"src/{path} does not compile alone:\n{result.stderr}"


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--root", required=True, help="the src folder")
    parser.add_argument("--compiler", help="check headers with this compiler")
    parser.add_argument("--include", action="append", default=[], help="folder of generated headers")
    options = parser.parse_args()

    found = list(offences(options.root))
    if options.compiler:
        found += lonely_headers(options.root, options.compiler, options.include)
    for text in found:
        print(text)
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
