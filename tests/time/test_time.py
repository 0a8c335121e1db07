#!/usr/bin/env python3
"""The machine's clock, seen from outside: repeatable runs in virtual time, seeds, the event log.

    tests/time/test_time.py SEL4UX [--engine NAME] [--guests FOLDER] [unittest arguments]

Beside machines whose runs must be the same, and beside clocks, run processes that do nothing but
compute, as many as there are CPUs: what is repeatable must be so on a busy host.
"""

import argparse
import collections
import os
import pathlib
import re
import signal
import subprocess
import sys
import tempfile
import time
import unittest

TIMEOUT = "100"
LINE = re.compile(r" *(\d+)\.(\d{9}) (idle|[!-~]*@[0-9a-f]+) "
                  r"([A-Za-z]\S*(?: [^>]+?)?) -> (idle|[!-~]*@[0-9a-f]+)")
Run = collections.namedtuple("Run", "status output log messages seconds")
options = None


def needs_counter(guest):
    """Guests that read the time stamp counter: where Linux can't refuse that they see the host's."""
    return guest == "clocks"


def can_intercept_counter():
    probe = os.path.join(os.path.dirname(os.path.abspath(options.sel4ux)), "bin", "host_probe")
    return subprocess.run([probe, "counter"], capture_output=True, check=False).returncode == 0


def run(guest, *arguments, stdin=None, engine=None, virtual=True, log=True):
    """A run of a guest; `stdin` is a path, by default of nothing."""
    with tempfile.TemporaryDirectory(prefix="sel4ux-time-") as folder:
        path = os.path.join(folder, "log")
        command = [options.sel4ux, "run", "--engine", engine or options.engine,
                   "--timeout", TIMEOUT, *(["--time", "virtual"] if virtual else []), *(["--log", path] if log else []),
                   *map(str, arguments), os.path.join(options.guests, guest + ".elf")]
        start = time.monotonic()
        with open(stdin or os.devnull, "rb") as file:
            done = subprocess.run(command, stdin=file, capture_output=True, check=False)
        seconds = time.monotonic() - start
        lines = pathlib.Path(path).read_bytes() if os.path.exists(path) else b""
    return Run(done.returncode, done.stdout.decode(), lines.decode(), done.stderr.decode(), seconds)


def times_of(log, kind):
    """ns of the log's lines of one kind of stop."""
    found = [LINE.fullmatch(line) for line in log.splitlines()]
    return [int(m[1]) * 10**9 + int(m[2]) for m in found if m[4].split()[0] == kind]


class Case(unittest.TestCase):
    def skip_unless_possible(self, guest):
        if needs_counter(guest) and not can_intercept_counter():
            self.skipTest("this host's time stamp counter can't be intercepted")

    def assert_same(self, first, second):
        """As assertEqual of the outputs and logs, but names only the first line that differs."""
        for what in "output", "log":
            a, b = getattr(first, what), getattr(second, what)
            if a == b:
                continue
            pairs = zip(a.splitlines() + ["(end)"], b.splitlines() + ["(end)"])
            number, lines = next((n, pair) for n, pair in enumerate(pairs, 1) if pair[0] != pair[1])
            self.fail(f"{what}, line {number}:\n{lines[0]}\n{lines[1]}")

    def good(self, *arguments, **kwargs):
        result = run(*arguments, **kwargs)
        self.assertEqual(result.status, 0, result)
        return result


class BusyHost(Case):
    @classmethod
    def setUpClass(cls):
        hog = [sys.executable, "-c", "while True: pass"]
        cls.hogs = [subprocess.Popen(hog) for _ in range(os.cpu_count() or 1)]

    @classmethod
    def tearDownClass(cls):
        for hog in cls.hogs:
            hog.send_signal(signal.SIGKILL)
            hog.wait()


class Repeatable(BusyHost):
    GUESTS = ("clocks", "interleave", "interrupts", "process", "scheduling", "shm", "threads")

    def test_two_runs_are_the_same(self):
        for guest in self.GUESTS:
            with self.subTest(guest=guest):
                self.skip_unless_possible(guest)
                first = self.good(guest)
                self.assertIn(f"done {guest}\n", first.output)
                self.assertGreater(len(first.log.splitlines()), 100)
                self.assert_same(first, self.good(guest))

    def test_engines_agree(self):
        """With the one that is tested before this one, so that all are compared."""
        others = {"trap": "patch", "ptrace": "trap"}
        if options.engine not in others:
            self.skipTest("the first of the engines")
        for guest in self.GUESTS:
            with self.subTest(guest=guest):
                self.skip_unless_possible(guest)
                self.assert_same(self.good(guest), self.good(guest, engine=others[options.engine]))

    def test_a_run_ends_where_exit_on_says(self):
        runs = [self.good("interleave", "--exit-on", "interleaved") for _ in range(3)]
        self.assertTrue(runs[0].output.endswith("\ninterleaved\n"), runs[0].output)
        self.assertIn("DebugPutChar 0x0a", runs[0].log.splitlines()[-1])
        self.assert_same(runs[0], runs[1])
        self.assert_same(runs[0], runs[2])

    def test_input_from_a_file(self):
        with tempfile.NamedTemporaryFile() as file:
            file.write(b"0123456789abcdef" * 200 + b".")
            file.flush()
            first = self.good("echo", stdin=file.name)
            self.assertIn("\n3201 bytes, sum ", first.output)
            self.assert_same(first, self.good("echo", stdin=file.name))


