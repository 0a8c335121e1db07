"""What the system tests share: tiny guests, started machines, and what is left of them.

A guest here is a root task of a few instructions, made in place: it writes a text to the debug
console and then does one thing. A machine runs in a session of its own, so that all processes
that belong to it can be found, whatever becomes of their parents.
"""

import os
import pathlib
import pty
import signal
import struct
import subprocess
import sys
import tempfile
import termios
import time

SYS_DEBUG_PUT_CHAR, SYS_DEBUG_HALT = -9, -11  # default configuration: debug, without MCS
GONE_WITHIN = 2.0  # seconds

SPIN = b"\xeb\xfe"
HALT = b"\x48\xc7\xc2" + struct.pack("<i", SYS_DEBUG_HALT) + b"\x0f\x05" + SPIN
AGAIN = None


def guest(text, then=SPIN, times=1):
    """An ELF file that writes `text` `times` times (AGAIN: for ever) and goes on with `then`."""
    put = (b"\x41\x0f\xb6\x3c\x24"      # loop: movzx edi, byte [r12]
           b"\x85\xff\x74\x10"          # test edi, edi; jz done
           b"\x48\xc7\xc2" + struct.pack("<i", SYS_DEBUG_PUT_CHAR) +
           b"\x31\xf6\x0f\x05"          # xor esi, esi; syscall
           b"\x49\xff\xc4\xeb\xe7")     # inc r12; jmp loop
    start = b"\x41\xbd" + struct.pack("<I", times if then is not AGAIN else 0)  # mov r13d, times
    lea = b"\x4c\x8d\x25"               # lea r12, [rip + text]
    if then is AGAIN:
        end = b"\xeb" + struct.pack("b", -(7 + len(put) + 2))
    else:                               # dec r13d; jnz lea
        end = b"\x41\xff\xcd\x75" + struct.pack("b", -(7 + len(put) + 5)) + then
    behind_lea = len(put) + len(end)
    code = start + lea + struct.pack("<i", behind_lea) + put + end + text.encode() + b"\0"
    header = (b"\x7fELF\x02\x01\x01" + bytes(9) +
              struct.pack("<HHIQQQIHHHHHH", 2, 62, 1, 0x400000, 64, 0, 0, 64, 56, 1, 64, 0, 0))
    program = struct.pack("<IIQQQQQQ", 1, 7, 4096, 0x400000, 0x400000, len(code), len(code), 4096)
    return (header + program).ljust(4096, b"\0") + code


def session_processes(session):
    """{pid: (name, state)} of the living processes of a session."""
    found = {}
    for entry in os.listdir("/proc"):
        if not entry.isdigit():
            continue
        try:
            stat = pathlib.Path(f"/proc/{entry}/stat").read_text()
        except OSError:
            continue
        name = stat[stat.index("(") + 1:stat.rindex(")")]
        fields = stat[stat.rindex(")") + 2:].split()
        if int(fields[3]) == session and fields[0] not in "ZX":
            found[int(entry)] = (name, fields[0])
    return found


def wait_until(condition, seconds=GONE_WITHIN):
    """Polls; the last value of the condition."""
    end = time.monotonic() + seconds
    while True:
        value = condition()
        if value or time.monotonic() >= end:
            return value
        time.sleep(0.01)


class Machine:
    """A started sel4ux. `terminal`: stdin and stdout are a pseudo terminal of its own."""

    def __init__(self, options, image, *arguments, terminal=False, stdin=subprocess.DEVNULL,
                 stdout=subprocess.PIPE, folder=None):
        self.folder = folder or tempfile.mkdtemp(prefix="sel4ux-system-")
        path = os.path.join(self.folder, "guest.elf")
        pathlib.Path(path).write_bytes(image)
        command = [options.sel4ux, "run", "--engine", options.engine, "--mem", "64M", *arguments,
                   path]
        self.terminal = None
        environment = {**os.environ, "LC_ALL": "C", "TMPDIR": self.folder}
        before = None
        if terminal:
            self.terminal, inside = pty.openpty()
            self.modes = termios.tcgetattr(inside)
            stdin = stdout = inside
            before = lambda: (os.setsid(), _control(inside))
        self.stderr = tempfile.TemporaryFile()
        self.process = subprocess.Popen(command, stdin=stdin, stdout=stdout, stderr=self.stderr,
                                        cwd=self.folder, env=environment, preexec_fn=before,
                                        start_new_session=not terminal)
        self.session = self.process.pid
        if terminal:
            self.inside = inside
        self.output = b""

    def read_until(self, text, seconds=10):
        """Collects output until `text` is in it; False when it does not come."""
        fd = self.terminal if self.terminal is not None else self.process.stdout.fileno()
        os.set_blocking(fd, False)

        def more():
            try:
                self.output += os.read(fd, 65536)
            except (BlockingIOError, OSError):
                pass
            return text.encode() in self.output
        return wait_until(more, seconds)

    def processes(self):
        return session_processes(self.session)

    def current_modes(self):
        return termios.tcgetattr(self.inside)

    def end(self, seconds=10):
        """The exit status, or None when it does not end; negative for a signal."""
        try:
            return self.process.wait(seconds)
        except subprocess.TimeoutExpired:
            return None

    def messages(self):
        # not by seeking: the machine writes through the same file offset
        return os.pread(self.stderr.fileno(), 1 << 20, 0).decode(errors="replace")

    def all_gone(self):
        """Within the promised time no process is left; what is otherwise, for the message."""
        return not self.left()

    def left(self):
        wait_until(lambda: not self.processes())
        return self.processes()

    def close(self):
        for pid in self.processes():
            try:
                os.kill(pid, signal.SIGKILL)
            except ProcessLookupError:
                pass
        self.process.wait()
        if self.process.stdout:
            self.process.stdout.close()
        if self.terminal is not None:
            os.close(self.terminal)
            os.close(self.inside)
        self.stderr.close()
        try:
            os.remove(os.path.join(self.folder, "guest.elf"))
            os.rmdir(self.folder)
        except OSError as error:
            raise AssertionError(f"files were left behind: {os.listdir(self.folder)}") from error


def _control(terminal):
    import fcntl
    fcntl.ioctl(terminal, termios.TIOCSCTTY, 0)


class Checks:
    """ok / not ok lines; a test function's name is the check's name."""

    def __init__(self, description):
        import argparse
        parser = argparse.ArgumentParser(description=description)
        parser.add_argument("sel4ux", nargs="?", default="build/sel4ux")
        parser.add_argument("--engine", default="trap")
        parser.add_argument("--only", default="", help="run the checks whose name contains this")
        self.options = parser.parse_args()
        self.options.sel4ux = os.path.abspath(self.options.sel4ux)

    def run(self, namespace):
        failed = 0
        for name, function in list(namespace.items()):
            if not name.startswith("test_") or self.options.only not in name:
                continue
            try:
                function(self.options)
                print(f"ok {name[5:]}", flush=True)
            except AssertionError as error:
                failed += 1
                print(f"not ok {name[5:]}: {error}\n"
                      f"  again: {sys.argv[0]} {self.options.sel4ux} --engine "
                      f"{self.options.engine} --only {name[5:]}", flush=True)
        return 1 if failed else 0
