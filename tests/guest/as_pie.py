#!/usr/bin/env python3
"""Writes a program whose ELF header calls it position-independent (ET_DYN).

    as_pie.py PROGRAM OUTPUT
"""

import sys
from pathlib import Path

TYPE, ET_EXEC, ET_DYN = 16, 2, 3

program = bytearray(Path(sys.argv[1]).read_bytes())
assert program[TYPE] == ET_EXEC
program[TYPE] = ET_DYN
Path(sys.argv[2]).write_bytes(program)
