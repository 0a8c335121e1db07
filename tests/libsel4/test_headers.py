#!/usr/bin/env python3
"""Every header of libsel4 compiles without a warning, as C and as C++, twice: all of them together
for every configuration, and each alone for those that have most of it. What assembly includes is fit
for it. Only trap.h enters the kernel.
"""

import argparse
import os
import re
import sys
import tempfile
from functools import partial
from pathlib import Path

from libsel4 import ROOT, WARNINGS, compile_text, every, generate, includes, report, run

LANGUAGES = {"c": ["-std=c11", "-Wshadow"], "c++": ["-std=c++17"]}
ALONE = ("debug", "everything-mcs")
FOR_ASSEMBLY = ["autoconf.h", "sel4/config.h", "sel4/constants.h", "sel4/macros.h",
                "sel4/arch/constants.h", "sel4/sel4_arch/constants.h",
                "sel4/plat/api/constants.h"]
# Parts that are generated for one header of include/ each.
PARTS = re.compile(r"sel4/gen_(boot|faults|numbers|objects|structs)\.h|interfaces/sel4_client\.h")


def headers(guest):
    found = [path.relative_to(ROOT / "include") for path in (ROOT / "include/sel4").rglob("*.h")]
    generated = [path.relative_to(guest) for path in guest.rglob("*.h")]
    return sorted(str(h) for h in [*found, *generated] if not PARTS.fullmatch(str(h)))


def header_jobs(guests, compiler):
    for config, guest in guests.items():
        found = headers(guest)
        groups = {"all headers": found}
        if config in ALONE:
            groups.update({header: [header] for header in found})
        for language, options in LANGUAGES.items():
            for name, group in groups.items():
                # Definitions that are not inline are weak here: they have no earlier declaration.
                text = "".join(f"#include <{header}>\n" for header in group * 2)
                yield partial(compile_text, f"{name}, {language}, {config}",
                              [compiler, "-x", language], [*options, *WARNINGS, *includes(guest)],
                              text + "extern int nothing;\n")


def assembly_jobs(guests, compiler):
    text = "".join(f"#include <{h}>\n" for h in FOR_ASSEMBLY)
    text += ".quad seL4_PageBits, CONFIG_WORD_SIZE, seL4_UserTop\n"
    for config, guest in guests.items():
        yield partial(assemble, config, [compiler, "-x", "assembler-with-cpp",
                                         *includes(guest), "-c", "-o", os.devnull, "-"], text)


def assemble(config, command, text):
    done = run(command, input=text)
    return None if done.returncode == 0 else f"assembly, {config}:\n{done.stderr[:1000]}"


def instructions_outside():
    """Text that looks like inline assembly, in other files than trap.h."""
    wrong = []
    for path in [*(ROOT / "include/sel4").rglob("*.h"), *(ROOT / "lib/sel4").glob("*.c")]:
        name = str(path.relative_to(ROOT))
        for line in path.read_text().splitlines():
            asm = re.search(r"\b(__asm__|asm)\b", line)
            if asm and name not in ("include/sel4/trap.h", "include/sel4/assert.h"):
                wrong.append(f"{name}: {line.strip()}")
    return wrong


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--cc", default="cc")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        guests = generate(Path(folder))
        jobs = [*header_jobs(guests, arguments.cc), *assembly_jobs(guests, arguments.cc)]
        wrong = every(jobs) + instructions_outside()
    return report(wrong, f"{len(jobs)} compilations without a word, {len(guests)} configurations")


if __name__ == "__main__":
    sys.exit(main())
