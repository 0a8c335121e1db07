#!/usr/bin/env python3
"""The servers of apps/servers, typed at and compared with Linux.

    tests/servers/test_servers.py [--machine COMMAND] [unittest arguments]

COMMAND is what boots them, by default `build/sel4ux run build/guests/servers.elf`; an emulator with
real seL4 does as well, for what needs no host (--no-host).
"""

import argparse
import os
import pathlib
import re
import shlex
import sys
import tempfile
import time
import unittest
import zlib

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parent.parent
sys.path.insert(0, str(HERE.parent / "sos"))

from model import Model, tree  # noqa: E402
from session import CTRL_C, CTRL_U, ERASE, Session  # noqa: E402

options = None
COUNTS = "2 0 0\n" + 4 * "1 0 0\n"  # the root task prints through a session of its own


class Servers(Session):
    def prompt(self):
        return self.expect(r"(.*?)^> \Z")[1]


class Case(unittest.TestCase):
    grants = ()

    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name) / "shared"
        self.folder.mkdir()
        self.mirror = pathlib.Path(folder.name) / "mirror"
        self.mirror.mkdir()
        self.disk = pathlib.Path(folder.name) / "disk"
        with open(self.disk, "wb") as file:
            file.truncate(4 << 20)
        self.start()

    def start(self, **replaced):
        words = shlex.split(options.machine)
        for grant in self.grants:
            grant = grant.format(folder=self.folder, disk=self.disk, **replaced)
            words += ["--host", grant]
        self.servers = Servers(words, options.seconds)
        self.addCleanup(self.servers.__exit__)
        self.servers.expect("servers: 5, type help\n")
        self.servers.prompt()

    def says(self, line, expected):
        self.assertEqual(self.servers.run(line), expected + "\n", line)

    def leave(self):
        self.servers.type("quit\r")
        self.assertEqual(self.servers.end(), 0)

    def counts(self):
        """Of each server: sessions, waiting, kept; the timer's without the root task's session."""
        lines = self.servers.run("counts").splitlines()
        lines[3] = re.sub("^2", "1", lines[3])
        return "\n".join(lines) + "\n"


class Common:
    """What holds with a host and without one."""

    def test_files(self):
        self.says("open a 3", "1")
        self.says("write 1 1000 5", "1000")
        self.says("seek 1 -10 2", "990")
        data = bytes((5 + i * 7 + (i >> 8)) & 255 for i in range(1000))
        self.says("read 1 2000", f"10 {zlib.crc32(data[990:]):x}")
        self.says("read 1 2000", "0 0")
        self.says("read 1 2097153", "bad argument")
        self.says("read 2 1", "bad argument")
        self.says("write 1 1 0 9223372036854775807", self.too_far)
        self.says("seek 1 -1 0", "bad argument")
        self.says("seek 1 0 3", "bad argument")
        self.says("open a 7", "exists")
        self.says("open ../a 0", "bad path")
        self.says("open /a 0", "bad path")
        self.says("open none 0", "not found")
        self.says("mkdir d", "0")
        self.says("rename a d/b", "0")
        self.says("remove d", "not empty")
        self.says("open d/b 0", "2")
        self.says("write 2 1 0", "not permitted")
        self.says("remove d/b", "0")
        self.says("fstat 2", "file 1000")
        self.says("sum d/b", "not found")
        self.says("sync 1", "0")
        self.says("close 1", "0")
        self.says("close 1", "bad argument")
        self.says("close 2", "0")
        self.says("remove d", "0")
        self.says("list", "0")
        self.assertEqual(self.counts(), COUNTS)
        self.leave()

    def test_a_server_that_fails(self):
        self.says("open a 3", "1")
        self.says("break 1", "it will")
        self.says("list", "servers/file has failed\ni/o error")
        self.says("write 1 1 0", "i/o error")
        self.says("open a 0", "i/o error")
        self.assertEqual(self.counts(), COUNTS)
        self.assertIn(" same\n", self.servers.run("block"))
        self.leave()

    def test_too_many_files(self):
        for number in range(1, 25):
            self.says("open a 3", str(number))
        self.says("open a 3", "too many")
        self.says("close 7", "0")
        self.says("open a 3", "7")

    def test_block_timer_and_random(self):
        size = self.disk_size
        self.says("block", f"{size} same\nbad argument\nbad argument")
        self.says("timer 3", "slept periods\nbad argument")
        self.assertRegex(self.servers.run("random"), self.random)
        self.assertRegex(self.servers.run("date"), self.date)

    def test_console(self):
        self.servers.type("op" + ERASE * 2 + "nonsense" + CTRL_U + "mkdir x\r")
        self.assertTrue(self.servers.prompt().endswith("mkdir x\n0\n"))
        self.servers.type("mkdir y" + CTRL_C)
        self.assertTrue(self.servers.prompt().endswith("^C\n"))
        self.says("stat y", "not found")
        self.servers.type("raw\r")
        self.servers.expect("^type\n")
        self.servers.type("\x03")
        self.assertEqual(self.servers.prompt(), "1 3\n")
        self.assertIn("stress", self.servers.run("help"))
        self.servers.type("\x04")
        self.assertEqual(self.servers.end(), 0)

    def test_hostile(self):
        for seed in range(1, 5):
            refused = int(self.servers.run(f"hostile {seed} 2000").split()[0])
            self.assertGreater(refused, 1000)
            self.assertEqual(self.counts(), COUNTS)
        self.says("open good 3", "1")

    def test_killed_in_each_kind_of_request(self):
        said = self.servers.run("stress 3").replace("\r", "")
        self.assertEqual(said, "63 killed, nothing is lost\n")
        self.assertEqual(self.counts(), COUNTS)
        self.says("remove witness", "0")

    def test_random_operations(self):
        for seed in range(options.seeds):
            model = Model(self.servers.run, str(self.mirror), seed)
            model.go(options.operations)
        self.assertEqual(self.counts(), COUNTS)
        self.check_tree()


