#!/usr/bin/env python3
"""SOS, typed at as a person does.

    tests/sos/test_sos.py [--machine COMMAND] [--record FILE] [unittest arguments]

COMMAND is what boots SOS, by default `build/sel4ux run build/guests/sos.elf`; an emulator with real
seL4 does as well, with --no-host. --record writes what each session typed and printed.
"""

import argparse
import os
import pathlib
import re
import shlex
import shutil
import sys
import tempfile
import time
import unittest
import zlib

from session import CTRL_C, CTRL_D, CTRL_U, DOWN, ERASE, UP, Session

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parent.parent
sys.path.append(str(HERE.parent / "gdb"))
import rsp
options = None


class Case(unittest.TestCase):
    grants = ()
    debugger = None  # the path of its socket

    def setUp(self):
        words = shlex.split(options.machine)
        for grant in self.grants:
            words += ["--host", grant.format(self=self)]
        if self.debugger:
            words += ["--gdb", self.debugger]
        self.sos = Session(words, options.seconds)
        self.addCleanup(self.clean_up)
        if self.debugger:
            self.start_debugging()
        self.sos.expect("SOS: a small operating system on seL4\n")
        self.sos.prompt()

    def clean_up(self):
        self.sos.__exit__()
        if options.record:
            with open(options.record, "a", encoding="utf-8") as file:
                file.write(f"==== {self.id().split('.', 1)[1]}\n{self.sos.text}\n")

    def start_debugging(self):
        end = time.monotonic() + options.seconds
        while not os.path.exists(self.debugger):
            self.assertLess(time.monotonic(), end, "the machine does not wait for a debugger")
            time.sleep(0.01)
        self.gdb = rsp.Client(self.debugger)
        self.addCleanup(self.gdb.close)
        self.gdb.hello()
        self.gdb.send("vCont;c")

    def prints(self, line, *patterns):
        """The line's output has exactly these lines."""
        lines = self.sos.run(line).splitlines()
        self.assertEqual(len(lines), len(patterns), (line, lines))
        for text, pattern in zip(lines, patterns):
            self.assertRegex(text, f"^(?:{pattern})$", line)

    def used(self):
        """What is in use, as free tells it: without what only counts up."""
        return self.sos.run("free").split("page-ins")[0]

    def check_alive(self):
        self.prints("echo alive", "alive")

    def leave(self):
        self.sos.type("exit\r")
        self.sos.expect("^bye\n")
        self.assertEqual(self.sos.end(), 0)


