#!/usr/bin/env python3
"""Valgrind's memcheck on a hosted program.

    tests/tools/test_valgrind.py BUILD [unittest arguments]          default: build
"""

import harness

FOUND = 9


class Valgrind(harness.Case):
    tool = "valgrind"
    probe = ["valgrind", "-q", "/bin/true"]

    @classmethod
    def prepare(cls):
        cls.exchange = cls.program("exchange", "-O1")

    def memcheck(self, *options, program=None, **env):
        return self.call("valgrind", "-q", f"--error-exitcode={FOUND}", *options,
                         program or self.exchange, errors=harness.subprocess.PIPE, **env)

    def test_is_quiet(self):
        leaks = ["--leak-check=full", "--show-leak-kinds=definite",
                 "--errors-for-leak-kinds=definite"]
        done = self.memcheck(*leaks)
        self.assertEqual((done.returncode, done.stdout, done.stderr), (0, harness.CLEAN, ""))
        done = self.memcheck(*leaks, program=self.program("mcs", "-O1", "--mcs"))
        self.assertEqual((done.returncode, done.stdout, done.stderr), (0, harness.CLEAN, ""))

    def test_finds_a_read_behind_a_block(self):
        done = self.memcheck(PLANT="heap")
        self.assertEqual(done.returncode, FOUND, done.stderr)
        self.in_order(done.stderr, r"Invalid read of size 8$", r"at 0x\w+: answer \(exchange\.c:",
                      r"by 0x\w+: serve \(", r"is 0 bytes after a block of size 64 alloc'd$",
                      r"by 0x\w+: be_client \(exchange\.c:")

    def test_finds_a_leak(self):
        done = self.memcheck("--leak-check=full", "--show-leak-kinds=definite", PLANT="leak")
        self.assertEqual(done.returncode, FOUND, done.stderr)
        self.in_order(done.stderr, r"blocks are definitely lost", r"by 0x\w+: be_client \(exchange")


if __name__ == "__main__":
    harness.main(__name__)
