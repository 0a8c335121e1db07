#!/bin/sh
# Installs the Debian packages that building and testing needs, and those that it is given, where
# they are missing. Quiet and quick when nothing is.
set -eu

packages="gcc g++ clang cmake ninja-build pkg-config python3 libelf-dev libcjson-dev libzydis-dev
zlib1g-dev libslirp-dev libcmocka-dev clang-format libclang-rt-dev gdb lldb valgrind linux-perf
strace graphviz python3-jsonschema curl netcat-openbsd wrk iproute2 iputils-ping $*"

missing=
for package in $packages; do
    dpkg-query -W -f '${Status}' "$package" 2>/dev/null | grep -q 'ok installed' ||
        missing="$missing $package"
done
[ -n "$missing" ] || exit 0

echo "Installing:$missing"
if [ "$(id -u)" = 0 ]; then
    sudo=
elif command -v sudo >/dev/null; then
    sudo=sudo
else
    echo "setup: run this as root:  apt-get install$missing" >&2
    exit 1
fi
$sudo apt-get update -qq
# shellcheck disable=SC2086
DEBIAN_FRONTEND=noninteractive $sudo apt-get install -y -qq $missing >/dev/null
