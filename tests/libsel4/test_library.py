#!/usr/bin/env python3
"""libsel4.a has every function as a plain symbol, callable without headers; and what compilers
make of the inline functions is what the design counts on: one system call with its words in
registers, and no vector registers on the way.
"""

import argparse
import re
import sys
import tempfile
from pathlib import Path

from libsel4 import HERE, ROOT, generate, includes, meets, must, numbers, report
from test_names import from_abi, from_list

LIBRARY = ["functions", "state"]
FLAGS = ["-std=gnu11", "-Wall", "-Wextra", "-Wshadow", "-Wmissing-prototypes",
         "-Wstrict-prototypes", "-Werror", "-ffreestanding", "-fno-stack-protector", "-fno-pic",
         "-fno-asynchronous-unwind-tables"]
# Headers alone have these, for the helpers of deprecated.h and constants.h: always inline.
ONLY_INLINE = {"seL4_MaxExtraRefills"}
# Returns or copies a struct of many words.
BULK = re.compile(r"seL4_(Fault_|get\w*Fault|TimeoutReply|TCB_(ReadReg|GetBreak))")
ONE_CALL = """
#include <sel4/sel4.h>
seL4_MessageInfo_t call(seL4_CPtr ep)
{
    return seL4_Call(ep, seL4_MessageInfo_new(1, 0, 0, 2));
}
seL4_Error map(seL4_X86_Page page, seL4_CPtr vspace)
{
    return seL4_X86_Page_Map(page, vspace, 0x1000, seL4_AllRights, seL4_X86_WriteBack);
}
"""


def library(cc, guest, folder, *first, level="-O0"):
    objects = []
    for name in LIBRARY:
        objects.append(folder / f"{name}.o")
        must([cc, *FLAGS, level, *includes(guest, *first), "-c", ROOT / f"lib/sel4/{name}.c",
              "-o", objects[-1]])
    archive = folder / "libsel4.a"
    archive.unlink(missing_ok=True)
    must(["ar", "rcs", archive, *objects])
    return archive


def missing_symbols(config, guest, archive):
    defined = set(re.findall(r" T (\w+)$", must(["nm", archive]), re.M))
    functions = {name for kind, name, condition in from_abi() + from_list()
                 if kind == "function" and meets(guest, condition)} - deprecated() - ONLY_INLINE
    return [f"libsel4.a, {config}: no symbol {name}" for name in sorted(functions - defined)]


def deprecated():
    text = (ROOT / "include/sel4/deprecated.h").read_text()
    return set(re.findall(r"(\w+)\(", text))


def call_plainly(cc, guest, folder):
    """Runs plain.c against a library whose system call is a call of plain.c's."""
    overlay = HERE / "overlay"
    archive = library(cc, guest, folder, overlay, level="-O2")
    program = folder / "plain"
    must([cc, "-std=gnu11", "-Wall", "-Wextra", "-Werror", "-fno-pic", "-no-pie",
          HERE / "plain.c", archive, "-o", program])
    calls, labels = numbers(guest)
    must([program, calls["Send"], calls["Call"], labels["UntypedRetype"], labels["CNodeMint"],
          labels["TCBWriteRegisters"]])


def functions_of(object_file):
    """{function: its instructions}"""
    found, name = {}, None
    for line in must(["objdump", "-d", "--no-show-raw-insn", object_file]).splitlines():
        head = re.match(r"[0-9a-f]+ <(\w+)>:", line)
        if head:
            name = head.group(1)
            found[name] = []
        elif name and "\t" in line:
            found[name].append(line.split("\t", 1)[1].split("#")[0])
    return found


def bad_code(cc, config, guest, folder):
    """What is wrong with the code of one call, and of the library compiled as guests are."""
    wrong = []
    source, output = folder / "one.c", folder / "one.o"
    source.write_text(ONE_CALL)
    for level in ("-O2", "-O3") if config != "everything-mcs" else ():  # that prints errors, too
        must([cc, *includes(guest), "-fno-pic", "-fno-stack-protector", "-fcf-protection=none",
              "-ffreestanding", level, "-c", source, "-o", output])
        for name, code in functions_of(output).items():
            if sum(line.startswith("syscall") for line in code) != 1:
                wrong.append(f"{name}, {config}, {level}: not one system call")
            wrong += [f"{name}, {config}, {level}: words go through the stack: {line}"
                      for line in code if re.search(r"\(%[re][sb]p\)|\bcall", line)]
    for level in ("-O0", "-O2", "-O3", "-Os") if config == "debug" else ("-O2",):
        must([cc, *FLAGS, level, *includes(guest), "-c", ROOT / "lib/sel4/functions.c", "-o",
              output])
        wrong += [f"{name}, {config}, {level}: uses vector registers"
                  for name, code in functions_of(output).items()
                  if not BULK.match(name) and any("xmm" in line for line in code)]
    return wrong


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--cc", default="cc")
    cc = parser.parse_args().cc
    wrong = []
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        guests = generate(folder)
        for config, guest in guests.items():
            wrong += missing_symbols(config, guest, library(cc, guest, folder))
        for config in ("debug", "mcs-debug", "entries", "public"):
            call_plainly(cc, guests[config], folder)
        for config in ("debug", "mcs-debug", "everything-mcs"):
            wrong += bad_code(cc, config, guests[config], folder)
    return report(wrong, f"the library is whole in {len(guests)} configurations")


if __name__ == "__main__":
    sys.exit(main())
