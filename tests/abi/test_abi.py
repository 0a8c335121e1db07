#!/usr/bin/env python3
"""Compares every number that abi/ leads to with numbers of real seL4 builds.

    test_abi.py [--cc CC] [FOLDER...]

The numbers lie in this folder, one file per configuration; each further FOLDER (and each in
$SEL4UX_ABI_FACTS) holds files sel4-*-CONFIG.json with enums, constants and structs of a build and
is compared as well. Both what guests compile against and what abi_init() computes are compared.
"""

import argparse
import json
import os
import re
import subprocess
import sys
import tempfile
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent.parent

# Names without a counterpart in our headers, and why.
WITHOUT = {
    "seL4_X86_BootInfo_fb_t": "an incomplete type: its size is not part of the ABI",
}
CONDITIONS = json.loads((ROOT / "abi/sel4-16.0-x86_64.json").read_text())["conditions"]
SEQUENCES = re.compile(
    r"seL4_Sys|n[A-Z]\w*Labels|seL4_\w*Object$|seL4_X86_4K$"
    r"|(Untyped|TCB|CNode|IRQ|Domain|Sched|X86)[A-Z]"
)


def facts_of(path):
    """(names, {struct: bytes}, {(struct, field): (offset, bytes)}, kernel config)"""
    data = json.loads(path.read_text())
    names = dict(data.get("names") or data["constants"])
    for values in data.get("enums", {}).values():
        names.update(values)
    sizes, fields = {}, {}
    for struct, layout in data["structs"].items():
        if struct in WITHOUT:
            continue
        sizes[struct] = layout["bytes"]
        rows = layout["fields"]
        if isinstance(rows, list):
            rows = {re.split(r"[ *]+", r["decl"])[-1].split("[")[0]: (r["offset"], r["bytes"])
                    for r in rows}
        for field, place in rows.items():
            fields[struct, field] = tuple(place)
    return names, sizes, fields, data["kernel_config"]


def run(command, **more):
    done = subprocess.run([str(c) for c in command], capture_output=True, text=True, timeout=120,
                          **more)
    if done.returncode != 0:
        sys.exit(f"failed: {' '.join(map(str, command))}\n{done.stdout}{done.stderr}")
    return done.stdout


def numbers(text):
    return {name: int(value) for name, value in (line.split() for line in text.splitlines())}


def guest_numbers(cc, generated, config, facts):
    names, sizes, fields, _ = facts
    lines = ["#include <sel4/sel4.h>", "#include <stddef.h>", "#include <stdio.h>",
             "__thread seL4_IPCBuffer *__sel4_ipc_buffer;", "int main(void)", "{"]
    value = '    printf("%s %%lld\\n", (long long)(%s));'
    lines += [value % (n, n) for n in names]
    lines += [value % (s, f"sizeof({s})") for s in sizes]
    for struct, field in fields:
        lines.append(value % (f"{struct}.{field}", f"offsetof({struct}, {field})"))
        lines.append(value % (f"{struct}.{field}.bytes", f"sizeof((({struct} *)0)->{field})"))
    source = generated / f"print-{config}.c"
    program = generated / f"print-{config}"
    source.write_text("\n".join(lines + ["    return 0;", "}", ""]))
    run([cc, "-std=gnu11", "-w", "-I", ROOT / "include", "-I", generated / "guest" / config, source,
         "-o", program])
    return numbers(run([program]))


def expected_of(facts):
    names, sizes, fields, _ = facts
    expected = {n: (v if v < 1 << 63 else v - (1 << 64)) for n, v in names.items()}
    expected.update(sizes)
    for (struct, field), (offset, size) in fields.items():
        expected[f"{struct}.{field}"] = offset
        expected[f"{struct}.{field}.bytes"] = size
    return expected


def differences(what, expected, actual):
    return [f"{what}: {name} is {actual.get(name)}, not {value}"
            for name, value in expected.items() if actual.get(name) != value]


def kernel_numbers(driver, settings):
    return numbers(run([driver, *settings]))


def kernel_differences(what, driver, facts):
    names, _, _, config = facts
    settings = [c["name"] for c in CONDITIONS if config.get(c.get("config")) is True]
    actual = kernel_numbers(driver, settings)
    # what abi_init() knows must agree, and it must know every syscall, label and object type
    expected = {n: v for n, v in names.items()
                if n in actual or (SEQUENCES.match(n) and 0 <= v < 1000 and not n.startswith("n")
                                   and n != "seL4_IA32_PDPTObject")
                or n.startswith("seL4_Sys")}
    extra = [f"{what}: {n} does not exist" for n in actual if n not in names]
    return differences(what, expected, actual) + extra


def order_differences(driver):
    """Numbers of configurations that no file describes, as builds of such systems have them."""
    cases = (
        (["huge_page"], {"X86PageMap": 39, "X86IRQIssueIRQHandlerMSI": 52}),
        (["mcs", "huge_page"], {"X86PageMap": 45, "seL4_SysYield": -11}),
        (["mcs", "hardware_debug_api", "iommu"], {"X86PageMap": 51, "seL4_X86_4K": 9}),
        (["mcs", "num_nodes=2"], {"TCBSetTLSBase": 16}),
        (["num_nodes=2"], {"TCBSetAffinity": 15, "TCBSetTLSBase": 16}),
    )
    result = []
    for settings, expected in cases:
        result += differences(" ".join(settings), expected, kernel_numbers(driver, settings))
    return result


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--cc", default=os.environ.get("CC", "cc"))
    parser.add_argument("folders", nargs="*", type=Path)
    arguments = parser.parse_args()
    folders = arguments.folders
    folders += [Path(f) for f in os.environ.get("SEL4UX_ABI_FACTS", "").split(":") if f]
    files = [(path.stem, path) for path in sorted(HERE.glob("*.json"))]
    for folder in folders:
        found = sorted(folder.glob("sel4-*-x86_64-*.json"))
        files += [(path.stem.split("x86_64-")[1], path) for path in found]
        if not found:
            sys.exit(f"{folder} holds no numbers")

    wrong, count = [], 0
    with tempfile.TemporaryDirectory() as folder:
        generated = Path(folder)
        run([sys.executable, ROOT / "tools/abigen.py", generated])
        driver = generated / "abi_numbers"
        run([arguments.cc, "-std=gnu11", "-Wall", "-Wextra", "-Werror", "-I", ROOT / "src", "-I",
             generated, HERE / "abi_numbers.c", ROOT / "src/abi/abi.c", "-o", driver])
        for config, path in files:
            facts = facts_of(path)
            expected = expected_of(facts)
            actual = guest_numbers(arguments.cc, generated, config, facts)
            wrong += differences(f"{path.name}, guests", expected, actual)
            wrong += kernel_differences(f"{path.name}, kernel", driver, facts)
            count += len(expected)
        wrong += order_differences(driver)
    print("\n".join(wrong) or f"{count} numbers of {len(files)} files agree")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
