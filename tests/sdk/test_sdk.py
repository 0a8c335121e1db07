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
# Uses the C library; the kernel that it was compiled for, and what it was given.
HOSTED = """#include <stdio.h>
#include <sel4/sel4.h>
#ifdef CONFIG_KERNEL_MCS
#define KIND "mcs"
#else
#define KIND "classic"
#endif
int main(int argc, char **argv)
{
    printf("%s %lu", KIND, seL4_GetBootInfo()->initThreadCNodeSizeBits);
    for (int i = 1; i < argc; i++)
        printf(" [%s]", argv[i]);
    printf("\\n");
    return argc + 2;
}
"""
# A system call before main(), and what needs the C++ library.
HOSTED_CXX = """#include <iostream>
#include <sel4/sel4.h>
#include <string>
#include <vector>
struct early {
    seL4_Word type;
    early() : type(seL4_DebugCapIdentify(seL4_CapInitThreadTCB)) {}
};
static early before_main;
int main()
{
    std::vector<std::string> words{"root", "cnode"};
    try {
        throw seL4_GetBootInfo()->initThreadCNodeSizeBits;
    } catch (seL4_Word bits) {
        std::cout << words.at(0) << ' ' << words.at(1) << ' ' << bits << ' '
                  << (before_main.type != 0) << std::endl;
    }
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

    @unittest.skipUnless(shutil.which("clang"), "there is no clang")
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

    def test_print_flags(self):
        text = self.cc("--freestanding", "--mcs", "--print-flags")
        self.assertRegex(text, r"(?m)^cflags  -I\S*/freestanding .*mcs-debug")
        self.assertRegex(text, r"(?m)^ldflags .*_sel4ux_start")

    def test_wrong_usage(self):
        self.write("bad.json", "KERNEL_MCS = true")
        self.write("unknown.json", '{"NOT_A_SETTING": true}')
        for arguments, message in (
                (["--config", "nope", "x.c"], "the SDK has debug, debug-api"),
                (["--config", "nope.json", "x.c"], "No such file"),
                (["--config", ".", "x.c"], "the SDK has debug, debug-api"),
                (["--config", "./", "x.c"], "Is a directory"),
                (["--config", "bad.json", "x.c"], "/bad.json: not JSON: "),
                (["--config", "unknown.json", "x.c"], "no setting NOT_A_SETTING"),
                (["--config"], "needs a value"),
                (["--freestanding", "-pie", "x.c"], "leave -pie out"),
                (["--config", "debug", "--mcs", "x.c"], "leave --mcs"),
                ([], "no input files")):
            with self.subTest(arguments=arguments):
                result = self.call(BUILD / "sel4ux-cc", *arguments)
                self.assertEqual((result.returncode, result.stdout), (1, ""))
                self.assertRegex(result.stderr, r"\Asel4ux-cc: error: [^\n]+\n\Z")
                self.assertIn(message, result.stderr)

    def test_no_compiler(self):
        result = self.call(BUILD / "sel4ux-cc", "x.c", CC="no-such-cc")
        self.assertEqual((result.returncode, result.stderr),
                         (1, "sel4ux-cc: error: cannot run no-such-cc: No such file or directory; "
                             "set CC or CXX to a compiler\n"))


class Hosted(Case):
    """Programs that use the host's C library."""

    def build(self, *arguments, **env):
        self.cc(*arguments, self.write("hosted.c", HOSTED), "-o", "hosted", **env)
        return self.dir / "hosted"

    def expect(self, app, text, *arguments):
        result = self.call(app, *arguments)
        self.assertEqual((result.stdout, result.returncode), (text, len(arguments) + 3),
                         result.stderr)

    def test_each_configuration(self):
        for flags, text in (([], "classic 13\n"), (["--mcs"], "mcs 13\n"),
                            (["--release"], "classic 13\n"), (["--mcs", "--release"], "mcs 13\n"),
                            (["--config=debug-api"], "classic 13\n")):
            with self.subTest(flags=flags):
                self.expect(self.build(*flags), text)

    def test_configuration_file(self):
        given = BUILD / "sdk/lib/sel4ux/mcs-debug/include/gen_config.json"
        config = json.loads(given.read_text())
        config["ROOT_CNODE_SIZE_BITS"] = "15"
        self.write("mine.json", json.dumps(config))
        self.expect(self.build("--config", "mine.json"), "mcs 15\n")

    def test_arguments_reach_main(self):
        self.expect(self.build(), "classic 13 [one] [two words] []\n", "one", "two words", "")

    def test_static(self):
        app = self.build("-static")
        self.assertNotIn("INTERP", self.done("readelf", "-lW", app))
        self.expect(app, "classic 13 [one]\n", "one")

    def test_static_threads_take_turns(self):
        runtime = [ROOT / "apps/lib" / name for name in
                   ("hosted.c", "print.c", "console.c", "alloc.c", "vspace.c", "thread.c")]
        self.write("name.c", "extern const char guest_name[];\n"
                   'const char guest_name[] = "preempt";')
        self.cc("-static", "-D_GNU_SOURCE", "-I", ROOT / "apps/lib", ROOT / "tests/hosted/preempt.c",
                *runtime, "name.c", "-o", "preempt")
        self.assertEqual(self.done(self.dir / "preempt"), "all of them ran\n")

    def test_forms_of_linking(self):
        for flags in ["-O2", "-flto"], ["-no-pie"], ["-ffunction-sections", "-Wl,--gc-sections"]:
            with self.subTest(flags=flags):
                self.expect(self.build(*flags), "classic 13\n")

    @unittest.skipUnless(shutil.which("clang"), "there is no clang")
    def test_clang(self):
        self.expect(self.build("-O2", CC="clang"), "classic 13\n")

    def test_cxx(self):
        self.write("hosted.cc", HOSTED_CXX)
        for compiler in filter(shutil.which, ("c++", "clang++")):
            with self.subTest(compiler=compiler):
                self.done(BUILD / "sel4ux-c++", "--mcs", "hosted.cc", "-o", "hosted", CXX=compiler)
                self.assertEqual(self.done(self.dir / "hosted"), "root cnode 13 1\n")
        self.done(BUILD / "sel4ux-c++", "--config",
                  BUILD / "sdk/lib/sel4ux/debug/include/gen_config.json", "-c", "hosted.cc")

    def test_standard_input(self):
        done = subprocess.run([BUILD / "sel4ux-cc", "-x", "c", "-", "-o", self.dir / "hosted"],
                              input=HOSTED, text=True, capture_output=True, timeout=60,
                              env=self.env)
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        self.expect(self.dir / "hosted", "classic 13\n")


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
    """The same from a prefix, which needs neither the build folder nor the sources."""

    @classmethod
    def setUpClass(cls):
        folder = tempfile.TemporaryDirectory(prefix="sel4ux-prefix-")
        cls.addClassCleanup(folder.cleanup)
        cls.prefix = pathlib.Path(folder.name).resolve() / "prefix"
        subprocess.run(["cmake", "--install", BUILD, "--prefix", cls.prefix], check=True,
                       capture_output=True, timeout=100)

    def cc(self, *arguments, **env):
        return self.done(self.prefix / "bin/sel4ux-cc", *arguments, **env)

    def cmake(self, target, config, source):
        self.write("CMakeLists.txt", "cmake_minimum_required(VERSION 3.20)\nproject(app C)\n"
                   f"find_package(sel4ux 0.1 REQUIRED)\nadd_executable(app {source})\n"
                   f"target_link_libraries(app PRIVATE sel4ux::{target})\n")
        self.done("cmake", "-S", self.dir, "-B", "b", f"-DCMAKE_PREFIX_PATH={self.prefix}",
                  f"-DSEL4UX_CONFIG={config}")
        self.done("cmake", "--build", "b")
        return self.dir / "b/app"

    def test_freestanding(self):
        app = self.hello()
        self.assertIn(str(self.prefix / "bin/sel4ux").encode(), app.read_bytes())
        self.assertNotIn(str(BUILD / "sel4ux").encode() + b"\0", app.read_bytes())
        self.assertEqual(self.done(app), "root cnode 13 bits\n")

    def test_without_its_sel4ux(self):
        app = self.hello()
        monitor = self.prefix / "bin/sel4ux"
        monitor.rename(self.prefix / "bin/gone")
        self.addCleanup((self.prefix / "bin/gone").rename, monitor)
        result = self.call(app, PATH="/usr/bin")
        self.assertEqual(result.returncode, 1)
        self.assertRegex(result.stderr, r"needs sel4ux to run, which is neither at ")

    def test_hosted(self):
        self.cc("--mcs", self.write("hosted.c", HOSTED), "-o", "hosted")
        self.assertEqual(self.call(self.dir / "hosted", "one").stdout, "mcs 13 [one]\n")

    def test_configuration_file(self):
        config = self.prefix / "lib/sel4ux/debug/include/gen_config.json"
        for form, source in ("--hosted", HOSTED), ("--freestanding", HELLO):
            self.cc(form, "--config", config, self.write("app.c", source), "-o", "app")
            self.assertIn(" 13", self.call(self.dir / "app").stdout)

    @unittest.skipUnless(shutil.which("pkg-config"), "there is no pkg-config")
    def test_pkg_config(self):
        flags = self.done("pkg-config", "--cflags", "--libs", "--define-variable=config=mcs-debug",
                          "sel4ux", PKG_CONFIG_PATH=str(self.prefix / "lib/pkgconfig")).split()
        self.done("cc", self.write("bare.c", BARE), "-o", "bare", *flags)
        self.assertEqual(self.done(self.dir / "bare"), "b\n")

    def test_package_runtime(self):
        app = self.cmake("runtime", "mcs-release", self.write("hello.c", HELLO))
        self.assertEqual(self.done(app), "root cnode 13 bits\n")

    def test_package_freestanding(self):
        app = self.cmake("freestanding", "mcs-debug", self.write("bare.c", BARE))
        self.assertEqual(self.done(app), "b\n")

    def test_package_hosted(self):
        app = self.cmake("hosted", "mcs-release", self.write("hosted.c", HOSTED))
        self.assertEqual(self.call(app, "one").stdout, "mcs 13 [one]\n")

    def test_package_hosted_static(self):
        app = self.cmake("hosted_static", "debug", self.write("hosted.c", HOSTED))
        self.assertNotIn("INTERP", self.done("readelf", "-lW", app))
        self.assertEqual(self.call(app).stdout, "classic 13\n")

    def test_package_wrong_configuration(self):
        self.write("CMakeLists.txt", "cmake_minimum_required(VERSION 3.20)\nproject(app C)\n"
                   "find_package(sel4ux REQUIRED)\n")
        wrong = self.call("cmake", "-S", self.dir, "-B", "w", f"-DCMAKE_PREFIX_PATH={self.prefix}",
                          "-DSEL4UX_CONFIG=nope")
        self.assertNotEqual(wrong.returncode, 0)
        self.assertIn("SEL4UX_CONFIG=nope", wrong.stderr)

    @unittest.skipUnless(shutil.which("ninja"), "there is no ninja")
    def test_kernel_folder(self):
        self.done(sys.executable, "-B", ROOT / "tests/dropin/test_dropin.py",
                  self.prefix / "bin/sel4ux", "--only", "defaults",
                  "--kernel", self.prefix / "share/sel4ux/kernel", "--keep", self.dir / "project")
        image = self.dir / "project/defaults-api/images/greeter-image-x86_64-pc99"
        self.assertIn("hello world", self.done(image))


if __name__ == "__main__":
    if len(sys.argv) > 1 and not sys.argv[1].startswith("-"):
        BUILD = pathlib.Path(sys.argv.pop(1)).resolve()
    unittest.main()
