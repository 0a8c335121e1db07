#!/usr/bin/env python3
"""lldb on a hosted program, as a person would use it.

    tests/tools/test_lldb.py BUILD [unittest arguments]          default: build
"""

import harness

ROUND = 4
SUM = 29 * ROUND                  # of the block that goes round then
TOTAL = 29 * sum(range(ROUND))    # of all blocks before


class Lldb(harness.Case):
    tool = "lldb"
    probe = ["lldb", "--no-lldbinit", "-b", "-o", "run", "/bin/true"]

    @classmethod
    def prepare(cls):
        cls.exchange = cls.program("exchange", "-O0")

    @classmethod
    def call(cls, *command, **env):
        done = super().call(*command, **env)
        if command == tuple(cls.probe) and "exited with status = 0" not in done.stdout:
            done.returncode = 1
        return done

    def lldb(self, *commands, **env):
        words = [word for command in commands for word in ("-o", command)]
        done = self.call("lldb", "--no-lldbinit", "-b", *words, self.exchange, **env)
        self.assertEqual(done.returncode, 0, done.stdout)
        self.assertNotRegex(done.stdout, r"stop reason = signal|^error:")
        return done.stdout

    def stop_in(self, function):
        return f"breakpoint set --name {function} --condition 'round == {ROUND}'"

    def test_breaks_on_both_sides_of_a_call(self):
        # a time slice that ends in lldb's step off a breakpoint would make it stop there again
        said = self.lldb(self.stop_in("ask"), self.stop_in("answer"), "run", "bt", "continue", "bt",
                         "breakpoint disable", "finish", "continue")
        self.in_order(said, r"name = 'client', stop reason = breakpoint 1",
                      r"frame #0: .*`ask\(words=0x\w+, round=4\)", r"frame #1: .*`be_client\(",
                      r"frame #2: .*`thread_main\(",
                      r"name = 'server', stop reason = breakpoint 2",
                      r"frame #0: .*`answer\(words=0x\w+, round=4\)", r"frame #1: .*`serve\(",
                      r"frame #2: .*`thread_main\(",
                      rf"Return value: \(unsigned long\) \$0 = {SUM}$",
                      r"exited with status = 0")
        self.find(r"^client: 22620$", said)

    def test_shows_every_thread_with_its_stack_and_locals(self):
        flags = "--time virtual"  # time slices are whole, whatever the host's load
        said = self.lldb(self.stop_in("answer"), "run", "thread backtrace all", "kill",
                         SEL4UX_FLAGS=flags)
        said = said[said.index("(lldb) thread backtrace all"):said.index("(lldb) kill")]
        stacks = {part.split("'")[1]: part for part in said.split(", name = ")[1:]}
        self.in_order(stacks["server"], r"frame #0: .*`answer\(", r"frame #1: .*`serve\(")
        self.in_order(stacks["client"], r"`seL4_Call\(", r"`ask\(words=0x\w+, round=4\)",
                      r"`be_client\(", r"`thread_main\(")
        self.in_order(stacks["exchange"], r"`wait_for_end ", r"`main ")
        self.in_order(stacks["producer"], r"`seL4_TCB_Suspend\(", r"`thread_main\(")
        self.in_order(stacks["spinner"], r"`restore_signal ", r"`be_spinner\(", r"`thread_main\(")
        said = self.lldb(self.stop_in("ask"), "run", "up", "frame variable", "kill",
                         SEL4UX_FLAGS=flags)
        self.find(rf"\(unsigned long\) total = {TOTAL}$", said)

    def test_signals_do_not_stop_it(self):
        said = self.lldb("run")
        for line in harness.CLEAN.splitlines():  # took turns: there were time slices
            self.find(rf"^{line}$", said)
        self.assertIn("exited with status = 0", said)

    def test_steps_over_a_system_call(self):
        call, after = harness.line_of("seL4_Call(endpoint"), harness.line_of("/* after the call")
        said = self.lldb(self.stop_in("ask"), "run", "breakpoint disable", *["next"] * 4,
                         "frame variable", "continue")
        self.in_order(said, r"name = 'client', stop reason = breakpoint 1",
                      rf"name = 'client', stop reason = step over\n.*exchange.c:{call}:",
                      rf"name = 'client', stop reason = step over\n.*exchange.c:{after}:",
                      rf"\(unsigned long\) sum = {SUM}$", r"exited with status = 0")

    def test_watches_what_another_thread_changes(self):
        self.need_watchpoints()
        said = self.lldb("breakpoint set --name main", "run", "watchpoint set variable mailbox",
                         "continue", "continue", "watchpoint disable", "continue")
        self.in_order(said, r"^Watchpoint created",
                      r"name = 'producer', stop reason = watchpoint 1",
                      r"`produce\(", r"name = 'producer', stop reason = watchpoint 1",
                      r"exited with status = 0")
        self.in_order(said, r"old value: 0$", r"new value: 11$", r"old value: 11$",
                      r"new value: 22$")


    def test_virtual_time(self):
        said = self.lldb(self.stop_in("answer"), "run", "breakpoint disable", "next", "next",
                         "continue", SEL4UX_FLAGS="--time virtual")
        self.in_order(said, r"name = 'server', stop reason = breakpoint 1",
                      r"name = 'server', stop reason = step over", r"exited with status = 0")


if __name__ == "__main__":
    harness.main(__name__)