class Shell(Case):
    def test_programs_and_files(self):
        names = re.findall(r"^r- +\d+  (\S+)$", self.sos.run("ls"), re.M)
        self.assertIn("motd", names)
        self.assertIn("shell", names)
        for word in ["help", "exit", *names[1:]]:
            self.assertIn(f" {word}", " " + self.sos.run("help").replace("\n", " "))
        self.prints("echo one  two \"three  four\"", "one two three  four")
        self.prints("cat motd", "Welcome to SOS.*")
        self.prints("wc motd", "1 15 75")
        self.prints("echo a b c > new")
        self.prints("ls new", "rw +6  new")
        self.prints("echo d >> new")
        self.prints("cat new", "a b c", "d")
        self.prints("cp new other")
        self.prints("wc < other", "2 4 8")
        self.prints("rm new other")
        self.prints("cat new", "new: no such thing", "cat: status 1")
        self.prints("echo x > ls", "ls: not permitted for this file")
        self.prints("rm ls", "ls: not permitted for this file", "rm: status 1")
        self.leave()

    def test_pipes(self):
        self.prints("cat motd | wc", "1 15 75")
        self.prints("ls | cat | cat | cat | wc", r"\d+ \d+ \d+")
        self.prints("cat shell | cat > copy")
        self.assertEqual(self.sos.run("wc copy"), self.sos.run("wc shell"))
        self.prints("echo 6 * 7 | calc", "42")
        self.prints("nothing | wc", "nothing: no such thing", "0 0 0")
        self.prints("| wc", "shell: there is no command, or too many")
        self.prints("echo |", "shell: a command is missing")
        self.prints("echo >", "shell: a file is missing")

    def test_a_copied_program_runs_and_stays_as_it_is(self):
        self.prints("cp echo mine")
        self.prints("mine it runs", "it runs")
        self.sos.type("cp sleep mine2\rmine2 100000 &\r")
        pid = self.sos.expect(r"^\[(\d+)\]\n")[1]
        self.prints("echo x > mine2", "mine2: not permitted for this file")
        self.prints("rm mine2")
        self.assertRegex(self.sos.run("ps"), rf"^ +{pid} .* mine2$|(?s:.* mine2\n)")
        self.prints(f"kill {pid}", rf"\[{pid}\] killed")
        self.assertIn("blocks     4 of", self.used())
        self.prints("rm mine")
        self.assertIn("blocks     0 of", self.used())

    def test_calculator(self):
        self.prints("calc 1 + 2 * (3 - 10) / 2 % 5", "-1")
        self.prints("calc 2*(3", "calc: a parenthesis is open, at column 6", "calc: status 1")
        self.prints("calc 1/0", "calc: division by zero, at column 5", "calc: status 1")
        self.prints("calc -9223372036854775808/-1", "-9223372036854775808")

    def test_line_editing_and_history(self):
        self.sos.type("echo oops" + ERASE * 4 + "right\r")
        self.sos.expect("^right\n")
        self.sos.type("nonsense" + CTRL_U + "echo second\r")
        self.sos.expect("^second\n")
        self.sos.type("not run" + CTRL_C)
        self.sos.expect(r"\^C\n")
        self.sos.type(UP + UP + UP + UP + UP + DOWN + "\r")
        self.sos.expect("^second\n")
        self.sos.prompt()
        self.prints("history", "  1 echo right", "  2 echo second", "  3 history")
        self.sos.type(CTRL_D)
        self.sos.expect("bye\n")
        self.assertEqual(self.sos.end(), 0)

    def test_input_of_programs(self):
        self.sos.type("cat\r")
        self.sos.expect("cat\n")
        self.sos.type("helo" + ERASE + "lo\r")
        self.sos.expect("\nhello\n")
        self.sos.type("unfinished" + CTRL_D)
        self.sos.expect("unfinishedunfinished")
        self.sos.type("x" + CTRL_U + CTRL_D)
        self.sos.expect(r"\$ \Z")
        self.sos.type("wc\rone two\rthree\r" + CTRL_D)
        self.sos.expect("^2 3 14\n")
        self.sos.prompt()
        self.sos.type("cat > typed\rinto a file\r" + CTRL_D)
        self.sos.prompt()
        self.prints("cat typed", "into a file")


class Transcript(Case):
    def test_as_on_real_sel4(self):
        """session.txt is what was printed there when its lines with a prompt were typed."""
        text = (HERE / "session.txt").read_text(encoding="utf-8").split("\n\n", 1)[1]
        for part in re.split(r"(?m)^\$ ", text)[1:]:
            line, expected = part.split("\n", 1)
            self.assertEqual(self.sos.run(line), expected, line)


