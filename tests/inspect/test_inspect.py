#!/usr/bin/env python3
"""sel4ux inspect, --save, and what is said of a machine that ends stuck.

    tests/inspect/test_inspect.py SEL4UX --guests FOLDER [--engine NAME] [--only CHECK] [--record]

--record writes what the stuck system looks like now to the folder golden/, to be read before it is
believed.
"""

import argparse
import contextlib
import fcntl
import json
import os
import pathlib
import pty
import re
import shutil
import signal
import socket
import stat
import subprocess
import sys
import tempfile
import termios
import time

import capdl

HERE = pathlib.Path(__file__).resolve().parent
TOPICS = ["threads", "caps", "who", "untyped", "mappings", "irqs", "schedule", "time", "all"]
OWN_FOLDER = f"/tmp/sel4ux-{os.geteuid()}"
PATIENCE = 10  # seconds that a monitor gives an inspector


class Options:
    """Filled from the command line."""


def once(test):
    """A test of what no engine has a part in: with the default one alone."""
    test.once = True
    return test


class Run:
    """A running machine in a runtime folder of its own, so that no other test is seen in it."""

    def __init__(self, options, guest, *arguments, terminal=False):
        self.sel4ux = options.sel4ux
        self.folder = tempfile.mkdtemp(prefix="sel4ux-inspect-")
        os.chmod(self.folder, 0o700)
        self.environment = {**os.environ, "LC_ALL": "C", "XDG_RUNTIME_DIR": self.folder}
        command = [options.sel4ux, "run", "--engine", options.engine, *arguments,
                   str(options.guests / guest)]
        self.stderr = tempfile.TemporaryFile()
        self.terminal, stdout, before = None, subprocess.PIPE, None
        if terminal:
            self.terminal, inside = pty.openpty()
            stdout = inside

            def before():
                os.setsid()
                fcntl.ioctl(inside, termios.TIOCSCTTY, 0)
        self.process = subprocess.Popen(
            command, stdin=stdout if terminal else subprocess.DEVNULL, stdout=stdout,
            stderr=self.stderr, env=self.environment, preexec_fn=before,
            start_new_session=not terminal)
        if terminal:
            os.close(inside)
        self.output = b""
        self.pid = self.process.pid

    def __enter__(self):
        return self

    def __exit__(self, *_):
        with contextlib.suppress(ProcessLookupError):
            self.process.send_signal(signal.SIGCONT)
            self.process.kill()
        self.process.wait()
        if self.process.stdout:
            self.process.stdout.close()
        if self.terminal is not None:
            os.close(self.terminal)
        self.stderr.close()
        shutil.rmtree(self.folder)

    def read_until(self, text, seconds=30):
        fd = self.terminal if self.terminal is not None else self.process.stdout.fileno()
        os.set_blocking(fd, False)
        end = time.monotonic() + seconds
        while text.encode() not in self.output:
            assert time.monotonic() < end, f"no {text!r} in {self.output!r}: {self.messages()}"
            with contextlib.suppress(BlockingIOError, OSError):
                self.output += os.read(fd, 65536)
            time.sleep(0.005)

    def messages(self):
        # not by seeking: the machine writes through the same file offset
        return os.pread(self.stderr.fileno(), 1 << 20, 0).decode()

    def wait_for_message(self, text, seconds=10):
        end = time.monotonic() + seconds
        while text not in self.messages():
            assert time.monotonic() < end, f"no {text!r} in {self.messages()}"
            time.sleep(0.01)

    def inspect(self, *arguments):
        return subprocess.run([self.sel4ux, "inspect", *arguments], env=self.environment,
                              capture_output=True, text=True, timeout=60, check=False)

    def look(self, *arguments):
        result = self.inspect(str(self.pid), *arguments)
        assert result.returncode == 0, f"{arguments}: {result.returncode}, {result.stderr}"
        assert result.stderr == "", result.stderr
        return result.stdout

    def sockets(self):
        folder = os.path.join(self.folder, "sel4ux")
        return sorted(os.listdir(folder)) if os.path.isdir(folder) else []


