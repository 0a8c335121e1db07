#!/usr/bin/env python3
"""Holds table.json, the ABI's description and the golden transcripts against one another.

    check.py             0 when all agree and docs/conformance.md is up to date; else says what not
    check.py --write     writes docs/conformance.md

A guest's line `ENTRY/PATH: RESULT` is the proof of a path: the real kernel printed it when the
transcript was recorded, and the guest's tests compare it with ours. NAME.txt holds for debug and
release kernels, unless NAME.release.txt is there for these; likewise NAME.mcs.txt. Kernels of
NAME.debug-api.txt have the hardware debug API and several domains.
"""

import argparse
import json
import re
import sys
from collections import defaultdict
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
KINDS = ("capabilities", "invocations", "syscalls")
TITLES = {"capabilities": "Any invocation of a capability", "invocations": "Invocations",
          "syscalls": "System calls"}
NOT_OF_THE_ABI = {"other"}  # system calls that stand for all that do not exist
LINE = re.compile(r"([A-Za-z0-9]+)/([a-z0-9-]+): (.*)")

BASE = {"huge_page", "set_tls_base_self"}
KERNELS = {
    "debug": BASE | {"debug", "printing"},
    "release": BASE,
    "debug-api": BASE | {"debug", "printing", "hardware_debug_api", "domains"},
    "mcs": BASE | {"mcs", "debug", "printing"},
    "mcs-release": BASE | {"mcs"},
}
FAMILIES = {"without MCS": ("debug", "release", "debug-api"), "with MCS": ("mcs", "mcs-release")}


def holds(condition, kernel):
    return all((word[1:] not in KERNELS[kernel]) if word[0] == "!" else word in KERNELS[kernel]
               for word in condition.split())


class Transcripts:
    """Which guests show what: lines[kernel][id] is a list of (guest, result)."""

    def __init__(self, folder):
        self.lines = {kernel: defaultdict(list) for kernel in KERNELS}
        names = {path.name[:-len(".txt")] for path in folder.glob("*.txt")}
        for name in sorted(names):
            guest, _, suffix = name.partition(".")
            first = suffix or "debug"
            kernels = {"debug": ["debug", "release"], "mcs": ["mcs", "mcs-release"]}.get(
                first, [first])
            kernels = [k for k in kernels if k == first or f"{guest}.{k}" not in names]
            self.read(folder / f"{name}.txt", guest, kernels)

    def read(self, path, guest, kernels):
        for line in path.read_text().splitlines():
            match = LINE.fullmatch(line)
            for kernel in kernels if match else ():
                self.lines[kernel][match[1], match[2]].append((guest, match[3]))


def agrees(result, text):
    """Whether what a transcript says begins with what the table does, not within a number."""
    rest = text[len(result):]
    return text.startswith(result) and (result.endswith("..") or not rest[:1].isalnum())


