#!/usr/bin/env python3
"""Runs a hosted program and compares what it prints, how it ends, and what is said on stderr.

    check.py EXPECTED COMMAND... [NAME=VALUE...]

EXPECTED is what stdout must be. Its lines that begin with `# ` are about the rest: `# status N` is
the exit status (negative: the signal; 0 if there is no such line), `# stderr REGEX` must be found
in stderr, which otherwise must be empty but for the report of the end. NAME=VALUE is added to the
environment.
"""

import difflib
import os
import re
import subprocess
import sys
from pathlib import Path

TIMEOUT = int(os.environ.get("SEL4UX_TEST_TIMEOUT", "60"))


def read_expected(path):
    status, patterns, lines = 0, [], []
    for line in Path(path).read_text().splitlines(True):
        if line.startswith("# status "):
            status = int(line.split()[2])
        elif line.startswith("# stderr "):
            patterns.append(line[len("# stderr "):].rstrip("\n"))
        elif not line.startswith("# "):
            lines.append(line)
    return status, patterns, lines


def main(arguments):
    if len(arguments) < 2:
        sys.exit(__doc__)
    expected, words = arguments[0], arguments[1:]
    settings = dict(word.split("=", 1) for word in words if re.match(r"\w+=", word))
    command = [word for word in words if not re.match(r"\w+=", word)]
    status, patterns, lines = read_expected(expected)
    try:
        done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True,
                              timeout=TIMEOUT, env={**os.environ, **settings})
    except subprocess.TimeoutExpired as end:
        sys.exit(f"no end after {TIMEOUT} s; it printed:\n{(end.stdout or b'').decode()}")
    output = done.stdout.decode(errors="replace").splitlines(True)
    messages = done.stderr.decode(errors="replace")
    problems = list(difflib.unified_diff(lines, output, expected, "this run"))
    if done.returncode != status:
        problems.append(f"it ended with {done.returncode}, not {status}\n")
    problems += [f"stderr has nothing like: {p}\n" for p in patterns if not re.search(p, messages)]
    if not patterns and messages:
        problems.append("stderr is not empty\n")
    if not problems:
        return 0
    words = [f"{name}='{value}'" for name, value in settings.items()]
    sys.stdout.writelines(problems)
    print(f"\nagain:  {' '.join(words + command)}\nstderr:\n{messages}")
    return 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
