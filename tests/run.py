#!/usr/bin/env python3
"""Runs every test of a build folder through ctest and closes with one plain line of counts.

Tests run side by side. Some measure real time or wait for other processes, so where the host is busy
one may fail for that alone: up to three that failed run once more with nothing beside them, and
those that pass then are named. More failures than that are taken as they are.

Exit status: 0 when all passed, 1 when one failed or none ran. Each failure is named with the
command that runs it again.
"""
import argparse
import os
import re
import subprocess
import sys
import tempfile
import xml.etree.ElementTree as ElementTree

ALONE_MAX = 3


def environment():
    """Scripts that tests start find this interpreter first, not a version manager's own script."""
    return {**os.environ,
            "PATH": os.pathsep.join([os.path.dirname(sys.executable), os.environ["PATH"]])}


def run(build, jobs, only=None):
    """{test: status as ctest says it}, or None if it left no results."""
    with tempfile.TemporaryDirectory() as folder:
        results = os.path.join(folder, "results.xml")
        command = ["ctest", "--test-dir", build, "--output-on-failure", "-j", jobs,
                   "--no-tests=error", "--output-junit", results]
        subprocess.run(command + (["-R", only] if only else []), check=False, env=environment())
        if not os.path.exists(results):
            print("run.py: ctest left no results", file=sys.stderr)
            return None
        cases = ElementTree.parse(results).getroot().iter("testcase")
        return {case.get("name"): case.get("status") for case in cases}


def failed_in(outcome):
    return sorted(name for name, status in outcome.items() if status == "fail")


def run_alone(build, outcome):
    """Runs the few that failed once more; their new status goes into `outcome`."""
    names = failed_in(outcome)
    if not 0 < len(names) <= ALONE_MAX:
        return
    again = run(build, "1", "^({})$".format("|".join(map(re.escape, names)))) or {}
    outcome.update(again)
    for name in names:
        if again.get(name) == "run":
            print(f"AGAIN {name}: failed beside other tests, passed alone")


def main():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--build", default="build", help="build folder (default: build)")
    parser.add_argument("--jobs", default=str(os.cpu_count() or 1), help="tests side by side")
    parser.add_argument("-R", dest="only", help="run only tests whose name matches this pattern")
    options = parser.parse_args()

    outcome = run(options.build, options.jobs, options.only)
    if outcome is None:
        return 1
    run_alone(options.build, outcome)
    failed = failed_in(outcome)
    skipped = sum(1 for status in outcome.values() if status in ("notrun", "disabled"))
    for name in failed:
        print(f"FAILED {name}; again:  ctest --test-dir {options.build} --output-on-failure -R '^{name}$'")
    passed = len(outcome) - len(failed) - skipped
    print(f"{passed} passed, {len(failed)} failed" + (f", {skipped} skipped" if skipped else ""))
    return 1 if failed or passed == 0 else 0


if __name__ == "__main__":
    sys.exit(main())
