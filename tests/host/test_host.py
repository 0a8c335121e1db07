#!/usr/bin/env python3
"""Guests that use host objects, against what they are expected to print and to leave behind.

    tests/host/test_host.py --sel4ux PROGRAM --build FOLDER --engine NAME [unittest arguments]
"""

import argparse
import contextlib
import itertools
import os
import pathlib
import random
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import unittest

HERE = pathlib.Path(__file__).resolve().parent
options = None


def in_order(text):
    """Lines of a list come in the order of the host's file system: sorted, run by run."""
    lines = []
    for is_entry, run in itertools.groupby(text.splitlines(), lambda line: " has " in line):
        lines += sorted(run) if is_entry else run
    return lines


def kernels():
    return [""] if options.engine in ("hosted", "link") else ["", "mcs-release"]


def kernels():
    return [""] if options.engine in ("hosted", "link") else ["", "mcs-release"]


def children(pid):
    """All processes below `pid`."""
    found = []
    for child in pathlib.Path(f"/proc/{pid}/task/{pid}/children").read_text().split():
        found += [int(child), *children(int(child))]
    return found


class Case(unittest.TestCase):
    maxDiff = None

    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)
        self.work = self.folder / "work"
        self.set_up_folders()

    def set_up_folders(self):
        (self.work / "inner").mkdir(parents=True)
        (self.work / "greeting").write_text("good morning!\n")
        (self.work / "inner" / "file").write_text("hi\n")

    def command(self, name, *arguments, kernel="", flags=""):
        """Command and environment that run the guest with these arguments of --host."""
        words = ["--quiet", *flags.split()]
        for argument in arguments:
            words += ["--host", argument]
        environment = dict(os.environ)
        build = pathlib.Path(options.build)
        if options.engine == "hosted":
            command = [str(build / "hosted-tests/debug" / f"{name}.guest")]
            environment["SEL4UX_FLAGS"] = " ".join(words)
        else:
            folder = build / "guests" / ("link" if options.engine == "link" else "")
            image = folder / kernel / "images" / f"{name}.elf" if kernel else folder / f"{name}.elf"
            command = [options.sel4ux, "run", "--engine", options.engine, str(image), *words]
        return command, environment

    def run_guest(self, name, *arguments, stdin="", **how):
        command, environment = self.command(name, *arguments, **how)
        return subprocess.run(command, input=stdin, capture_output=True, text=True, timeout=90,
                              check=False, env=environment)

    def start_guest(self, name, *arguments):
        command, environment = self.command(name, *arguments)
        process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                   stderr=subprocess.PIPE, text=True, env=environment)
        self.addCleanup(process.wait, 30)
        self.addCleanup(process.kill)
        self.addCleanup(process.stderr.close)
        self.addCleanup(process.stdout.close)
        self.addCleanup(process.stdin.close)
        return process

    def server(self, process):
        """The process that has the descriptors."""
        if options.engine == "hosted":
            return process.pid
        for child in children(process.pid):
            if pathlib.Path(f"/proc/{child}/comm").read_text() == "sel4ux-host\n":
                return child
        return self.fail("no process serves host objects")

    def check(self, name, result):
        halted = 'sel4ux: the system halts: DebugHalt (thread "rootserver")\n'
        self.assertEqual(result.stderr.replace(halted, ""), "")
        expected = (HERE / "expected" / f"{name}.txt").read_text()
        self.assertEqual(in_order(result.stdout), in_order(expected))
        self.assertEqual(result.returncode, 0)

    def on_kernels(self, run):
        for kernel in kernels():
            with self.subTest(kernel=kernel):
                shutil.rmtree(self.work)
                self.set_up_folders()
                run(kernel)


class Files(Case):
    def set_up_folders(self):
        super().set_up_folders()
        (self.work / "inner" / "file").unlink()

    def test_files(self):
        def run(kernel):
            self.check("files", self.run_guest("host_files", f"dir={self.work}:rw,name=work",
                                               "random", kernel=kernel))
            self.assertEqual(sorted(p.name for p in self.work.iterdir()), ["greeting", "inner"])
            self.assertEqual(list((self.work / "inner").iterdir()), [])
        self.on_kernels(run)

    def test_block(self):
        disk, rom = self.folder / "disk", self.folder / "rom"
        disk.write_bytes(b"a" * 10000)
        rom.write_bytes(b"a" * 10000)
        self.check("block", self.run_guest("host_block", f"block={disk}:rw,name=disk",
                                           f"block={rom},name=rom"))
        self.assertEqual(disk.read_bytes(), b"a" * 4096 + b"b" * 5904)
        self.assertEqual(rom.read_bytes(), b"a" * 10000)


    def test_copy(self):
        data = random.Random(1).randbytes((9 << 20) + 12345)
        (self.work / "from").write_bytes(data)
        result = self.run_guest("host_copy", f"dir={self.work}:rw,name=work")
        self.assertRegex(result.stdout, r"from: 9449529 bytes, sum (\w+)\nsync: ok 0\n"
                                        r"to: 9449529 bytes, sum \1\n")
        self.assertEqual((self.work / "to").read_bytes(), data)

    def test_driver(self):
        """The one that docs/linux-io.md explains."""
        for n, said in enumerate(["0", "9"]):
            result = self.run_guest("hostio", f"dir={self.work}:rw,name=notes", "terminal",
                                    stdin="one\ntwo 2\n" if n else "the first")
            self.assertIn(f"notes.txt has {said} bytes\nkept\n", result.stdout)
        self.assertEqual((self.work / "notes.txt").read_text(), "the firstone\ntwo 2\n")

    @unittest.skipIf("hosted" in sys.argv, "its text is Linux's")
    def test_code_that_was_read(self):
        """Engines may keep copies of text: not of what the host has overwritten."""
        (self.work / "code").write_bytes(bytes.fromhex("b802000000c3"))
        # push rbx; yield as libsel4 does it; pop rbx; return 3
        (self.work / "call").write_bytes(bytes.fromhex("5348c7c2f9ffffff4889e30f054889dc5b"
                                                       "b803000000c3"))
        result = self.run_guest("host_code", f"dir={self.work},name=work")
        returned = [line for line in result.stdout.splitlines() if "returns" in line]
        self.assertEqual(returned, ["call returns 3", "code returns 2"] * 3)


