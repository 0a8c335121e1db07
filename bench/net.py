#!/usr/bin/env python3
"""The network's figures: SOS's HTTP and echo servers on each engine, over sockets of the host and
over the guest's own IP stack (net=user), beside a plain Linux C server that does the same.

    bench/net.py [--build FOLDER] [--engines patch,link] [--seconds N] [--runs N]

Everything is on this computer's loopback; with BENCH_QUICK=1 in the environment one run of a second
each. Prints a Markdown table and writes BUILD/bench/net.json, rows like those of results.json:
{bench, engine, unit, median, p95, runs}. Needs wrk.
"""

import argparse
import contextlib
import json
import os
import pathlib
import re
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from statistics import median

ROOT = pathlib.Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "tests" / "sos"))
from session import Session  # pylint: disable=wrong-import-position

SMALL = 75
BIG = 16 << 20
CONNECTIONS = 16
ECHOES = 2000


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


def wait_for(port):
    for _ in range(200):
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
            return
        time.sleep(0.05)
    raise SystemExit(f"net.py: nobody listens on port {port}")


@contextlib.contextmanager
def linux(options, folder):
    """Ports of HTTP for the small and the big file, and of echo."""
    program = options.build / "bin" / "net_linux"
    ports = [free_port() for _ in range(3)]
    commands = [["http", ports[0], folder / "small"], ["http", ports[1], folder / "big"],
                ["echo", ports[2]]]
    started = [subprocess.Popen([str(program), *map(str, words)]) for words in commands]
    try:
        for port in ports:
            wait_for(port)
        yield ports
    finally:
        for process in started:
            process.kill()
            process.wait()


@contextlib.contextmanager
def sos(options, folder, engine, user):
    http, echo = free_port(), free_port()
    image = options.build / "guests" / ("link" if engine == "link" else "") / "sos.elf"
    grants = [f"dir={folder},name=host"]
    if user:
        grants += [f"net=user,fwd=tcp:{http}:80,fwd=tcp:{echo}:7", "clock"]
    else:
        grants += [f"tcp-listen={http}", f"tcp-listen={echo}"]
    words = [str(options.build / "sel4ux"), "run", "--quiet", "--engine", engine, str(image)]
    with Session(words + [word for grant in grants for word in ("--host", grant)], 60) as session:
        session.prompt()
        session.type(f"httpd {80 if user else http} &\r")
        session.expect("httpd: port")
        session.type(f"echod {7 if user else echo} &\r")
        session.expect("echod: port")
        yield http, http, echo


def requests(port, path, seconds):
    """wrk's requests per second, and the median and 99th percentile of their latency in us."""
    text = subprocess.run(["wrk", "-t1", f"-c{CONNECTIONS}", f"-d{seconds}", "--latency",
                           f"http://127.0.0.1:{port}{path}"], capture_output=True, text=True,
                          check=True, timeout=seconds + 30).stdout
    units = {"us": 1, "ms": 1000, "s": 1000000}
    latency = {int(percent): float(number) * units[unit] for percent, number, unit in
               re.findall(r"^ +(\d+)% +([\d.]+)(us|ms|s)$", text, re.M)}
    return float(re.search(r"Requests/sec: +([\d.]+)", text)[1]), latency[50], latency[99]


def download(port, path):
    """MB/s of the big file."""
    start = time.monotonic()
    got = subprocess.run(["curl", "-s", "-o", "/dev/null", "-w", "%{size_download}",
                          f"http://127.0.0.1:{port}{path}"], capture_output=True, text=True,
                         check=True, timeout=120).stdout
    if int(got) != BIG:
        raise SystemExit(f"net.py: {got} of {BIG} bytes came")
    return BIG / 1e6 / (time.monotonic() - start)


def echoes(options, port):
    text = subprocess.run([str(options.build / "bin" / "net_linux"), "client", str(port),
                           str(ECHOES)], capture_output=True, text=True, check=True,
                          timeout=120).stdout
    return [int(number) for number in text.split()]


def measure(options, server, small, big):
    """{bench: (unit, figure, p95)} of one run; where there is no p95 it is the figure."""
    with server as (http, http_big, echo):
        rate, middle, slow = requests(http, small, options.seconds)
        half, high = echoes(options, echo)
        speed = download(http_big, big)
    return {"http_requests": ("1/s", rate, rate), "http_latency": ("us", middle, slow),
            "http_16mib": ("MB/s", speed, speed), "echo_round_trip": ("ns", half, high)}


def servers(options, folder):
    yield "linux", lambda: linux(options, folder), "/small", "/big"
    for user in False, True:
        for engine in options.engines.split(","):
            yield (engine + " net=user" if user else engine,
                   lambda engine=engine, user=user: sos(options, folder, engine, user),
                   "/host/small", "/host/big")


def collect(options, folder):
    runs = {}
    for _ in range(options.runs):
        for name, server, small, big in servers(options, folder):
            for bench, figures in measure(options, server(), small, big).items():
                runs.setdefault(bench, {}).setdefault(name, []).append(figures)
    return [{"bench": bench, "engine": name, "unit": figures[0][0],
             "median": round(median(f[1] for f in figures), 1),
             "p95": round(median(f[2] for f in figures), 1), "runs": len(figures)}
            for bench, by_name in runs.items() for name, figures in by_name.items()]


def table(rows):
    names = list(dict.fromkeys(row["engine"] for row in rows))
    lines = ["| | " + " | ".join(names) + " |", "|---" * (len(names) + 1) + "|"]
    for bench in dict.fromkeys(row["bench"] for row in rows):
        cells = [next(f"{row['median']:,.0f} (p95 {row['p95']:,.0f})" if row["p95"] != row["median"]
                      else f"{row['median']:,.0f}" for row in rows
                      if (row["bench"], row["engine"]) == (bench, name)) for name in names]
        unit = next(row["unit"] for row in rows if row["bench"] == bench)
        lines.append(f"| {bench}, {unit} | " + " | ".join(cells) + " |")
    return "\n".join(lines)


def main():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--build", type=pathlib.Path, default=ROOT / "build")
    parser.add_argument("--engines", default="patch,trap,ptrace,link")
    quick = os.environ.get("BENCH_QUICK", "0") not in ("", "0")
    parser.add_argument("--seconds", type=int, default=1 if quick else 2)
    parser.add_argument("--runs", type=int, default=1 if quick else 3)
    options = parser.parse_args()
    if not shutil.which("wrk") or not shutil.which("curl"):
        print("net.py: skipped: wrk or curl is not there", file=sys.stderr)
        return 0
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        (folder / "small").write_bytes(b"x" * SMALL)
        (folder / "big").write_bytes(bytes(BIG))
        rows = collect(options, folder)
    output = options.build / "bench"
    output.mkdir(exist_ok=True)
    (output / "net.json").write_text(json.dumps(rows, indent=1) + "\n")
    print(table(rows))
    return 0


if __name__ == "__main__":
    sys.exit(main())
