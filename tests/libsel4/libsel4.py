"""What the tests of libsel4 share: configurations, generated headers, compilers."""

import concurrent.futures
import json
import os
import re
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent.parent
ABIGEN = ROOT / "tools/abigen.py"
ABI = json.loads((ROOT / "abi/sel4-16.0-x86_64.json").read_text())
WARNINGS = ["-Wall", "-Wextra", "-pedantic", "-Werror"]

# Beyond the named configurations: everything on, with MCS and without, and every choice that
# changes what the headers say.
EVERYTHING = ["VTX=ON", "X86_64_VTX_64BIT_GUESTS=ON", "IOMMU=ON", "HARDWARE_DEBUG_API=ON",
              "KERNEL_X86_DANGEROUS_MSR=ON", "DANGEROUS_CODE_INJECTION=ON", "MAX_NUM_NODES=4",
              "KERNEL_BENCHMARK=track_utilisation", "KERNEL_INVOCATION_REPORT_ERROR_IPC=ON",
              "HUGE_PAGE=OFF", "XSAVE=ON", "XSAVE_SIZE=832", "ROOT_CNODE_SIZE_BITS=17"]
VARIANTS = {
    "everything": EVERYTHING,
    "everything-mcs": [*EVERYTHING, "KERNEL_MCS=ON"],
    "entries": ["KERNEL_BENCHMARK=track_kernel_entries", "LIB_SEL4_STUBS_USE_IPC_BUFFER_ONLY=ON"],
    "tracepoints": ["KERNEL_BENCHMARK=tracepoints", "LIB_SEL4_USE_THREAD_LOCALS=OFF"],
    "public": ["LIB_SEL4_PUBLIC_SYMBOLS=ON"],
    "default": ["LIB_SEL4_DEFAULT_FUNCTION_ATTRIBUTES=ON", "KERNEL_MCS=ON"],
    "quiet": ["PRINTING=OFF", "DEBUG_BUILD=OFF", "SET_TLS_BASE_SELF=OFF", "NUM_DOMAINS=16"],
}
# Conditions that only names.txt needs, besides those of abi/.
CONDITIONS = {c["name"]: c.get("config") for c in ABI["conditions"]}
CONDITIONS["report_error"] = "KERNEL_INVOCATION_REPORT_ERROR_IPC"
CONDITIONS["track_entries"] = "BENCHMARK_TRACK_KERNEL_ENTRIES"
CONDITIONS["tracepoints"] = "BENCHMARK_TRACEPOINTS"


def run(command, **more):
    return subprocess.run([str(c) for c in command], capture_output=True, text=True, timeout=120,
                          check=False, **more)


def must(command, **more):
    done = run(command, **more)
    if done.returncode != 0:
        sys.exit(f"failed: {' '.join(map(str, command))}\n{(done.stdout + done.stderr)[:3000]}")
    return done.stdout


def generate(folder):
    """{configuration: its folder of headers}"""
    must([sys.executable, ABIGEN, folder])
    guests = {path.name: path for path in (folder / "guest").iterdir()}
    for name, settings in VARIANTS.items():
        guests[name] = folder / "variant" / name
        must([sys.executable, ABIGEN, "--guest", guests[name], *settings])
    return dict(sorted(guests.items()))


def includes(guest, *first):
    return [f"-I{folder}" for folder in (*first, ROOT / "include", guest)]


def meets(guest, condition):
    """Whether a configuration meets `condition`, as abi/ writes it."""
    kernel = json.loads((guest / "gen_config.json").read_text())
    for word in condition.split():
        name = word.lstrip("!")
        if name == "tcb_large":
            true = int(kernel["XSAVE_SIZE"]) >= 832
        else:
            true = kernel.get(CONDITIONS[name]) is True
        if true == word.startswith("!"):
            return False
    return True


def every(jobs):
    """The messages of those `jobs` (functions without arguments) that have one."""
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        return [message for message in pool.map(lambda job: job(), jobs) if message]


def compile_text(what, compiler, options, text):
    """None, or what the compiler says against `text`."""
    done = run([*compiler, *options, "-fsyntax-only", "-"], input=text)
    return None if done.returncode == 0 else f"{what}:\n{done.stderr[:1500]}"


def report(wrong, right):
    print("\n".join(wrong) or right)
    return 1 if wrong else 0


def numbers(guest):
    """{system call: number} and {label: number} of a configuration."""
    calls = dict(re.findall(r"seL4_Sys(\w+) = (-\d+)", (guest / "sel4/syscall.h").read_text()))
    return calls, json.loads((guest / "invocations_all.json").read_text())
