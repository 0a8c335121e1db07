#!/usr/bin/env python3
"""Compares what a guest prints with its golden transcript, or makes one of a run on real seL4.

    transcript.py check GOLDEN -- COMMAND...     runs sel4ux; 0 when its output is the transcript
    transcript.py record GOLDEN NAME -- COMMAND...   runs the real kernel; writes the transcript

A transcript ends with the line `done NAME`. Lines of a golden file that begin with `# ` say where
it comes from. The real kernel prints its own messages to the same console as the guest: record
leaves them out, and stops the command when the guest is done.
"""

import datetime
import difflib
import os
import re
import signal
import subprocess
import sys
from pathlib import Path

TIMEOUT = int(os.environ.get("SEL4UX_TEST_TIMEOUT", "60"))
HEADER = "# real seL4 16.0 ({}) in QEMU: same transcript, {}\n"
# By what stands between a golden file's name and .txt.
KERNELS = {"": "debug, non-MCS", ".release": "release, non-MCS",
           ".mcs": "debug, MCS", ".mcs-release": "release, MCS",
           ".pic": "debug, non-MCS, PIC",
           ".mcs-smp": "debug, MCS, up to four nodes",
           ".bench": "debug, non-MCS, utilisation tracked, 64 priorities",
           ".debug-api": "debug, non-MCS, hardware debug API, four domains"}
BOOTED = "Booting all finished, dropped to user space\n"
FIRMWARE = "Booting from ROM.."  # what comes before a release kernel's silence


def golden_lines(path):
    return [line for line in path.read_text().splitlines(True) if not line.startswith("# ")]


def check(golden, command):
    try:
        done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True,
                              timeout=TIMEOUT)
        output, note = done.stdout, f"exit status {done.returncode}"
        messages = done.stderr.decode(errors="replace")
    except subprocess.TimeoutExpired as end:
        output, note, messages = end.stdout or b"", f"no end after {TIMEOUT} s", ""
    actual = output.decode(errors="replace").replace("\r\n", "\n").splitlines(True)
    expected = golden_lines(golden)
    if actual == expected and note == "exit status 0":
        return 0
    sys.stdout.writelines(difflib.unified_diff(expected, actual, str(golden), "this run"))
    print(f"\n{note}; again:  {' '.join(command)}\n{messages[-2000:]}")
    return 1


def guest_output(console):
    """What of a real kernel's console the guest printed."""
    text = re.sub(r"\x1b(\[[0-9;?]*[a-zA-Z]|c)", "", console.replace("\r", ""))
    text = text.split(FIRMWARE, 1)[-1].split(BOOTED, 1)[-1]
    text = re.sub(r"<<seL4\(CPU.*?>>\n", "", text, flags=re.DOTALL)
    text = re.sub(r"Undelivered IRQ: \d+\n", "", text)
    text = re.sub(r"Dumping all tcbs!\n[^\n]*\n-+\n([^\n]*\t[^\n]*\n)*", "", text)
    text = re.sub(r"Debug snapshot syscall [^\n]*\n(.*\n)*?irq maps \{\n(.*\n)*?\}\n", "", text)
    return re.sub(r"Caught cap fault in send phase[^\n]*\nwhile trying to handle:\n[^\n]*\n"
                  r"in thread[^\n]*\nWith stack:\n(0x[0-9a-f]+: [^\n]*\n)*", "", text)


def run_until_done(command, name):
    end, console = f"done {name}\n", ""
    process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                               start_new_session=True)
    signal.signal(signal.SIGALRM, lambda *_: os.killpg(process.pid, signal.SIGTERM))
    signal.alarm(TIMEOUT)
    for line in process.stdout:
        console += line.decode(errors="replace")
        if console.replace("\r", "").endswith("\n" + end):
            break
    signal.alarm(0)
    if process.poll() is None:
        os.killpg(process.pid, signal.SIGTERM)
    process.wait()
    return console


def record(golden, name, command):
    text = guest_output(run_until_done(command, name))
    if not text.endswith(f"done {name}\n"):
        sys.exit(f"{name} did not end; it printed:\n{text}")
    kernel = KERNELS["".join(golden.suffixes[:-1])]
    golden.write_text(HEADER.format(kernel, datetime.date.today()) + text)
    return 0


def main(arguments):
    if "--" not in arguments:
        sys.exit(__doc__)
    split = arguments.index("--")
    mine, command = arguments[:split], arguments[split + 1:]
    if mine[:1] == ["check"] and len(mine) == 2:
        return check(Path(mine[1]), command)
    if mine[:1] == ["record"] and len(mine) == 3:
        return record(Path(mine[1]), mine[2], command)
    sys.exit(__doc__)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
