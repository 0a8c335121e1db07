#!/usr/bin/env python3
"""The user's terminal: serial modes while the machine runs, as before however it ends.

    tests/system/test_terminal.py [SEL4UX] [--engine NAME] [--only CHECK]
"""

import contextlib
import os
import signal
import sys
import termios

from machine import HALT, SPIN, Checks, Machine, guest, wait_until

LFLAG = 3


def is_serial(modes):
    return not modes[LFLAG] & (termios.ECHO | termios.ICANON) and modes[LFLAG] & termios.ISIG


def started(options):
    machine = Machine(options, guest("up\n", SPIN), terminal=True)
    if not machine.read_until("up"):
        text = machine.messages()
        machine.close()
        raise AssertionError(f"the guest did not start: {text}")
    assert is_serial(machine.current_modes()), "the terminal is not in serial modes"
    return machine


def check_end(machine, status):
    code, left = machine.end(), machine.left()
    restored = wait_until(lambda: machine.current_modes() == machine.modes)
    modes, text = machine.current_modes(), machine.messages()
    machine.close()
    assert code == status, f"exit status {code}, not {status}: {text}"
    assert restored, f"terminal modes are {modes}, not {machine.modes}"
    assert not left, f"processes are left: {left}"


def test_normal_end(options):
    machine = Machine(options, guest("bye\n", HALT), terminal=True)
    assert machine.read_until("bye")
    check_end(machine, 0)


def test_ctrl_c(options):
    machine = started(options)
    os.write(machine.terminal, b"\x03")
    check_end(machine, 130)


def ended_by(options, number, status):
    machine = started(options)
    os.kill(machine.process.pid, number)
    check_end(machine, status)


def test_terminated(options):
    ended_by(options, signal.SIGTERM, 143)


def test_hung_up(options):
    ended_by(options, signal.SIGHUP, 129)


def test_aborted(options):
    ended_by(options, signal.SIGABRT, -signal.SIGABRT)


def test_killed(options):
    ended_by(options, signal.SIGKILL, -signal.SIGKILL)


def test_guest_process_killed(options):
    machine = started(options)
    for pid, (name, _) in machine.processes().items():
        if pid != machine.process.pid and name != "sel4ux-guardian":
            with contextlib.suppress(ProcessLookupError):  # some die with others
                os.kill(pid, signal.SIGKILL)
    check_end(machine, 1)


def test_guardian_and_monitor_killed_in_turn(options):
    """A guardian that was killed is replaced, so the terminal still comes back."""
    machine = started(options)

    def guardians():
        return [p for p, (name, _) in machine.processes().items() if name == "sel4ux-guardian"]
    assert wait_until(lambda: len(guardians()) == 1), f"guardians: {guardians()}"
    first = guardians()
    os.kill(first[0], signal.SIGKILL)
    assert wait_until(lambda: set(guardians()) - set(first)), "no new guardian"
    os.kill(machine.process.pid, signal.SIGKILL)
    check_end(machine, -signal.SIGKILL)


def running(machine):
    """{pid: state} of the processes that are not stopped, but for the terminal's guardian."""
    return {pid: state for pid, (name, state) in machine.processes().items()
            if state not in "Tt" and name != "sel4ux-guardian"}


def test_stopped_and_continued(options):
    machine = started(options)
    os.kill(machine.process.pid, signal.SIGTSTP)
    assert wait_until(lambda: machine.processes()[machine.process.pid][1] == "T"), "does not stop"
    assert machine.current_modes() == machine.modes, "stopped, but still in serial modes"
    assert wait_until(lambda: not running(machine)), f"these go on: {running(machine)}"
    os.kill(machine.process.pid, signal.SIGCONT)
    assert wait_until(lambda: is_serial(machine.current_modes())), "continued in the shell's modes"
    assert wait_until(lambda: "R" in running(machine).values()), "the guest does not go on"
    machine.process.terminate()
    check_end(machine, 143)


def test_ended_while_stopped(options):
    machine = started(options)
    os.kill(machine.process.pid, signal.SIGTSTP)
    assert wait_until(lambda: not running(machine)), f"these go on: {running(machine)}"
    os.kill(machine.process.pid, signal.SIGKILL)
    check_end(machine, -signal.SIGKILL)


if __name__ == "__main__":
    sys.exit(Checks(__doc__).run(globals()))