class Refusals(Case):
    """What must not be possible; the folders are full of ways out."""

    def set_up_folders(self):
        super().set_up_folders()
        (self.folder / "secret").write_text("secret\n")
        readable = self.folder / "readable"
        (readable / "inner").mkdir(parents=True, exist_ok=True)
        (readable / "greeting").write_text("good morning!\n")
        for name, to in [("link-to-secret", "../secret"), ("link-to-passwd", "/etc/passwd"),
                         ("link-to-root", "/"), ("link-up", ".."), ("link-loop", "link-loop"),
                         ("link-to-proc", "/proc/self/fd"), ("link-to-greeting", "greeting")]:
            (self.work / name).symlink_to(to)
        os.mkfifo(self.work / "fifo")
        with contextlib.closing(socket.socket(socket.AF_UNIX)) as s:
            s.bind(str(self.work / "socket"))

    def test_refusals(self):
        def run(kernel):
            result = self.run_guest("host_refusals", f"dir={self.work}:rw,name=work",
                                    f"dir={self.folder / 'readable'},name=readable", kernel=kernel)
            self.check("refusals", result)
            self.assertEqual((self.folder / "secret").read_text(), "secret\n")
            self.assertEqual(sorted(p.name for p in self.folder.iterdir()),
                             ["readable", "secret", "work"])
            self.assertEqual(sorted(p.name for p in (self.folder / "readable").iterdir()),
                             ["greeting", "inner"])
        self.on_kernels(run)

    def test_without_grants(self):
        self.check("nothing", self.run_guest("host_refusals"))


class Events(Case):
    def test_events(self):
        def run(kernel):
            self.check("events", self.run_guest("host_events", f"dir={self.work}:rw,name=work",
                                                "clock", "terminal", stdin="one\ntwo two\n",
                                                kernel=kernel))
        self.on_kernels(run)

    def test_virtual_time(self):
        log = self.folder / "log"
        logs = set()
        for _ in range(2):
            text = self.folder / "input"
            text.write_text("one\ntwo two\n")
            command, environment = self.command("host_events", f"dir={self.work}:rw,name=work",
                                                "clock", "terminal",
                                                flags=f"--time virtual --log {log}")
            with text.open() as stdin:
                result = subprocess.run(command, stdin=stdin, capture_output=True, text=True,
                                        timeout=90, check=False, env=environment)
            self.check("events", result)
            logs.add(log.read_text())
        self.assertEqual(len(logs), 1)


class Ends(Case):
    """Nothing stays open longer than a capability to it, and nobody stays behind."""

    def step(self, process, wanted):
        """What the guest says until it waits for a line, and how many descriptors are open then."""
        said = []
        while not said or said[-1] != wanted:
            line = process.stdout.readline()
            self.assertTrue(line, said)
            said.append(line.rstrip("\n"))
        return len(os.listdir(f"/proc/{self.server(process)}/fd"))

    def test_revocation(self):
        process = self.start_guest("host_hold", f"dir={self.work}:rw,name=work", "terminal")
        counts = []
        for wanted in ["nothing open", "open", "revoked", "open in a CNode", "the CNode is gone",
                       "revoked", "open, and the folder's capability is gone"]:
            counts.append(self.step(process, wanted))
            process.stdin.write("\n")
            process.stdin.flush()
        first = counts[0]
        self.assertEqual([c - first for c in counts], [0, 11, 0, 11, 1, 0, 10])
        self.assertEqual(process.wait(30), 0)

    @unittest.skipIf("hosted" in sys.argv, "a hosted program serves itself")
    def test_killed_server(self):
        process = self.start_guest("host_hold", f"dir={self.work}:rw,name=work", "terminal")
        self.step(process, "nothing open")
        os.kill(self.server(process), signal.SIGKILL)
        self.assertEqual(process.wait(30), 1)
        self.assertIn("the process that serves host objects was killed by signal 9",
                      process.stderr.read())

    def test_killed_monitor(self):
        process = self.start_guest("host_hold", f"dir={self.work}:rw,name=work", "terminal")
        self.step(process, "nothing open")
        below = children(process.pid)
        process.kill()
        process.wait(30)
        deadline = time.monotonic() + 10
        while any(is_alive(pid) for pid in below) and time.monotonic() < deadline:
            time.sleep(0.02)
        self.assertEqual([pid for pid in below if is_alive(pid)], [])


def is_alive(pid):
    try:
        return "(zombie)" not in pathlib.Path(f"/proc/{pid}/status").read_text()
    except FileNotFoundError:
        return False


def main():
    global options
    parser = argparse.ArgumentParser()
    parser.add_argument("--sel4ux", required=True)
    parser.add_argument("--build", required=True)
    parser.add_argument("--engine", required=True)
    options, rest = parser.parse_known_args()
    unittest.main(argv=[sys.argv[0], *rest])


if __name__ == "__main__":
    main()
