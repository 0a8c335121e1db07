#!/usr/bin/env python3
"""Runs every test of a build folder through ctest and closes with one plain line of counts.

Exit status: 0 when all passed, 1 when one failed or none ran. Each failure is named with the
command that runs it again.
"""
import argparse
import os
import subprocess
import sys
import tempfile
import xml.etree.ElementTree as ElementTree


def environment():
    """Scripts that tests start find this interpreter first, not a version manager's own script."""
    return {**os.environ,
            "PATH": os.pathsep.join([os.path.dirname(sys.executable), os.environ["PATH"]])}


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--build", default="build", help="build folder (default: build)")
    parser.add_argument("--jobs", default=str(os.cpu_count() or 1), help="tests side by side")
    parser.add_argument("-R", dest="only", help="run only tests whose name matches this pattern")
    options = parser.parse_args()

    with tempfile.TemporaryDirectory() as folder:
        results = os.path.join(folder, "results.xml")
        command = ["ctest", "--test-dir", options.build, "--output-on-failure",
                   "-j", options.jobs, "--no-tests=error", "--output-junit", results]
        if options.only:
            command += ["-R", options.only]
        subprocess.run(command, check=False, env=environment())
        if not os.path.exists(results):
            print("run.py: ctest left no results", file=sys.stderr)
            return 1
        cases = ElementTree.parse(results).getroot().iter("testcase")
        outcome = {case.get("name"): case.get("status") for case in cases}

    failed = sorted(name for name, status in outcome.items() if status == "fail")
    skipped = sum(1 for status in outcome.values() if status in ("notrun", "disabled"))
    for name in failed:
        print(f"FAILED {name}; again:  ctest --test-dir {options.build} --output-on-failure -R '^{name}$'")
    passed = len(outcome) - len(failed) - skipped
    print(f"{passed} passed, {len(failed)} failed" + (f", {skipped} skipped" if skipped else ""))
    return 1 if failed or passed == 0 else 0


if __name__ == "__main__":
    sys.exit(main())
