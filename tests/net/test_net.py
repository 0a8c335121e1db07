#!/usr/bin/env python3
"""The network, with real clients on this computer alone: SOS's servers over sockets of the host,
over the user-mode network and over a TAP device, and a guest that uses host objects itself.

    tests/net/test_net.py --sel4ux PROGRAM --build FOLDER --engine NAME [--tap] [unittest arguments]

--tap runs the tests with a TAP device, in a network namespace of their own, and only these; without
the rights for that they are skipped. The engine "hosted" is that of programs that are their own machine; only
Objects can be run so.
"""

import argparse
import contextlib
import ctypes
import hashlib
import os
import pathlib
import random
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import unittest

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "sos"))
from session import CTRL_C, CTRL_D, Session  # pylint: disable=wrong-import-position

CLONE_NEWNET = 0x40000000
BIG = 16 << 20
options = None


def free_port(kind=socket.SOCK_STREAM):
    with socket.socket(socket.AF_INET, kind) as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


def need(*programs):
    for program in programs:
        if not shutil.which(program):
            raise unittest.SkipTest(f"{program} is not there")


def image(name):
    folder = pathlib.Path(options.build) / "guests"
    return str((folder / "link" if options.engine == "link" else folder) / f"{name}.elf")


def command(name, grants):
    if options.engine == "hosted":
        flags = " ".join(["--quiet"] + [f"--host {grant}" for grant in grants])
        program = pathlib.Path(options.build) / "hosted-tests" / "debug" / f"{name}.guest"
        return ["env", f"SEL4UX_FLAGS={flags}", str(program)]
    words = [options.sel4ux, "run", "--quiet", "--engine", options.engine, image(name)]
    for grant in grants:
        words += ["--host", grant]
    return words


