#!/usr/bin/env python3
"""strace on an unmodified image: it stops each process of sel4ux at each signal and system call.

    tests/tools/test_strace.py BUILD [unittest arguments]          default: build
"""

import harness


class Strace(harness.Case):
    tool = "strace"
    probe = ["strace", "-f", "-o", "probe.log", "true"]

    def traced(self, engine):
        run = [harness.build / "sel4ux", "run", "--quiet", "--engine", engine, "--timeout", "50",
               harness.build / "guests" / "process.elf"]
        done = self.call("strace", "-f", "-o", "run.log", *run)
        self.assertEqual((done.returncode, done.stdout), (0, self.call(*run).stdout))
        calls = (self.folder / "run.log").read_text(errors="replace")
        self.find(r"^\d+ +mmap\(0x400000, .*MAP_SHARED", calls)

    def test_patch(self):
        self.traced("patch")

    def test_trap(self):
        self.traced("trap")


if __name__ == "__main__":
    harness.main(__name__)
