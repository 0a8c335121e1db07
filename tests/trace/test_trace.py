#!/usr/bin/env python3
"""Traces of known guests: decoded by protoc, compared with the event log and with what the guests
are known to do.

    tests/trace/test_trace.py SEL4UX --guests FOLDER [--engine NAME] [unittest arguments]
"""

import argparse
import collections
import os
import pathlib
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
import unittest

from decode import Trace

TIMEOUT = "120"
BEFORE = {"trap": "patch", "ptrace": "trap"}  # what an engine is compared with
LOG = re.compile(r" *(\d+)\.(\d{9}) (idle|([!-~]*)@[0-9a-f]+) (\S+)(?: (\d+|cap|unknown)?.*)? -> ")
Run = collections.namedtuple("Run", "status output log trace messages")
options = None


def command(*arguments):
    return [options.sel4ux, "run", "--engine", options.engine, "--timeout", TIMEOUT,
            *map(str, arguments)]


def image(guest):
    folder = os.path.join(options.guests, "link") if options.engine == "link" else options.guests
    return os.path.join(folder, guest + ".elf")


def run(guest, *arguments, stdin=b"", engine=None, virtual=True):
    with tempfile.TemporaryDirectory(prefix="sel4ux-trace-") as folder:
        paths = {name: os.path.join(folder, name) for name in ("log", "trace", "input")}
        pathlib.Path(paths["input"]).write_bytes(stdin)
        words = command("--log", paths["log"], "--trace", paths["trace"], *arguments)
        words += ["--time", "virtual"] if virtual else []
        if engine:
            words[words.index("--engine") + 1] = engine
        with open(paths["input"], "rb") as file:
            done = subprocess.run([*words, image(guest)], stdin=file, capture_output=True,
                                  check=False)
        return Run(done.returncode, done.stdout.decode(),
                   pathlib.Path(paths["log"]).read_text(encoding="utf-8"),
                   pathlib.Path(paths["trace"]).read_bytes(), done.stderr.decode())


def name_in_log(name):
    return re.sub(r"[^!-~]", "_", name)[:19]


def whole_packets(data, limit):
    """The whole packets at the start, about `limit` bytes of them at most."""
    whole = 0
    while whole < min(limit, len(data)):
        size = data[whole + 1] & 0x7f | data[whole + 2] << 7
        if whole + 3 + size > len(data):
            break
        whole += 3 + size
    return data[:whole]


class Case(unittest.TestCase):
    def good(self, guest, *arguments, **kwargs):
        result = run(guest, *arguments, **kwargs)
        self.assertEqual(result.status, 0, result.messages)
        return result

    def compare_with_log(self, result, trace, late=0):
        """
        Each line of the log is an entry of the trace: same time, same thread, same reason. In real
        time an interrupt may follow an entry that ended after it was due, which a trace shows later.
        """
        lines = [LOG.match(line) for line in result.log.splitlines()]
        entries = trace.entries()
        self.assertEqual(len(lines), len(entries))
        for line, entry in zip(lines, entries):
            self.assertIsNotNone(line)
            stamp = int(line[1]) * 10**9 + int(line[2])
            self.assertGreaterEqual(entry.ns, stamp, (line[0], entry))
            self.assertLessEqual(entry.ns - stamp, late, (line[0], entry))
            if entry.category == "interrupt":
                self.assertIn(line[5], ("interrupt", "tick"))
                continue
            self.assertEqual(line[4], name_in_log(entry.track["name"]), (line[0], entry))
            if entry.category == "fault":
                self.assertIn(line[5], ("page", "exception", "syscall", "debug"))
            elif entry.category == "syscall":
                self.assertEqual(line[5], entry.name)
            elif entry.category == "signal":
                self.assertIn(line[5], ("Send", "NBSend", "Call", "NBSendRecv", "NBSendWait"))


class Known(Case):
    GUESTS = ("process", "ipc", "notifications", "faults", "interrupts", "scheduling",
              "exceptions", "vspaces")
    COMPARED = ("process", "ipc", "faults")

    def test_traces_are_what_the_log_says(self):
        for guest in self.COMPARED if options.engine in BEFORE else self.GUESTS:
            with self.subTest(guest=guest):
                result = self.good(guest)
                trace = Trace(result.trace)
                self.assertIn(f"done {guest}\n", result.output)
                self.compare_with_log(result, trace)

    def test_two_runs_and_all_engines_agree(self):
        for guest in self.COMPARED:
            with self.subTest(guest=guest):
                engine = BEFORE.get(options.engine)
                self.assertEqual(self.good(guest).trace, self.good(guest, engine=engine).trace)

    def test_exit_on_ends_both_at_the_same_entry(self):
        result = self.good("ipc", "--exit-on", "done")
        trace = Trace(result.trace)
        self.compare_with_log(result, trace)
        self.assertEqual(trace.entries()[-1].arguments["code"], ord("\n"))

    def test_kernels_with_mcs_and_release_kernels(self):
        for kind in ("release", "mcs-debug", "mcs-release"):
            guest = f"{kind}/images/conform_syscalls"
            if not os.path.exists(image(guest)):
                continue
            with self.subTest(guest=guest):
                result = self.good(guest)
                self.compare_with_log(result, Trace(result.trace))


