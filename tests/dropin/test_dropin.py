#!/usr/bin/env python3
"""A project in the manner of seL4's, with sdk/kernel as its kernel folder: configured with several
options, built, and its image run. What cannot be had stops the configuration with a message.

    tests/dropin/test_dropin.py SEL4UX [--only CASE] [--keep DIR] [--kernel DIR]

Needs cmake and ninja. The project is tests/dropin/project, copied; kernel/ in the copy is a link to
the sources' sdk/kernel or to the DIR of --kernel.
"""

import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

HERE = Path(__file__).resolve().parent
KERNEL = HERE.parent.parent / "sdk/kernel"
IMAGE = "images/greeter-image-x86_64-pc99"
TIMEOUT = 60

# name: (options, the lines that the image prints)
BUILDS = {
    "defaults": (
        [],
        ["hello world", "ticks 2", "tcb 1", "fpu 576", "slots 16384", "domains 1", "priority 0",
         "range 4"]),
    "mcs": (
        ["-DKernelIsMCS=ON", "-DHardwareDebugAPI=ON", "-DKernelFPU=FXSAVE", "-DKernelFSGSBase=msr",
         "-DKernelMaxNumNodes=4",
         "-DKernelRootCNodeSizeBits=12", "-DGreeterTimes=2", "-DGreeterLoud=ON",
         "-DGreeterWord=goodbye"],
        ["goodbye world", "goodbye world", "mcs 1", "breakpoints 4", "tcb 1", "fpu 512",
         "slots 4096", "domains 1", "priority 0", "range 4"]),
    "release": (
        ["-DKernelDebugBuild=OFF", "-DKernelPrinting=OFF", "-DKernelNumDomains=4",
         "-DKernelTimerTickMS=5", "-DLibSel4UseThreadLocals=OFF", "-DGreeterName=all of you"],
        ["hello all of you", "ticks 5", "fpu 576", "slots 16384", "domains 4", "priority 0",
         "range 4"]),
    "clang": (
        ["-DTRIPLE=x86_64-linux-gnu", "-DKernelRootCNodeSizeBits=13", "-DKernelIRQController=PIC",
         "-DKernelNumPriorities=64"],
        ["hello world", "ticks 2", "tcb 1", "fpu 576", "slots 8192", "domains 1", "priority 4",
         "range 4"]),
}

LAYERS = {"release": ("abi",), "clang": ("api",)}  # the others: both

# name: (options, what the message must say)
REFUSED = {
    "platform": (["-DKernelPlatform=sabre"], ["no platform 'sabre'", "-DPLATFORM=x86_64"]),
    "architecture": (["-DKernelSel4Arch=ia32"], ["no architecture 'ia32'", "x86_64"]),
    "log": (["-DKernelBenchmarks=tracepoints"],
            ["KernelBenchmarks is tracepoints", "-DKernelBenchmarks=none"]),
    "vtx": (["-DKernelVTX=ON"], ["KernelVTX is on", "-DKernelVTX=OFF"]),
    "range": (["-DKernelRootCNodeSizeBits=40"], ["ROOT_CNODE_SIZE_BITS", "40"]),
    "layer": (["-DSel4uxLayer=x"], ["Sel4uxLayer is 'x'", "-DSel4uxLayer=api"]),
}


class Failure(Exception):
    pass


def run(command, sel4ux=None, **kwargs):
    # Neither the outer build's compiler nor its flags are the project's.
    environment = {k: v for k, v in os.environ.items()
                   if k not in ("CC", "CXX", "CFLAGS", "LDFLAGS", "SEL4UX", "SEL4UX_FLAGS")}
    if sel4ux:
        environment["SEL4UX"] = sel4ux
    return subprocess.run(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                          stderr=subprocess.PIPE, text=True, timeout=TIMEOUT, env=environment,
                          **kwargs)


def expect(condition, text):
    if not condition:
        raise Failure(text)


class Project:
    """A copy of the project with a kernel folder, and its build folders."""

    def __init__(self, folder, kernel):
        self.source = folder / "project"
        self.folder = folder
        shutil.copytree(HERE / "project", self.source)
        (self.source / "kernel").symlink_to(kernel)

    def configure(self, name, options):
        return run(["cmake", "-G", "Ninja", "-S", str(self.source), "-B", str(self.folder / name),
                    *options])

    def build(self, name, options):
        result = self.configure(name, options)
        expect(result.returncode == 0, f"cmake: {result.stderr}")
        result = run(["ninja", "-C", str(self.folder / name)])
        expect(result.returncode == 0, f"ninja: {result.stdout}{result.stderr}")
        return self.folder / name


def check_output(command, lines, sel4ux):
    result = run(command, sel4ux)
    text = " ".join(map(str, command))
    expect(result.returncode == 0, f"{text}: exit {result.returncode}: {result.stderr}")
    got = result.stdout.replace("\r", "").splitlines()
    expect(got == lines, f"{text} prints {got}, not {lines}")


