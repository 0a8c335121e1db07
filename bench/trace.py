#!/usr/bin/env python3
"""What a trace costs: benchmark guests with and without --trace, in turns, and the ratios.

  bench/trace.py                               the heavy workload, 9 pairs
  bench/trace.py --guest ipc --guest heavy     others
  bench/trace.py --against OTHER/sel4ux        no trace at all: this sel4ux beside another one

Each pair's order changes, so that a machine that drifts favours neither. Exit status 1: a run failed.
"""
import argparse
import os
import re
import statistics
import subprocess
import sys
import tempfile

BENCH = re.compile(r"^BENCH (\w+) \w+ \d+ \d+ \d+ (\d+)", re.M)


def measure(command, image):
    done = subprocess.run([*command, "--quiet", "--timeout", "300", image],
                          stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True, check=False)
    if done.returncode != 0:
        sys.exit(f"{' '.join(command)} {image}: exit code {done.returncode}")
    return {name: int(cycles) for name, cycles in BENCH.findall(done.stdout)}


def pairs(options, guest, trace):
    """The medians of each benchmark, without and with, for each pair of runs."""
    image = os.path.join(options.build, "guests", f"bench_{guest}.elf")
    base = [options.sel4ux, "run", "--engine", options.engine]
    plain = [options.against, *base[1:]] if options.against else base
    other = base if options.against else [*base, "--trace", trace]
    found = {}
    for number in range(options.pairs):
        order = [0, 1] if number % 2 == 0 else [1, 0]
        results = [None, None]
        for which in order:
            results[which] = measure((plain, other)[which], image)
        for name in results[0].keys() & results[1].keys():
            found.setdefault(name, []).append((results[0][name], results[1][name]))
    return found


def main():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--build", default="build")
    parser.add_argument("--sel4ux")
    parser.add_argument("--engine", default="patch")
    parser.add_argument("--guest", action="append")
    parser.add_argument("--pairs", type=int, default=9)
    parser.add_argument("--against", metavar="SEL4UX")
    options = parser.parse_args()
    options.sel4ux = options.sel4ux or os.path.join(options.build, "sel4ux")
    words = ("that one", "this one") if options.against else ("without", "with")
    print(f"{'cycles, medians':32} {words[0]:>9} {words[1]:>9}  ratio  (lowest to highest)")
    with tempfile.TemporaryDirectory(prefix="sel4ux-bench-") as folder:
        trace = os.path.join(folder, "trace")
        for guest in options.guest or ["heavy"]:
            for name, rows in sorted(pairs(options, guest, trace).items()):
                ratios = sorted(b / max(a, 1) for a, b in rows)
                print(f"{name:32} {statistics.median(a for a, _ in rows):9.0f} "
                      f"{statistics.median(b for _, b in rows):9.0f}  "
                      f"{statistics.median(ratios):5.2f}  ({ratios[0]:.2f} to {ratios[-1]:.2f})")
            if not options.against:
                print(f"  the last trace of {guest}: {os.path.getsize(trace) / 1e6:.1f} MB")


if __name__ == "__main__":
    main()