class Seeds(BusyHost):
    def test_each_seed_is_repeatable_and_some_differ(self):
        outputs = {}
        for seed in 0, 1, 2:
            with self.subTest(seed=seed):
                first = self.good("interleave", "--seed", seed)
                self.assert_same(first, self.good("interleave", "--seed", seed))
                outputs[seed] = first.output
        self.assertEqual(outputs[0], self.good("interleave").output)
        self.assertEqual(len(set(outputs.values())), len(outputs), outputs)


class Clocks(BusyHost):
    def values(self, result):
        return dict(line.split(": ", 1) for line in result.output.splitlines() if ": " in line)

    def test_virtual_time_has_exact_figures(self):
        self.skip_unless_possible("clocks")
        result = self.good("clocks")
        values, text = self.values(result), result.output
        self.assertEqual(values["counter"], "1000 MHz", text)
        self.assertEqual(values["date"], "2026-01-01", text)
        self.assertIn("between two readings: 50, with the processor: 50\n", text)
        self.assertAlmostEqual(int(values["100 periods of the PIT"].split()[0]), 999_931, delta=20)
        self.assertAlmostEqual(int(values["50 bytes at the console"].split()[0]), 4340, delta=20)
        over, readings = map(int, re.findall(r"\d+", values["busy for 5 ms"]))
        self.assertLess(over, 5000, text)
        self.assertLess(readings, 5000, text)

    def test_real_time_is_the_hosts(self):
        """On a busy host periods are missed, but none is too short and no time is made up."""
        result = self.good("clocks", virtual=False, log=False)
        values, text = self.values(result), result.output
        self.assertGreater(int(values["counter"].split()[0]), 100, text)
        self.assertIn(values["date"][:4], (time.strftime("%Y"), time.strftime("%Y", time.gmtime())))
        seconds = int(values["100 periods of the PIT"].split()[0]) / 1e6
        self.assertTrue(0.5 < seconds < result.seconds, result)

    def test_idle_time_is_skipped(self):
        result = self.good("clocks")
        self.assertGreater(times_of(result.log, "DebugHalt")[-1], 10**9)
        interrupts = times_of(result.log, "interrupt")
        self.assertEqual(len(interrupts), 101)
        self.assertEqual({b - a for a, b in zip(interrupts, interrupts[1:])}, {9999312, 9999313})


class Storm(Case):
    def test_who_is_interrupted_gets_on(self):
        for virtual in False, True:
            with self.subTest(virtual=virtual):
                text = self.good("storm", virtual=virtual, log=False).output
                for line in ("system calls get on", "the kernel's long operations get on",
                             "user code gets on", "interrupted"):
                    self.assertIn(f"{line}\n", text)


class Log(Case):
    def test_every_entry_is_a_line(self):
        result = self.good("scheduling")
        lines = result.log.splitlines()
        for line in lines:
            self.assertRegex(line, LINE)
        entries = re.search(r"(\d+) kernel entries\)", result.messages)
        self.assertEqual(len(lines), int(entries[1]))
        stamps = [line.split()[0] for line in lines]
        self.assertEqual(stamps, sorted(stamps, key=float))
        for before, after in zip(lines, lines[1:]):
            self.assertEqual(LINE.fullmatch(before)[5], LINE.fullmatch(after)[3])

    def test_it_says_what_happened(self):
        log = self.good("faults").log + self.good("interrupts").log + self.good("scheduling").log
        for text in (" Call cap 0x", " label ", " Recv cap 0x", " DebugPutChar 'd' ",
                     " page fault at 0x", " exception 6 code 0 ", " interrupt ", " tick ",
                     " -> idle", "idle interrupt "):
            self.assertIn(text, log)

    def test_also_in_real_time(self):
        result = self.good("hello", virtual=False)
        self.assertIn("DebugHalt", result.log.splitlines()[-1])

    def test_a_log_that_cannot_be_written_is_a_failure(self):
        for path in "/nowhere/at/all", "/dev/full":
            result = run("hello", "--log", path, log=False)
            self.assertEqual(result.status, 1, result)
            self.assertIn(path, result.messages)


class Usage(Case):
    def test_wrong_usage(self):
        for pattern, *arguments in (("must be real or virtual", "--time", "fast"),
                                    ("needs --time virtual", "--seed", "7"),
                                    ("must be a number", "--time", "virtual", "--seed", "x"),
                                    ("must be a number", "--time", "virtual", "--seed", "-1"),
                                    ("needs the name of a file", "--log", "")):
            with self.subTest(arguments=arguments):
                result = run("hello", *arguments, virtual=False, log=False)
                self.assertEqual((result.status, result.output), (2, ""), result)
                self.assertRegex(result.messages, pattern)


def main():
    global options
    root = pathlib.Path(__file__).resolve().parent.parent.parent
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("sel4ux", nargs="?", default=str(root / "build" / "sel4ux"))
    parser.add_argument("--engine", default="trap")
    parser.add_argument("--guests", default=str(root / "build" / "guests"))
    options, rest = parser.parse_known_args()
    unittest.main(argv=[sys.argv[0], *rest], verbosity=2)


if __name__ == "__main__":
    main()
