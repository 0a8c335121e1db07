#!/usr/bin/env python3
"""Runs the benchmark guests on every engine, and on real seL4 in QEMU when given its kernel.

  bench/run.py                                      all engines that sel4ux has
  bench/run.py --qemu-kernel kernel.elf             beside the real kernel
  bench/run.py --qemu-kernel qemu=kernel.elf --qemu-kernel skim-off=other.elf

Engines take turns with each guest, repeat after repeat, so whatever slows the machine down slows all
of them; ratios are computed within a repeat. Writes results.json, samples.json, report.md and
chart.svg to BUILD/bench. BENCH_QUICK=1 in the environment: as many repeats as fit in 3 minutes, up to
3. Exit status: 0, or 1 when a run failed (the others are still reported), 2 for wrong usage.
"""
import argparse
import json
import os
import re
import shutil
import struct
import subprocess
import sys
import tempfile
import threading
import time

sys.dont_write_bytecode = True
import report  # noqa: E402

GUESTS = ["notify", "ipc", "fault", "irq", "objects", "pages", "process", "chain",
          "heavy", "light", "files"]
QUICK_SECONDS = 140
QEMU_CPU = "Nehalem,-vme,+pdpe1gb,-xsave,-fsgsbase,-invpcid,+syscall,+lm"
BENCH = re.compile(r"^BENCH (\w+) (\w+) ([0-9 ]+)$")
INFO = re.compile(r"^INFO \w+ (.*)$")
ENGINE_LINE = re.compile(r"^ {16,}(\w+) {2,}\S")


class RunFailed(Exception):
    """A guest that did not come to its end; the text says how far it came."""


class Usage(Exception):
    """The command line asks for what there is not."""


class Sel4ux:
    """An engine of sel4ux."""

    emulator = False

    def __init__(self, name, options):
        self.name = name
        self.options = options

    def command(self, image):
        if self.name == "link":  # which has a form of the guests of its own
            guests = os.path.join(self.options.build, "guests", "")
            image = image.replace(guests, os.path.join(guests, "link", ""))
        return [self.options.sel4ux, "run", "--quiet", "--engine", self.name,
                "--mem", self.options.mem, "--timeout", str(self.options.timeout), image]


class Qemu:
    """Real seL4 in QEMU without hardware virtualization. It never ends by itself."""

    emulator = True

    def __init__(self, name, kernel, options, folder):
        self.name = name
        self.kernel = kernel
        self.options = options
        if elf_is_64_bit(kernel):  # QEMU loads multiboot kernels of 32 bits only
            self.kernel = os.path.join(folder, name + ".elf")
            subprocess.run(["objcopy", "-O", "elf32-i386", kernel, self.kernel], check=True)

    def command(self, image):
        return [self.options.qemu, "-machine", "pc", "-accel", "tcg", "-cpu", self.options.qemu_cpu,
                "-nographic", "-m", self.options.mem, "-no-reboot", "-net", "none",
                "-kernel", self.kernel, "-initrd", image]


def elf_is_64_bit(path):
    with open(path, "rb") as file:
        magic, bits = struct.unpack("4sB", file.read(5))
    if magic != b"\x7fELF":
        raise Usage(f"{path} is not an ELF file")
    return bits == 2


def engines_of(sel4ux):
    """The names that `sel4ux run --help` lists below --engine."""
    if not os.path.exists(sel4ux):
        raise Usage(f"there is no {sel4ux}; 'make' builds it")
    text = subprocess.run([sel4ux, "run", "--help"], capture_output=True, text=True,
                          check=True).stdout
    names, listing = [], False
    for line in text.splitlines():
        match = ENGINE_LINE.match(line)
        if "--engine NAME" in line:
            listing = True
        elif listing and match:
            names.append(match.group(1))
        elif listing:
            break
    if not names:
        raise Usage(f"'{sel4ux} run --help' lists no engines")
    return names


def parse(lines):
    """The benchmarks of one run, {name: figures}, and what the guest says of itself."""
    benches, info = {}, []
    for line in lines:
        match, said = BENCH.match(line), INFO.match(line)
        if match:
            figures = [int(word) for word in match.group(3).split()]
            if len(figures) != 7:
                raise RunFailed(f"odd line: {line}")
            keys = ["samples", "min", "p25", "median", "p75", "p95", "max"]
            benches[match.group(1)] = {"unit": match.group(2), **dict(zip(keys, figures))}
        elif said:
            info.append(said.group(1))
    return benches, info


def output_until(command, last_line, timeout):
    """Lines that a command prints up to `last_line`; the command is gone when this returns."""
    lines = []
    process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                               stderr=subprocess.STDOUT)
    timer = threading.Timer(timeout, process.kill)
    timer.start()
    try:
        for raw in process.stdout:
            lines.append(raw.decode("utf-8", "replace").strip())
            if lines[-1] == last_line:
                return lines
    finally:
        timer.cancel()
        if process.poll() is None:
            process.kill()
        process.wait()
        process.stdout.close()
    tail = " | ".join(line for line in lines[-3:] if line) or "no output"
    raise RunFailed(f"no line '{last_line}' (exit status {process.returncode}): {tail}")


def run_once(engine, image, options):
    name = os.path.splitext(os.path.basename(image))[0]
    lines = output_until(engine.command(image), f"done {name}", options.timeout + 10)
    benches, info = parse(lines)
    if not benches:
        raise RunFailed("the guest measured nothing")
    return benches, info


