"""A client of GDB's remote protocol that shares nothing with GDB, and a machine to talk to."""

import os
import pathlib
import re
import signal
import socket
import struct
import subprocess
import tempfile
import time

TIMEOUT = float(os.environ.get("SEL4UX_TEST_TIMEOUT", "60"))
REGISTERS = ("rax rbx rcx rdx rsi rdi rbp rsp r8 r9 r10 r11 r12 r13 r14 r15 rip").split()
RIP, EFLAGS, ST0, XMM0, FS_BASE, YMM0H = 16, 17, 24, 40, 58, 60


def sum_of(data):
    return sum(data) & 0xff


def packet(data):
    data = data.encode() if isinstance(data, str) else data
    data = re.sub(rb"[$#}*]", lambda m: b"}" + bytes([m[0][0] ^ 0x20]), data)
    return b"$%s#%02x" % (data, sum_of(data))


class Client:
    """Sends packets and waits for their replies; acknowledges until both agree not to."""

    def __init__(self, path):
        self.socket = socket.socket(socket.AF_UNIX)
        self.socket.settimeout(TIMEOUT)
        end = time.monotonic() + TIMEOUT
        while True:
            try:
                self.socket.connect(path)
                break
            except (ConnectionRefusedError, BlockingIOError):  # not yet, or too many wait
                assert time.monotonic() < end
                time.sleep(0.01)
        self.buffer = b""
        self.acks = True
        self.said = ""

    def close(self):
        self.socket.close()

    def read(self, n=1):
        while len(self.buffer) < n:
            more = self.socket.recv(65536)
            if not more:
                raise EOFError
            self.buffer += more
        taken, self.buffer = self.buffer[:n], self.buffer[n:]
        return taken

    def receive(self):
        """The next packet, or a notification with its %."""
        while (start := self.read()) not in (b"$", b"%"):
            assert start in (b"+", b"-"), start
        data = b""
        while (c := self.read()) != b"#":
            data += c
        assert int(self.read(2), 16) == sum_of(data)
        if self.acks and start == b"$":
            self.socket.sendall(b"+")
        data = re.sub(rb"}(.)", lambda m: bytes([m[1][0] ^ 0x20]), data, flags=re.S)
        text = data.decode("latin1")
        if start == b"$" and text[:1] == "O" and text != "OK":
            self.said += bytes.fromhex(text[1:]).decode()
            return self.receive()
        return ("%" if start == b"%" else "") + text

    def send(self, data):
        self.socket.sendall(packet(data))

    def ask(self, data):
        self.send(data)
        return self.receive()

    def ok(self, data):
        reply = self.ask(data)
        assert reply == "OK", (data, reply)

    def hello(self, *features):
        features = ("multiprocess+", "swbreak+") + features
        supported = self.ask("qSupported:" + ";".join(features))
        self.ok("QStartNoAckMode")
        self.acks = False
        return supported

    def interrupt(self):
        self.socket.sendall(b"\x03")

    def monitor(self, command):
        self.said = ""
        self.ok("qRcmd," + command.encode().hex())
        return self.said

    def transfer(self, what):
        text = ""
        while True:
            piece = self.ask(f"qXfer:{what}:{len(text):x},400")
            assert piece[0] in "lm", (what, piece)
            text += piece[1:]
            if piece[0] == "l":
                return text

    def memory(self, address, size):
        reply = self.ask(f"m{address:x},{size:x}")
        return reply if reply[:1] == "E" else bytes.fromhex(reply)

    def word(self, address):
        return struct.unpack("<Q", self.memory(address, 8))[0]

    def write(self, address, data):
        self.ok(f"M{address:x},{len(data):x}:{data.hex()}")

    def register(self, number):
        return bytes.fromhex(self.ask(f"p{number:x}"))

    def rip(self):
        return struct.unpack("<Q", self.register(RIP))[0]

    def resume(self, actions):
        return self.ask("vCont;" + actions)

    def run_to(self, address, actions="c"):
        """Sets a breakpoint, goes there, and clears it; the stop's words."""
        self.ok(f"Z0,{address:x},1")
        stop = self.resume(actions)
        self.ok(f"z0,{address:x},1")
        return stop


def thread_of(stop):
    return re.search(r"thread:([^;]*);", stop).group(1)


class Machine:
    """sel4ux run, waiting for a debugger at a socket in a folder of its own."""

    def __init__(self, sel4ux, engine, image, *arguments):
        self.folder = tempfile.TemporaryDirectory(prefix="sel4ux-gdb-test-")
        self.path = os.path.join(self.folder.name, "gdb")
        self.output = open(os.path.join(self.folder.name, "output"), "wb+")
        self.process = subprocess.Popen(
            [sel4ux, "run", "--engine", engine, "--mem", "64M", "--gdb", self.path, *arguments,
             image],
            stdin=subprocess.DEVNULL, stdout=self.output, stderr=subprocess.PIPE,
            start_new_session=True)
        end = time.monotonic() + TIMEOUT
        while not os.path.exists(self.path) and self.process.poll() is None:
            assert time.monotonic() < end, "no socket"
            time.sleep(0.01)

    def connect(self):
        return Client(self.path)

    def printed(self):
        return pathlib.Path(self.output.name).read_text(errors="replace")

    def end(self):
        return self.process.wait(TIMEOUT)

    def left(self):
        """Processes of its session that still live."""
        found = []
        for name in filter(str.isdigit, os.listdir("/proc")):
            try:
                stat = pathlib.Path(f"/proc/{name}/stat").read_text()
            except OSError:
                continue
            state, _, _, session = stat[stat.rindex(")") + 2:].split()[:4]
            if int(session) == self.process.pid and state not in "ZX":
                found.append(int(name))
        return found

    def close(self):
        for pid in self.left():
            try:
                os.kill(pid, signal.SIGKILL)
            except ProcessLookupError:
                pass
        self.process.wait()
        self.process.stderr.close()
        self.output.close()
        self.folder.cleanup()


def symbols(image):
    """{name: address} of an ELF file."""
    said = subprocess.run(["nm", image], capture_output=True, text=True, check=True).stdout
    return {words[2]: int(words[0], 16) for words in map(str.split, said.splitlines())
            if len(words) == 3}
