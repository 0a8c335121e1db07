#!/usr/bin/env python3
"""lldb on an unmodified image, through the gdb server.

    tests/gdb/test_lldb.py BUILD ENGINE [unittest arguments]
"""

import re
import shutil
import subprocess
import sys
import unittest
from pathlib import Path

import rsp

build = engine = None


class Lldb(unittest.TestCase):
    def test_a_session(self):
        image = build / "guests" / ("link" if engine == "link" else "") / "debuggee.elf"
        machine = rsp.Machine(build / "sel4ux", engine, image)
        self.addCleanup(machine.close)
        words = [word for command in (
            f"process connect unix-connect://{machine.path}", "breakpoint set --name write_shared",
            "continue", "thread list", "bt", "register read rip ymm1", "frame variable argument",
            "watchpoint set variable shared", "continue", "thread step-inst",
            "process plugin packet monitor threads", "watchpoint delete", "breakpoint delete",
            "continue") for word in ("-o", command)]
        done = subprocess.run(
            ["lldb", "--no-lldbinit", "-b", "-o", "settings set auto-confirm true", "-o",
             f"target create {image}", *words], text=True, stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=rsp.TIMEOUT, check=False)
        at = 0
        for pattern in (r"stop reason = breakpoint 1\.1", r"thread #1: .*`ask ",
                        r"\* thread #2: .*`write_shared\(argument=0x0*b\)",
                        r"frame #0: .*`write_shared", r"frame #1: .*`thread_main",
                        r"rip = 0x", r"ymm1 = \{0x", r"argument = 0x0*b$", r"old value: 0$",
                        r"new value: 11$", r"stop reason = watchpoint 1",
                        r"stop reason = instruction step into", r"^rootserver +255",
                        r"exited with status = 0"):
            found = re.compile(pattern, re.M).search(done.stdout, at)
            self.assertIsNotNone(found, f"no {pattern!r} in:\n{done.stdout[at:]}\n--- of:\n"
                                        f"{done.stdout}")
            at = found.end()
        self.assertEqual(machine.end(), 0)
        self.assertIn("badge 7, shared 33", machine.printed())


if __name__ == "__main__":
    build, engine = Path(sys.argv[1]).resolve(), sys.argv[2]
    if shutil.which("lldb") is None:
        print("there is no lldb")
        sys.exit(77)
    unittest.main(argv=sys.argv[:1] + sys.argv[3:], verbosity=2)
