"""ELF files to order, good and bad, for the tests of what sel4ux accepts.

    python3 tests/cli/elfs.py DIR      writes every file of CASES into DIR (the fuzzer's seeds)
"""

import struct
import sys
from pathlib import Path

PT_LOAD, PT_INTERP, PT_TLS = 1, 3, 7
ET_REL, ET_EXEC, ET_DYN, ET_CORE = 1, 2, 3, 4
EM_386, EM_X86_64, EM_AARCH64 = 3, 62, 183
R, W, X = 4, 2, 1
USER_TOP = 0x7FFFFFFFF000
CODE = b"\x0f\x0b" * 32  # ud2: nothing here is meant to run


def segment(vaddr=0x400000, data=CODE, memsz=None, kind=PT_LOAD, flags=R | X, filesz=None,
            offset=None):
    """One program header; filesz, memsz and offset default to what the data says."""
    return dict(vaddr=vaddr, data=data, kind=kind, flags=flags, offset=offset,
                filesz=len(data) if filesz is None else filesz,
                memsz=(len(data) if filesz is None else filesz) if memsz is None else memsz)


def elf64(segments=None, entry=0x400000, kind=ET_EXEC, machine=EM_X86_64, phentsize=56,
          phnum=None, phoff=64, data_encoding=1):
    segments = [segment()] if segments is None else segments
    headers, body, at = b"", b"", 64 + 56 * len(segments)
    for s in segments:
        offset = at + len(body) if s["offset"] is None else s["offset"]
        headers += struct.pack("<IIQQQQQQ", s["kind"], s["flags"], offset, s["vaddr"], s["vaddr"],
                               s["filesz"], s["memsz"], 0x1000)
        body += s["data"]
    ident = b"\x7fELF" + bytes([2, data_encoding, 1]) + bytes(9)
    header = ident + struct.pack("<HHIQQQIHHHHHH", kind, machine, 1, entry, phoff, 0, 0, 64,
                                 phentsize, len(segments) if phnum is None else phnum, 64, 0, 0)
    return header + headers + body


def elf32(machine=EM_386, body=b""):
    ident = b"\x7fELF" + bytes([1, 1, 1]) + bytes(9)
    return ident + struct.pack("<HHIIIIIHHHHHH", ET_EXEC, machine, 1, 0x100000, 0, 0, 0, 52, 32, 0,
                               40, 0, 0) + body


def multiboot1():
    magic, flags = 0x1BADB002, 3
    return struct.pack("<III", magic, flags, -(magic + flags) & 0xFFFFFFFF)


def multiboot2():
    magic, length = 0xE85250D6, 16
    return struct.pack("<IIII", magic, 0, length, -(magic + length) & 0xFFFFFFFF)


GOOD = elf64()

