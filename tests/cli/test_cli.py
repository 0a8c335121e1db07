#!/usr/bin/env python3
"""What sel4ux says to wrong input and usage, and what its help and info promise.

    tests/cli/test_cli.py [SEL4UX [unittest arguments]]       default: build/sel4ux

Every refusal must be exactly one line on stderr, nothing on stdout, and exit code 2.
"""

import json
import os
import pathlib
import re
import subprocess
import sys
import tempfile
import unittest

import elfs

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
SEL4UX = str(ROOT / "build" / "sel4ux")
KERNEL = json.loads((ROOT / "abi" / "configs.json").read_text())["base"]
LABELS = {"UntypedRetype": 1, "TCBConfigure": 7, "X86PageMap": 45}


def call(*args, **kwargs):
    env = {**os.environ, "LC_ALL": "C"}
    return subprocess.run([SEL4UX, *map(str, args)], capture_output=True, timeout=30, text=True,
                          stdin=subprocess.DEVNULL, env=env, **kwargs)


class Case(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory(prefix="sel4ux-cli-")
        self.addCleanup(folder.cleanup)
        self.dir = pathlib.Path(folder.name).resolve()
        self.good = self.write("good.elf", elfs.GOOD)

    def write(self, name, data):
        path = self.dir / name
        path.parent.mkdir(parents=True, exist_ok=True)
        if isinstance(data, (dict, list)):
            data = json.dumps(data)
        path.write_bytes(data if isinstance(data, bytes) else data.encode())
        return path

    def refused(self, pattern, *args, **kwargs):
        result = call(*args, **kwargs)
        how = f"sel4ux {' '.join(map(str, args))}\n{result.stdout}{result.stderr}"
        self.assertEqual(result.returncode, 2, how)
        self.assertEqual(result.stdout, "", how)
        self.assertRegex(result.stderr, r"\Asel4ux: error: [^\n]+\n\Z", how)
        self.assertRegex(result.stderr, pattern, how)
        return result.stderr

    def info(self, *args):
        result = call("info", *args)
        self.assertEqual((result.returncode, result.stderr), (0, ""), result.stderr)
        return result.stdout

    def option(self, text, name):
        """(value, reason) of an option in info's output."""
        found = re.search(rf"^  {name} +(\S+) +(.+)$", text, re.M)
        self.assertIsNotNone(found, f"{name} not in:\n{text}")
        return found.groups()


class Images(Case):
    def test_bad_images(self):
        for name, (data, pattern) in elfs.BAD.items():
            for command in "run", "info":
                with self.subTest(image=name, command=command):
                    path = self.write(f"bad/{name}", data)
                    self.assertIn(str(path), self.refused(pattern, command, path))

    def test_good_images(self):
        for name, data in elfs.FINE.items():
            with self.subTest(image=name):
                self.info(self.write(f"fine/{name}", data))

    def test_every_truncation_is_refused(self):
        for size in range(0, len(elfs.GOOD), 7):
            with self.subTest(size=size):
                self.refused("empty|ELF|truncated",
                             "info", self.write("cut", elfs.GOOD[:size]))

    def test_missing_file(self):
        self.refused("cannot open: No such file", "run", self.dir / "nothing")

    def test_directory(self):
        self.refused("is a directory", "run", self.dir)

    def test_fifo(self):
        os.mkfifo(self.dir / "fifo")
        self.refused("not a regular file", "run", self.dir / "fifo")

    def test_unreadable_file(self):
        self.good.chmod(0)
        self.dir.chmod(0o755)
        other = {"user": 65534, "group": 65534, "extra_groups": []} if os.geteuid() == 0 else {}
        try:
            call("--version", **other)
        except PermissionError:
            self.skipTest("another user cannot reach the binary under test")
        self.refused("cannot open: Permission denied", "run", self.good, **other)

    def test_hostile_name_stays_on_one_line(self):
        self.refused("no\\?such", "run", self.dir / "no\nsuch\x1b[31m")

    def test_memory_too_small(self):
        path = self.write("big.elf", elfs.elf64([elfs.segment(memsz=64 << 20)]))
        self.refused("needs 64 MiB .* has 32 MiB", "run", path, "--mem", "32M")
        self.info(path, "--mem", "128M")


class Usage(Case):
    def test_nothing(self):
        result = call()
        self.assertEqual((result.returncode, result.stdout), (2, ""))
        self.assertIn("sel4ux run IMAGE", result.stderr)

    def test_wrong_usage(self):
        good = self.good
        for pattern, *args in (
            ("did you mean 'run'", "rum", good),
            ("sel4ux run .*good.elf", good),
            ("unknown command 'frobnicate'; see", "frobnicate"),
            ("run needs an image", "run"),
            ("info needs an image", "info"),
            ("one image at a time.*a kernel's image is not needed", "run", good, good),
            ("did you mean --timeout", "run", "--timout", "3", good),
            ("did you mean --engine", "run", "--engin=trap", good),
            ("unknown option --zzzzzzzz; see", "run", "--zzzzzzzz", good),
            ("unknown option -z", "run", "-z", good),
            ("unknown option --engine", "info", "--engine", "trap", good),
            ("--mem needs a value", "run", good, "--mem"),
            ("--quiet takes no value", "run", good, "--quiet=yes"),
            ("did you mean ptrace", "run", good, "--engine", "ptrac"),
            ("no such engine; 'sel4ux run --help'", "run", good, "--engine", "qemu"),
            ("must be a size", "run", good, "--mem", "lots"),
            ("must be a size", "run", good, "--mem", "3GB"),
            ("must be a size", "run", good, "--mem", "-3G"),
            ("must be between", "run", good, "--mem", "1M"),
            ("must be between", "run", good, "--mem", "65G"),
            ("must be between", "run", good, "--mem", "99999999999999999999G"),
            ("must be between", "run", good, "--mem", "99999999999999T"),
            ("multiple of 4096", "run", good, "--mem", "33554433"),
            ("must be seconds", "run", good, "--timeout", "soon"),
            ("must be seconds", "run", good, "--timeout", "-1"),
            ("must be seconds", "run", good, "--timeout", "nan"),
            ("must be seconds", "run", good, "--timeout", "1e400"),
            ("--exit-on needs a text", "run", good, "--exit-on", ""),
            ("--exit-on needs a text", "run", good, "--exit-on", "two\nlines"),
            ("no help on 'walk'", "help", "walk"),
        ):
            with self.subTest(args=args):
                self.refused(pattern, *args)

    def test_two_dashes_end_the_options(self):
        self.refused(r"error: --help: cannot open: No such file", "info", "--", "--help",
                     cwd=self.dir)

    def test_options_before_and_after_the_image(self):
        for args in (["-m", "64M", self.good], [self.good, "-m64M"], ["--mem=64M", "--", self.good]):
            self.assertIn("64 MiB of memory (--mem)", self.info(*args))

    def test_help_and_version(self):
        for args, word in ((["--help"], "exit codes:"), (["-h"], "usage:"), (["help"], "usage:"),
                           (["run", "--help"], "--exit-on TEXT"), (["help", "run"], "examples:"),
                           (["info", "-h"], "info IMAGE"), (["--version"], "sel4ux "),
                           (["version"], "sel4ux ")):
            with self.subTest(args=args):
                result = call(*args)
                self.assertEqual((result.returncode, result.stderr), (0, ""))
                self.assertIn(word, result.stdout)
                self.assertLessEqual(max(map(len, result.stdout.splitlines())), 100)

    def test_full_disk_is_a_failure(self):
        with open("/dev/full", "w") as full:
            result = subprocess.run([SEL4UX, "--help"], stdout=full, stderr=subprocess.PIPE)
        self.assertEqual(result.returncode, 1)
        self.assertIn(b"cannot write", result.stderr)

    def test_colour_only_on_a_terminal(self):
        def on_terminal(**extra):
            master, slave = os.openpty()
            env = {k: v for k, v in os.environ.items() if k != "NO_COLOR"}
            subprocess.run([SEL4UX, "run"], stderr=slave, env={**env, **extra})
            os.close(slave)
            text = os.read(master, 4096)
            os.close(master)
            return text

        self.assertIn(b"\x1b[", on_terminal())
        self.assertIn(b"\x1b[", on_terminal(NO_COLOR=""))
        self.assertNotIn(b"\x1b[", on_terminal(NO_COLOR="1"))
        self.assertNotIn("\x1b[", call("run").stderr)


class Configuration(Case):
    TREE = "kernel/gen_config/kernel/gen_config.json"
    PLACES = (TREE, "gen_config/kernel/gen_config.json", "gen_config.json",
              "include/kernel/gen_config.json")

    def test_default_is_the_base_configuration(self):
        text = self.info(self.good)
        self.assertIn("none found near the image", text)
        names = re.findall(r"^  ([A-Z0-9_]{3,}) ", text.split("kernel configuration")[1], re.M)
        self.assertGreater(len(set(names) & set(KERNEL)), 20)
        for name in names:
            value, reason = self.option(text, name)
            self.assertEqual(reason, "default")
            if name in KERNEL:
                self.assertEqual(value, str(KERNEL[name]).lower(), name)

    def test_build_tree_is_found(self):
        for place in ("images", ".", "a/b", "images/deep/x"):
            for config in self.PLACES:
                with self.subTest(image=place, config=config), tempfile.TemporaryDirectory() as t:
                    self.dir = pathlib.Path(t).resolve()
                    self.write(config, {**KERNEL, "ROOT_CNODE_SIZE_BITS": "17"})
                    text = self.info(self.write(f"{place}/task", elfs.GOOD))
                    self.assertIn(f"{self.dir / config} (found near the image)", text)
                    self.assertEqual(self.option(text, "ROOT_CNODE_SIZE_BITS"), ("17", "the file"))

    def test_no_deeper_than_three_folders(self):
        self.write(self.TREE, KERNEL)
        self.assertIn("none found", self.info(self.write("1/2/3/4/task", elfs.GOOD)))

    def test_nearest_folder_and_order_win(self):
        self.write("gen_config.json", {**KERNEL, "ROOT_CNODE_SIZE_BITS": "10"})
        self.write("b/gen_config.json", {**KERNEL, "ROOT_CNODE_SIZE_BITS": "11"})
        image = self.write("b/images/task", elfs.GOOD)
        self.assertEqual(self.option(self.info(image), "ROOT_CNODE_SIZE_BITS")[0], "11")
        self.write("b/" + self.TREE, {**KERNEL, "ROOT_CNODE_SIZE_BITS": "12"})
        self.assertEqual(self.option(self.info(image), "ROOT_CNODE_SIZE_BITS")[0], "12")

    def test_file_beats_default_and_set_beats_file(self):
        other = self.write("other.json", {**KERNEL, "TIME_SLICE": "9", "NUM_DOMAINS": "16",
                                          "KERNEL_MCS": True, "NUM_DOMAIN_SCHEDULES": "100"})
        self.write("gen_config.json", {**KERNEL, "TIME_SLICE": "7"})
        self.assertEqual(self.option(self.info(self.good), "TIME_SLICE"), ("7", "the file"))
        text = self.info(self.good, "--config", other, "--set", "time_slice=11",
                         "--set=CONFIG_ROOT_CNODE_SIZE_BITS=0x11", "-sMCS=off")
        self.assertIn("other.json (--config)", text)
        for name, value in (("TIME_SLICE", "11"), ("ROOT_CNODE_SIZE_BITS", "17"),
                            ("KERNEL_MCS", "false")):
            self.assertEqual(self.option(text, name), (value, "--set"))
        self.assertEqual(self.option(text, "NUM_DOMAINS"), ("16", "the file"))

    def test_missing_options(self):
        kernel = {k: v for k, v in KERNEL.items()
                  if k not in ("TIME_SLICE", "HUGE_PAGE", "SET_TLS_BASE_SELF")}
        self.write("gen_config.json", kernel)
        text = self.info(self.good)
        self.assertEqual(self.option(text, "TIME_SLICE"), ("5", "default; not in the file"))
        for name in "HUGE_PAGE", "SET_TLS_BASE_SELF":
            self.assertEqual(self.option(text, name), ("false", "not in the file: off"))

    def test_bad_files(self):
        def changed(**values):
            return {**KERNEL, **values}

        for data, pattern in (
            ("", "is empty"),
            ("{\n\"KERNEL_MCS\": tru\n}", "line 2: is not valid JSON"),
            ("{" * 5000, "not valid JSON"),
            (json.dumps(KERNEL) + "x", "not one JSON object"),
            ([1, 2], "not one JSON object"),
            (b"\0\0\0\0", "not valid JSON"),
            ({}, "has no SEL4_ARCH"),
            (changed(SEL4_ARCH="aarch64"), "SEL4_ARCH is aarch64"),
            (changed(SEL4_ARCH="ia32"), "SEL4_ARCH is ia32"),
            (changed(WORD_SIZE="32"), "WORD_SIZE is 32"),
            (changed(ARCH="arm"), "ARCH is arm"),
            (changed(ARCH_IA32=True), "ARCH_IA32 is true"),
            (changed(ARCH_X86_64=False), "ARCH_X86_64 is false"),
            (changed(PLAT="qemu"), "PLAT is qemu"),
            (changed(SEL4_ARCH=64), "SEL4_ARCH is a number"),
            (changed(SYSENTER=True, SYSCALL=False), "SYSENTER is true"),
            (changed(NUM_PRIORITIES="257"), "between 1 and 256"),
            (changed(KERNEL_LOG_BUFFER=True), "KERNEL_LOG_BUFFER is true"),
            (changed(XSAVE=True), "XSAVE and FXSAVE are both true"),
            (changed(XSAVE=True, FXSAVE=False), "XSAVE=true contradicts XSAVE_SIZE=512"),
            (changed(XSAVE=True, FXSAVE=False, XSAVE_SIZE="832", XSAVE_FEATURE_SET="15"),
             "only x87, SSE and AVX"),
            (changed(XSAVE=True, FXSAVE=False, XSAVE_SIZE="576", XSAVE_FEATURE_SET="7"),
             "AVX state takes 832"),
            (changed(ENABLE_BENCHMARKS=True), "ENABLE_BENCHMARKS and NO_BENCHMARKS"),
            (changed(BENCHMARK_TRACK_UTILISATION=True), "contradicts ENABLE_BENCHMARKS"),
            (changed(MAX_NUM_NODES="4", NUM_DOMAINS="2"), "contradicts NUM_DOMAINS=2"),
            (changed(KERNEL_MCS=True, MAX_NUM_BOOTINFO_UNTYPED_CAPS="245"), "boot info page"),
            (changed(KERNEL_MCS="true"), "KERNEL_MCS is a string"),
            (changed(KERNEL_MCS=1), "KERNEL_MCS is a number"),
            (changed(KERNEL_MCS=None), "KERNEL_MCS is null"),
            (changed(TIME_SLICE=True), "TIME_SLICE is true instead of a number"),
            (changed(TIME_SLICE=[5]), "TIME_SLICE is an array"),
            (changed(TIME_SLICE="five"), "must be a number"),
            (changed(TIME_SLICE=5.5), "must be a number"),
            (changed(TIME_SLICE=-5), "must be a number"),
            (changed(TIME_SLICE="0"), "TIME_SLICE=0: the value must be between"),
            (changed(ROOT_CNODE_SIZE_BITS="6"), "between 7 and 26"),
            (changed(ROOT_CNODE_SIZE_BITS="27"), "between 7 and 26"),
            (changed(NUM_DOMAINS="257"), "between 1 and 256"),
            (changed(RETYPE_FAN_OUT_LIMIT="4294967296"), "between 1 and 4294967295"),
            (changed(RETYPE_FAN_OUT_LIMIT="99999999999999999999999"), "must be between"),
        ):
            with self.subTest(data=str(data)[:60] if not isinstance(data, dict) else pattern):
                path = self.write("config.json", data)
                for command in "run", "info":
                    self.assertIn(str(path),
                                  self.refused(pattern, command, self.good, "--config", path))

    def test_bad_file_in_the_build_tree_is_named(self):
        path = self.write(self.TREE, "nonsense")
        self.assertIn(str(path), self.refused("line 1", "run", self.write("images/t", elfs.GOOD)))

    def test_config_by_folder(self):
        for place in self.PLACES:
            with self.subTest(place=place), tempfile.TemporaryDirectory() as folder:
                path = pathlib.Path(folder).resolve() / place
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_text(json.dumps({**KERNEL, "ROOT_CNODE_SIZE_BITS": "17"}))
                text = self.info(self.good, "--config", folder)
                self.assertIn(f"{path} (--config)", text)
                self.assertEqual(self.option(text, "ROOT_CNODE_SIZE_BITS"), ("17", "the file"))

    def test_image_that_lost_its_configuration(self):
        def warnings(*args):
            return call("run", self.good, "--quiet", *args).stderr.count("warning: no gen_config")

        self.assertEqual(warnings(), 0)
        for kernel in "kernel-x86_64-pc99", "sel4.elf":
            with self.subTest(kernel=kernel):
                path = self.write(kernel, elfs.elf32(body=elfs.multiboot1()))
                self.assertEqual(warnings(), 1)
                self.assertEqual(warnings("--set", "mcs=off"), 0)
                path.unlink()
        self.write("sel4.elf", "")
        self.write("gen_config.json", KERNEL)
        self.assertEqual(warnings(), 0)

    def test_config_that_cannot_be_read(self):
        self.refused("nothing.json: cannot open", "run", self.good, "--config", "nothing.json")
        self.refused("no .*gen_config.json in this folder", "run", self.good, "--config", self.dir)
        self.refused("--config needs", "run", self.good, "--config=")
        self.refused("too long", "run", self.good, "--config", "x" * 5000)

    def test_bad_sets(self):
        for value, pattern in (
            ("KERNEL_MCS", "must be KEY=VALUE"),
            ("=true", "must be KEY=VALUE"),
            ("", "must be KEY=VALUE"),
            ("ROOT_CNODE_SIZE=17", "did you mean ROOT_CNODE_SIZE_BITS"),
            ("CONFIG_KERNEL_MSC=true", "did you mean KERNEL_MCS"),
            ("FLUX_CAPACITOR=1", "no such option;"),
            ("K" * 300 + "=1", "no such option"),
            ("KERNEL_MCS=maybe", "true or false"),
            ("KERNEL_MCS=", "true or false"),
            ("TIME_SLICE=", "must be a number"),
            ("TIME_SLICE=5x", "must be a number"),
            ("TIME_SLICE=0x", "must be a number"),
            ("TIME_SLICE=-1", "must be a number"),
            ("ROOT_CNODE_SIZE_BITS=99", "between 7 and 26"),
            ("MAX_NUM_NODES=257", "between 1 and 256"),
        ):
            with self.subTest(set=value):
                self.refused(pattern, "run", self.good, "--set", value)


class Labels(Case):
    def setUp(self):
        super().setUp()
        self.config = self.write("build/kernel/gen_config/kernel/gen_config.json", KERNEL)
        self.image = self.write("build/images/task", elfs.GOOD)

    def labels(self, data, place="build/kernel/generated/invocations_all.json"):
        return self.write(place, data)

    def test_found_and_used(self):
        for place in ("build/kernel/generated/invocations_all.json",
                      "build/kernel/gen_config/kernel/invocations_all.json"):
            path = self.labels({**LABELS, "FutureThing": 90}, place)
            text = self.info(self.image)
            self.assertIn(f"3 invocations, from {path} (and 1 that", text)
            path.unlink()
        self.assertIn("computed from the configuration (seL4 16.0)", self.info(self.image))

    def test_set_that_changes_labels_beats_the_file(self):
        self.labels(LABELS)
        self.assertIn("3 invocations, from", self.info(self.image, "--set", "TIME_SLICE=6"))
        text = self.info(self.image, "--set", "HARDWARE_DEBUG_API=true")
        self.assertIn("--set changes the labels of", text)

    def test_bad_labels(self):
        for data, pattern in (
            ("{", "not valid JSON"),
            ({"TCBConfigure": "7"}, "TCBConfigure is a string"),
            ({"TCBConfigure": 0}, "whole numbers from 1 to"),
            ({"TCBConfigure": 160}, "whole numbers from 1 to"),
            ({"TCBConfigure": 1.5}, "whole numbers from 1 to"),
            ({"TCBConfigure": -1e300}, "whole numbers from 1 to"),
            ({"TCBConfigure": 7, "TCBSuspend": 7}, "share label 7"),
            ({**LABELS, "SchedContextBind": 30}, "contradicts KERNEL_MCS=false"),
            ({**LABELS, "TCBSetBreakpoint": 30}, "contradicts HARDWARE_DEBUG_API=false"),
        ):
            with self.subTest(labels=data):
                path = self.labels(data)
                self.assertIn(str(path), self.refused(pattern, "run", self.image))

    def test_labels_of_a_build_without_mcs_do_not_fit_mcs(self):
        self.labels(LABELS)
        self.config.write_text(json.dumps({**KERNEL, "KERNEL_MCS": True}))
        self.refused("contradicts KERNEL_MCS=true: it has no SchedContextBind", "run", self.image)


if __name__ == "__main__":
    if len(sys.argv) > 1 and not sys.argv[1].startswith("-"):
        SEL4UX = str(pathlib.Path(sys.argv.pop(1)).resolve())
    unittest.main()
