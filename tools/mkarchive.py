#!/usr/bin/env python3
"""Makes a cpio archive ("newc") that a guest can carry: mkarchive.py OUT NAME=FILE..."""

import sys
from pathlib import Path


def entry(name, content, inode):
    encoded = name.encode() + b"\0"
    fields = [inode, 0o100644, 0, 0, 1, 0, len(content), 0, 0, 0, 0, len(encoded), 0]
    head = b"070701" + b"".join(b"%08x" % f for f in fields) + encoded
    return head + bytes(-len(head) % 4) + content + bytes(-len(content) % 4)


def main(out, files):
    parts = []
    for inode, file in enumerate(files, 1):
        name, path = file.split("=", 1)
        parts.append(entry(name, Path(path).read_bytes(), inode))
    parts.append(entry("TRAILER!!!", b"", 0))
    Path(out).write_bytes(b"".join(parts))


if __name__ == "__main__":
    if len(sys.argv) < 3:
        sys.exit(__doc__)
    main(sys.argv[1], sys.argv[2:])