def run_to_end(options, guest, *arguments, status=0):
    result = subprocess.run([options.sel4ux, "run", "--engine", options.engine, *arguments,
                             str(options.guests / guest)], stdin=subprocess.DEVNULL,
                            capture_output=True, text=True, timeout=60, check=False)
    assert result.returncode == status, f"status {result.returncode}: {result.stderr}"
    return result.stderr


@contextlib.contextmanager
def saved(options, guest, *arguments):
    """The path of a guest's last state."""
    with tempfile.TemporaryDirectory(prefix="sel4ux-inspect-") as folder:
        path = os.path.join(folder, "state")
        run_to_end(options, guest, "--save", path, *arguments)
        yield path


def inspect_file(options, *arguments, status=0):
    result = subprocess.run([options.sel4ux, "inspect", *arguments], capture_output=True, text=True,
                            timeout=60, check=False)
    assert result.returncode == status, f"{arguments}: {result.returncode}, {result.stderr}"
    assert status == 0 or (result.stdout == "" and result.stderr.count("\n") == 1), result.stderr
    return result.stdout if status == 0 else result.stderr


# ---------------------------------------------------------------- the short form

def short_form(messages):
    lines = [line.removeprefix("sel4ux: ") for line in messages.splitlines()]
    starts = [n for n, line in enumerate(lines) if line.endswith("who waits for whom:")]
    return lines[starts[0]:-1] if starts else []


def test_stuck_says_who_waits_for_whom(options):
    messages = run_to_end(options, "stuck.elf", "--time", "virtual")
    lines = short_form(messages)
    said = re.sub(r"_a[0-9a-f]+|0x4[0-9a-f]+", "*", "\n".join(lines))
    assert said == """7 threads; who waits for whom:
a cycle: pong -> ping -> pong
ping waits for a reply from pong
pong waits to call ep* as badge 8: ping could receive that
lonely waits to send to ep* as badge 9: nobody has a capability to receive it
crash was stopped by a fault: write to 0x10 (code 0x6) at ip *
forgetful waits for ntfn*: only rootserver, which has ended, could signal it
idle receives from ep*: only rootserver, which has ended, could send to it
forgetful, last failure: capability 0x7 was invoked, but the slot was empty (5 kernel entries ago)""", said
    assert "the system is done" in messages.splitlines()[-1]


def test_stuck_with_mcs(options):
    said = "\n".join(short_form(run_to_end(options, "mcs-debug/images/stuck.elf")))
    for text in ("a cycle: pong -> ping -> pong", "ping waits for a reply from pong",
                 "nobody has a capability to receive it", "crash was stopped by a fault"):
        assert text in said, said


@once
def test_quiet_is_quiet(options):
    messages = run_to_end(options, "stuck.elf", "--quiet")
    assert "waits" not in messages, messages


def test_normal_ends_take_one_line(options):
    for guest in ("hello.elf", "process.elf", "threads.elf"):
        messages = run_to_end(options, guest)
        assert short_form(messages) == [], f"{guest}: {messages}"


# ---------------------------------------------------------------- files

@once
def test_golden(options):
    """The same system looks the same on every engine."""
    with saved(options, "stuck.elf", "--time", "virtual") as path:
        for topic in TOPICS[:-1]:
            found = inspect_file(options, path, topic)
            golden = HERE / "golden" / f"stuck.{topic}.txt"
            if options.record:
                golden.parent.mkdir(exist_ok=True)
                golden.write_text(found)
            assert found == golden.read_text(), f"{topic} differs from {golden}:\n{found}"


@once
def test_one_thread(options):
    with saved(options, "stuck.elf") as path:
        text = inspect_file(options, path, "caps", "--thread", "lonely")
        assert re.search(r"0x1 +ep_\w+, send, badge 9\n", text) and "ping" not in text, text
        text = inspect_file(options, path, "--thread", "nobody", status=2)
        assert "no thread is called 'nobody'" in text, text


def check_json(text):
    state = json.loads(text)
    try:
        import jsonschema
    except ImportError:
        return state
    schema = json.loads((HERE.parents[1] / "docs" / "inspect.schema.json").read_text())
    jsonschema.Draft7Validator.check_schema(schema)
    jsonschema.Draft7Validator(schema).validate(state)
    return state