class Counts(Case):
    @classmethod
    def setUpClass(cls):
        cls.result = run("known")
        cls.trace = Trace(cls.result.trace)
        words = " ".join(re.findall(r"KNOWN (.*)", cls.result.output)).split()
        cls.known = {k: int(v, 16 if k in ("area", "hole") else 10)
                     for k, v in zip(words[::2], words[1::2])}

    def test_the_log_agrees(self):
        self.compare_with_log(self.result, self.trace)

    def test_calls_and_replies(self):
        known, trace = self.known, self.trace
        messages = trace.find("message", badge=known["badge"], label=known["label"])
        self.assertEqual(len(messages), known["calls"])
        for message in messages:
            self.assertEqual(message.track["name"], "known server")
            self.assertEqual(message.arguments["from"], "rootserver")
            self.assertEqual(message.arguments["length"], known["length"])
            self.assertEqual(message.arguments["caps"], 0)
            begin = trace.flows[message.ends[0]][0]
            self.assertEqual((begin.name, begin.track["name"]), ("Call", "rootserver"))
            self.assertEqual(begin.arguments["label"], known["label"])
        replies = [e for e in trace.find("reply") if e.arguments["from"] == "known server"]
        self.assertEqual(len(replies), known["calls"] + 1)
        self.assertEqual([e.arguments["length"] for e in replies], [1] * known["calls"] + [0])

    def test_a_call_lasts_until_its_reply(self):
        calls = [s for s in self.trace.slices_of("Call", "rootserver") if s.begin.flows]
        self.assertEqual(len(calls), self.known["calls"] + 1)
        replies = [e for e in self.trace.find("reply") if e.arguments["from"] == "known server"]
        for call, reply in zip(calls, replies):
            self.assertLess(call.begin.ns, reply.ns)
            self.assertLessEqual(reply.ns, call.end.ns)
            self.assertEqual(reply.track, call.begin.track)

    def test_signals(self):
        known, trace = self.known, self.trace
        woken = [e for e in trace.find("signal") if e.track["name"] == "known waiter"]
        self.assertEqual(len(woken), known["signals"])
        for event in woken:
            begin = trace.flows[event.ends[0]][0]
            self.assertEqual((begin.name, begin.track["name"]), ("Signal", "rootserver"))
        self.assertEqual(len(trace.slices_of("Signal", "rootserver")),
                         known["signals"] + known["kept"])
        self.assertEqual(len(trace.find("signal kept")), known["kept"])
        self.assertEqual(len(trace.find("signal taken")), 1)

    def test_faults(self):
        known, trace = self.known, self.trace
        slices = trace.slices_of("VM fault", "known victim")
        self.assertEqual([s.begin.arguments["address"] for s in slices],
                         [known["hole"] + i * 4096 for i in range(known["faults"])])
        told = [e for e in trace.find("fault message") if e.track["name"] == "rootserver"]
        self.assertEqual(len(told), known["faults"])
        replies = [e for e in trace.find("reply") if e.track["name"] == "known victim"]
        self.assertEqual(len(replies), known["faults"])
        for fault, message, reply in zip(slices, told, replies):
            self.assertEqual(trace.flows[message.ends[0]][0].track, fault.begin.track)
            self.assertTrue(fault.begin.ns <= message.ns < reply.ns <= fault.end.ns)

    def test_mappings_retypes_and_failures(self):
        known, trace = self.known, self.trace
        pages = [known["area"] + i * 4096 for i in range(known["pages"])]
        for what in "map", "unmap":
            found = [e.arguments["address"] for e in trace.find(what, size=4096)
                     if e.arguments["address"] in pages]
            self.assertEqual(found, pages, what)
        maps = [e for e in trace.find("map") if e.arguments["address"] in pages]
        frames = [e.arguments["address"] for e in trace.find("new X86_4K")]
        for event in maps:
            self.assertIn(event.arguments["frame"], frames)
        self.assertEqual(len(trace.find("new TCBObject")), 3)
        self.assertEqual(len(trace.find("failed: RangeError")), 1)
        self.assertEqual(len(trace.slices_of("X86PageUnmap", "rootserver")), known["pages"])

    def test_tracks(self):
        names = sorted(t["name"] for t in self.trace.threads())
        self.assertEqual(names, ["known server", "known victim", "known waiter", "rootserver"])
        self.assertEqual([p["name"] for p in self.trace.processes()], ["rootserver"])

    def test_output_is_counted(self):
        counts = [e.counter for e in self.trace.events if e.type == "TYPE_COUNTER"]
        self.assertEqual(counts, sorted(counts))
        self.assertEqual(counts[-1], len(self.result.output))