class Processes(Case):
    def test_ctrl_c(self):
        for line in ("cat", "sleep 100000", "cat | wc", "victim spin", "victim child",
                     "time victim pipe-in", "sleep 100000 | sleep 100000 | cat"):
            with self.subTest(line=line):
                self.sos.type(line + "\r")
                self.sos.expect(re.escape(line) + "\n")
                self.sos.type(CTRL_C)
                self.sos.expect(r"\^C\n(\w+: killed\n)+\$ \Z")
                self.check_alive()

    def test_background(self):
        self.sos.type("sleep 100000 &\r")
        pid = self.sos.expect(r"^\[(\d+)\]\n")[1]
        self.sos.type("cat &\r")
        reader = self.sos.expect(r"^\[(\d+)\]\n")[1]
        self.sos.prompt()
        self.check_alive()  # who reads in the background takes nothing
        self.sos.run("sleep 30")
        text = self.sos.run("ps")
        self.assertRegex(text, rf"(?m)^ +{pid} +1 +{pid} waits .* sleep$")
        self.assertRegex(text, rf"(?m)^ +{reader} +1 +{reader} waits .* cat$")
        self.prints(f"kill {pid} {reader}", rf"\[{pid}\] killed", rf"\[{reader}\] killed")
        self.prints(f"kill {pid} 1", f"{pid}: no such thing", "1: not permitted", "kill: status 1")
        self.sos.type("sleep 1 &\r")
        pid = self.sos.expect(r"^\[(\d+)\]\n")[1]
        self.sos.prompt()
        self.prints("sleep 50", rf"\[{pid}\] done")

    def test_others_run_while_the_shell_waits(self):
        self.sos.type("thrash 4096 3 &\r")
        self.sos.expect("1024 pages in 1024 frames, 3 rounds: 0 wrong\n")

    def test_time_passes(self):
        seconds = self.sos.run("time sleep 30")
        self.assertGreaterEqual(float(seconds.split()[0]), 0.03)

    def test_who_faults_is_killed(self):
        address = r"sos: \d+ \(crash\) killed: bad address 0x[0-9a-f]+, instruction 0x[0-9a-f]+"
        for how in "read", "write", "jump", "stack":
            self.prints(f"crash {how}", address)
        self.prints("crash divide",
                    r"sos: \d+ \(crash\) killed: exception 0, instruction 0x[0-9a-f]+")
        self.prints("crash | wc", address, "0 0 0")
        self.check_alive()

    def test_wrong_calls_are_refused(self):
        self.sos.run("free")
        before = self.used()
        lines = self.sos.run("badcalls").splitlines()
        self.assertEqual(lines[-1], "badcalls: all refused")
        self.assertRegex(lines[-2], r"^\d+ bad programs were refused, [1-9]\d* have ended$")
        self.assertEqual(self.used(), before)

    def test_killed_in_each_kind_of_request(self):
        self.sos.run("stress 1")
        before = self.used()
        self.prints("stress 4", "killing", "36 killed, nothing is lost")
        self.assertEqual(self.used(), before)

    def test_no_more_processes_than_there_is_room_for(self):
        pids = []
        while True:
            self.sos.type("sleep 100000 &\r")
            match = self.sos.expect(r"^\[(\d+)\]\n|^sleep: out of memory\n")
            if not match[1]:
                break
            pids.append(match[1])
        self.assertGreater(len(pids), 20)
        self.sos.prompt()
        self.prints("ls", "ls: out of memory")


class Paging(Case):
    def test_more_memory_than_frames(self):
        self.sos.run("free")
        before = self.used()
        self.prints("frames 64")
        self.prints("thrash 1024 2", "256 pages in 64 frames, 2 rounds: 0 wrong",
                    "paged in and out")
        self.sos.type("thrash 512 2 &\rthrash 512 2\r")
        # in whatever order: both write to the console, and so does the shell
        self.sos.expect(r"(?=(.*128 pages in 64 frames, 2 rounds: 0 wrong\n){2})"
                        r"(?=(.*paged in and out\n){2})")
        self.sos.run("sleep 50")
        outs = re.search(r"page-ins +(\d+), page-outs (\d+)", self.sos.run("free"))
        self.assertTrue(int(outs[1]) > 200 and int(outs[2]) > 200, outs[0])
        self.prints("frames 1024")
        self.sos.run("free")
        self.assertEqual(self.used().split("blocks")[1], before.split("blocks")[1])

    def test_hardly_any_frames(self):
        self.prints("frames 8")
        self.prints("ls motd", "r- +75  motd")
        self.prints("cat motd | cat | wc", "1 15 75")
        self.prints("thrash 256", "64 pages in 8 frames, 2 rounds: 0 wrong", "paged in and out")
        self.prints("frames 7", "7: bad argument", "frames: status 1")

    def test_a_full_disk(self):
        self.sos.run("free")
        before = self.used()
        self.prints("frames 64")
        self.prints("thrash 20000", r"sos: \d+ \(thrash\) killed: out of memory")
        self.prints("frames 1024")
        self.sos.run("free")
        self.assertEqual(self.used().split("tables")[1], before.split("tables")[1])
        self.check_alive()


