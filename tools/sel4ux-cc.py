#!/usr/bin/env python3
"""Compiles seL4 programs into Linux executables that sel4ux runs.

    sel4ux-cc [OPTIONS] [ANYTHING THAT THE COMPILER TAKES]

    sel4ux-cc hello.c -o hello && ./hello

Runs $CC (default cc; as sel4ux-c++, $CXX or c++) with the headers and libraries of sel4ux's SDK in
front; everything that is not listed here goes to the compiler as it is.

  --hosted          the program uses the host's C library (default)
  --freestanding    it brings its own C library and runtime; without -nostartfiles or -nostdlib it
                    gets a small one: guest.h, a start, thread-local storage, printing, threads
  --config NAME     the kernel that it is built for: {names}
  --config FILE     the gen_config.json of another
  --mcs, --release  shorter for NAME: with MCS, without debugging and printing
  --print-flags     print what would be added to the compiler's arguments, and do no more
  --help            this text

Environment: CC, CXX. A program that has been built looks at SEL4UX (which sel4ux runs it) and
SEL4UX_FLAGS (options for it, such as --time virtual).
"""

import hashlib
import os
import shlex
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

HERE = Path(__file__).resolve().parent
NOT_LINKING = {"-c", "-r", "-S", "-E", "-M", "-MM", "-fsyntax-only", "-shared"}
# Of lib/start, by what compilers call the machine; for others programs are hosted.
ARCHITECTURES = {"x86_64": "x86_64"}
LIBRARY_FLAGS = ["-std=gnu11", "-O2", "-g", "-ffreestanding", "-fno-stack-protector", "-fno-pic",
                 "-fno-asynchronous-unwind-tables", "-mno-avx"]
HOSTED_FLAGS = ["-std=gnu11", "-O2", "-g", "-fPIE"]
NOT_FREESTANDING = ("-pie", "-static-pie", "-shared")
FREESTANDING_FLAGS = ["-fno-stack-protector", "-fno-pic"]
FREESTANDING_LINK = ["-static", "-nostdlib", "-Wl,-e,_sel4ux_start", "-Wl,-u,_sel4ux_start",
                     "-Wl,--build-id=none", "-Wl,-z,noexecstack", "-Wl,-z,max-page-size=4096"]


class Failed(Exception):
    """What a person has to know; ends sel4ux-cc with status 1."""


class Sdk:
    """Where things are: below the folder of bin/sel4ux-cc, or in sdk/ beside a build's sel4ux-cc."""

    def __init__(self):
        self.root = HERE.parent if HERE.name == "bin" else HERE / "sdk"
        self.include = self.root / "include" / "sel4ux"
        self.lib = self.root / "lib" / "sel4ux"
        self.share = self.root / "share" / "sel4ux"
        self.script = self.share / "apps" / "lib" / "guest.ld"

    def names(self):
        return sorted(path.parent.name for path in self.lib.glob("*/hosted.o"))

    def monitor(self):
        for place in self.root / "bin" / "sel4ux", self.root.parent / "sel4ux":
            if place.exists():
                return str(place)
        return "sel4ux"


def cannot_run(program, error):
    return Failed(f"cannot run {program}: {error.strerror}; set CC or CXX to a compiler")


def run(command):
    try:
        done = subprocess.run([str(word) for word in command], capture_output=True, text=True)
    except OSError as error:
        raise cannot_run(command[0], error)
    if done.returncode != 0:
        raise Failed(f"{shlex.join(map(str, command))}\n{done.stderr.strip()}")
    return done.stdout


# ------------------------------------------------------------------ a configuration's libraries

