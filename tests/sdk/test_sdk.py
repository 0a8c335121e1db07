#!/usr/bin/env python3
"""sel4ux-cc, the programs that it makes, the installed SDK, pkg-config and find_package.

    tests/sdk/test_sdk.py BUILD [unittest arguments]          default: build
"""

import json
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile
import unittest

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
BUILD = ROOT / "build"
HELLO = """#include <guest.h>
int main(void)
{
    guest_printf("root cnode %lu bits\\n", seL4_GetBootInfo()->initThreadCNodeSizeBits);
    return 0;
}
"""
# Its own start, nothing of the runtime: prints a letter through the kernel.
BARE = """#include <sel4/sel4.h>
__attribute__((used)) static char stack[4096];
__attribute__((naked)) void _sel4_start(void)
{
    __asm__ volatile("lea stack+4096(%rip), %rsp; call run");
}
__attribute__((used)) void run(void)
{
    seL4_DebugPutChar('b');
    seL4_DebugPutChar('\\n');
    seL4_DebugHalt();
}
"""
SPIN = """#include <guest.h>
static volatile unsigned long sum;
__attribute__((noinline)) static void where_the_time_goes(void)
{
    for (unsigned long i = 0; i < 400000000; i++)
        sum += i;
}
int main(void)
{
    where_the_time_goes();
    return 0;
}
"""