@once
def test_json(options):
    with saved(options, "stuck.elf") as path:
        state = check_json(inspect_file(options, path, "--format", "json"))
        for topic in TOPICS[:-1]:
            check_json(inspect_file(options, path, topic, "--format", "json"))
    threads = {thread["id"]: thread for thread in state["threads"]}
    assert threads["ping"]["state"] == "blocked on reply"
    assert threads["ping"]["waits_for"]["partners"] == ["pong"]
    assert threads["crash"]["state"] == "faulted"
    objects = {o["id"]: o for o in state["objects"]}
    ep = next(c["object"] for c in state["capabilities"]
              if c["in"] == threads["lonely"]["cspace"] and c["slot"] == 1)
    space = next(s["id"] for s in state["cspaces"] if s["threads"] == ["lonely"])
    assert objects[ep]["holders"] == [
        {"cspace": space, "cptr": "0x1", "rights": "send", "badge": "0x9"}], objects[ep]
    for capability in state["capabilities"]:
        assert capability["object"] in objects and capability["in"] in objects, capability


@once
def test_capdl(options):
    with saved(options, "stuck.elf") as path:
        text = inspect_file(options, path, "--format", "capdl")
    system = capdl.CapDL(text)
    kind, parameters = system.objects["ping"]
    assert kind == "tcb" and "prio : 100" in parameters, parameters
    node, guard = system.caps["ping"]["cspace"]
    assert guard == "( guard : 0x0 , guard_size : 60 )", guard
    target, rights = system.caps[node]["0x1"]
    assert system.objects[target][0] == "ep" and rights == "( WG , badge : 7 )" or \
        rights == "( W , badge : 7 )", rights
    vspace = system.caps["ping"]["vspace"][0]
    assert system.objects[vspace][0] == "pml4"
    assert any(kind == "frame" and "paddr" in parameters
               for kind, parameters in system.objects.values())
    covered = [name for names in system.covered.values() for name in names]
    assert "ping" in covered and len(covered) == len(set(covered))


@once
def test_dot(options):
    with saved(options, "stuck.elf") as path:
        graphs = [inspect_file(options, path, "--format", "dot"),
                  inspect_file(options, path, "--format", "dot", "--thread", "ping")]
    assert '"ping" -> "pong" [label="waits for a reply", color="red"' in graphs[0], graphs[0]
    assert '"lonely"' in graphs[0] and '"lonely"' not in graphs[1], graphs[1]
    if shutil.which("dot") is None:
        return
    for graph in graphs:
        result = subprocess.run(["dot", "-Tplain"], input=graph, capture_output=True, text=True,
                                timeout=60, check=False)
        assert result.returncode == 0 and result.stderr == "", result.stderr


def test_state_of_a_run_that_was_ended(options):
    """--timeout and Ctrl-C come in the middle of something: what is saved adds up nevertheless."""
    with tempfile.TemporaryDirectory(prefix="sel4ux-inspect-") as folder:
        path = os.path.join(folder, "state")
        run_to_end(options, "crowd.elf", "--timeout", "3", "--save", path, status=124)
        state = check_json(inspect_file(options, path, "threads", "--format", "json"))
        check_crowd(state)


def damage(path, folder, name, change):
    bad = os.path.join(folder, name)
    content = bytearray(pathlib.Path(path).read_bytes())
    pathlib.Path(bad).write_bytes(change(content) or content)
    return bad


@once
def test_damaged_files(options):
    def byte(at, value):
        def change(content):
            content[at] = value
        return change

    cases = {
        "empty": (lambda c: c.clear(), "is empty"),
        "short": (lambda c: c.__delitem__(slice(10, None)), "is no state"),
        "header": (lambda c: c.__delitem__(slice(70, None)), "is cut short"),
        "cut": (lambda c: c.__delitem__(slice(-1, None)), "is cut short"),
        "long": (lambda c: c.extend(b"x"), "goes on behind its end"),
        "magic": (byte(0, 0), "is no state"),
        "version": (byte(16, 99), "another version"),
        "layout": (byte(24, 99), "another version"),
        "size": (byte(39, 99), "is damaged"),
        "count": (byte(46, 99), "is cut short"),
        "table": (byte(72, 99), "is damaged"),
        "other": (lambda c: b"hello\n" * 1000, "is no state"),
    }
    with saved(options, "hello.elf") as path:
        folder = os.path.dirname(path)
        for name, (change, says) in cases.items():
            bad = damage(path, folder, name, change)
            message = inspect_file(options, bad, status=2)
            assert says in message and bad in message, f"{name}: {message}"
        message = inspect_file(options, folder, status=2)
        assert "is no file" in message, message
    assert "No such file" in inspect_file(options, "/nothing/here", status=2)