class Build:
    """Makes the folder that a configuration has in the SDK."""

    def __init__(self, sdk, folder, compiler, monitor):
        self.sdk, self.folder, self.compiler, self.monitor = sdk, folder, compiler, monitor

    def headers(self, *arguments):
        done = subprocess.run([sys.executable, self.sdk.share / "tools" / "abigen.py", "--guest",
                               self.folder / "include", *arguments], capture_output=True, text=True)
        if done.returncode != 0:
            reason = (done.stderr.strip().splitlines() or ["no reason given"])[-1]
            for known in "abigen.py: ", f"{arguments[-1]}: ":
                reason = reason.removeprefix(known)
            raise Failed(f"--config {arguments[-1]}: {reason}")

    def compile(self, source, folder, *flags):
        target = folder / (source.name + ".o")
        run([*self.compiler, *LIBRARY_FLAGS, "-I", self.sdk.include / "freestanding",
             "-I", self.sdk.include, "-I", self.folder / "include",
             "-I", self.sdk.share / "apps" / "lib", *flags, "-c", source, "-o", target])
        return target

    def archive(self, name, sources, *flags):
        with tempfile.TemporaryDirectory() as scratch:
            objects = [self.compile(source, Path(scratch), *flags) for source in sources]
            library = self.folder / name
            library.unlink(missing_ok=True)
            run(["ar", "rcsD", library, *objects])

    def hosted(self):
        """What a hosted program has to know of its kernel (its libsel4ux.a serves every one)."""
        source = self.sdk.share / "src"
        run([*self.compiler, *HOSTED_FLAGS, "-I", source, "-I", self.sdk.include,
             "-I", self.folder / "include", "-c", source / "hosted" / "configuration.c",
             "-o", self.folder / "hosted.o"])

    def move(self):
        """Makes anew what knows where sel4ux is."""
        with tempfile.TemporaryDirectory() as scratch:
            launch = self.compile(self.sdk.share / "lib" / "start" / "launch.c", Path(scratch),
                                  f'-DSEL4UX_PATH="{self.monitor}"')
            run(["ar", "rcsD", self.folder / "libsel4.a", launch])

    def libraries(self):
        self.hosted()
        machine = run([*self.compiler, "-dumpmachine"]).split("-")[0]
        if machine not in ARCHITECTURES:
            return
        start, libsel4 = self.sdk.share / "lib" / "start", self.sdk.share / "lib" / "sel4"
        runtime = self.sdk.share / "apps" / "lib"
        config = self.folder / "include" / "gen_config.json"
        self.archive("libsel4.a",
                     [*sorted(libsel4.glob("*.c")), start / "launch.c", start / "note.S",
                      start / f"start_{ARCHITECTURES[machine]}.c"],
                     f'-DSEL4UX_PATH="{self.monitor}"', f'-DSEL4UX_CONFIG_FILE="{config}"')
        self.archive("libsel4ux-runtime.a",
                     [runtime / name for name in
                      ("start.S", "tls.c", "string.c", "print.c", "root.c", "console.c", "alloc.c",
                       "vspace.c", "thread.c", "process.c", "archive.c")])


def cached(sdk, path, compiler):
    """The folder of the configuration in the file `path`, made when it is first asked for."""
    try:
        text = path.read_bytes()
    except OSError as error:
        raise Failed(f"--config {path}: {error.strerror}; the SDK has {', '.join(sdk.names())}")
    path = path.resolve()
    newest = max(p.stat().st_mtime_ns for p in sdk.share.rglob("*") if p.is_file())
    key = hashlib.sha256(f"{sdk.root} {newest} {compiler}".encode() + text).hexdigest()[:20]
    home = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "sel4ux"
    folder = home / key
    if not folder.exists():
        try:
            home.mkdir(parents=True, exist_ok=True)
            scratch = Path(tempfile.mkdtemp(dir=home))
        except OSError as error:
            raise Failed(f"{home}: {error.strerror}; set XDG_CACHE_HOME to a folder for libraries")
        try:
            build = Build(sdk, scratch, compiler, sdk.monitor())
            build.headers("--config", path)
            build.libraries()
            try:
                scratch.rename(folder)
            except OSError:  # another one has been quicker
                pass
        finally:
            shutil.rmtree(scratch, ignore_errors=True)
    return folder


# ------------------------------------------------------------------ arguments

class Request:
    """The command line: what is ours, and the rest in its order."""

    def __init__(self, arguments):
        self.form, self.config, self.mcs, self.release = "hosted", None, False, False
        self.print_flags, self.make, self.set_monitor, self.rest = False, None, None, []
        words = iter(arguments)
        for word in words:
            name, equals, value = word.partition("=")
            if word in ("--hosted", "--freestanding"):
                self.form = word[2:]
            elif word in ("--mcs", "--release", "--print-flags"):
                setattr(self, word[2:].replace("-", "_"), True)
            elif name in ("--config", "--make-config", "--monitor"):
                value = value if equals else next(words, None)
                if not value:
                    raise Failed(f"{name} needs a value; see sel4ux-cc --help")
                setattr(self, {"--config": "config", "--make-config": "make",
                               "--monitor": "set_monitor"}[name], value)
            else:
                self.rest.append(word)

    def name(self):
        return ("mcs-" if self.mcs else "") + ("release" if self.release else "debug")

    def has(self, *words):
        return any(word in self.rest for word in words)

    def links(self):
        inputs = [word for word in self.rest if word == "-" or not word.startswith("-")]
        return bool(inputs) and not NOT_LINKING & set(self.rest)

    def has_script(self):
        return any(word.startswith(("-T", "-Wl,-T", "-Wl,--script")) for word in self.rest)


