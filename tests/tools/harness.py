"""What the tests of tools share: programs built by sel4ux-cc, tools run on them with a time-out."""

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

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent.parent
LIB = ROOT / "apps" / "lib"
RUNTIME = [LIB / name for name in
           ("hosted.c", "print.c", "console.c", "alloc.c", "vspace.c", "thread.c")]
EXCHANGE = HERE / "exchange.c"
CLEAN = "main: 231\nclient: 22620\nspinner: took turns\n"
TIMEOUT = int(os.environ.get("SEL4UX_TEST_TIMEOUT", "60"))
GRACE = 5  # seconds
SKIPPED = 77

build = ROOT / "build"


def line_of(text, path=EXCHANGE):
    """The number of the one line that has `text` in it."""
    found = [n for n, line in enumerate(path.read_text().splitlines(), 1) if text in line]
    assert len(found) == 1, f"{text!r} is in {len(found)} lines of {path}"
    return found[0]


def session_of(pid):
    try:
        stat = Path(f"/proc/{pid}/stat").read_text()
    except OSError:
        return None
    state, _, _, session = stat[stat.rindex(")") + 2:].split()[:4]
    return None if state in "ZX" else int(session)


def processes(session):
    return [int(name) for name in os.listdir("/proc")
            if name.isdigit() and session_of(name) == session]


def wait_for_none(session):
    """What is left of it when helpers have had a moment to see that their parent has ended."""
    end = time.monotonic() + GRACE
    while (left := processes(session)) and time.monotonic() < end:
        time.sleep(0.02)
    return left


class Case(unittest.TestCase):
    """A class needs `tool`, a program in PATH, and skips itself where `probe` can't be run."""

    tool, probe = None, None

    @classmethod
    def setUpClass(cls):
        if shutil.which(cls.tool) is None:
            raise unittest.SkipTest(f"there is no {cls.tool}")
        folder = tempfile.TemporaryDirectory(prefix="sel4ux-tools-")
        cls.addClassCleanup(folder.cleanup)
        cls.folder = Path(folder.name).resolve()
        cls.env = {**os.environ, "LC_ALL": "C"}
        for name in "CC", "PLANT", "SEL4UX", "SEL4UX_FLAGS", "DEBUGINFOD_URLS":
            cls.env.pop(name, None)
        if cls.probe is not None:
            done = cls.call(*cls.probe)
            if done.returncode != 0:
                raise unittest.SkipTest(f"{cls.tool} can't work here: {done.stdout[-300:]}")
        cls.prepare()

    @classmethod
    def prepare(cls):
        """Builds what all tests of the class use."""

    @classmethod
    def start(cls, *command, errors=subprocess.STDOUT, **env):
        return subprocess.Popen([str(word) for word in command], stdin=subprocess.DEVNULL,
                                stdout=subprocess.PIPE, stderr=errors, text=True, errors="replace",
                                cwd=cls.folder, start_new_session=True, env={**cls.env, **env})

    @classmethod
    def call(cls, *command, errors=subprocess.STDOUT, **env):
        """Runs a tool in a session of its own, all of whose processes end with it."""
        child = cls.start(*command, errors=errors, **env)
        late = None
        try:
            out, err = child.communicate(timeout=TIMEOUT)
        except subprocess.TimeoutExpired as end:
            late = (end.stdout or b"").decode(errors="replace")
        left = wait_for_none(child.pid) if late is None else processes(child.pid)
        for pid in left:
            os.kill(pid, signal.SIGKILL)
        if late is not None:
            child.communicate()
            raise AssertionError(f"{command}: no end after {TIMEOUT} s; it said:\n{late}")
        if left:
            raise AssertionError(f"{command}: left processes {left}; it said:\n{out}")
        return subprocess.CompletedProcess(command, child.returncode, out, err)

    @classmethod
    def program(cls, name, *flags, sources=(EXCHANGE, *RUNTIME), **env):
        """Built once for each name."""
        if (cls.folder / name).exists():
            return cls.folder / name
        done = cls.call(build / "sel4ux-cc", "-std=gnu11", "-D_GNU_SOURCE", "-g", "-Wall",
                        f"-I{LIB}", *flags, *sources, "-o", name, **env)
        if done.returncode != 0:
            raise AssertionError(f"can't build {name}:\n{done.stdout}")
        return cls.folder / name

    def need_watchpoints(self):
        probe = self.call(build / "bin" / "host_probe", "breakpoints")
        if probe.returncode == SKIPPED:
            self.skipTest("there are no hardware watchpoints")

    def in_order(self, text, *patterns):
        """Each regular expression is found in `text` behind the one before; the last match."""
        at, match = 0, None
        for pattern in patterns:
            match = self.find(pattern, text, at)
            at = match.end()
        return match

    def find(self, pattern, text, at=0):
        match = re.compile(pattern, re.M).search(text, at)
        if match is None:
            self.fail(f"there is nothing like  {pattern}  behind character {at} of:\n{text}")
        return match


def main(module):
    """Runs the tests of one tool; ends with SKIPPED when each of them was skipped."""
    global build
    arguments = sys.argv[1:]
    if arguments and not arguments[0].startswith("-"):
        build = Path(arguments.pop(0)).resolve()
    program = unittest.main(module=module, argv=[sys.argv[0], *arguments], exit=False, verbosity=2)
    result = program.result
    if not result.wasSuccessful():
        sys.exit(1)
    sys.exit(SKIPPED if result.skipped and len(result.skipped) >= result.testsRun else 0)