def measure(engines, images, options):
    """All runs: [{repeat, engine, guest, benches | failure}]."""
    runs, begun = [], time.monotonic()
    for repeat in range(options.repeat):
        spent = time.monotonic() - begun
        if options.quick and repeat and spent / repeat * (repeat + 1) > QUICK_SECONDS:
            print(f"quick: {repeat} repeats", file=sys.stderr)
            break
        for turn, image in enumerate(images):
            first = (repeat + turn) % len(engines)
            for engine in engines[first:] + engines[:first]:
                runs.append(one(engine, image, repeat, options))
    return runs


def one(engine, image, repeat, options):
    guest = os.path.splitext(os.path.basename(image))[0]
    run = {"repeat": repeat, "engine": engine.name, "guest": guest, "load": os.getloadavg()[0]}
    begun = time.monotonic()
    try:
        run["benches"], run["info"] = run_once(engine, image, options)
        outcome = f"{len(run['benches'])} benchmarks"
    except RunFailed as failure:
        run["failure"] = outcome = str(failure)
    print(f"[{repeat + 1}/{options.repeat}] {guest} {engine.name}: {outcome}, "
          f"{time.monotonic() - begun:.1f} s", file=sys.stderr)
    return run


def image_of(guest, options):
    folder = "guests" if options.config == "debug" else "guests/release/images"
    name = guest if guest.startswith("bench_") else "bench_" + guest
    path = guest if guest.endswith(".elf") else os.path.join(options.build, folder, name + ".elf")
    if not os.path.exists(path):
        raise Usage(f"there is no {path}; 'ninja -C {options.build} guests-on-demand' builds it")
    return path


def qemu_engines(options, folder):
    names = set()
    for given in options.qemu_kernel:
        name, _, path = given.rpartition("=")
        name = name or "qemu"
        if not os.path.exists(path):
            raise Usage(f"there is no kernel {path}")
        if name in names:
            raise Usage(f"two kernels are named {name}; name them NAME=PATH")
        names.add(name)
        yield Qemu(name, path, options, folder)


def options_of(arguments):
    quick = os.environ.get("BENCH_QUICK", "0") not in ("", "0")
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    add = parser.add_argument
    add("--build", default="build", help="build folder (default: build)")
    add("--sel4ux", help="the program (default: BUILD/sel4ux)")
    add("--output", help="where results go (default: BUILD/bench)")
    add("--engine", action="append", help="only this one; may be repeated; 'none' for QEMU alone")
    add("--guest", action="append", help="only this one, such as ipc, or an ELF file")
    add("--config", choices=["debug", "release"], default="debug", help="which build of the guests")
    add("--repeat", type=int, default=3 if quick else 5, help="runs of each guest on each engine")
    add("--timeout", type=int, default=40 if quick else 120, help="seconds for one run")
    add("--mem", default="1G", help="memory of the machines")
    add("--qemu-kernel", action="append", default=[], metavar="[NAME=]PATH",
        help="a kernel of real seL4, of the same configuration as the guests; may be repeated")
    add("--qemu", default="qemu-system-x86_64")
    add("--qemu-cpu", default=QEMU_CPU)
    options = parser.parse_args(arguments)
    if options.repeat < 1 or options.timeout < 1:
        parser.error("--repeat and --timeout are at least 1")
    options.quick = quick
    options.sel4ux = options.sel4ux or os.path.join(options.build, "sel4ux")
    options.output = options.output or os.path.join(options.build, "bench")
    return options


def write(folder, name, text):
    """Readers see the old file or the new one, never half of one."""
    path = os.path.join(folder, name)
    with open(path + ".new", "w", encoding="utf-8") as file:
        file.write(text)
    os.replace(path + ".new", path)


def main(arguments=None):
    options = options_of(arguments)
    images = [image_of(guest, options) for guest in options.guest or GUESTS]
    folder = tempfile.mkdtemp(prefix="sel4ux-bench-")
    try:
        known = engines_of(options.sel4ux)
        wanted = [name for name in options.engine or known if name != "none"]
        for name in wanted:
            if name not in known:
                raise Usage(f"no engine '{name}'; there are: {', '.join(known)}")
        engines = [Sel4ux(name, options) for name in wanted]
        engines += qemu_engines(options, folder)
        if not engines:
            raise Usage("nothing to measure on")
        runs = measure(engines, images, options)
    finally:
        shutil.rmtree(folder)

    os.makedirs(options.output, exist_ok=True)
    with open(os.path.join(os.path.dirname(os.path.abspath(__file__)), "published.json"),
              encoding="utf-8") as file:
        published = json.load(file)
    names = [engine.name for engine in engines]
    emulators = [engine.name for engine in engines if engine.emulator]
    results = report.results(runs, names)
    write(options.output, "results.json", json.dumps(results, indent=1) + "\n")
    write(options.output, "samples.json", json.dumps(runs, indent=1) + "\n")
    write(options.output, "chart.svg", report.chart(results, names, published))
    write(options.output, "report.md",
          report.markdown(runs, names, emulators, published, options.config))
    print(f"wrote results.json, report.md and chart.svg to {options.output}", file=sys.stderr)
    return 1 if any("failure" in run for run in runs) else 0


if __name__ == "__main__":
    try:
        sys.exit(main())
    except Usage as problem:
        print(f"run.py: {problem}", file=sys.stderr)
        sys.exit(2)