class Alone(Common, Case):
    """Without a host: the serial port, the PIT, memory."""

    disk_size = 32 << 20
    too_far = "too large"
    random = r"^(32 [0-9a-f]+|not supported)\n$"
    date = r"^not supported\n$"

    def check_tree(self):
        pass

    def test_speed_and_checksum(self):
        self.servers.run("speed a 16")
        self.servers.run("copy a b")
        self.assertEqual(self.servers.run("sum a"), self.servers.run("sum b"))


class Host(Common, Case):
    """Over the host's objects."""

    grants = ("terminal", "dir={folder}:rw", "block={disk}:rw", "clock", "random")
    disk_size = 4 << 20
    too_far = "(too large|bad argument|no space)"
    random = r"^32 [0-9a-f]+\n$"
    date = r"^\d{19}\n$"

    def says(self, line, expected):
        self.assertRegex(self.servers.run(line), f"^(?:{expected})\n$", line)

    def check_tree(self):
        self.assertEqual(tree(self.folder), tree(self.mirror))

    def test_direct_files(self):
        (self.folder / "file").write_bytes(b"direct")
        crc = f"{zlib.crc32(b'direct'):x}"
        self.says("open file 0", "1")
        self.says("direct 1", f"6 {crc}, read-only, gone")
        self.says("open file 1", "1")
        self.says("direct 1", f"6 {crc}, writable, gone")
        self.says("direct 1", "bad argument")
        self.assertEqual(self.counts(), COUNTS)

    def test_what_is_written_is_on_the_host(self):
        self.servers.run("block")
        data = self.disk.read_bytes()
        self.assertEqual(data[-4096:], bytes(i * 5 & 255 for i in range(4096)))
        self.assertEqual(data[:-4096].count(0), len(data) - 4096)
        date = int(self.servers.run("date"))
        self.assertLess(abs(date / 1e9 - time.time()), 60)

    def test_a_large_file_is_copied(self):
        mebibytes = options.mebibytes
        block = os.urandom(1 << 20)
        crc = 0
        with open(self.folder / "from", "wb") as file:
            for i in range(mebibytes):
                piece = i.to_bytes(8, "little") + block[8:]
                crc = zlib.crc32(piece, crc)
                file.write(piece)
        said = self.servers.run("copy from to")
        self.assertRegex(said, rf"^copied {mebibytes << 20} bytes in ")
        if mebibytes >= 1024:
            print(said, end="")
        self.says("sum to", f"{mebibytes << 20} {crc:x}")
        with open(self.folder / "to", "rb") as file:
            copied = 0
            while piece := file.read(1 << 20):
                copied = zlib.crc32(piece, copied)
        self.assertEqual(copied, crc)


class ReadOnly(Case):
    grants = ("terminal", "dir={folder}:ro")

    def setUp(self):
        super().setUp()
        (self.folder / "file").write_text("content\n")

    def test_nothing_is_changed(self):
        before = tree(self.folder)
        self.says("open file 0", "1")
        self.says("read 1 100", f"8 {zlib.crc32(b'content' + bytes([10])):x}")
        for line in ("open file 1", "open new 3", "mkdir d", "remove file", "rename file other",
                     "write 1 1 1"):
            self.says(line, "not permitted")
        self.assertEqual(tree(self.folder), before)


def main():
    global options
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--machine",
                        default=f"{ROOT}/build/sel4ux run {ROOT}/build/guests/servers.elf")
    parser.add_argument("--seconds", type=float, default=40, help="for one step of a session")
    parser.add_argument("--no-host", action="store_true", help="only what needs no host")
    parser.add_argument("--seeds", type=int, default=1, help="of random operations")
    parser.add_argument("--operations", type=int, default=300, help="for each seed")
    parser.add_argument("--mebibytes", type=int, default=64, help="that are copied")
    options, rest = parser.parse_known_args()
    if options.no_host:
        rest = rest or ["Alone"]
    unittest.main(argv=[sys.argv[0], *rest], verbosity=2)


if __name__ == "__main__":
    main()