# name: (bytes, what the message must contain)
BAD = {
    "empty": (b"", "is empty"),
    "text": (b"#!/bin/sh\n", "is not an ELF file"),
    "three-bytes": (b"\x7fEL", "is not an ELF file"),
    "ident-cut": (GOOD[:10], "is truncated"),
    "header-cut": (GOOD[:40], "is truncated"),
    "phdr-cut": (GOOD[:80], "truncated"),
    "segment-cut": (GOOD[:-1], "is truncated: segment 0"),
    "32-bit": (elf32(), "32-bit"),
    "32-bit-arm": (elf32(40), "32-bit"),
    "big-endian": (elf64(data_encoding=2), "little-endian"),
    "aarch64": (elf64(machine=EM_AARCH64), "is for AArch64"),
    "odd-machine": (elf64(machine=0x1234), "ELF machine 4660"),
    "gzip": (b"\x1f\x8b\x08" + bytes(64), "is packed with gzip"),
    "xz": (b"\xfd7zXZ\0" + bytes(64), "is packed with xz"),
    "zstd": (b"\x28\xb5\x2f\xfd" + bytes(64), "is packed with zstd"),
    "bzip2": (b"BZh91AY&SY" + bytes(64), "is packed with bzip2"),
    "zip": (b"PK\3\4" + bytes(64), "is packed with zip"),
    "cpio": (b"070701" + b"0" * 104, "is packed with cpio"),
    "gzip-cut": (b"\x1f\x8b", "is not an ELF file"),
    "object": (elf64(kind=ET_REL), "object file"),
    "core": (elf64(kind=ET_CORE), "not an executable"),
    "dynamic": (elf64([segment(), segment(data=b"/lib/ld.so\0", kind=PT_INTERP)]),
                "dynamically linked"),
    "no-phdr": (elf64([]), "no program headers"),
    "many-phdrs": (elf64([segment()] * 257), "257 program headers"),
    "phdr-count": (elf64(phnum=200), "truncated"),
    "phdr-size": (elf64(phentsize=55), "55 bytes"),
    "phdr-far": (elf64(phoff=0xFFFFFFFFFFFFFFC0), "truncated|unreadable program headers"),
    "no-load": (elf64([segment(kind=PT_TLS)]), "PT_LOAD"),
    "only-empty-load": (elf64([segment(data=b"")]), "PT_LOAD"),
    "memsz-small": (elf64([segment(memsz=8)]), "more bytes in the file"),
    "offset-far": (elf64([segment(offset=0xFFFFFFFFFFFFFFF0)]), "is truncated"),
    "filesz-huge": (elf64([segment(filesz=1 << 63)]), "is truncated"),
    "wrap": (elf64([segment(), segment(vaddr=0xFFFFFFFFFFFFF000, memsz=0x2000)]), "wraps around"),
    "memsz-huge": (elf64([segment(memsz=0xFFFFFFFFFFFFFFFF)]), "wraps around"),
    "kernel-half": (elf64([segment(), segment(vaddr=0xFFFFFFFF80000000)]), "seL4_UserTop"),
    "above-top": (elf64([segment(), segment(vaddr=USER_TOP - 0x1000, memsz=0x1001)]),
                  "seL4_UserTop"),
    "no-room-behind": (elf64([segment(), segment(vaddr=USER_TOP - 0x2000, memsz=0x1000)]),
                       "too near to seL4_UserTop"),
    "overlap": (elf64([segment(), segment(vaddr=0x400020)]), "overlapping segments"),
    "overlap-bss": (elf64([segment(memsz=0x3000), segment(vaddr=0x402000)]),
                    "overlapping segments"),
    "unaligned": (elf64([segment(vaddr=0x400010)], entry=0x400010), "not a multiple of 4096"),
    "entry-low": (elf64(entry=0x3FFFFF), "entry point 0x3fffff outside"),
    "entry-hole": (elf64([segment(), segment(vaddr=0x500000)], entry=0x480000), "outside"),
    "entry-zero": (elf64(entry=0), "outside"),
    "bigger-than-memory": (elf64([segment(memsz=8 << 30)]), "more with --mem"),
    "kernel": (elf32(body=multiboot1()), "is the seL4 kernel itself"),
    "kernel-2": (elf64([segment(data=multiboot2())]), "is the seL4 kernel itself"),
}

FINE = {
    "one": GOOD,
    "two": elf64([segment(), segment(vaddr=0x401000, memsz=0x5000, flags=R | W)]),
    "touching": elf64([segment(), segment(vaddr=0x400040)]),
    "tls": elf64([segment(), segment(vaddr=0x400010, data=b"", memsz=8, kind=PT_TLS)]),
    "bss-only": elf64([segment(), segment(vaddr=0x500000, data=b"", memsz=0x123)]),
    "static-pie": elf64([segment(vaddr=0)], entry=0x20, kind=ET_DYN),
    "last-page": elf64([segment(vaddr=USER_TOP - 0x3000, memsz=0x1000)], entry=USER_TOP - 0x3000),
}


def main():
    folder = Path(sys.argv[1])
    folder.mkdir(parents=True, exist_ok=True)
    for name, data in FINE.items():
        (folder / f"elf-{name}").write_bytes(data)
    for name, (data, _) in BAD.items():
        (folder / f"elf-bad-{name}").write_bytes(data[:2048])


if __name__ == "__main__":
    main()
