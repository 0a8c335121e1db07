#!/usr/bin/env python3
"""perf on hosted and freestanding programs.

    tests/tools/test_perf.py BUILD [unittest arguments]          default: build
"""

import harness

RECORD = ["perf", "record", "-q", "-e", "cpu-clock"]


class Perf(harness.Case):
    tool = "perf"
    probe = [*RECORD, "-o", "probe.data", "true"]

    def report(self, program, *columns, **env):
        done = self.call(*RECORD, "-o", "perf.data", program, **env)
        self.assertEqual(done.returncode, 0, done.stdout)
        done = self.call("perf", "report", "-i", "perf.data", "--stdio", "--sort",
                         ",".join(columns))
        self.assertEqual(done.returncode, 0, done.stdout)
        return done.stdout

    def test_hosted(self):
        # In virtual time, time slices are as long as the processor time that they give.
        said = self.report(self.program("exchange", "-O1"), "comm", "dso", "symbol",
                           SEL4UX_FLAGS="--time virtual")
        share = self.find(r"^ +(\d+\.\d+)% +spinner +exchange +\[\.\] burn_time\b", said).group(1)
        self.assertGreater(float(share), 20)

    def test_freestanding(self):
        program = self.program("busy", "--freestanding", "-O1",
                               sources=[harness.HERE / "busy.c"])
        said = self.report(program, "dso", "symbol")
        share = self.find(r"^ +(\d+\.\d+)% +busy +\[\.\] where_the_time_goes\b", said).group(1)
        self.assertGreater(float(share), 50)


if __name__ == "__main__":
    harness.main(__name__)