class HostCase(Case):
    """With a folder, a disk, a terminal and a clock of the host."""

    grants = ("dir={self.folder}:rw,name=host", "dir={self.other}:ro", "block={self.disk}:rw",
              "terminal", "clock")

    def setUp(self):
        if options.no_host:
            self.skipTest("this machine has no host")
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        top = pathlib.Path(folder.name)
        self.folder, self.other, self.disk = top / "shared", top / "other", top / "disk"
        (self.folder / "sub").mkdir(parents=True)
        self.other.mkdir()
        (self.folder / "hello").write_text("hello from Linux\n")
        (self.other / "fixed").write_text("fixed\n")
        with open(self.disk, "wb") as file:
            file.truncate(8 << 20)
        super().setUp()


class Host(HostCase):
    def test_files_of_the_host(self):
        self.assertEqual(self.sos.run("ls").splitlines()[:2],
                         ["rw        0  host/", "r-        0  host2/"])
        self.assertEqual(sorted(self.sos.run("ls /host").splitlines()),
                         ["rw        0  sub/", "rw       17  hello"])
        self.prints("cat /host/hello", "hello from Linux")
        self.prints("echo from SOS > /host/sub/new")
        self.assertEqual((self.folder / "sub/new").read_text(), "from SOS\n")
        self.prints("echo more >> /host/sub/new")
        self.prints("cp /host/sub/new own")
        self.prints("cat own", "from SOS", "more")
        self.prints("mkdir /host/sub/deep")
        self.prints("mv /host/hello /host/sub/deep/hello")
        self.assertEqual((self.folder / "sub/deep/hello").read_text(), "hello from Linux\n")
        self.prints("rm /host/sub", "/host/sub: not empty", "rm: status 1")
        self.prints("rm /host/sub/deep/hello /host/sub/deep")
        self.assertFalse((self.folder / "sub/deep").exists())
        self.prints("sync /host/sub/new")
        self.prints("cat /host/sub", "/host/sub: a folder", "cat: status 1")
        self.prints("cat /host/../disk", "/host/../disk: (bad argument|no such thing)",
                    "cat: status 1")
        self.prints("cat /host2/fixed", "fixed")
        self.prints("echo no > /host2/fixed", "/host2/fixed: not permitted for this file")
        self.prints("rm /host2/fixed", "/host2/fixed: not permitted for this file", "rm: status 1")
        self.leave()

    def test_a_program_of_the_host_runs(self):
        shutil.copy(options.program, self.folder / "program")
        (self.folder / "text").write_text("no program\n")
        self.prints("/host/program it runs", "it runs")
        self.prints("/host/program a | /host/program b | wc", "1 1 2")
        self.prints("/host/text", "/host/text: not a program")
        self.prints("frames 8")
        self.prints("/host/program still", "still")

    def test_large_files(self):
        data = os.urandom(1 << 20) * 24
        (self.folder / "large").write_bytes(data)
        self.prints("cp /host/large /host/copy")
        self.assertEqual((self.folder / "copy").read_bytes(), data)
        self.prints("sum /host/copy", f"{zlib.crc32(data):08x} {len(data)} /host/copy")
        (self.folder / "large").write_bytes(data[:1500000])
        self.prints("cp /host/large own")
        self.prints("sum own", f"{zlib.crc32(data[:1500000]):08x} 1500000 own")
        self.prints("cat own | sum", f"{zlib.crc32(data[:1500000]):08x} 1500000 -")

    def test_pages_on_the_disk(self):
        self.prints("frames 64")
        self.prints("thrash 1024 2", "256 pages in 64 frames, 2 rounds: 0 wrong",
                    "paged in and out")
        self.assertIn("of 2048", self.sos.run("free"))
        self.assertGreater(os.stat(self.disk).st_blocks, 0)

    def test_pages_that_cannot_be_read(self):
        """A program's file that the host cuts off while it runs is an error, not zeroes."""
        shutil.copy(pathlib.Path(options.program).parent / "cat", self.folder / "program")
        self.sos.type("sleep 100000 | /host/program &\r")
        pid = int(self.sos.expect(r"^\[(\d+)\]\n")[1])
        self.sos.prompt()
        self.prints("frames 8")
        self.prints("thrash 256", "64 pages in 8 frames, 2 rounds: 0 wrong", "paged in and out")
        os.truncate(self.folder / "program", 0)
        self.sos.type(f"kill {pid}\r")  # what it reads ends
        self.sos.expect(rf"sos: {pid + 1} \(program\) killed: a page of it can't be read\n")
        self.sos.run("sleep 50")
        self.prints("frames 1024")
        self.check_alive()

    def test_a_disk_that_fails(self):
        self.prints("cp motd own")
        os.truncate(self.disk, 0)
        self.prints("cat own", "own: the host fails", "cat: status 1")
        self.prints("rm own")
        self.check_alive()

    def test_date(self):
        now = time.strftime("%Y-%m-%d %H:", time.gmtime())
        later = time.strftime("%Y-%m-%d %H:", time.gmtime(time.time() + 60))
        self.prints("date", rf"({now}|{later})\d\d:\d\d")

    def test_killed_with_files_of_the_host(self):
        data = os.urandom(1 << 20) * 16
        (self.folder / "large").write_bytes(data)
        self.sos.run("free")
        before = self.used()
        for _ in range(5):
            self.sos.type("cp /host/large /host/copy\r")
            self.sos.expect("/host/copy\n")
            self.sos.type(CTRL_C)
            self.sos.prompt()
        self.assertEqual(self.used(), before)
        self.prints("cp /host/large /host/copy")
        self.assertEqual((self.folder / "copy").read_bytes(), data)

    def test_ctrl_c_and_the_end_of_input(self):
        self.sos.type("cat\r")
        self.sos.expect("cat\n")
        self.sos.type(CTRL_C)
        self.sos.expect(r"\^C\n(\w+: killed\n)+\$ \Z")
        self.sos.type(CTRL_D)
        self.sos.expect("bye\n")
        self.assertEqual(self.sos.end(), 0)


