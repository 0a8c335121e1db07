#!/usr/bin/env python3
"""check.py finds each kind of disagreement: a change to one of its inputs, and what it must say."""

import json
import shutil
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]


class Disagreement(unittest.TestCase):
    def setUp(self):
        self.folder = Path(tempfile.mkdtemp())
        self.addCleanup(shutil.rmtree, self.folder)
        self.golden = self.folder / "golden"
        shutil.copytree(ROOT / "tests/golden", self.golden)
        self.table = json.loads((HERE / "table.json").read_text())
        self.abi = json.loads((ROOT / "abi/sel4-16.0-x86_64.json").read_text())
        self.document = self.folder / "conformance.md"
        shutil.copy(ROOT / "docs/conformance.md", self.document)

    def check(self, *more):
        for name in ("table", "abi"):
            (self.folder / f"{name}.json").write_text(json.dumps(getattr(self, name)))
        done = subprocess.run(
            [sys.executable, HERE / "check.py", "--table", self.folder / "table.json",
             "--abi", self.folder / "abi.json", "--golden", self.golden,
             "--document", self.document, *more], capture_output=True, text=True, check=False)
        self.assertEqual(done.returncode, 1 if done.stdout else 0, done.stderr)
        return done.stdout

    def entry(self, kind, name):
        return next(e for e in self.table[kind] if e["name"] == name)

    def change(self, name, old, new):
        path = self.golden / name
        text = path.read_text()
        self.assertIn(old, text)
        path.write_text(text.replace(old, new))

    def test_nothing_changed(self):
        self.assertEqual(self.check(), "")

    def test_entry_missing(self):
        self.table["invocations"].remove(self.entry("invocations", "CNodeMove"))
        self.assertIn("CNodeMove (always) is in the ABI but not in the table", self.check())

    def test_invocation_added_to_the_abi(self):
        self.abi["invocations"].append({"label": "TCBFly"})
        self.assertIn("TCBFly (always) is in the ABI but not in the table", self.check())

    def test_system_call_removed_from_the_abi(self):
        self.abi["syscalls"] = [s for s in self.abi["syscalls"] if s["name"] != "SetTLSBase"]
        self.assertIn("SetTLSBase (set_tls_base_self) is in the table but not in the ABI",
                      self.check())

    def test_no_success(self):
        paths = self.entry("invocations", "TCBSuspend")["paths"]
        paths[0] = dict(paths[0], path="failure")
        self.assertIn("TCBSuspend: the table has no success", self.check())

    def test_path_that_no_guest_shows(self):
        self.entry("invocations", "TCBSuspend")["paths"].append(
            {"path": "tired", "result": "IllegalOperation", "cause": ""})
        said = self.check()
        self.assertIn("TCBSuspend/tired: no guest shows it without MCS", said)
        self.assertIn("TCBSuspend/tired: no guest shows it with MCS", said)

    def test_line_gone_from_a_transcript(self):
        self.change("conform_tcb.txt", "TCBSetPriority/authority: ", "something else: ")
        said = self.check()
        self.assertIn("TCBSetPriority/authority: no guest shows it without MCS", said)
        self.assertNotIn("TCBSetPriority/authority: no guest shows it with MCS", said)

    def test_transcript_gone(self):
        (self.golden / "conform_asid.txt").unlink()
        self.assertIn("X86ASIDPoolAssign/success: no guest shows it without MCS", self.check())

    def test_other_error(self):
        self.change("conform_tcb.txt", "TCBSetPriority/authority: InvalidCapability 1",
                    "TCBSetPriority/authority: InvalidCapability 10")
        self.assertIn("shows `InvalidCapability 10`, the table says `InvalidCapability 1`",
                      self.check())

    def test_line_that_the_table_does_not_have(self):
        self.change("conform_tcb.txt", "TCBSuspend/success: ok",
                    "TCBSuspend/success: ok\nTCBSuspend/tired: IllegalOperation")
        self.assertIn("TCBSuspend/tired: shown by conform_tcb (debug) but not in the table",
                      self.check())

    def test_release_has_its_own_transcript(self):
        self.change("conform_debug.release.txt", "DebugHalt/absent", "something else")
        self.assertIn("DebugHalt/absent: no guest shows it without MCS", self.check())

    def test_unreachable_but_shown(self):
        path = self.entry("invocations", "TCBSuspend")["paths"][0]
        path["unreachable"] = "nobody can"
        self.assertIn("TCBSuspend/success: conform_tcb shows it, so it is not out of reach",
                      self.check())

    def test_document_not_up_to_date(self):
        self.document.write_text(self.document.read_text().replace("# Conformance", "# Other"))
        self.assertIn("is not up to date", self.check())
        self.check("--write")
        self.assertEqual(self.check(), "")


if __name__ == "__main__":
    unittest.main()