def check_build(project, sel4ux, name):
    options, lines = BUILDS[name]
    for layer in LAYERS.get(name, ("api", "abi")):
        folder = project.build(f"{name}-{layer}", [*options, f"-DSel4uxLayer={layer}"])
        command = [folder / IMAGE] if layer == "api" else [sel4ux, "run", folder / IMAGE]
        check_output(command, lines, sel4ux)
    again = project.build(folder.name, [])
    result = run(["ninja", "-C", str(again)])
    expect("no work to do" in result.stdout, f"built again without a reason: {result.stdout}")


def check_description(project):
    """What programs read of a configuration, and what cppfile() makes of it."""
    folder = project.build("description", ["-DKernelTimeSlice=7", "-DKernelX86MicroArch=skylake"])
    config = json.loads((folder / "kernel/gen_config/kernel/gen_config.json").read_text())
    for key, value in (("TIME_SLICE", "7"), ("KERNEL_X86_MICRO_ARCH", "skylake"),
                       ("ARCH_X86_SKYLAKE", True), ("ARCH_X86_NEHALEM", False), ("PLAT", "pc99"),
                       ("ARCH_AARCH64", False), ("IOMMU", True), ("VERIFICATION_BUILD", False)):
        expect(config.get(key) == value, f"gen_config.json: {key} is {config.get(key)}")
    expect("BOOT_THREAD_TIME_SLICE" not in config, "an option of MCS is there without MCS")
    labels = json.loads((folder / "kernel/generated/invocations_all.json").read_text())
    expect(labels.get("UntypedRetype") == 1, "invocations_all.json: UntypedRetype is not 1")
    greeter = json.loads((folder / "gen_config/greeter/gen_config.json").read_text())
    expect(greeter == {"GREETER_NAME": '"world"', "GREETER_TIMES": "1", "GREETER_LOUD": False,
                       "GREETER_HELLO": True, "GREETER_GOODBYE": False, "GREETER_WORD": "hello",
                       "GREETER_PORT": "0x3f8"}, f"greeter's gen_config.json: {greeter}")
    banner = (folder / "rootserver/banner.txt").read_text().strip()
    expect(banner == 'word size 64, greets "world" 1 times', f"banner.txt: {banner}")
    kernel = (folder / "images/kernel-x86_64-pc99").read_bytes()
    expect(kernel[4] == 1 and b"needs no kernel to boot" in kernel, "the kernel's image")


def check_transitions(project):
    """Options that begin or end to exist when others change, in one build folder."""
    cache = project.folder / "transitions/CMakeCache.txt"

    def value(option):
        for line in cache.read_text().splitlines():
            if line.startswith(f"{option}:"):
                return line.partition("=")[2]
        return None

    for options, wanted in (
            (["-DKernelVerificationBuild=ON"], {"KernelDebugBuild": "OFF", "KernelTimeSlice": "5"}),
            (["-DKernelVerificationBuild=OFF"], {"KernelDebugBuild": "ON", "KernelPrinting": "ON"}),
            (["-DKernelIsMCS=ON"], {"KernelTimeSlice": None, "KernelWcetScale": "1"}),
            (["-DKernelIsMCS=OFF"], {"KernelTimeSlice": "5", "KernelWcetScale": None}),
            (["-DKernelFPU=nonsense"], {"KernelFPU": "XSAVE"})):
        result = project.configure("transitions", options)
        expect(result.returncode == 0, f"cmake {options}: {result.stderr}")
        for option, text in wanted.items():
            expect(value(option) == text, f"after {options}: {option} is {value(option)}")


def check_refused(project, name):
    options, words = REFUSED[name]
    result = project.configure(f"refused-{name}", options)
    text = " ".join(result.stderr.split())
    expect(result.returncode != 0, f"cmake {options} is accepted")
    expect("sel4ux: " in text, f"cmake {options}: {text}")
    for word in words:
        expect(word in text, f"cmake {options} does not say '{word}': {text}")


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("sel4ux")
    parser.add_argument("--only")
    parser.add_argument("--keep", type=Path)
    parser.add_argument("--kernel", type=Path, default=KERNEL)
    options = parser.parse_args()
    temporary = tempfile.TemporaryDirectory(prefix="sel4ux-dropin-")
    folder = Path(temporary.name)
    if options.keep:
        options.keep.mkdir(parents=True)
        folder = options.keep.resolve()
    project = Project(folder, options.kernel.resolve())
    checks = {name: (check_build, project, options.sel4ux, name) for name in BUILDS}
    checks["description"] = (check_description, project)
    checks["transitions"] = (check_transitions, project)
    checks.update({name: (check_refused, project, name) for name in REFUSED})
    if not shutil.which("clang"):
        del checks["clang"]
        print("skip  clang: there is none")
    failed = 0
    for name, (check, *arguments) in checks.items():
        if options.only and name != options.only:
            continue
        try:
            check(*arguments)
            print(f"ok    {name}")
        except (Failure, subprocess.TimeoutExpired) as failure:
            failed += 1
            print(f"FAIL  {name}: {failure}\n      again: {' '.join(sys.argv)} --only {name}")
    temporary.cleanup()
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
