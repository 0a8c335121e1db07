#!/bin/sh
# What sel4ux does, shown: two processes, a Linux program, and a system with a shell that sees a folder
# of the host, read-only. The shell is yours when there is a terminal; else it is given a few lines.
#
#   tools/demo.sh BUILD ENGINE
set -eu
build=$1 engine=$2
script='help
ls | wc
calc (1 + 2) * 14 > answer
cat answer
ls /host
cat /host/hello.c
sum /host/hello.c
echo no > /host/hello.c
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
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cp apps/hosted/hello.c "$folder"
set -- "$build/sel4ux" run --engine "$engine" --host "dir=$folder:ro,name=host" --host terminal \
    --host clock "$build/guests/sos.elf"
if [ -t 0 ] && [ -t 1 ]; then
    show "$@"
else
    printf '%s\n' "$script" | show "$@"
fi
