#!/usr/bin/env python3
"""Tests bench/run.py: its arithmetic on made-up runs, and one tiny run of the real thing. Nothing here
looks at how long anything takes."""
import argparse
import json
import os
import subprocess
import sys
import tempfile
import unittest
import xml.etree.ElementTree as ElementTree

sys.dont_write_bytecode = True
import report  # noqa: E402
import run  # noqa: E402
import soak  # noqa: E402

HERE = os.path.dirname(os.path.abspath(__file__))
FIELDS = {"bench": str, "engine": str, "unit": str, "median": int, "p95": int, "runs": int}
options = None


def line(name, figure):
    return f"BENCH {name} cycles 10 {figure} {figure} {figure} {figure} {2 * figure} {3 * figure}"


def runs_of(engine, figures):
    return [{"repeat": i, "engine": engine, "guest": "g", "load": 0.5,
             "benches": run.parse([line("b", figure)])[0]} for i, figure in enumerate(figures)]


class Arithmetic(unittest.TestCase):
    def test_parse(self):
        benches, info = run.parse(["Booting", line("a", 5), "INFO g null_syscall X", "BENCH c none"])
        self.assertEqual(list(benches), ["a"])
        self.assertEqual(benches["a"], {"unit": "cycles", "samples": 10, "min": 5, "p25": 5,
                                        "median": 5, "p75": 5, "p95": 10, "max": 15})
        self.assertEqual(info, ["null_syscall X"])
        with self.assertRaises(run.RunFailed):
            run.parse(["BENCH a cycles 1 2 3"])

    def test_results(self):
        rows = report.results(runs_of("x", [10, 30, 20]) + runs_of("y", [7]), ["x", "y", "z"])
        self.assertEqual(rows, [
            {"bench": "b", "engine": "x", "unit": "cycles", "median": 20, "p95": 40, "runs": 3},
            {"bench": "b", "engine": "y", "unit": "cycles", "median": 7, "p95": 14, "runs": 1}])

    def test_ratio_is_within_a_repeat(self):
        table = report.by_bench(runs_of("slow", [100, 900, 50]) + runs_of("fast", [10, 30, 5, 1]))
        self.assertEqual(report.ratio(table["b"]["slow"], table["b"]["fast"]), 10)
        self.assertIsNone(report.ratio(table["b"]["slow"], {}))

    def test_noise(self):
        figures = report.by_bench(runs_of("x", [90, 100, 120]))["b"]["x"].values()
        self.assertEqual(report.noise(figures), 30)

    def test_chart_takes_any_engines(self):
        engines = [f"engine{i}" for i in range(len(report.COLOURS) + 2)]
        rows = report.results([run for i, name in enumerate(engines) for run in
                               runs_of(name, [3 + 100 * i])], engines)
        for row in rows:
            row["bench"] = "page_map"
        with open(os.path.join(HERE, "published.json"), encoding="utf-8") as file:
            text = report.chart(rows, engines, json.load(file))
        titles = [title.text for title in ElementTree.fromstring(text).iter(
            "{http://www.w3.org/2000/svg}title")]
        for row in rows:
            self.assertIn(f"page_map, {row['engine']}: {row['median']:,} cycles", titles)
        ElementTree.fromstring(report.chart([], [], {"figures": []}))

    def test_soak_sees_growth(self):
        flat = [{"KiB": 1000 + i % 3, "mappings": 50 + i % 2} for i in range(40)]
        self.assertEqual(list(soak.grown(flat)), [])
        for key, step in (("KiB", 10), ("mappings", 1)):
            rising = [{**sample, key: sample[key] + step * i} for i, sample in enumerate(flat)]
            self.assertEqual(len(list(soak.grown(rising))), 1, key)

    def test_published(self):
        with open(os.path.join(HERE, "published.json"), encoding="utf-8") as file:
            published = json.load(file)
        for figure in published["figures"]:
            self.assertIn(figure["source"], published["sources"])
            self.assertTrue("cycles" in figure or figure["from"] < figure["to"])


class Running(unittest.TestCase):
    def run_it(self, folder, *arguments):
        return subprocess.run(
            [sys.executable, "-B", os.path.join(HERE, "run.py"), "--build", options.build,
             "--sel4ux", options.sel4ux, "--output", folder, "--repeat", "1", *arguments],
            capture_output=True, text=True, timeout=110, check=False)

    def test_small_run(self):
        engines = run.engines_of(options.sel4ux)
        with tempfile.TemporaryDirectory() as folder:
            done = self.run_it(folder, "--guest", "fault", "--engine", engines[0])
            self.assertEqual(done.returncode, 0, done.stderr)
            with open(os.path.join(folder, "results.json"), encoding="utf-8") as file:
                rows = json.load(file)
            with open(os.path.join(folder, "report.md"), encoding="utf-8") as file:
                text = file.read()
            ElementTree.parse(os.path.join(folder, "chart.svg"))
        self.assertIn("fault_reply", [row["bench"] for row in rows])
        for row in rows:
            self.assertEqual({key: type(value) for key, value in row.items()}, FIELDS)
            self.assertEqual((row["engine"], row["unit"], row["runs"]), (engines[0], "cycles", 1))
            self.assertGreater(row["median"], 0)
            self.assertGreaterEqual(row["p95"], row["median"])
            self.assertIn(f"| {row['bench']} |", text)

    def test_failure_is_reported(self):
        hello = os.path.join(options.build, "guests", "hello.elf")
        with tempfile.TemporaryDirectory() as folder:
            done = self.run_it(folder, "--guest", hello, "--engine",
                               run.engines_of(options.sel4ux)[0])
            with open(os.path.join(folder, "report.md"), encoding="utf-8") as file:
                text = file.read()
        self.assertEqual(done.returncode, 1)
        self.assertIn("measured nothing", text)

    def test_unknown_engine(self):
        with tempfile.TemporaryDirectory() as folder:
            done = self.run_it(folder, "--engine", "warp")
        self.assertEqual(done.returncode, 2)
        self.assertIn("no engine 'warp'", done.stderr)


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--build", default="build")
    parser.add_argument("--sel4ux")
    options, rest = parser.parse_known_args()
    options.sel4ux = options.sel4ux or os.path.join(options.build, "sel4ux")
    unittest.main(argv=[sys.argv[0], *rest])
