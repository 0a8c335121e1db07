#!/usr/bin/env python3
"""AddressSanitizer, UndefinedBehaviorSanitizer and ThreadSanitizer in hosted programs.

    tests/tools/test_sanitizers.py BUILD [unittest arguments]          default: build
"""

import harness


class Sanitizers:
    """With the compiler `tool`."""

    @classmethod
    def prepare(cls):
        """Each test builds what it needs."""

    def build(self, sanitizer, *flags):
        (self.folder / "empty.c").write_text("int main(void) { return 0; }\n")
        probe = self.call(self.tool, f"-fsanitize={sanitizer}", "empty.c", "-o", "empty")
        if probe.returncode != 0 or self.call("./empty").returncode != 0:
            self.skipTest(f"{self.tool} has no -fsanitize={sanitizer} here")
        name = sanitizer.replace(",", "-") + "".join(flags)
        return self.program(name, "-O1", f"-fsanitize={sanitizer}", *flags, CC=self.tool)

    def run_it(self, program, **env):
        return self.call(program, errors=harness.subprocess.PIPE, **env)

    def is_quiet(self, program):
        done = self.run_it(program)
        self.assertEqual((done.returncode, done.stdout, done.stderr), (0, harness.CLEAN, ""))

    def test_address(self):
        program = self.build("address")
        self.is_quiet(program)
        done = self.run_it(program, PLANT="heap")
        self.assertNotEqual(done.returncode, 0)
        self.in_order(done.stderr, r"ERROR: AddressSanitizer: heap-buffer-overflow",
                      r"#0 0x\w+ in answer ", r"#1 0x\w+ in serve ", r"#2 0x\w+ in thread_main ",
                      r"0 bytes to the right of 64-byte region|0 bytes after 64-byte region",
                      r"#1 0x\w+ in be_client ")

    def test_leak(self):
        done = self.run_it(self.build("address"), PLANT="leak")
        self.assertNotEqual(done.returncode, 0)
        self.in_order(done.stderr, r"LeakSanitizer: detected memory leaks",
                      r"#1 0x\w+ in be_client ")

    def test_undefined(self):
        program = self.build("undefined")
        self.is_quiet(program)
        done = self.run_it(program, PLANT="overflow")
        line = harness.line_of("limit += ")
        self.find(rf"exchange\.c:{line}:\d+: runtime error: signed integer overflow", done.stderr)

    def test_address_and_undefined(self):
        self.is_quiet(self.build("address,undefined"))

    def test_thread(self):
        for flags in [], ["--mcs"]:
            with self.subTest(flags=flags):
                program = self.build("thread", *flags)
                self.is_quiet(program)
                done = self.run_it(program, PLANT="race")
                self.assertNotEqual(done.returncode, 0)
                self.in_order(done.stderr, r"WARNING: ThreadSanitizer: data race", r"#0 race ",
                              r"Previous write of size 8", r"#0 race ",
                              r"Location is global '?\w*unordered",
                              r"SUMMARY: ThreadSanitizer: data race .*exchange\.c:\d+.* in race$")
                self.assertEqual(done.stderr.count("WARNING:"), 1, done.stderr)


class Gcc(Sanitizers, harness.Case):
    tool = "gcc"


class Clang(Sanitizers, harness.Case):
    tool = "clang"


if __name__ == "__main__":
    harness.main(__name__)
