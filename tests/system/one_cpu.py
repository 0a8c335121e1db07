#!/usr/bin/env python3
"""Runs a command with one CPU, the first that it may use: one_cpu.py COMMAND..."""

import os
import sys

os.sched_setaffinity(0, [min(os.sched_getaffinity(0))])
os.execvp(sys.argv[1], sys.argv[1:])