class Served(unittest.TestCase):
    """SOS, with a folder of the host and what the class grants of the network."""

    def setUp(self):
        need("curl", "nc")
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)
        (self.folder / "page.html").write_text("<p>a page\n")
        self.big = random.Random(1).randbytes(BIG)
        (self.folder / "big").write_bytes(self.big)
        self.ports()
        self.sos = Session(command("sos", [f"dir={folder.name},name=host", *self.grants()]), 60)
        self.addCleanup(self.sos.__exit__)
        self.sos.expect("SOS: a small operating system on seL4\n")
        self.sos.prompt()

    def ports(self):
        self.http, self.echo = free_port(), free_port()
        self.udp = free_port(socket.SOCK_DGRAM)
        self.inside = {"http": self.http, "echo": self.echo, "udp": self.udp}

    def address(self):
        return "127.0.0.1"

    def used(self):
        return self.sos.run("free").split("page-ins")[0].split("blocks")[1]

    def start(self, line, says):
        """The process, which has said so: before or after the shell tells its number."""
        self.sos.type(line + " &\r")
        match = self.sos.expect(rf"^\[(\d+)\]$.*{says}|{says}.*^\[(\d+)\]$")
        return int(match[1] or match[2])

    def kill(self, pid):
        self.sos.type(f"kill {pid}\r")
        self.sos.expect(r"killed")
        self.sos.run("sleep 20")

    def serve_http(self):
        return self.start(f"httpd {self.inside['http']}", "httpd: port")

    def url(self, path):
        return f"http://{self.address()}:{self.http}{path}"

    def curl(self, *words):
        return subprocess.run(["curl", "-s", "-S", "-m", "60", *words], capture_output=True,
                              check=False, timeout=90)

    def connect(self, port):
        s = socket.create_connection((self.address(), port), timeout=30)
        self.addCleanup(s.close)
        return s

    # ---------------------------------------------------------------- what all networks can

    def check_http(self):
        self.assertIn(b"Welcome to SOS", self.curl(self.url("/motd")).stdout)
        self.assertEqual(self.curl(self.url("/host/page.html?x")).stdout, b"<p>a page\n")
        got = self.curl(self.url("/host/big"))
        self.assertEqual(hashlib.sha256(got.stdout).hexdigest(),
                         hashlib.sha256(self.big).hexdigest(), got.stderr)
        for path in "/nothing", "/host/nothing", "/host", "/":
            self.assertEqual(self.curl("-o", "/dev/null", "-w", "%{http_code}",
                                       self.url(path)).stdout, b"404", path)
        head = self.curl("-I", self.url("/host/big")).stdout
        self.assertIn(b"HTTP/1.1 200 OK\r\n", head)
        self.assertIn(b"Content-Length: %d\r\n" % BIG, head)

    def check_keep_alive(self):
        words = ["-o", "/dev/null", "-w", "%{num_connects} "]
        urls = [word for _ in range(3) for word in (self.url("/motd"), *words)]
        self.assertEqual(self.curl(*words, *urls[:-4]).stdout.split(), [b"1", b"0", b"0"])
        urls = ["-H", "Connection: close", *urls[:-4]]
        self.assertEqual(self.curl(*words, *urls).stdout.split(), [b"1", b"1", b"1"])
        self.assertEqual(self.curl("-0", *words, *urls).stdout.split(), [b"1", b"1", b"1"])

    def check_bad_requests(self):
        for request, status in [(b"PUT / HTTP/1.1\r\n\r\n", b"405"),
                                (b"\r\n\r\n", b"405"),
                                (b"GET motd HTTP/1.1\r\n\r\n", b"400"),
                                (b"GET /%0 HTTP/1.1\r\n\r\n", b"400"),
                                (b"GET /%00 HTTP/1.1\r\n\r\n", b"400"),
                                (b"GET /../motd HTTP/1.1\r\n\r\n", b"400"),
                                (b"GET /motd\r\n\r\n", b"400"),
                                (b"GET /" + b"x" * 400 + b" HTTP/1.1\r\n\r\n", b"400"),
                                (b"x" * 4096, b"431"),
                                (random.Random(2).randbytes(3000).replace(b"\n", b""), b"431")]:
            with self.connect(self.http) as s:
                s.sendall(request)
                answer = b""
                with contextlib.suppress(ConnectionResetError):
                    while part := s.recv(4096):
                        answer += part
                self.assertEqual(answer[:12], b"HTTP/1.1 " + status, request[:40])

    def check_echo(self, size):
        data = random.Random(3).randbytes(size)
        got = subprocess.run(["nc", "-N", self.address(), str(self.echo)], input=data,
                             capture_output=True, check=True, timeout=60)
        self.assertEqual(got.stdout, data)

    def check_udp(self):
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as s:
            s.settimeout(10)
            s.connect((self.address(), self.udp))
            for size in 1, 100, 1400, 1, 0, 1472:
                data = random.Random(size).randbytes(size)
                s.send(data)
                self.assertEqual(s.recv(2000), data)

    def check_together(self, count):
        """So many connections at once, all of which are served."""
        connections = [self.connect(self.http) for _ in range(count)]
        for s in connections:
            s.sendall(b"GET /motd HTTP/1.1\r\nConnection: close\r\n\r\n")
        for s in connections:
            answer = b""
            while part := s.recv(4096):
                answer += part
            self.assertIn(b"Welcome to SOS", answer)
            s.close()

    def check_client_dies(self, port, request):
        """Killed while it is sent a large file, again and again."""
        for _ in range(5):
            s = self.connect(port)
            s.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
            s.sendall(request)
            s.recv(1000)
            s.close()  # with a reset, as data waits

    def check_server_dies(self, pid):
        """Who is being served is told, and nothing of the server is left."""
        s = self.connect(self.http)
        s.sendall(b"GET /host/big HTTP/1.1\r\n\r\n")
        s.recv(1000)
        self.kill(pid)
        got = 0
        with contextlib.suppress(ConnectionResetError):
            while part := s.recv(65536):
                got += len(part)
        self.assertLess(got, BIG)
        s.close()