class FailedServer(HostCase):
    """A server that goes wrong: a debugger lets it go on at an address that is not its own."""

    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.debugger = folder.name + "/gdb"
        super().setUp()

    def break_server(self, name):
        self.gdb.interrupt()
        self.gdb.receive()
        self.gdb.transfer("threads:read:")  # of the VSpaces that were known before it stopped
        threads = self.gdb.transfer("threads:read:")
        thread = re.search(rf'id="([^"]*)"[^>]*name="{name}"', threads)
        if not thread:
            self.skipTest("this kernel has no names of threads")
        self.gdb.ok("Hg" + thread[1])
        self.gdb.ok(f"P{rsp.RIP:x}={bytes(8).hex()}")
        self.gdb.send("vCont;c")

    def test_the_file_server(self):
        self.prints("cat /host/hello", "hello from Linux")
        self.break_server("servers/file")
        self.prints("cat /host/hello", "sos: servers/file has failed",
                    "/host/hello: the host fails", "cat: status 1")
        self.prints("cat /host2/fixed", "/host2/fixed: the host fails", "cat: status 1")
        self.prints("cat motd | wc", "1 15 75")
        self.leave()

    def test_the_disk(self):
        self.prints("cp motd own")
        self.break_server("servers/block")
        self.prints("cat own", "sos: servers/block has failed", "own: the host fails",
                    "cat: status 1")
        self.prints("cp motd other", "other: the host fails", "cp: status 1")
        self.check_alive()
        self.prints("cat /host/hello", "hello from Linux")


def main():
    global options
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--machine", default=f"{ROOT}/build/sel4ux run {ROOT}/build/guests/sos.elf")
    parser.add_argument("--seconds", type=float, default=20, help="for one step of a session")
    parser.add_argument("--record")
    parser.add_argument("--no-host", action="store_true", help="only what needs no host")
    parser.add_argument("--program", default=f"{ROOT}/build/guests/lib/debug/sos/echo",
                        help="SOS's echo, as a file that other programs lie beside")
    options, rest = parser.parse_known_args()
    unittest.main(argv=[sys.argv[0], *rest], verbosity=2)


if __name__ == "__main__":
    main()
