#!/usr/bin/env python3
"""Runs a command and, all the while, stops it as Ctrl-Z does and lets it go on.

    stopping.py COMMAND...
"""

import os
import signal
import subprocess
import sys
import time

RUN_FOR = 0.002  # seconds between two stops
STATE = 2        # field of /proc/PID/stat, counted from 0


def state(pid):
    with open(f"/proc/{pid}/stat", encoding="ascii", errors="replace") as stat:
        return stat.read().rpartition(")")[2].split()[STATE - 2]


def main(command):
    process = subprocess.Popen(command, start_new_session=True)
    stops = 0
    while process.poll() is None:
        time.sleep(RUN_FOR)
        os.kill(process.pid, signal.SIGTSTP)
        while state(process.pid) not in "TZ":
            time.sleep(0.0001)
        stops += 1
        os.kill(process.pid, signal.SIGCONT)
    print(f"stopped {stops} times", file=sys.stderr)
    return process.returncode


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