@once
def test_files_that_can_not_be_written(options):
    messages = run_to_end(options, "hello.elf", "--save", "/nothing/here", status=1)
    assert "can't write /nothing/here" in messages, messages
    if os.path.exists("/dev/full"):
        messages = run_to_end(options, "hello.elf", "--save", "/dev/full", status=1)
        assert "can't write the machine's state" in messages, messages


@once
def test_usage(options):
    for arguments, says in {
            ("x", "threds"): "did you mean threads?", ("x", "caps", "who"): "one topic at a time",
            ("x", "--format", "jsn"): "did you mean json?", ("--format", "json"): "of which machine?",
            ("x", "caps", "--format", "dot"): "leave the topic out",
            ("1",): "is not the process of a running machine"}.items():
        message = inspect_file(options, *arguments, status=1 if arguments == ("1",) else 2)
        assert says in message, f"{arguments}: {message}"


# ---------------------------------------------------------------- machines that run

def check_crowd(state):
    """Every client is blocked in its call, or about to be; nobody is lost."""
    states = [thread["state"] for thread in state["threads"]]
    assert len(states) == 501, len(states)
    assert set(states) <= {"blocked on send", "blocked on reply", "blocked on receive", "ready",
                           "running"}, set(states)
    assert states.count("running") <= 1 and states.count("blocked on reply") <= 1, states
    assert state["kernel"]["complete"]


def test_running(options):
    with Run(options, "crowd.elf") as run:
        run.read_until("served")
        listed = run.inspect()
        assert re.search(rf"^ *{run.pid}  running +{options.engine} +\d+ s  .*crowd\.elf$",
                         listed.stdout, re.M), listed.stdout + listed.stderr
        begin = time.monotonic()
        for number in range(len(TOPICS)):
            check_crowd(check_json(run.look("threads", "--format", "json")))
            text = run.look(TOPICS[number % len(TOPICS)])
            assert text, "nothing is said"
        took = time.monotonic() - begin
        capdl.CapDL(run.look("--format", "capdl"))
        assert len(run.look("who").splitlines()) < 700, "500 badges are not summed up"
        run.output = b""
        run.read_until("served")
        assert run.process.poll() is None
        assert run.sockets() == [str(run.pid)]
        print(f"  {2 * len(TOPICS)} looks in {took:.1f} s")


def test_nothing_is_left(options):
    with Run(options, "crowd.elf") as run:
        run.read_until("begun")
        folder = os.path.join(run.folder, "sel4ux")
        assert stat.S_IMODE(os.stat(folder).st_mode) == 0o700
        assert stat.S_IMODE(os.stat(os.path.join(folder, str(run.pid))).st_mode) == 0o600
        run.process.terminate()
        assert run.process.wait(10) == 143
        assert not os.path.exists(folder), run.sockets()


@once
def test_killed_monitors_are_forgotten(options):
    with Run(options, "crowd.elf") as run:
        run.read_until("begun")
        run.process.kill()
        run.process.wait()
        assert run.sockets() == [str(run.pid)]
        assert "not the process" in run.inspect(str(run.pid)).stderr
        listed = run.inspect()
        assert listed.stdout == "" and "no machine" in listed.stderr, listed
        assert run.sockets() == []


def test_stopped(options):
    with Run(options, "crowd.elf") as run:
        run.read_until("served")
        os.kill(run.pid, signal.SIGTSTP)
        end = time.monotonic() + 10
        while "stopped" not in run.inspect().stdout:
            assert time.monotonic() < end, run.inspect().stdout
        result = run.inspect(str(run.pid), "threads", "--format", "json")
        assert result.returncode == 0 and "may not add up" in result.stderr, result
        assert len(json.loads(result.stdout)["threads"]) == 501
        os.kill(run.pid, signal.SIGCONT)
        run.output = b""
        run.read_until("served")
        run.look("threads")