class Sockets(Served):
    """Over the host's sockets."""

    def grants(self):
        return [f"tcp-listen={self.http}", f"tcp-listen={self.echo}", f"udp={self.udp}"]

    def test_http(self):
        pid = self.serve_http()
        self.check_http()
        self.check_keep_alive()
        self.check_bad_requests()
        self.kill(pid)

    def test_echo_and_udp(self):
        self.start(f"echod {self.echo}", "echod: port")
        self.start(f"echod -u {self.udp}", "echod: UDP port")
        self.check_echo(10)
        self.check_echo(3 << 20)
        self.check_udp()

    def test_many(self):
        pid = self.serve_http()
        self.check_together(1)
        self.sos.run("free")
        self.check_together(200)
        need("wrk")
        got = subprocess.run(["wrk", "-t1", "-c16", "-d2", self.url("/motd")], capture_output=True,
                             text=True, check=True, timeout=30).stdout
        self.assertNotRegex(got, "Non-2xx|Socket errors")
        self.assertGreater(int(re.search(r"(\d+) requests in", got)[1]), 10, got)
        self.kill(pid)

    def test_nothing_is_left(self):
        self.kill(self.serve_http())
        self.sos.run("free")
        before = self.used()
        for _ in range(3):
            pid = self.serve_http()
            self.check_client_dies(self.http, b"GET /host/big HTTP/1.1\r\n\r\n")
            self.check_together(20)
            self.check_server_dies(pid)
            self.assertEqual(self.used(), before)
        self.assertIn("sockets 0", before)

    def test_killed_while_it_waits(self):
        self.kill(self.start(f"echod {self.echo}", "echod: port"))
        self.sos.run("free")
        before = self.used()
        for _ in range(2):
            self.kill(self.start(f"echod -u {self.udp}", "UDP port"))
            self.sos.type(f"nc -l {self.echo}\r")
            self.sos.expect(f"nc -l {self.echo}\n")
            self.sos.type(CTRL_C)
            self.sos.prompt()
        self.sos.run("free")
        self.assertEqual(self.used(), before)

    def test_thousands_one_after_the_other(self):
        self.start(f"echod {self.echo}", "echod: port")
        for i in range(2500):
            with socket.create_connection((self.address(), self.echo), timeout=30) as s:
                s.sendall(b"x%d" % i)
                self.assertEqual(s.recv(100), b"x%d" % i)
        self.sos.run("free")
        self.assertIn("sockets 1\n", self.used())

    def test_what_was_not_granted(self):
        self.assertIn("httpd: not permitted", self.sos.run(f"httpd {free_port()}"))
        self.assertIn("udp: not permitted", self.sos.run(f"echod -u {free_port()}"))
        self.assertIn("nc: not permitted", self.sos.run("nc 127.0.0.1 80"))
        self.assertIn("ping: no such system call", self.sos.run("ping 127.0.0.1"))
        self.serve_http()
        self.assertIn("httpd: in use", self.sos.run(f"httpd {self.http}"))