class Case(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory(prefix="sel4ux-sdk-")
        self.addCleanup(folder.cleanup)
        self.dir = pathlib.Path(folder.name).resolve()
        self.env = {**os.environ, "LC_ALL": "C", "XDG_CACHE_HOME": str(self.dir / "cache")}
        for name in "SEL4UX", "SEL4UX_FLAGS", "CC", "CXX":
            self.env.pop(name, None)

    def call(self, *command, **env):
        return subprocess.run([str(word) for word in command], capture_output=True, text=True,
                              timeout=100, stdin=subprocess.DEVNULL, cwd=self.dir,
                              env={**self.env, **env})

    def done(self, *command, **env):
        result = self.call(*command, **env)
        self.assertEqual(result.returncode, 0, f"{command}\n{result.stdout}{result.stderr}")
        return result.stdout

    def write(self, name, text):
        (self.dir / name).write_text(text)
        return name

    def cc(self, *arguments, **env):
        return self.done(BUILD / "sel4ux-cc", *arguments, **env)

    def hello(self, *arguments, **env):
        self.cc("--freestanding", *arguments, self.write("hello.c", HELLO), "-o", "hello", **env)
        return self.dir / "hello"


class Compile(Case):
    def test_each_configuration_runs_where_it_is_moved(self):
        for flags in [], ["--mcs"], ["--release"], ["--mcs", "--release"], ["--config=debug-api"]:
            with self.subTest(flags=flags):
                app = self.hello(*flags).rename(self.dir / "moved")
                self.assertEqual(self.done(app), "root cnode 13 bits\n")

    def test_clang(self):
        self.assertEqual(self.done(self.hello("-O2", CC="clang")), "root cnode 13 bits\n")

    def test_configuration_file(self):
        config = json.loads((BUILD / "sdk/lib/sel4ux/debug/include/gen_config.json").read_text())
        config["ROOT_CNODE_SIZE_BITS"] = "15"
        self.write("mine.json", json.dumps(config))
        app = self.hello("--config", "mine.json")
        self.assertEqual(self.done(app), "root cnode 15 bits\n")
        info = self.done(BUILD / "sel4ux", "info", app)
        self.assertRegex(info, r"file     in the image itself")
        self.assertRegex(info, r"ROOT_CNODE_SIZE_BITS +15 ")

    def test_option_beats_the_note(self):
        app = self.hello()
        found = self.done(BUILD / "sel4ux", "info", app, "--config",
                          BUILD / "sdk/lib/sel4ux/mcs-debug/include/gen_config.json")
        self.assertRegex(found, r"KERNEL_MCS +true ")

    def test_note_survives_strip(self):
        app = self.hello("--mcs")
        self.done("strip", app)
        self.assertEqual(self.done(app), "root cnode 13 bits\n")

    def test_own_start(self):
        self.cc("--freestanding", "-nostdlib", "-O2", self.write("bare.c", BARE), "-o", "bare")
        self.assertEqual(self.done(self.dir / "bare"), "b\n")

    def test_compile_only(self):
        self.cc("--freestanding", "-c", self.write("hello.c", HELLO))
        self.assertTrue((self.dir / "hello.o").exists())
        self.cc("--freestanding", "hello.o", "-o", "hello")
        self.assertEqual(self.done(self.dir / "hello"), "root cnode 13 bits\n")

    def test_cxx(self):
        self.write("hello.cc", HELLO.replace("#include", 'extern "C" {\n#include', 1)
                   .replace("\nint main", "\n}\nint main"))
        self.done(BUILD / "sel4ux-c++", "--freestanding", "hello.cc", "-o", "hello")
        self.assertEqual(self.done(self.dir / "hello"), "root cnode 13 bits\n")

    def test_hosted_is_the_default(self):
        self.write("hosted.c", "#include <stdio.h>\n" + HELLO.replace("guest.h", "sel4/sel4.h")
                   .replace("guest_printf", "printf"))
        self.cc("hosted.c", "-o", "hosted")
        self.assertEqual(self.done(self.dir / "hosted"), "root cnode 13 bits\n")

    def test_print_flags(self):
        text = self.cc("--freestanding", "--mcs", "--print-flags")
        self.assertRegex(text, r"(?m)^cflags  -I\S*/freestanding .*mcs-debug")
        self.assertRegex(text, r"(?m)^ldflags .*_sel4ux_start")

    def test_wrong_usage(self):
        for arguments, message in (
                (["--config", "nope", "x.c"], "the SDK has debug, debug-api"),
                (["--config", "nope.json", "x.c"], "No such file"),
                (["--config"], "needs a value"),
                (["--config", "debug", "--mcs", "x.c"], "leave --mcs"),
                ([], "no input files")):
            with self.subTest(arguments=arguments):
                result = self.call(BUILD / "sel4ux-cc", *arguments)
                self.assertEqual((result.returncode, result.stdout), (1, ""))
                self.assertRegex(result.stderr, r"\Asel4ux-cc: error: [^\n]+\n\Z")
                self.assertIn(message, result.stderr)


class Start(Case):
    def test_flags(self):
        result = self.call(self.hello(), SEL4UX_FLAGS=" -q  --time virtual")
        self.assertEqual((result.returncode, result.stdout), (0, "root cnode 13 bits\n"))
        self.assertNotIn("kernel entries", result.stderr)
        result = self.call(self.hello(), SEL4UX_FLAGS="--no-such-thing")
        self.assertEqual(result.returncode, 2)

    def test_exit_code_is_that_of_sel4ux(self):
        self.cc("--freestanding", self.write("spin.c", "int main(void) { for (;;) ; }"), "-o", "s")
        self.assertEqual(self.call(self.dir / "s", SEL4UX_FLAGS="-t 0.3").returncode, 124)

    def test_other_engines(self):
        for engine in "patch", "trap", "ptrace":
            self.assertEqual(self.done(self.hello(), SEL4UX_FLAGS=f"--engine {engine}"),
                             "root cnode 13 bits\n")

    def test_where_sel4ux_is(self):
        app = self.hello()
        result = self.call(app, SEL4UX="/nowhere/sel4ux")
        self.assertEqual((result.returncode, result.stdout), (1, ""))
        self.assertRegex(result.stderr, r"\Asel4ux: error: SEL4UX names /nowhere/sel4ux[^\n]+\n\Z")
        chosen = self.dir / "chosen"
        chosen.write_text('#!/bin/sh\necho "$@"\n')
        chosen.chmod(0o755)
        said = self.done(app, SEL4UX=str(chosen), SEL4UX_FLAGS="-q")
        self.assertEqual(said, f"run --engine link -q -- {app}\n")

    def test_arguments_are_refused(self):
        result = self.call(self.hello(), "word")
        self.assertEqual((result.returncode, result.stdout), (2, ""))
        self.assertRegex(result.stderr, r"takes no arguments; [^\n]+\n\Z")

    @unittest.skipUnless(shutil.which("perf"), "there is no perf")
    def test_perf_knows_symbols(self):
        self.cc("--freestanding", "-O1", self.write("spin.c", SPIN), "-o", "spin")
        recorded = self.call("perf", "record", "-e", "cpu-clock", "-o", "perf.data",
                             self.dir / "spin")
        if recorded.returncode != 0:
            self.skipTest(f"perf may not record here: {recorded.stderr.strip()[-200:]}")
        report = self.done("perf", "report", "-i", "perf.data", "--stdio")
        self.assertRegex(report, r"\d\d\.\d+% .*spin +\[\.\] where_the_time_goes")


class Installed(Case):
    def test_prefix(self):
        prefix = self.dir / "prefix"
        self.done("cmake", "--install", BUILD, "--prefix", prefix)
        self.write("hello.c", HELLO)
        self.done(prefix / "bin/sel4ux-cc", "--freestanding", "hello.c", "-o", "hello")
        self.assertIn(str(prefix / "bin/sel4ux").encode(), (self.dir / "hello").read_bytes())
        self.assertEqual(self.done(self.dir / "hello"), "root cnode 13 bits\n")
        (prefix / "bin/sel4ux").rename(prefix / "bin/gone")
        result = self.call(self.dir / "hello", PATH="/usr/bin")
        self.assertEqual(result.returncode, 1)
        self.assertRegex(result.stderr, r"needs sel4ux to run, which is neither at ")
        (prefix / "bin/gone").rename(prefix / "bin/sel4ux")
        self.packages(prefix)

    def packages(self, prefix):
        flags = self.done("pkg-config", "--cflags", "--libs", "--define-variable=config=mcs-debug",
                          "sel4ux", PKG_CONFIG_PATH=str(prefix / "lib/pkgconfig")).split()
        self.done("cc", self.write("bare.c", BARE), "-o", "bare", *flags)
        self.assertEqual(self.done(self.dir / "bare"), "b\n")
        self.write("CMakeLists.txt", "cmake_minimum_required(VERSION 3.20)\nproject(app C)\n"
                   "find_package(sel4ux 0.1 REQUIRED)\nadd_executable(app hello.c)\n"
                   "target_link_libraries(app PRIVATE sel4ux::runtime)\n")
        self.done("cmake", "-S", self.dir, "-B", "b", f"-DCMAKE_PREFIX_PATH={prefix}",
                  "-DSEL4UX_CONFIG=mcs-release")
        self.done("cmake", "--build", "b")
        self.assertEqual(self.done(self.dir / "b/app"), "root cnode 13 bits\n")
        wrong = self.call("cmake", "-S", self.dir, "-B", "w", f"-DCMAKE_PREFIX_PATH={prefix}",
                          "-DSEL4UX_CONFIG=nope")
        self.assertNotEqual(wrong.returncode, 0)
        self.assertIn("SEL4UX_CONFIG=nope", wrong.stderr)


if __name__ == "__main__":
    if len(sys.argv) > 1 and not sys.argv[1].startswith("-"):
        BUILD = pathlib.Path(sys.argv.pop(1)).resolve()
    unittest.main()