def configuration(sdk, request, compiler):
    if request.config and (request.mcs or request.release):
        raise Failed("--config says it all: leave --mcs and --release out")
    wanted = request.config or request.name()
    if "/" not in wanted and not wanted.endswith(".json"):
        if wanted not in sdk.names():
            raise Failed(f"--config {wanted}: the SDK has {', '.join(sdk.names()) or 'none'}; "
                         "for another give the path of a gen_config.json")
        return sdk.lib / wanted
    return cached(sdk, Path(wanted), compiler)


# ------------------------------------------------------------------ flags

def compile_flags(sdk, request, folder):
    flags = [f"-I{sdk.include / request.form}", f"-I{sdk.include}", f"-I{folder / 'include'}"]
    if request.form == "freestanding":
        flags += FREESTANDING_FLAGS
        if not request.has("-nostartfiles", "-nostdlib"):
            flags += ["-ffreestanding", f"-I{sdk.share / 'apps' / 'lib'}"]
    return flags


def link_flags(sdk, request):
    if request.form == "hosted":
        return [str(sdk.lib / "begin.o")]
    if request.has("-nostartfiles", "-nostdlib"):
        return FREESTANDING_LINK
    script = [] if request.has_script() else [f"-Wl,-T,{sdk.script}"]
    return [*FREESTANDING_LINK, "-Wl,-u,_start", *script]


def libraries(sdk, request, folder):
    """What comes behind everything else of the link."""
    if request.form == "hosted":
        return hosted_libraries(sdk, folder)
    runtime = [] if request.has("-nostartfiles", "-nostdlib") else ["-lsel4ux-runtime"]
    return [f"-L{folder}", *runtime, "-lsel4", "-lgcc"]


def hosted_libraries(sdk, folder):
    needs = [sdk.lib / "end.o", folder / "hosted.o", sdk.lib / "libsel4ux.a"]
    for needed in sdk.lib / "begin.o", *needs:
        if not needed.exists():
            raise Failed(f"this SDK has no library for hosted programs ({needed} is missing); "
                         "build with --freestanding")
    return [*map(str, needs), "-lpthread"]


def main(arguments):
    sdk = Sdk()
    if "--help" in arguments:
        print(__doc__.strip().format(names=", ".join(sdk.names())))
        return 0
    request = Request(arguments)
    plus = Path(sys.argv[0]).name.endswith("++")
    c_compiler = shlex.split(os.environ.get("CC", "cc"))  # compiles the libraries
    compiler = shlex.split(os.environ.get("CXX", "c++")) if plus else c_compiler
    if request.make:
        build = Build(sdk, Path(request.make), c_compiler, request.set_monitor or sdk.monitor())
        if request.config:
            build.headers("--base", request.config)
            build.libraries()
        else:
            build.move()
        return 0
    folder = configuration(sdk, request, c_compiler)
    unfit = [word for word in NOT_FREESTANDING if request.has(word)]
    if request.form == "freestanding" and unfit:
        raise Failed(f"{unfit[0]}: a freestanding program is static, at a fixed address; "
                     f"leave {unfit[0]} out")
    if request.form == "freestanding" and not (folder / "libsel4.a").exists():
        raise Failed("this SDK makes hosted programs alone: freestanding ones are for x86_64")
    flags = compile_flags(sdk, request, folder)
    if request.print_flags:
        print("cflags ", shlex.join(flags))
        print("ldflags", shlex.join(link_flags(sdk, request)))
        print("libs   ", shlex.join(libraries(sdk, request, folder)))
        return 0
    if not request.rest:
        raise Failed("no input files; see sel4ux-cc --help")
    command = [*compiler, *flags]
    if request.links():
        as_objects = ["-x", "none"] if any(w.startswith("-x") for w in request.rest) else []
        command += [*link_flags(sdk, request), *request.rest, *as_objects,
                    *libraries(sdk, request, folder)]
    else:
        command += request.rest
    try:
        os.execvp(command[0], command)
    except OSError as error:
        raise cannot_run(command[0], error)


if __name__ == "__main__":
    try:
        sys.exit(main(sys.argv[1:]))
    except Failed as failure:
        sys.exit(f"sel4ux-cc: error: {failure}")