class Connecting(Served):
    """To what the user has allowed."""

    def ports(self):
        super().ports()
        self.server = socket.create_server(("127.0.0.1", 0))
        self.addCleanup(self.server.close)
        self.port = self.server.getsockname()[1]

    def grants(self):
        return [f"tcp-connect=127.0.0.1:{self.port}", "tcp-connect=127.8.0.0/16:*"]

    def answer(self, text):
        """Accepts one, reads all, answers; in a thread, whose result is what was read."""
        def run():
            s, _ = self.server.accept()
            with s:
                while part := s.recv(4096):
                    self.got += part
                s.sendall(text)
        self.got = b""
        thread = threading.Thread(target=run)
        thread.start()
        return thread

    def test_nc(self):
        thread = self.answer(b"and back\n")
        self.sos.type(f"nc 127.0.0.1 {self.port}\r")
        self.sos.expect(f"nc 127.0.0.1 {self.port}\n")
        self.sos.type("there\r" + CTRL_D)
        self.sos.expect("there\nand back\n")
        self.sos.prompt()
        thread.join(20)
        self.assertEqual(self.got, b"there\n")

    def test_pipe(self):
        thread = self.answer(b"1 2 3\n")
        self.assertEqual(self.sos.run(f"cat /host/page.html | nc 127.0.0.1 {self.port} | wc"),
                         "1 3 6\n")
        thread.join(20)
        self.assertEqual(self.got, b"<p>a page\n")

    def test_refused(self):
        self.assertIn("nc: connection refused", self.sos.run(f"nc 127.8.0.1 {free_port()}"))
        self.assertIn("nc: not permitted", self.sos.run(f"nc 127.9.0.1 {self.port}"))
        self.assertIn("nc: not permitted", self.sos.run(f"nc 127.0.0.1 {self.port ^ 1}"))
        self.assertIn("nc: bad argument", self.sos.run("nc 127.8.0.1 0"))
        self.assertIn("sockets 0", self.used())

    def test_killed_while_it_writes(self):
        """To somebody who does not read."""
        before = self.used()
        self.sos.type(f"cat /host/big | nc 127.0.0.1 {self.port}\r")
        s, _ = self.server.accept()
        self.assertEqual(s.recv(4), self.big[:4])
        self.sos.type(CTRL_C)
        self.sos.prompt()
        s.close()
        self.sos.run("free")
        self.assertEqual(self.used(), before)

    def test_killed(self):
        before = self.used()
        for _ in range(3):
            self.sos.type(f"nc 127.0.0.1 {self.port}\r")
            s, _ = self.server.accept()
            self.sos.type(CTRL_C)
            self.sos.prompt()
            self.assertEqual(s.recv(1), b"")
            s.close()
        self.sos.run("free")
        self.assertEqual(self.used(), before)


class UserNetwork(Served):
    """Over Ethernet, the IP stack of the guest and the user-mode network."""

    def ports(self):
        super().ports()
        self.inside = {"http": 80, "echo": 7, "udp": 7}
        self.server = socket.create_server(("127.0.0.1", 0))
        self.addCleanup(self.server.close)
        self.port = self.server.getsockname()[1]

    def grants(self):
        return [f"net=user,fwd=tcp:{self.http}:80,fwd=tcp:{self.echo}:7,fwd=udp:{self.udp}:7,"
                f"to=127.0.0.1:{self.port}", "clock"]

    def test_http(self):
        pid = self.serve_http()
        self.check_http()
        self.check_keep_alive()
        self.check_bad_requests()
        self.kill(pid)

    def test_echo_and_udp(self):
        self.start("echod 7", "echod: port")
        self.start("echod -u 7", "echod: UDP port")
        self.check_echo(10)
        self.check_echo(1 << 20)
        self.check_udp()

    def test_many(self):
        self.serve_http()
        self.check_together(40)
        for _ in range(200):
            self.check_together(1)

    def test_nothing_is_left(self):
        self.kill(self.serve_http())
        self.sos.run("free")
        before = self.used()
        for _ in range(2):
            pid = self.serve_http()
            self.check_client_dies(self.http, b"GET /host/big HTTP/1.1\r\n\r\n")
            self.check_server_dies(pid)
            self.assertEqual(self.used(), before)

    def test_ping(self):
        self.assertRegex(self.sos.run("ping 10.0.2.2 2"), "(?s)number 1.*number 2.*2 answered")

    def test_out(self):
        """To this computer's loopback, where to= allows it, and nowhere else."""
        self.sos.type(f"nc 10.0.2.2 {self.port}\r")
        s, _ = self.server.accept()
        s.sendall(b"hello\n")
        self.sos.expect("hello\n")
        s.close()
        self.sos.prompt()
        with socket.create_server(("127.0.0.1", 0)) as other:
            port = other.getsockname()[1]
            other.settimeout(0.5)
            for address in "10.0.2.2", "127.0.0.1", "10.0.2.3":
                self.assertIn("nc: unreachable", self.sos.run(f"nc {address} {port}"))
            with self.assertRaises(TimeoutError):
                other.accept()