def test_ends_while_it_is_looked_at(options):
    """Whatever comes first, the inspector says something sensible."""
    for seconds in ("0.3", "0.5"):
        with Run(options, "crowd.elf", "--timeout", seconds) as run:
            looks = 0
            while run.process.poll() is None:
                result = run.inspect(str(run.pid), "all")
                looks += result.returncode == 0
                assert result.returncode == 0 or "Traceback" not in result.stderr, result.stderr
                assert result.returncode in (0, 1), result
                assert (result.returncode == 0) == (result.stdout != ""), result
            assert run.process.returncode == 124, run.messages()
            assert run.sockets() == [], run.sockets()


def connect(run):
    client = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    client.settimeout(15)
    client.connect(os.path.join(run.folder, "sel4ux", str(run.pid)))
    return client


@once
def test_bad_inspectors_do_not_disturb(options):
    with Run(options, "crowd.elf") as run:
        run.read_until("served")
        for packet in (b"", b"x", b"P" * 100, b"PP"):
            with connect(run) as client:
                client.recv(1000)
                if packet:
                    client.send(packet)
        clients = [connect(run) for _ in range(8)]
        for client in clients:
            client.close()
        run.look("threads")
        run.output = b""
        run.read_until("served")


@once
def test_who_holds_a_machine_is_cut_off(options):
    with Run(options, "crowd.elf") as run:
        run.read_until("served")
        with connect(run) as client:
            client.recv(1000)
            client.send(b"P")
            assert client.recv(10) == b"S"
            begin = time.monotonic()
            assert client.recv(10) == b"", "not cut off"
            assert PATIENCE - 3 < time.monotonic() - begin < PATIENCE + 3
        run.output = b""
        run.read_until("served")


@once
def test_others_may_not_look(options):
    if os.geteuid() != 0 or not os.path.exists("/usr/bin/python3"):
        return
    with Run(options, "crowd.elf") as run:
        run.read_until("begun")
        path = os.path.join(run.folder, "sel4ux", str(run.pid))
        for name, mode in ((run.folder, 0o755), (os.path.dirname(path), 0o755), (path, 0o666)):
            os.chmod(name, mode)
        program = ("import socket, sys; s = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET);"
                   "s.connect(sys.argv[1]); s.settimeout(10); print(len(s.recv(1000)))")
        result = subprocess.run(["/usr/bin/python3", "-c", program, path], user=65534, group=65534,
                                cwd="/", capture_output=True, text=True, timeout=30, check=False)
        assert result.stdout == "0\n", result
        for name in (os.path.dirname(path), run.folder):
            os.chmod(name, 0o700)


def test_key_shows_the_short_form(options):
    with Run(options, "crowd.elf", terminal=True) as run:
        run.read_until("served")
        os.write(run.terminal, b"\x1c")
        run.wait_for_message("the system goes on")
        lines = run.messages().splitlines()
        assert "501 threads; who waits for whom:" in lines[0] and len(lines) <= 26, lines
        assert any(re.search("and \\d+ more", line) for line in lines), lines
        time.sleep(1.1)
        run.output = b""
        run.read_until("served")
        os.write(run.terminal, b"\x1c")
        time.sleep(0.2)
        os.write(run.terminal, b"\x1c")
        assert run.process.wait(10) == 128 + signal.SIGQUIT, run.messages()


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("sel4ux")
    parser.add_argument("--guests", required=True, type=pathlib.Path)
    parser.add_argument("--engine", default="patch")
    parser.add_argument("--only", default="")
    parser.add_argument("--record", action="store_true")
    options = parser.parse_args(namespace=Options())
    options.sel4ux = os.path.abspath(options.sel4ux)
    options.guests = options.guests.resolve()
    failed = 0
    for name, function in list(globals().items()):
        if not name.startswith("test_") or options.only not in name:
            continue
        if hasattr(function, "once") and options.engine != parser.get_default("engine"):
            continue
        try:
            function(options)
            print(f"ok {name[5:]}", flush=True)
        except AssertionError as error:
            failed += 1
            print(f"not ok {name[5:]}: {error}\n  again: {sys.argv[0]} {options.sel4ux} --guests "
                  f"{options.guests} --engine {options.engine} --only {name[5:]}", flush=True)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
