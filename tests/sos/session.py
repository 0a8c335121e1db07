"""A SOS that is typed at: a machine at a pseudo terminal, and what a person does there.

The machine is any command whose terminal is SOS's serial line: sel4ux, or an emulator with real
seL4, whose debug kernel's remarks are left out. The terminal's own interrupt key is moved away from
Ctrl-C, which is SOS's.
"""

import fcntl
import os
import pty
import re
import select
import signal
import subprocess
import tempfile
import termios
import time

CTRL_C, CTRL_D, CTRL_U, ERASE, UP, DOWN = "\x03", "\x04", "\x15", "\x7f", "\x1b[A", "\x1b[B"
OTHER_KEY = b"\x1d"  # Ctrl-]
REMARK = re.compile("\x1b\\[0m\x1b\\[1m<<.*?>>\x1b\\[0m\n")


def _terminal():
    outside, inside = pty.openpty()
    modes = termios.tcgetattr(inside)
    modes[6][termios.VINTR] = OTHER_KEY
    termios.tcsetattr(inside, termios.TCSANOW, modes)
    return outside, inside


class Session:
    def __init__(self, command, seconds=20):
        self.seconds = seconds
        self.raw = ""   # all output, without carriage returns
        self.text = ""  # and without the kernel's remarks
        self.at = 0     # up to here it has been expected
        self.terminal, inside = _terminal()
        self.messages = tempfile.TemporaryFile()
        self.process = subprocess.Popen(
            command, stdin=inside, stdout=inside, stderr=self.messages,
            preexec_fn=lambda: (os.setsid(), fcntl.ioctl(0, termios.TIOCSCTTY, 0)))
        os.close(inside)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        if self.process.poll() is None:
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()
        os.close(self.terminal)
        self.messages.close()

    def fail(self, why):
        self.messages.seek(0)
        raise AssertionError(f"{why}\n---- typed and printed:\n{self.text}\n---- messages:\n"
                             f"{self.messages.read().decode(errors='replace')}")

    def _read(self, seconds):
        """What there is within the time; False at the end."""
        if not select.select([self.terminal], [], [], seconds)[0]:
            return True
        try:
            data = os.read(self.terminal, 65536)
        except OSError:  # nobody has the terminal any more
            data = b""
        self.raw += data.decode(errors="replace").replace("\r", "")
        escape = self.raw.rfind("\x1b")
        unfinished = escape >= 0 and "\n" not in self.raw[escape:]
        self.text = REMARK.sub("", self.raw[:self.raw.rfind("\n") + 1] if unfinished else self.raw)
        return bool(data)

    def expect(self, pattern):
        """Waits until the output goes on with something that has the pattern in it; the match."""
        end = time.monotonic() + self.seconds
        going = True
        while True:
            match = re.compile(pattern, re.M | re.S).search(self.text, self.at)
            if match:
                self.at = match.end()
                return match
            if not going or time.monotonic() > end:
                self.fail(f"{pattern!r} does not come" if going else f"it ended before {pattern!r}")
            going = self._read(0.5)

    def type(self, keys):
        os.write(self.terminal, keys.encode())

    def prompt(self):
        """Waits for the shell; what was printed before its prompt."""
        return self.expect(r"(.*?)^\$ \Z")[1]

    def run(self, line):
        """Types a line; what it prints."""
        self.type(line + "\r")
        self.expect(re.escape(line) + "\n")
        return self.prompt()

    def end(self):
        """The exit status, once the machine has ended."""
        end = time.monotonic() + self.seconds
        while self._read(0.5):
            if time.monotonic() > end:
                self.fail("it does not end")
        try:
            return self.process.wait(self.seconds)
        except subprocess.TimeoutExpired:
            return self.fail("it does not end")