class Objects(unittest.TestCase):
    """A guest that uses the host objects itself."""

    def run_guest(self, *grants):
        machine = subprocess.Popen(command("hostnet", grants), stdout=subprocess.PIPE,
                                   stderr=subprocess.PIPE, stdin=subprocess.DEVNULL)
        self.addCleanup(machine.communicate)
        self.addCleanup(machine.kill)
        self.lines = []
        for line in machine.stdout:
            self.lines.append(line.decode().rstrip())
            if self.lines[-1] == "ready":
                return machine
        self.fail(f"it is not ready: {self.lines} {machine.stderr.read().decode()}")

    def test_connections(self):
        port, udp = free_port(), free_port(socket.SOCK_DGRAM)
        machine = self.run_guest(f"tcp-listen={port}", f"udp={udp}")
        for i in range(1500):
            with socket.create_connection(("127.0.0.1", port), timeout=30) as s:
                s.sendall(b"%d" % i)
                self.assertEqual(s.recv(100), b"%d" % i)
        many = [socket.create_connection(("127.0.0.1", port), timeout=30) for _ in range(250)]
        for s in many:
            s.sendall(b"all")
        for s in many:
            self.assertEqual(s.recv(100), b"all")
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as s:
            s.settimeout(30)
            s.sendto(b"x" * 1000, ("127.0.0.1", udp))
            self.assertEqual(s.recv(2000), b"x" * 1000)
        many[0].sendall(b"quit\n")
        self.assertEqual(many[0].recv(100), b"quit\n")
        for s in many:
            self.assertIn(s.recv(1), (b"",))
            s.close()
        self.assertIn(b"1750 accepted, 0 open", machine.communicate(timeout=30)[0])

    def test_peers(self):
        with socket.create_server(("127.0.0.1", 0)) as server:
            port, closed = server.getsockname()[1], free_port()
            self.run_guest(f"tcp-connect=127.0.0.1:{port},name=one",
                           f"tcp-connect=localhost:{closed},name=refused",
                           "tcp-connect=127.0.0.0/8:*,name=net")
            s, _ = server.accept()
            self.assertEqual(s.recv(100), b"hello\n")
            s.close()
        says = [line for line in self.lines if line.startswith("connect")]
        self.assertEqual([line.rsplit(" ", 1)[1] for line in says],
                         ["6", "-4", "-4", "-9", "-15", "-4", "-4", "-9", "-9", "-15", "-4", "-9"],
                         says)

    def test_what_can_not_be_granted(self):
        with socket.create_server(("127.0.0.1", 0)) as server:
            used = server.getsockname()[1]
            for grant, says in [
                    ("tcp-listen", "needs tcp-listen="), ("tcp-listen=x", "no .ADDRESS:.PORT"),
                    ("tcp-listen=70000", "no .ADDRESS:.PORT"),
                    ("tcp-listen=1.2.3:80", "no .ADDRESS:.PORT"),
                    (f"tcp-listen={used}", "Address already in use"),
                    ("tcp-connect=1.2.3.4", "ADDRESS:PORT"), ("tcp-connect=:80", "ADDRESS:PORT"),
                    ("tcp-connect=1.2.3.4/33:80", "ADDRESS:PORT"),
                    ("tcp-connect=1.2.3.4:0", "ADDRESS:PORT"),
                    ("tcp-connect=a/8:80", "ADDRESS:PORT"),
                    ("udp=53x", "no .ADDRESS:.PORT"), ("udp=1053,to=1", "ADDRESS:PORT"),
                    ("udp=1053,from=1.2.3.4:5", "no option of udp"),
                    ("net=bridge", "only net=user"), ("net=user,fwd=80", "tcp:PORT:GUESTPORT"),
                    ("net=user,fwd=tcp:1", "tcp:PORT:GUESTPORT"),
                    (f"net=user,fwd=tcp:{used}:80", "Address already in use"),
                    ("net=user,via=x", "no option of net=user"),
                    ("tap=a/b", "no name of a network device")]:
                got = subprocess.run(command("hostnet", [grant]), capture_output=True, text=True,
                                     check=False, timeout=30)
                self.assertNotEqual(got.returncode, 0, grant)
                self.assertRegex(got.stderr, says, grant)
                self.assertEqual(got.stderr.count("\n"), 1, got.stderr)