class Larger(Case):
    def test_sos(self):
        if options.engine != "patch":
            self.skipTest("it is typed at, so runs differ; the recorder is the same")
        result = self.good("sos", stdin=b"help\nls | wc\nps\ncat motd\nexit\n")
        trace = Trace(result.trace)
        self.compare_with_log(result, trace)
        self.assertGreater(len(trace.processes()), 4)
        self.assertGreater(len(trace.find("fault message")), 10)
        self.assertTrue(any(e.track["name"] == "Interrupts" for e in trace.events))

    def test_heavy_workload_in_real_time(self):
        result = self.good("bench_heavy", virtual=False)
        part = whole_packets(result.trace, 1000000)  # how much there is, the host's speed decides
        trace = Trace(part, is_whole=part == result.trace)
        lines = result.log.splitlines(keepends=True)[:len(trace.entries())]
        self.compare_with_log(result._replace(log="".join(lines)), trace, late=10**6)
        self.assertGreater(len(trace.find("message")), 500)
        if part != result.trace:
            return
        sent, served = map(int, re.search(r"sent (\d+) served (\d+)", result.output).groups())
        self.assertEqual(sent, served)
        received = collections.Counter(e.track["tid"] for e in trace.events if e.name == "message")
        servers = [n for _, n in received.most_common(2)]
        self.assertEqual(sum(servers), served + 1)  # and one registration of a server


class Trouble(Case):
    def setUp(self):
        if options.engine not in ("patch", "ptrace"):
            self.skipTest("the same recorder and the same waiting as with patch")

    def run_to(self, path, guest="ipc", **kwargs):
        return subprocess.run([*command("--time", "virtual", "--trace", path), image(guest)],
                              stdin=subprocess.DEVNULL, capture_output=True, check=False, **kwargs)

    def test_full_disk(self):
        done = self.run_to("/dev/full")
        self.assertEqual(done.returncode, 1)
        self.assertIn(b"done ipc\n", done.stdout)
        self.assertIn(b"--trace /dev/full is not complete: No space left on device", done.stderr)

    def test_no_such_folder(self):
        done = self.run_to("/nowhere/file")
        self.assertEqual(done.returncode, 1)
        self.assertIn(b"--trace /nowhere/file: No such file or directory", done.stderr)
        self.assertEqual(done.stdout, b"")

    def test_pipe_without_reader(self):
        with tempfile.TemporaryDirectory(prefix="sel4ux-trace-") as folder:
            path = os.path.join(folder, "pipe")
            os.mkfifo(path)
            done = self.run_to(path, timeout=60)
        self.assertEqual(done.returncode, 1)
        self.assertIn(b"start the process that reads it first", done.stderr)

    def test_slow_reader_loses_nothing(self):
        guest = "interleave"
        wanted = run(guest).trace
        with tempfile.TemporaryDirectory(prefix="sel4ux-trace-") as folder:
            path = os.path.join(folder, "pipe")
            os.mkfifo(path)
            got = []

            def read():
                with open(path, "rb", buffering=0) as file:
                    while data := file.read(65536):
                        got.append(data)
                        time.sleep(0.01)

            reader = threading.Thread(target=read)
            reader.start()
            time.sleep(0.3)
            done = self.run_to(path, guest, timeout=100)
            reader.join()
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertTrue(b"".join(got) == wanted)

    def test_reader_that_does_not_read(self):
        with tempfile.TemporaryDirectory(prefix="sel4ux-trace-") as folder:
            path = os.path.join(folder, "pipe")
            os.mkfifo(path)
            reader = os.open(path, os.O_RDONLY | os.O_NONBLOCK)
            started = subprocess.Popen(
                [*command("--time", "virtual", "--trace", path), image("interleave")],
                stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
            try:
                with self.assertRaises(subprocess.TimeoutExpired):
                    started.wait(timeout=3)  # the machine waits for its recorder, as it should
                started.send_signal(signal.SIGINT)
                _, messages = started.communicate(timeout=30)
            finally:
                started.kill()
            os.close(reader)
        self.assertEqual(started.returncode, 1)
        self.assertIn(f"--trace {path} is not complete".encode(), messages)

    def test_a_killed_run_leaves_whole_packets(self):
        with tempfile.TemporaryDirectory(prefix="sel4ux-trace-") as folder:
            path = os.path.join(folder, "trace")
            started = subprocess.Popen([*command("--trace", path), image("bench_heavy")],
                                       stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                                       stderr=subprocess.DEVNULL)
            deadline = time.monotonic() + 60
            while time.monotonic() < deadline and started.poll() is None and \
                    (not os.path.exists(path) or os.path.getsize(path) < 200000):
                time.sleep(0.01)
            started.kill()
            started.wait()
            data = pathlib.Path(path).read_bytes()
        self.assertGreaterEqual(len(data), 200000)
        part = whole_packets(data, len(data))
        self.assertGreater(len(Trace(part, is_whole=False).events), 1000)


def main():
    global options
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("sel4ux")
    parser.add_argument("--guests", required=True)
    parser.add_argument("--engine", default="patch")
    options, rest = parser.parse_known_args()
    if shutil.which("protoc") is None:
        print("SKIPPED: no protoc (Debian package protobuf-compiler)")
        return 77
    return 0 if unittest.main(argv=[sys.argv[0], *rest], exit=False).result.wasSuccessful() else 1


if __name__ == "__main__":
    sys.exit(main())
