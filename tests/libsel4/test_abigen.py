#!/usr/bin/env python3
"""tools/abigen.py for one configuration: what settings lead to, and what it says to wrong ones."""

import json
import sys
import tempfile
import unittest
from pathlib import Path

from libsel4 import ABIGEN, must, run


class Abigen(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.TemporaryDirectory()
        self.addCleanup(self.folder.cleanup)
        self.out = Path(self.folder.name) / "out"

    def kernel(self, *arguments):
        must([sys.executable, ABIGEN, "--guest", self.out, *arguments])
        return json.loads((self.out / "gen_config.json").read_text())

    def complaint(self, *arguments):
        done = run([sys.executable, ABIGEN, "--guest", self.out, *arguments])
        self.assertEqual(done.returncode, 1, done.stdout)
        self.assertNotIn("Traceback", done.stderr)
        self.assertFalse(self.out.exists())
        return done.stderr

    def write(self, **settings):
        path = Path(self.folder.name) / "settings.json"
        path.write_text(json.dumps(settings))
        return path

    def test_defaults_are_debug(self):
        kernel = self.kernel()
        self.assertTrue(kernel["DEBUG_BUILD"])
        self.assertFalse(kernel["KERNEL_MCS"])

    def test_mcs_has_its_own_keys(self):
        kernel = self.kernel("KERNEL_MCS=ON")
        self.assertNotIn("TIME_SLICE", kernel)
        self.assertEqual(kernel["BOOT_THREAD_TIME_SLICE"], "5")

    def test_a_choice_and_its_members_agree(self):
        for setting in ("KERNEL_X86_FPU=XSAVE", "CONFIG_XSAVE=1", "XSAVE=on"):
            kernel = self.kernel(setting)
            self.assertEqual((kernel["XSAVE"], kernel["FXSAVE"], kernel["XSAVE_SIZE"]),
                             (True, False, "576"))

    def test_settings_win_over_files(self):
        path = self.write(CONFIG_ROOT_CNODE_SIZE_BITS=12, NUM_DOMAINS="4")
        kernel = self.kernel("--config", path, "NUM_DOMAINS=16")
        self.assertEqual((kernel["ROOT_CNODE_SIZE_BITS"], kernel["NUM_DOMAINS"]), ("12", "16"))

    def test_a_whole_file_stands_alone(self):
        kernel = self.kernel("HARDWARE_DEBUG_API=ON", "SET_TLS_BASE_SELF=OFF")
        path = self.write(**kernel, ARM_CORTEX_A9=False)
        again = self.kernel("--config", path)
        self.assertEqual(again, {**kernel, "ARM_CORTEX_A9": False})

    def test_numbers_follow(self):
        self.kernel("KERNEL_MCS=ON", "HARDWARE_DEBUG_API=ON", "IOMMU=ON")
        labels = json.loads((self.out / "invocations_all.json").read_text())
        self.assertEqual(labels["X86PageMap"], 51)

    def test_library_settings(self):
        self.kernel("LIB_SEL4_PUBLIC_SYMBOLS=ON")
        text = (self.out / "sel4/gen_config.h").read_text()
        self.assertIn("CONFIG_LIB_SEL4_PUBLIC_SYMBOLS 1", text)
        self.assertNotIn("INLINE_INVOCATIONS", text)

    def test_same_input_leaves_files_alone(self):
        self.kernel("NUM_DOMAINS=2")
        before = {p: p.stat().st_mtime_ns for p in self.out.rglob("*") if p.is_file()}
        self.kernel("NUM_DOMAINS=2")
        self.assertEqual(before, {p: p.stat().st_mtime_ns for p in before})

    def test_complaints(self):
        for arguments, text in (
            (["KERNEL_MC=ON"], "no setting KERNEL_MC; near it: KERNEL_MCS"),
            (["KERNEL_MCS=maybe"], "KERNEL_MCS is a yes or no: ON or OFF, not 'maybe'"),
            (["NUM_DOMAINS=ON"], "NUM_DOMAINS is a number, not 'ON'"),
            (["NUM_DOMAINS=300"], "NUM_DOMAINS is 300, outside 1 to 256"),
            (["FXSAVE=OFF"], "FXSAVE is off: say which of KERNEL_X86_FPU"),
            (["XSAVE=ON", "FXSAVE=ON"], "KERNEL_X86_FPU is FXSAVE and XSAVE at once"),
            (["KERNEL_X86_FPU=AVX"], "KERNEL_X86_FPU is one of FXSAVE, XSAVE"),
            (["KERNEL_MCS=ON", "TIME_SLICE=5"], "TIME_SLICE exists with not KERNEL_MCS only"),
            (["SEL4_ARCH=aarch64"], "SEL4_ARCH is aarch64: only x86_64 is here"),
            (["KERNEL_MCS"], "'KERNEL_MCS' is not KEY=VALUE"),
            (["--base", "fast"], "no configuration fast; there are debug"),
            (["--config", "/nowhere.json"], "/nowhere.json: No such file"),
        ):
            self.assertIn(text, self.complaint(*arguments))

    def test_help_and_keys(self):
        self.assertIn("--guest OUTDIR", must([sys.executable, ABIGEN, "--help"]))
        self.assertIn("KERNEL_MCS=ON\n", must([sys.executable, ABIGEN, "--list-keys", "--base",
                                              "mcs-debug"]))


if __name__ == "__main__":
    unittest.main()
