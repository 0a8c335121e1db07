#!/usr/bin/env python3
"""GDB itself on unmodified images, in batch and by its Python interface, as sel4ux gdb starts it.

    tests/gdb/test_gdb.py BUILD ENGINE [unittest arguments]
"""

import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import unittest
from pathlib import Path

import rsp

build = engine = None
HERE = Path(__file__).resolve().parent


def line_of(text, path):
    found = [n for n, line in enumerate(path.read_text().splitlines(), 1) if text in line]
    assert len(found) == 1, (text, found)
    return found[0]


class Gdb(unittest.TestCase):
    def image(self, name):
        return build / "guests" / ("link" if engine == "link" else "") / f"{name}.elf"

    def command(self, name, *commands, options=()):
        words = [word for command in ("set width 0", "set confirm off", *commands)
                 for word in ("-ex", command)]
        return [build / "sel4ux", "gdb", self.image(name), "--engine", engine, "--mem", "64M",
                *options, "--", "-nx", "-batch", *words]

    def gdb(self, name, *commands, options=(), code=0):
        done = subprocess.run(self.command(name, *commands, options=options), text=True,
                              stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT, timeout=rsp.TIMEOUT, check=False)
        self.assertEqual(done.returncode, code, done.stdout)
        self.assertNotIn("Remote", done.stdout.replace("remote target", ""))
        return done.stdout

    def in_order(self, text, *patterns):
        at = 0
        for pattern in patterns:
            found = re.compile(pattern, re.M).search(text, at)
            self.assertIsNotNone(found, f"no {pattern!r} in:\n{text[at:]}\n--- of:\n{text}")
            at = found.end()

    def test_breaks_in_a_process_that_the_root_task_loads(self):
        said = self.gdb("process", "break process_start", "continue", "info threads", "thread 2.1",
                        "break child.c:17", "continue", "bt", "print counter", "info inferiors",
                        "delete", "continue")
        self.in_order(said, r"^Breakpoint 1, process_start \(process=",
                      r'1\.1 .* "rootserver" \(running', r'2\.1 .* \(inactive, priority 100\)',
                      r'^Thread 2\.1 .* hit Breakpoint 2, main \(\) at .*child\.c:17',
                      r"^#0  main \(\) at .*child\.c:17", r"^\$1 = 41$",
                      r"process 1 .*process\.elf", r"process 2 .*target:/sel4ux/process\.elf/child",
                      r"^child: the sum of 0 to 99 is 4950$", r"exited normally")

    def test_steps_over_a_system_call(self):
        source = HERE / "debuggee.c"
        ask, after = line_of("badge = ask()", source), line_of('guest_printf("badge', source)
        said = self.gdb("debuggee", f"break debuggee.c:{ask}", "continue", "next", "info threads", "continue")
        self.in_order(said, rf"Breakpoint 1, main \(\) at .*debuggee\.c:{ask}", rf"^{after}\t",
                      r'^\* 1 .* "rootserver" \(running', r"exited normally")
        self.assertIn("badge 7, shared 33", said)

    def test_watches_what_another_thread_changes(self):
        said = self.gdb("debuggee", "break ask", "continue", "watch shared", "continue", "continue",
                        "info threads", "delete", "continue")
        self.in_order(said, r"[Ww]atchpoint 2: shared", r"^Old value = 0$", r"^New value = 11$",
                      r"^Old value = 11$", r"^New value = 22$",
                      r'1\.1|  1 .* "rootserver" \(waiting on notification', r"exited normally")

    def test_watches_what_is_read(self):
        said = self.gdb("debuggee", "break ask", "continue", "rwatch shared", "continue", "delete",
                        "continue")
        self.in_order(said, r"[Hh]ardware read watchpoint 2: shared", r"^Value = 33$", r" main \(\) at ",
                      r"exited normally")

    def test_debugs_a_fault(self):
        said = self.gdb("debuggee", "set var mode = 2", "continue", "bt", "info threads",
                        "set var nowhere = &mode", "set var $pc = fault", "continue")
        self.in_order(said, r"received signal SIGSEGV", r"^#0 .* fault \(\) at .*debuggee\.c",
                      r"^#1 .* main \(\)", r"mode 1|badge 7, shared 33", r"exited normally")

    def test_registers_of_the_floating_point_unit(self):
        said = self.gdb("debuggee", "break *ask", "continue", "set var $xmm3.uint128 = 77",
                        "stepi", "print $xmm3.uint128", "print/x $mxcsr", "print $fctrl",
                        "print ratio", "continue")
        self.in_order(said, r"^\$1 = 77$", r"^\$2 = 0x1f80$", r"^\$3 = 895$",
                      r"^\$4 = 1\.5$", r"exited normally")

    def test_runs_anew(self):
        said = self.gdb("debuggee", "break ask", "continue", "kill", "run", "bt", "delete",
                        "continue", "run")
        self.in_order(said, r"Breakpoint 1, ask", r"killed\]", r"Breakpoint 1, ask",
                      r"^#0  ask", r"exited normally")
        self.assertEqual(said.count("badge 7, shared 33"), 2, said)

    def test_monitor_commands(self):
        said = self.gdb("debuggee", "break write_shared", "continue", "monitor threads",
                        "monitor caps rootserver", "monitor schedule", "monitor catch faults",
                        "monitor help", "kill")
        self.in_order(said, r"rootserver +255 .*waits for", r"^CSpace of rootserver",
                      r"^faults: off$", r"^  monitor catch faults on\|off")

    def test_python(self):
        script = tempfile.NamedTemporaryFile("w", suffix=".py")
        self.addCleanup(script.close)
        script.write("""
import gdb
class Counter(gdb.Breakpoint):
    hits = []
    def stop(self):
        self.hits.append(int(gdb.parse_and_eval('shared')))
        return False
Counter('write_shared')
w = gdb.Breakpoint('shared', gdb.BP_WATCHPOINT)
gdb.execute('continue')
thread = gdb.selected_thread()
print('THREAD', thread.name, thread.ptid)
print('FRAME', gdb.selected_frame().name())
print('BYTES', bytes(gdb.selected_inferior().read_memory(gdb.parse_and_eval('&shared'), 8)).hex())
for i in range(5):
    gdb.execute('stepi', to_string=True)
print('STEPPED', gdb.selected_frame().name())
w.delete()
gdb.execute('continue')
print('HITS', Counter.hits)
""")
        script.flush()
        said = self.gdb("debuggee", f"source {script.name}")
        self.in_order(said, r"^THREAD child of rootserver \(1, 2, 0\)$", r"^FRAME write_shared$",
                      r"^BYTES 0b00000000000000$", r"^STEPPED write_shared$", r"exited normally",
                      r"^HITS \[0\]$")

    def test_non_stop(self):
        machine = rsp.Machine(build / "sel4ux", engine, self.image("debuggee"))
        self.addCleanup(machine.close)
        output = tempfile.NamedTemporaryFile("w+")
        self.addCleanup(output.close)
        process = subprocess.Popen(["gdb", "-nx", "-q", self.image("debuggee")], text=True,
                                   stdin=subprocess.PIPE, stdout=output, stderr=subprocess.STDOUT)
        self.addCleanup(process.stdin.close)

        def said():
            return Path(output.name).read_text()

        # typed, with GDB's own loop in between, each once the last has shown its effect
        for command, effect in (("set width 0\nset confirm off\nset non-stop on", ""),
                                (f"target extended-remote {machine.path}", r"_start \(\)"),
                                ("break write_shared", "Breakpoint 1 at"),
                                ("continue &", "hit Breakpoint 1, write_shared"),
                                ("info threads", r'"rootserver" .*\(running\)$'),
                                ("thread 2\nbt", "^#1 .* thread_main"),
                                ("delete\ncontinue -a &", "exited normally"),
                                ("kill\nquit", "")):
            process.stdin.write(command + "\n")
            process.stdin.flush()
            end = time.monotonic() + rsp.TIMEOUT
            while not re.search(effect, said(), re.M):
                self.assertLess(time.monotonic(), end, said())
                time.sleep(0.02)
        self.assertEqual(process.wait(rsp.TIMEOUT), 0, said())
        self.assertIn("badge 7, shared 33", machine.printed())

    def test_detaches_and_runs_on(self):
        machine = rsp.Machine(build / "sel4ux", engine, self.image("debuggee"))
        self.addCleanup(machine.close)
        done = subprocess.run(
            ["gdb", "-nx", "-batch", "-ex", "set confirm off", "-ex",
             f"target extended-remote {machine.path}", "-ex", "break write_shared", "-ex",
             "continue", "-ex", "detach"], text=True, stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=rsp.TIMEOUT, check=False)
        # no file was given: its symbols came from the server
        self.in_order(done.stdout, r"Reading symbols from target:.*debuggee\.elf|Reading .*debuggee",
                      r"hit Breakpoint 1, write_shared|Breakpoint 1, write_shared", r"[Dd]etach")
        self.assertEqual(machine.end(), 0)
        self.assertIn("badge 7, shared 33", machine.printed())

    def test_interrupts_a_spinning_system(self):
        process = subprocess.Popen(
            self.command("spin", "continue", "bt", "kill"), text=True, stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, start_new_session=True)
        said = ""
        while "spinning" not in said:
            said += process.stdout.readline()
        time.sleep(0.2)
        os.killpg(process.pid, signal.SIGINT)  # as Ctrl-C at a terminal does
        said += process.communicate(timeout=rsp.TIMEOUT)[0]
        self.in_order(said, r"received signal SIGINT", r"^#0 .*main \(\) at .*spin\.c", r"killed\]")
        self.assertEqual(process.returncode, 0)

    def test_exit_code_and_errors(self):
        self.gdb("debuggee", "quit 7", code=7)
        done = subprocess.run([build / "sel4ux", "gdb", "/does/not/exist"], capture_output=True,
                              text=True, timeout=rsp.TIMEOUT, check=False)
        self.assertEqual(done.returncode, 2)
        self.assertIn("cannot open", done.stderr)
        for where in "nowhere:port", "127.0.0.1:", "70000000":
            done = subprocess.run([build / "sel4ux", "run", "--gdb", where, self.image("spin")],
                                  capture_output=True, text=True, timeout=rsp.TIMEOUT, check=False)
            self.assertIn(done.returncode, (1, 2), done.stderr)
            self.assertIn("--gdb", done.stderr)


if __name__ == "__main__":
    build, engine = Path(sys.argv[1]).resolve(), sys.argv[2]
    if shutil.which("gdb") is None:
        print("there is no gdb")
        sys.exit(77)
    unittest.main(argv=sys.argv[:1] + sys.argv[3:], verbosity=2)
