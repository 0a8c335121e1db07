#!/bin/sh
# What sel4ux does, shown: two processes, a Linux program, and a system with a shell. The shell is
# yours when there is a terminal; else it is given a few lines.
#
#   tools/demo.sh BUILD ENGINE
set -eu
build=$1 engine=$2
script='help
ls | wc
calc (1 + 2) * 14 > answer
cat answer
sleep 1000 &
ps
frames 64
thrash
exit'

show() {
    printf '\n$ %s\n' "$*"
    "$@"
}

show "$build/sel4ux" run --engine "$engine" "$build/guests/process.elf"
show "$build/sel4ux-cc" -g apps/hosted/hello.c -o "$build/hello"
show "$build/hello"
if [ -t 0 ] && [ -t 1 ]; then
    show "$build/sel4ux" run --engine "$engine" "$build/guests/sos.elf"
else
    printf '%s\n' "$script" | show "$build/sel4ux" run --engine "$engine" "$build/guests/sos.elf"
fi
