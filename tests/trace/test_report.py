#!/usr/bin/env python3
"""sel4ux report: what it says of files that are no traces, and its page in a real browser.

    tests/trace/test_report.py SEL4UX --guests FOLDER [--screenshot FILE] [unittest arguments]

The page is opened by headless Chromium with a script that uses it as a person does; what that sees is
compared with the trace as protoc decodes it.
"""

import argparse
import html
import json
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile
import unittest

from decode import Trace

CHROMIUM = ["--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
            "--disable-background-networking", "--disable-component-update", "--disable-sync",
            "--hide-scrollbars", "--window-size=1400,2400", "--virtual-time-budget=60000"]
BROWSER = shutil.which("chromium") or shutil.which("chromium-browser")
SECONDS = 150
options = None

USER = """
<script>
(async () => {
  const pause = (ms) => new Promise((done) => setTimeout(done, ms));
  for (let i = 0; i < 400 && document.body.dataset.state === "loading"; i++)
    await pause(20);
  const text = (node) => node ? node.textContent.replace(/\\s+/g, " ").trim() : null;
  const table = (selector) => [...document.querySelectorAll(`${selector} tbody tr`)]
    .map((row) => [...row.children].map(text));
  const canvas = document.getElementById("canvas");
  const colours = () => {
    const data = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height).data;
    const seen = new Set();
    for (let i = 0; i < data.length; i += 4)
      seen.add(data[i] << 16 | data[i + 1] << 8 | data[i + 2]);
    return seen.size;
  };
  const seen = { state: document.body.dataset.state, notice: text(document.querySelector("#notice")),
    title: document.title };
  seen.tiles = Object.fromEntries([...document.querySelectorAll(".tile")]
    .map((tile) => [text(tile.querySelector("span")), text(tile.querySelector("b"))]));
  seen.edges = table("#edges");
  seen.nodes = document.querySelectorAll("#graph .node").length;
  seen.arrows = document.querySelectorAll("#graph .edge").length;
  for (const name of ["threads", "calls", "faults", "irqs", "kinds"])
    seen[name] = table(`#${name}`);
  const until = async (holds) => {
    for (let i = 0; i < 250 && !holds(); i++)
      await pause(20);
    return holds();
  };
  await until(() => colours() > 20);
  seen.colours = colours();
  const before = canvas.toDataURL(), differs = () => canvas.toDataURL() !== before;
  document.querySelector('[data-zoom="in"]').click();
  seen.zoomed = await until(differs);
  document.querySelector('[data-zoom="fit"]').click();
  seen.fits = await until(() => !differs());
  const row = document.querySelector("#calls tbody tr");
  if (row)
    row.click();
  seen.details = text(document.getElementById("details"));
  const find = document.getElementById("find");
  find.value = "fault message";
  find.dispatchEvent(new KeyboardEvent("keydown", { key: "Enter" }));
  seen.found = text(document.getElementById("details"));
  document.querySelector('[data-zoom="fit"]').click();
  const theme = document.documentElement.dataset.theme;
  document.getElementById("theme").click();
  seen.redrawn = await until(differs);
  seen.themes = [theme, document.documentElement.dataset.theme];
  document.querySelector('[data-group="thread"]').click();
  seen.threadNodes = document.querySelectorAll("#graph .node").length;
  document.body.append(Object.assign(document.createElement("pre"),
    { id: "seen", textContent: JSON.stringify(seen) }));
})();
</script>
"""


def report(*arguments):
    return subprocess.run([options.sel4ux, "report", *map(str, arguments)], capture_output=True,
                          check=False)


def record(folder, guest, stdin=b""):
    trace, image = os.path.join(folder, "trace"), os.path.join(options.guests, guest + ".elf")
    given = os.path.join(folder, "input")
    pathlib.Path(given).write_bytes(stdin)
    with open(given, "rb") as file:
        subprocess.run([options.sel4ux, "run", "--quiet", "--time", "virtual", "--trace", trace,
                        image], stdin=file, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
                       check=True)
    return trace


