#!/usr/bin/env python3
"""Bytes through the file server, against a plain Linux program doing the same.

  bench/files.py [--build FOLDER] [--folder FOLDER] [--mebibytes N] [--repeat N] [--engine E]

A client of the guest servers.elf writes a file of the host through the file server and reads it
again, in pieces of several sizes; bench_plain_files does that with pwrite and pread. Both work in
FOLDER, by default a file system in memory. They take turns; the table has the best of each: what
slows the machine down, slows one of several. With BENCH_QUICK=1 in the environment a smaller file is
written and read, once.
"""
import argparse
import os
import re
import subprocess
import sys
import tempfile

ENGINES = ["patch", "trap", "ptrace", "link"]
PIECES = [4, 64, 2048]  # KiB
LINE = re.compile(r"(wrote|read) (\d+) bytes in (\d+) us")


def speeds(command, given, mebibytes):
    """MB/s of writing and of reading, as a program says it."""
    result = subprocess.run(command, input=given, capture_output=True, text=True, timeout=300,
                            check=True)
    found = {what: int(size) / max(int(us), 1) for what, size, us in LINE.findall(result.stdout)}
    if len(found) != 2 or f" {mebibytes << 20} bytes" not in result.stdout:
        sys.exit(f"{' '.join(command)}\n{result.stdout}{result.stderr}")
    return found


def run(name, folder, piece, options):
    path = os.path.join(folder, "file")
    if os.path.exists(path):
        os.unlink(path)
    if name == "Linux":
        command = [f"{options.build}/bin/bench_plain_files", path, str(options.mebibytes), str(piece)]
        return speeds(command, "", options.mebibytes)
    guests = f"{options.build}/guests/" + ("link/" if name == "link" else "")
    command = [f"{options.build}/sel4ux", "run", "--quiet", "--engine", name, "--host",
               f"dir={folder}:rw", "--host", "clock", f"{guests}servers.elf"]
    return speeds(command, f"speed file {options.mebibytes} {piece}\nquit\n", options.mebibytes)


def main():
    quick = os.environ.get("BENCH_QUICK", "0") not in ("", "0")
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--build", default="build")
    parser.add_argument("--folder", default="/dev/shm" if os.path.isdir("/dev/shm") else None)
    parser.add_argument("--mebibytes", type=int, default=32 if quick else 256)
    parser.add_argument("--repeat", type=int, default=1 if quick else 5)
    parser.add_argument("--engine", action="append", choices=ENGINES, help="only this one")
    options = parser.parse_args()
    names = ["Linux", *(options.engine or ENGINES)]
    found = {}
    with tempfile.TemporaryDirectory(dir=options.folder) as folder:
        for _ in range(options.repeat):
            for piece in PIECES:
                for name in names:
                    for what, speed in run(name, folder, piece, options).items():
                        found.setdefault((what, piece, name), []).append(speed)
    print("| MB/s | " + " | ".join(names) + " |")
    print("|---" * (1 + len(names)) + "|")
    for what in ("wrote", "read"):
        for piece in PIECES:
            figures = [max(found[what, piece, name]) for name in names]
            print(f"| {what} {piece} KiB at once | " + " | ".join(f"{f:.0f}" for f in figures) + " |")


if __name__ == "__main__":
    main()
