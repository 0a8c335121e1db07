#!/usr/bin/env python3
"""gdb on a hosted program, as a person would use it.

    tests/tools/test_gdb.py BUILD [unittest arguments]          default: build
"""

import harness

ROUND = 4
SUM = 29 * ROUND                  # of the block that goes round then
TOTAL = 29 * sum(range(ROUND))    # of all blocks before


class Gdb(harness.Case):
    tool = "gdb"
    probe = ["gdb", "-nx", "-batch", "-return-child-result", "-ex", "run", "/bin/true"]

    @classmethod
    def prepare(cls):
        cls.exchange = cls.program("exchange", "-O0")

    def gdb(self, *commands, **env):
        words = [word for command in ("set pagination off", "set width 0", "set confirm off",
                                      *commands) for word in ("-ex", command)]
        done = self.call("gdb", "-nx", "-batch", *words, self.exchange, **env)
        self.assertEqual(done.returncode, 0, done.stdout)
        self.assertNotRegex(done.stdout, r"received signal|Program terminated")
        return done.stdout

    def test_breaks_on_both_sides_of_a_call(self):
        said = self.gdb(f"break ask if round == {ROUND}", f"break answer if round == {ROUND}",
                        "run", "bt", "continue", "bt", "finish", "continue")
        block = self.find(r'Thread \d+ "client" hit Breakpoint 1(?:\.\d)?, ask \(words=(0x\w+), round=4\)',
                          said).group(1)
        self.in_order(said, r'"client" hit Breakpoint 1',
                      r"^#0 +ask ", r"^#1 .* be_client ", r"^#2 .* thread_main ",
                      rf'Thread \d+ "server" hit Breakpoint 2(?:\.\d)?, answer \(words={block}, round=4\)',
                      r"^#0 +answer ", r"^#1 .* serve ", r"^#2 .* thread_main ",
                      rf"Value returned is \$1 = {SUM}$",
                      r"^client: 22620$", r"exited normally")

    def test_shows_every_thread_with_its_stack_and_locals(self):
        flags = "--time virtual"  # time slices are whole, whatever the host's load
        said = self.gdb(f"break answer if round == {ROUND}", "run", "info threads",
                        "thread apply all bt full", "kill", SEL4UX_FLAGS=flags)
        table = said[said.index("Target Id"):].partition("\n\n")[0]
        for name in "exchange", "spinner", "producer", "client", "server":
            self.find(rf'^[* ] +\d+ +Thread 0x\w+ \(LWP \d+\) "{name}" ', table)
        self.assertEqual(table.count("(LWP "), 5, table)
        stacks = {part.split('"')[1]: part for part in said.split("\nThread ")[1:]
                  if part.split("\n")[0].endswith('"):')}
        self.in_order(stacks["server"], r"^#0 +answer ", r"^#1 .* serve ", r"words = 0x")
        self.in_order(stacks["client"], r"seL4_Call ", r" ask \(words=0x\w+, round=4\)",
                      r" be_client ", rf"total = {TOTAL}$", r" thread_main ")
        self.in_order(stacks["exchange"], r"seL4_Wait ", r" wait_for_end ", r" main ",
                      r"collected = 231$")
        self.in_order(stacks["producer"], r"seL4_TCB_Suspend ", r" thread_main ")
        # The time slice's end interrupted it somewhere in its own code.
        self.in_order(stacks["spinner"], r"^#\d+ +<signal handler called>$", r" be_spinner ",
                      r"turns = [1-9]\d*$", r" thread_main ")

    def test_signals_do_not_stop_it(self):
        said = self.gdb("run")
        for line in harness.CLEAN.splitlines():  # took turns: there were time slices
            self.assertIn(f"{line}\n", said)
        self.assertIn("exited normally", said)

    def test_steps_over_a_system_call(self):
        call, after = harness.line_of("seL4_Call(endpoint"), harness.line_of("/* after the call")
        said = self.gdb(f"break ask if round == {ROUND}", "run", "next", "next", "next", "next",
                        "info locals", "info threads", "delete", "continue")
        self.in_order(said, r'"client" hit Breakpoint 1', rf"^{call}\t", rf"^{after}\t",
                      rf"^sum = {SUM}$", r'^\* +\d+ .* "client" ', r"exited normally")

    def test_knows_the_stack_at_each_instruction_of_the_entry(self):
        steps = 12
        said = self.gdb(f"break ask if round == {ROUND}", "run", "break *sel4ux_system_call",
                        "continue", *["stepi", "bt"] * steps, "delete", "continue")
        entry = said[said.index("Breakpoint 2, "):said.index("exited normally")]
        self.assertEqual(len(entry.split("\n#0 ")), steps + 1, entry)
        for stack in entry.split("\n#0 ")[1:]:
            self.in_order(stack, r"^#\d+ .* ask \(words=0x\w+, round=4\)", r"^#\d+ .* be_client ")

    def test_watches_what_another_thread_changes(self):
        self.need_watchpoints()
        said = self.gdb("break main", "run", "watch mailbox", "continue", "bt", "continue",
                        "delete", "continue")
        if "hardware" in said and "nsufficient" in said:
            self.skipTest("there are no hardware watchpoints")
        self.in_order(said, r"^Hardware watchpoint 2: mailbox$",
                      r'Thread \d+ "producer" hit Hardware watchpoint 2: mailbox',
                      r"^Old value = 0$", r"^New value = 11$", r"^#0 +produce ",
                      r"^Old value = 11$", r"^New value = 22$", r"exited normally")

    def test_attaches_to_a_running_program(self):
        program = self.start(self.exchange, PLANT="stay")
        self.addCleanup(program.stdout.close)
        self.addCleanup(program.wait)
        self.addCleanup(program.kill)
        while not program.stdout.readline().startswith("client"):
            self.assertIsNone(program.poll())
        done = self.call("gdb", "-nx", "-batch", "-ex", "set width 0", "-p", str(program.pid),
                         "-ex", "info threads", "-ex", "break burn_time", "-ex", "continue",
                         "-ex", "finish", "-ex", "bt", "-ex", "detach")
        if "ptrace: Operation not permitted" in done.stdout:
            self.skipTest("only a parent may attach")
        self.in_order(done.stdout, r'"spinner"',
                      r'Thread \d+ "spinner" hit Breakpoint 1, burn_time',
                      r"^Value returned", r"^#0 .* be_spinner ", r"detached")
        self.assertNotIn("received signal", done.stdout)
        self.assertIsNone(program.poll())

    def test_virtual_time(self):
        said = self.gdb(f"break answer if round == {ROUND}", "run", "next", "next", "delete",
                        "continue", SEL4UX_FLAGS="--time virtual")
        self.in_order(said, r'"server" hit Breakpoint 1', r"exited normally")


if __name__ == "__main__":
    harness.main(__name__)
