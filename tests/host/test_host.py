#!/usr/bin/env python3
"""Guests that use host objects, against what they are expected to print and to leave behind.

    tests/host/test_host.py --sel4ux PROGRAM --build FOLDER --engine NAME [unittest arguments]
"""

import argparse
import itertools
import os
import pathlib
import subprocess
import sys
import tempfile
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
    return [""] if options.engine == "hosted" else ["", "mcs-release"]


class Case(unittest.TestCase):
    maxDiff = None

    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)
        self.work = self.folder / "work"
        (self.work / "inner").mkdir(parents=True)
        (self.work / "greeting").write_text("good morning!\n")

    def run_guest(self, name, *arguments, stdin=None, kernel="", flags="", timeout=60):
        """Runs it with these arguments of --host."""
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
        return subprocess.run(command, input=stdin, capture_output=True, text=True, timeout=timeout,
                              check=False, env=environment)

    def check(self, name, result):
        halted = 'sel4ux: the system halts: DebugHalt (thread "rootserver")\n'
        self.assertEqual(result.stderr.replace(halted, ""), "")
        expected = (HERE / "expected" / f"{name}.txt").read_text()
        self.assertEqual(in_order(result.stdout), in_order(expected))
        self.assertEqual(result.returncode, 0)


class Files(Case):
    def test_files(self):
        for kernel in kernels():
            with self.subTest(kernel=kernel):
                result = self.run_guest("host_files", f"dir={self.work}:rw,name=work", "random",
                                        kernel=kernel)
                self.check("files", result)
                self.assertEqual(sorted(p.name for p in self.work.iterdir()), ["greeting", "inner"])
                self.assertEqual(list((self.work / "inner").iterdir()), [])


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