class Tap(Served):
    """Over a TAP device; everything is in a namespace of this process."""

    def setUp(self):
        if not options.tap:
            self.skipTest("asked for by --tap")
        super().setUp()

    def ports(self):
        self.http, self.echo, self.udp = 80, 7, 7
        self.inside = {"http": 80, "echo": 7, "udp": 7}

    def grants(self):
        return ["tap=sostap,name=10.9.0.2/24", "clock"]

    def address(self):
        return "10.9.0.2"

    def test_all(self):
        self.serve_http()
        self.start("echod 7", "echod: port")
        self.start("echod -u 7", "echod: UDP port")
        self.check_http()
        self.check_echo(1 << 20)
        self.check_udp()
        self.check_together(40)
        self.assertRegex(self.sos.run("ping 10.9.0.1 1"), "1 answered")
        got = subprocess.run(["ping", "-c", "2", "-W", "5", "10.9.0.2"], check=False,
                             capture_output=True) if shutil.which("ping") else None
        self.assertTrue(got is None or got.returncode == 0, got)

    def test_garbage(self):
        self.serve_http()
        self.check_together(1)
        numbers = random.Random(4)
        with socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(3)) as raw:
            raw.bind(("sostap", 0))
            raw.setblocking(False)
            seen = []
            self.check_together(2)
            with contextlib.suppress(BlockingIOError):
                while len(seen) < 200:
                    seen.append(bytearray(raw.recv(2000)))
            self.assertGreater(len(seen), 10)
            for i in range(20000):
                frame = bytearray(numbers.choice(seen))
                for _ in range(numbers.randrange(1, 6)):
                    frame[numbers.randrange(len(frame))] = numbers.randrange(256)
                if i % 5 == 0:
                    frame = bytearray(frame[:12] + numbers.randbytes(numbers.randrange(2, 1500)))
                with contextlib.suppress(OSError):
                    raw.send(frame[:numbers.randrange(14, 1514)] if i % 3 == 0 else frame)
        self.check_together(3)
        self.assertIn("httpd", self.sos.run("ps"))


def enter_namespace():
    """None, or why there is no TAP device to be had."""
    libc = ctypes.CDLL(None, use_errno=True)
    if not shutil.which("ip"):
        return "there is no ip"
    if libc.unshare(CLONE_NEWNET) != 0:
        return f"no network namespace: {os.strerror(ctypes.get_errno())}"
    for words in ("tuntap add sostap mode tap", "addr add 10.9.0.1/24 dev sostap",
                  "link set sostap up", "link set lo up"):
        got = subprocess.run(["ip", *words.split()], capture_output=True, text=True, check=False)
        if got.returncode:
            return f"ip {words}: {got.stderr.strip()}"
    return None


def main():
    global options
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sel4ux", default="build/sel4ux")
    parser.add_argument("--build", default="build")
    parser.add_argument("--engine", default="patch")
    parser.add_argument("--tap", action="store_true")
    options, rest = parser.parse_known_args()
    signal.signal(signal.SIGPIPE, signal.SIG_IGN)
    if options.tap:
        why = enter_namespace()
        if why:
            print(f"skipped: {why}")
            return 77
        rest = ["Tap", *rest]
    unittest.main(argv=[sys.argv[0], *rest])
    return 0


if __name__ == "__main__":
    sys.exit(main())