class Table:
    def __init__(self, table, abi, transcripts):
        self.table, self.abi, self.transcripts = table, abi, transcripts
        self.problems, self.known = [], defaultdict(set)

    def say(self, text):
        self.problems.append(text)

    def paths(self, entry):
        for path in entry["paths"]:
            if isinstance(path, str):
                yield from self.table["groups"][path[1:]]
            else:
                yield path

    def check_entries(self, kind):
        """The table has what the ABI has, and nothing else."""
        wanted = {(e.get("name") or e["label"], e.get("if", "")) for e in self.abi[kind]}
        wanted = {(name, condition) for name, condition in wanted
                  if not set(condition.split()) & set(self.table["absent"])}
        have = [(e["name"], e.get("if", "")) for e in self.table[kind]]
        for name, condition in sorted(wanted - set(have)):
            self.say(f"{name} ({condition or 'always'}) is in the ABI but not in the table")
        for name, condition in sorted(set(have) - wanted):
            if name not in NOT_OF_THE_ABI:
                self.say(f"{name} ({condition or 'always'}) is in the table but not in the ABI")
        for entry in sorted(have):
            if have.count(entry) > 1:
                self.say(f"{entry[0]} is in the table {have.count(entry)} times")

    def proofs(self, entry, path, family):
        """(guests, whether a kernel of the family has the path at all)."""
        condition = path.get("if", entry.get("if", ""))
        if "mcs" in entry.get("if", "").split() or "!mcs" in entry.get("if", "").split():
            condition += " " + " ".join(w for w in entry["if"].split() if w.endswith("mcs"))
        kernels = [k for k in FAMILIES[family] if holds(condition, k)]
        name = f"{entry['name']}/{path['path']}"
        guests = set()
        for kernel in kernels:
            for guest, text in self.transcripts.lines[kernel][entry["name"], path["path"]]:
                if not agrees(path["result"], text):
                    self.say(f"{name}: {guest} ({kernel}) shows `{text}`, "
                             f"the table says `{path['result']}`")
                guests.add(guest)
        return guests, bool(kernels)

    def check_path(self, entry, path, family):
        """Says what is wrong with the path in the family; whether a kernel there has it."""
        name = f"{entry['name']}/{path['path']}"
        guests, exists = self.proofs(entry, path, family)
        if not exists:
            return False
        for kernel in FAMILIES[family]:
            self.known[kernel].add((entry["name"], path["path"]))
        excuse = path.get("unreachable") or path.get("pending")
        if excuse and guests:
            self.say(f"{name}: {', '.join(sorted(guests))} shows it, so it is not out of reach")
        if not excuse and not guests:
            self.say(f"{name}: no guest shows it {family}")
        return True

    def check_orphans(self):
        names = {e["name"] for kind in KINDS for e in self.table[kind]}
        for kernel, lines in self.transcripts.lines.items():
            for (name, path), shown in lines.items():
                if name in names and (name, path) not in self.known[kernel]:
                    self.say(f"{name}/{path}: shown by {shown[0][0]} ({kernel}) "
                             "but not in the table")

    def check(self):
        for kind in ("invocations", "syscalls"):
            self.check_entries(kind)
        for kind in KINDS:
            for entry in self.table[kind]:
                if not any(p["path"] == "success" for p in self.paths(entry)) and \
                        kind != "capabilities" and entry["name"] not in NOT_OF_THE_ABI:
                    self.say(f"{entry['name']}: the table has no success")
                for path in self.paths(entry):
                    if not any([self.check_path(entry, path, family) for family in FAMILIES]):
                        self.say(f"{entry['name']}/{path['path']}: on no kernel of the tests")
        self.check_orphans()
        return self.problems

    # ------------------------------------------------------------------ the document

    def row(self, entry, path):
        shown = []
        for family in FAMILIES:
            guests, exists = self.proofs(entry, path, family)
            if exists:
                shown.append(", ".join(f"`{guest}`" for guest in sorted(guests)))
            else:
                shown.append("")
        excuse = path.get("unreachable") or path.get("pending")
        if excuse:
            shown = [f"*{excuse}*", ""]
        cells = [f"`{path['path']}`", path["result"], path["cause"], *shown]
        return f"| {' | '.join(cells)} |"

    def document(self):
        counts = {kind: len(self.table[kind]) for kind in KINDS}
        paths = [(e, p) for kind in KINDS for e in self.table[kind] for p in self.paths(e)]
        excused = sum("unreachable" in p or "pending" in p for _, p in paths)
        yield "# Conformance"
        yield ""
        yield "`tests/conformance/check.py --write` makes this of `tests/conformance/table.json`."
        yield ""
        yield (f"What {counts['invocations']} invocations and {counts['syscalls']} system calls "
               f"can end in: {len(paths)} paths, {excused} of which no guest can take. Guests take "
               "each of the others on the real kernel, without MCS and with it where it exists in "
               "both, and print `ENTRY/PATH: RESULT`; their transcripts must be ours.")
        for kind in KINDS:
            yield from ("", f"## {TITLES[kind]}")
            for entry in self.table[kind]:
                condition = f" ({entry['if']})" if "if" in entry else ""
                yield from ("", f"### {entry['name']}{condition}", "",
                            "| path | result | when | guests without MCS | with MCS |",
                            "|---|---|---|---|---|")
                for path in self.paths(entry):
                    yield self.row(entry, path)
        yield from ("", "## Not here", "", "| needs | |", "|---|---|")
        for condition, reason in self.table["absent"].items():
            yield f"| {condition} | {reason} |"
        yield ""


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--write", action="store_true")
    parser.add_argument("--table", type=Path, default=Path(__file__).with_name("table.json"))
    parser.add_argument("--golden", type=Path, default=ROOT / "tests/golden")
    parser.add_argument("--abi", type=Path, default=ROOT / "abi/sel4-16.0-x86_64.json")
    parser.add_argument("--document", type=Path, default=ROOT / "docs/conformance.md")
    options = parser.parse_args()

    table = Table(json.loads(options.table.read_text()), json.loads(options.abi.read_text()),
                  Transcripts(options.golden))
    problems = table.check()
    text = "\n".join(table.document())
    if options.write:
        options.document.write_text(text)
    elif not options.document.exists() or options.document.read_text() != text:
        problems.append(f"{options.document} is not up to date: run {sys.argv[0]} --write")
    for problem in dict.fromkeys(problems):
        print(problem)
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
