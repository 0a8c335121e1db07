#!/usr/bin/env python3
"""Endurance: runs the heavy workload and watches it.

  bench/soak.py                     30 minutes on engine patch
  bench/soak.py --minutes 1         less

The guest counts requests sent and served and ends with an error when they differ or an answer is
wrong. Every --interval seconds a line says how many there were and what all processes of the run hold
together: memory (each shared page once), processes, descriptors, mappings. Exit status: 0; 1 when a
message was lost, the guest ended by itself, or something grew after the first quarter.
"""
import argparse
import os
import re
import subprocess
import sys
import threading
import time

SENT = re.compile(r"^INFO \w+ sent (\d+) served (\d+) errors (\d+)$")
MEMORY_MARGIN = 1.05  # of the highest figure of the first quarter: the host's own caches breathe
WAIT = 30  # seconds beyond the time-out


def children(pid):
    try:
        with open(f"/proc/{pid}/task/{pid}/children", encoding="ascii") as file:
            return [int(word) for word in file.read().split()]
    except OSError:
        return []


def family(pid):
    found, todo = [], [pid]
    while todo:
        found.append(todo.pop())
        todo += children(found[-1])
    return found


def kilobytes(pid):
    """Resident memory, what several processes share counted in parts."""
    with open(f"/proc/{pid}/smaps_rollup", encoding="ascii") as file:
        return sum(int(row.split()[1]) for row in file if row.startswith("Pss:"))


def lines_of(path):
    with open(path, encoding="utf-8", errors="replace") as file:
        return sum(1 for _ in file)


def held(pid):
    """What all processes of the run hold; None when they are gone."""
    total = {"KiB": 0, "processes": 0, "descriptors": 0, "mappings": 0}
    for member in family(pid):
        try:
            figures = {"KiB": kilobytes(member), "processes": 1,
                       "descriptors": len(os.listdir(f"/proc/{member}/fd")),
                       "mappings": lines_of(f"/proc/{member}/maps")}
        except OSError:
            continue
        for key, value in figures.items():
            total[key] += value
    return total if total["processes"] else None


class Guest:
    """The run; what the guest last said is in `sent` and `served`."""

    def __init__(self, command):
        self.sent = self.served = self.errors = 0
        self.tail = []
        self.process = subprocess.Popen(command, stdin=subprocess.DEVNULL, text=True,
                                        stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        self.reader = threading.Thread(target=self.read)
        self.reader.start()

    def read(self):
        for line in self.process.stdout:
            match = SENT.match(line.strip())
            if match:
                self.sent, self.served, self.errors = (int(word) for word in match.groups())
            self.tail = self.tail[-2:] + [line.strip()]

    def wait(self):
        try:
            self.process.wait(timeout=WAIT)
        except subprocess.TimeoutExpired:
            self.process.kill()
        self.reader.join()
        return self.process.wait()


def watch(guest, seconds, interval):
    """Samples until shortly before the end."""
    samples, begun = [], time.monotonic()
    while time.monotonic() - begun + interval < seconds:
        time.sleep(interval)
        if guest.process.poll() is not None:
            break
        sample = held(guest.process.pid)
        if sample is None:
            break
        samples.append(sample)
        print(f"{time.monotonic() - begun:6.0f} s  {guest.sent:12,} sent  {guest.served:12,} served  "
              f"{sample['KiB']:8,} KiB  {sample['processes']} processes  "
              f"{sample['descriptors']} descriptors  {sample['mappings']} mappings", flush=True)
    return samples


def grown(samples):
    """What was larger at the end than it had ever been in the first quarter."""
    first = samples[:max(len(samples) // 4, 1)]
    for key in samples[-1]:
        limit = max(sample[key] for sample in first) * (MEMORY_MARGIN if key == "KiB" else 1)
        if min(sample[key] for sample in samples[-max(len(samples) // 4, 1):]) > limit:
            yield f"{key} grew from {limit:.0f} to {samples[-1][key]}"


def main(arguments=None):
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    add = parser.add_argument
    add("--build", default="build", help="build folder (default: build)")
    add("--engine", default="patch")
    add("--minutes", type=float, default=30)
    add("--interval", type=float, default=5, help="seconds between two lines")
    options = parser.parse_args(arguments)
    seconds = max(int(options.minutes * 60), 1)
    guest = Guest([os.path.join(options.build, "sel4ux"), "run", "--quiet", "--engine",
                   options.engine, "--timeout", str(seconds),
                   os.path.join(options.build, "guests", "bench_soak.elf")])
    samples = watch(guest, seconds, options.interval)
    status = guest.wait()
    problems = list(grown(samples)) if samples else ["the run ended before the first look at it"]
    if status != 124:
        problems.append(f"exit status {status} before the time was over: " + " | ".join(guest.tail))
    if not guest.sent or guest.sent != guest.served or guest.errors:
        problems.append(f"sent {guest.sent}, served {guest.served}, errors {guest.errors}")
    print(f"sent {guest.sent}, served {guest.served}; " + ("; ".join(problems) or "nothing grew"))
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
