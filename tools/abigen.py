#!/usr/bin/env python3
"""Generates everything that depends on seL4's numbers from the description in abi/.

    abigen.py OUTDIR

writes, for the kernel model, OUTDIR/abi_gen.h (canonical ids), abi_messages.h (message layouts and
other enums of the ABI) and abi_tables.h (rows for src/abi/abi.c); and for guests, one folder of
headers per configuration of abi/configs.json: OUTDIR/guest/CONFIG/.

    abigen.py --guest OUTDIR [--base CONFIG] [--config FILE.json]... [KEY=VALUE]...

writes such a folder of headers for one configuration: CONFIG of abi/configs.json (debug, or
mcs-debug when KERNEL_MCS is on), changed by the files and the settings, later ones winning. Keys
are those of a kernel build's gen_config.json or of libsel4's (LIB_SEL4_*), with or without CONFIG_
in front: ROOT_CNODE_SIZE_BITS=16 KERNEL_MCS=ON KERNEL_X86_FPU=XSAVE. A file that has SEL4_ARCH is
a whole gen_config.json and needs no base. OUTDIR goes on the include path, besides include/.

    abigen.py --list-keys [--base CONFIG]

prints the keys with their values. Files that are up to date are left alone, so that a build system
sees no change.
"""

import argparse
import sys
from pathlib import Path

import abi_guest
import abi_kernel
from abi_config import SettingError, complete, known_keys, named, resolve
from abi_description import ABI_DIR, Configuration, load

SOURCES = [*Path(__file__).resolve().parent.glob("abi*.py"), *ABI_DIR.iterdir()]
NEWEST_SOURCE = max(source.stat().st_mtime for source in SOURCES)


def write(path, text):
    """Leaves a file alone that is right and newer than what it comes from."""
    path.parent.mkdir(parents=True, exist_ok=True)
    if not path.exists() or path.read_text() != text:
        path.write_text(text)
    elif path.stat().st_mtime <= NEWEST_SOURCE:
        path.touch()


def write_guest(folder, config):
    for name, text in abi_guest.files(config).items():
        write(folder / name, text)


def everything(out):
    abi, configs = load("sel4-16.0-x86_64.json"), load("configs.json")
    write(out / "abi_gen.h", abi_kernel.kernel_ids(abi))
    write(out / "abi_messages.h", abi_kernel.kernel_messages(abi))
    write(out / "abi_tables.h", abi_kernel.kernel_tables(abi))
    for name in configs["configs"]:
        kernel = named(configs, name)
        complete(configs, kernel, {})
        config = Configuration(abi, name, kernel, configs["libsel4"])
        write_guest(out / "guest" / name, config)


def one_guest(folder, base, files, settings):
    kernel, libsel4 = resolve(load("configs.json"), base, files, settings)
    config = Configuration(load("sel4-16.0-x86_64.json"), "", kernel, libsel4)
    write_guest(folder, config)


def list_keys(base):
    configs = load("configs.json")
    values = known_keys(configs)
    if base:
        values = {**named(configs, base), **configs["libsel4"]}
    for key, value in sorted(values.items()):
        print(f"{key}={({True: 'ON', False: 'OFF'}.get(value, value))}")


def main():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter,
        usage=argparse.SUPPRESS)
    parser.add_argument("--guest", metavar="OUTDIR", type=Path, help=argparse.SUPPRESS)
    parser.add_argument("--base", metavar="CONFIG", help=argparse.SUPPRESS)
    parser.add_argument("--config", metavar="FILE", type=Path, action="append", default=[],
                        help=argparse.SUPPRESS)
    parser.add_argument("--list-keys", action="store_true", help=argparse.SUPPRESS)
    parser.add_argument("arguments", nargs="*", help=argparse.SUPPRESS)
    options = parser.parse_intermixed_args()
    try:
        if options.list_keys:
            list_keys(options.base)
        elif options.guest:
            one_guest(options.guest, options.base, options.config, options.arguments)
        elif len(options.arguments) == 1 and not options.base and not options.config:
            everything(Path(options.arguments[0]))
        else:
            sys.exit("abigen.py: give one OUTDIR, or --guest OUTDIR; --help says more")
    except SettingError as error:
        sys.exit(f"abigen.py: {error}")
    except OSError as error:
        sys.exit(f"abigen.py: {error.filename}: {error.strerror}")


if __name__ == "__main__":
    main()
