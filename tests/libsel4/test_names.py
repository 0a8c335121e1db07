#!/usr/bin/env python3
"""Every name of seL4's user API is declared, in each configuration that has it: those that follow
from abi/ and those of names.txt.
"""

import argparse
import sys
import tempfile
from functools import partial
from pathlib import Path

from libsel4 import ABI, HERE, compile_text, every, generate, includes, meets, report

HEADERS = ["sel4/sel4.h", "sel4/benchmark_track_types.h", "sel4/benchmark_utilisation_types.h",
           "sel4/benchmark_tracepoints_types.h", "sel4/arch/vmenter.h", "sel4/debug_assert.h"]


def from_abi():
    """[(kind, name, condition)] that abi/ leads to."""
    rows = []
    for row in ABI["syscalls"]:
        rows.append(("constant", "seL4_Sys" + row["name"], row.get("if", "")))
    for row in ABI["objects"]:
        rows.append(("constant", row["name"], "" if "absent" in row else row.get("if", "")))
    for row in ABI["invocations"]:
        rows.append(("function", row["call"], row.get("if", "")))
        rows.append(("constant", row["label"], row.get("if", "")))
        if any(not out.startswith("seL4_UserContext") for out in row.get("out", [])):
            rows.append(("type", row["call"] + "_t", ""))
    for row in ABI["constants"]:
        rows.append(("macro", row["name"], row.get("if", "")))
    for row in ABI["structs"]:
        rows.append(("type", row["name"], row.get("if", "")))
    for row in ABI["faults"]:
        condition, fault = row.get("if", ""), "seL4_Fault_" + row["name"]
        rows += [("function", f"{fault}_{verb}", condition) for verb in ("new", "ptr_new")]
        rows += [("function", f"{fault}_{verb}_{word}", condition) for word in row["words"]
                 for verb in ("get", "set", "ptr_get", "ptr_set")]
    return rows + enums()


def enums():
    rows = []
    for row in ABI["enums"]:
        if row["name"]:
            rows.append(("type", row["name"], row.get("if", "")))
        for value in row["values"]:
            condition = row.get("if", "")
            if isinstance(value, dict):
                condition = f"{condition} {value['if']}"
            name = value["name"] if isinstance(value, dict) else value
            rows.append(("constant", name if isinstance(name, str) else name[0], condition))
    return rows


def from_list():
    rows = []
    for line in (HERE / "names.txt").read_text().splitlines():
        if not line.startswith("#"):
            kind, name, *condition = line.split()
            rows.append((kind, name, " ".join(condition)))
    return rows


def use(number, kind, name):
    """C that compiles if and only if there is such a name."""
    if kind == "macro":
        return f"#ifndef {name}\n#error no macro {name}\n#endif\n"
    if kind == "type":
        return f"extern {name} *use_{number};\n"
    if kind == "constant":
        return f"enum {{ use_{number} = {name} != 0 }};\n"
    if kind == "function":
        return f"__typeof__({name}) *use_{number} = &{name};\n"
    return f"extern __typeof__({name}) *use_{number};\n"


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--cc", default="cc")
    arguments = parser.parse_args()
    rows = from_abi() + from_list()
    head = "".join(f"#include <{h}>\n" for h in HEADERS)
    options = ["-std=gnu11", "-Wno-deprecated-declarations"]
    jobs, count = [], 0
    with tempfile.TemporaryDirectory() as folder:
        guests = generate(Path(folder))
        for config, guest in guests.items():
            here = sorted({(k, n) for k, n, condition in rows if meets(guest, condition)})
            text = head + "".join(use(i, *row) for i, row in enumerate(here))
            jobs.append(partial(compile_text, config, [arguments.cc, "-x", "c"],
                                [*options, *includes(guest)], text))
            count += len(here)
        # A name that is not there must be noticed, of every kind.
        for kind in ("function", "type", "constant", "macro", "variable"):
            text = head + use(0, kind, "seL4_NoSuchThing")
            if not compile_text(kind, [arguments.cc, "-x", "c"],
                                [*options, *includes(guests["debug"])], text):
                sys.exit(f"a missing {kind} is not noticed")
        wrong = every(jobs)
    return report(wrong, f"{count} names in {len(guests)} configurations")


if __name__ == "__main__":
    sys.exit(main())