class Case(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory(prefix="sel4ux-report-")
        self.addCleanup(folder.cleanup)
        self.folder = folder.name

    def path(self, name, data=None):
        path = os.path.join(self.folder, name)
        if data is not None:
            pathlib.Path(path).write_bytes(data)
        return path


class Arguments(Case):
    def refuses(self, code, message, *arguments):
        done = report(*arguments)
        self.assertEqual(done.returncode, code, done)
        self.assertIn(message, done.stderr.decode())
        self.assertEqual(done.stderr.decode().count("\n"), 1, done.stderr)

    def test_wrong_use(self):
        self.refuses(2, "report needs a trace; see 'sel4ux report --help'")
        self.refuses(2, "'b' is one too many", "a", "b")
        self.refuses(2, "did you mean --output?", "a", "--outptu", "b")
        self.refuses(2, "--events x: must be a number", "a", "--events", "x")
        self.refuses(2, "--output needs the name", "a", "-o", "")

    def test_files_that_are_no_traces(self):
        self.refuses(2, "No such file", self.path("nothing"))
        self.refuses(2, "empty: empty", self.path("empty", b""))
        self.refuses(2, "not a Perfetto trace", self.path("text", b"Hello, world\n" * 100))
        self.refuses(2, "not a Perfetto trace", os.path.join(options.guests, "known.elf"))
        self.refuses(2, "without track events", self.path("packets", b"\x0a\x02\x50\x01" * 4))
        self.refuses(2, "Is a directory", self.folder)

    def test_damage_is_found_and_named(self):
        trace = pathlib.Path(record(self.folder, "known")).read_bytes()
        damaged = trace[:20000] + b"\xff" * 40 + trace[20040:]
        self.refuses(2, "damaged at byte 1", self.path("damaged", damaged))

    def test_output(self):
        trace = record(self.folder, "known")
        self.refuses(2, "that is the trace itself", trace, "-o", trace)
        self.refuses(1, "No space left on device", trace, "-o", "/dev/full")
        self.refuses(2, "No such file or directory", trace, "-o", "/nowhere/page.html")
        done = report(trace)
        self.assertEqual(done.returncode, 0)
        self.assertEqual(report(trace, "-o", "-").stdout,
                         pathlib.Path(trace + ".html").read_bytes())

    def test_a_cut_off_trace_is_reported_up_to_the_cut(self):
        trace = pathlib.Path(record(self.folder, "known")).read_bytes()
        done = report(self.path("cut", trace[:-7]))
        self.assertEqual(done.returncode, 0, done)
        self.assertIn(b"is cut off: its last ", done.stderr)
        self.assertIn(b"no whole packet", done.stderr)

    def test_the_page_asks_for_nothing(self):
        page = report(record(self.folder, "known"), "-o", "-").stdout.decode()
        page = page.replace("http://www.w3.org/2000/svg", "")  # a name, not an address
        for word in ("http://", "https://", "<link", "src=", "@import", "url(", "fetch(", "import("):
            self.assertNotIn(word, page.replace("url(#arrow-", ""), word)


@unittest.skipIf(BROWSER is None, "no chromium (Debian package chromium)")
class Browser(Case):
    def open(self, page, *arguments):
        profile = os.path.join(self.folder, "profile")
        done = subprocess.run([BROWSER, *CHROMIUM, f"--user-data-dir={profile}", *arguments,
                               f"file://{page}"], capture_output=True, check=False,
                              timeout=SECONDS)
        shutil.rmtree(profile, ignore_errors=True)
        return done.stdout.decode()

    def use(self, *arguments):
        page = self.path("page.html")
        done = report(*arguments, "-o", page)
        self.assertEqual(done.returncode, 0, done)
        text = pathlib.Path(page).read_text(encoding="utf-8")
        used = self.path("used.html", text.replace("</body>", USER + "</body>").encode())
        match = re.search(r'<pre id="seen">(.*?)</pre>', self.open(used, "--dump-dom"), re.S)
        self.assertIsNotNone(match, "the page's script did not come to its end")
        return json.loads(html.unescape(match[1]))

    def test_known_guest(self):
        path = record(self.folder, "known")
        trace = Trace(pathlib.Path(path).read_bytes())
        seen = self.use(path)
        self.assertEqual(seen["state"], "ready", seen["notice"])
        self.assertEqual(seen["notice"], "")
        self.assertEqual(seen["title"], "trace: sel4ux trace")
        tiles = {k: v.replace(",", "") for k, v in seen["tiles"].items()}
        slices = [s for s in trace.slices if s.begin.track["tid"] is not None]
        self.assertEqual(tiles["kernel entries"], str(len(slices)))
        self.assertEqual(tiles["faults"], str(sum(e.category == "fault" for e in trace.events)))
        self.assertEqual(tiles["messages and replies"], str(sum(
            e.type == "TYPE_INSTANT" and e.category == "ipc" and e.name != "sent"
            for e in trace.events)))
        self.assertEqual(tiles["thread switches"], str(sum(
            e.type == "TYPE_SLICE_BEGIN" and e.track["name"] == "CPU" for e in trace.events)))
        self.assertEqual(tiles["threads"], "4")
        self.assertEqual(len(seen["threads"]), 4)
        self.check_figures(seen, trace)
        self.check_use(seen)

    def check_figures(self, seen, trace):
        calls = [s for s in trace.slices if s.begin.name in ("Call", "VM fault") and s.begin.flows
                 and s.end]
        self.assertEqual(len(seen["calls"]), len(calls))
        self.assertEqual([row[:2] for row in seen["faults"]], [["known victim #4", "VM fault"]] * 3)
        self.assertEqual(seen["nodes"], 1)  # one VSpace
        self.assertEqual(seen["threadNodes"], 4)
        kinds = {row[0].rsplit(" ", 1)[0]: row[2].replace(",", "") for row in seen["kinds"]}
        self.assertEqual(kinds["DebugPutChar"], str(len(trace.find("DebugPutChar",
                                                                   "TYPE_SLICE_BEGIN"))))
        self.assertEqual(kinds["signal kept"], "4")

    def check_use(self, seen):
        self.assertGreater(seen["colours"], 20)
        self.assertTrue(seen["zoomed"])
        self.assertTrue(seen["fits"])
        self.assertTrue(seen["redrawn"])
        self.assertRegex(seen["details"], r"^(Call|VM fault) ?track")
        self.assertRegex(seen["found"], r"^fault message ?track ?rootserver")
        self.assertEqual(sorted(seen["themes"]), ["dark", "light"])

    def test_several_processes(self):
        path = record(self.folder, "sos", b"ls | wc\nexit\n")
        trace = Trace(pathlib.Path(path).read_bytes())
        seen = self.use(path, "--events", "1000")
        self.assertEqual(seen["state"], "ready", seen["notice"])
        self.assertIn("The timeline holds the first 1,000 slices and instants", seen["notice"])
        self.assertEqual(seen["nodes"], len(trace.processes()))
        self.assertGreaterEqual(seen["arrows"], len(trace.processes()) - 1)
        self.assertEqual(int(seen["irqs"][0][1].replace(",", "")),
                         sum(e.category == "interrupt" for e in trace.events))

    def test_screenshot(self):
        shot = options.screenshot or self.path("page.png")
        page = self.path("page.html")
        self.assertEqual(report(record(self.folder, "process"), "-o", page).returncode, 0)
        self.open(page, f"--screenshot={shot}")
        self.assertTrue(pathlib.Path(shot).read_bytes().startswith(b"\x89PNG\r\n\x1a\n"))


def main():
    global options
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("sel4ux")
    parser.add_argument("--guests", required=True)
    parser.add_argument("--screenshot")
    options, rest = parser.parse_known_args()
    if shutil.which("protoc") is None:
        print("SKIPPED: no protoc (Debian package protobuf-compiler)")
        return 77
    return 0 if unittest.main(argv=[sys.argv[0], *rest], exit=False).result.wasSuccessful() else 1


if __name__ == "__main__":
    sys.exit(main())
