#!/usr/bin/env python3
"""However a machine ends, nothing of it is left.

    tests/system/test_lifecycle.py [SEL4UX] [--engine NAME] [--only CHECK]
"""

import os
import signal
import sys
import tempfile
import time

from machine import AGAIN, HALT, SPIN, Checks, Machine, guest, wait_until


def started(options, *arguments, **kwargs):
    machine = Machine(options, guest("up\n", SPIN), *arguments, **kwargs)
    if not machine.read_until("up"):
        text = machine.messages()
        machine.close()
        raise AssertionError(f"the guest did not start: {text}")
    return machine


def check_end(machine, status, says=""):
    code, left, text = machine.end(), machine.left(), machine.messages()
    machine.close()
    # What a shell calls 130 may also be death by SIGINT: a second one while the first is dealt with.
    same = code == status or (status == 130 and code == -signal.SIGINT)
    assert same, f"exit status {code}, not {status}: {text}"
    assert not left, f"processes are left: {left}"
    assert says in text, f"stderr does not say {says!r}: {text}"


def test_ends_by_itself(options):
    machine = Machine(options, guest("bye\n", HALT))
    assert machine.read_until("bye")
    check_end(machine, 0, "halted")


def test_kill_monitor(options):
    machine = started(options)
    assert len(machine.processes()) > 1, "the guest runs in the monitor's process?"
    os.kill(machine.process.pid, signal.SIGKILL)
    check_end(machine, -signal.SIGKILL)


def test_kill_each_process(options):
    count, number = 2, 1
    while number < count:
        machine = started(options)
        pids = sorted(machine.processes())
        count = len(pids)
        pid = [p for p in pids if p != machine.process.pid][number - 1]
        os.kill(pid, signal.SIGKILL)
        check_end(machine, 1, "signal 9")
        number += 1


def test_kill_group(options):
    machine = started(options)
    os.killpg(machine.process.pid, signal.SIGKILL)
    check_end(machine, -signal.SIGKILL)


def test_interrupt_spinning_guest(options):
    machine = started(options)
    os.killpg(machine.process.pid, signal.SIGINT)
    check_end(machine, 130, "Interrupt")


def test_terminate(options):
    machine = started(options)
    machine.process.terminate()
    check_end(machine, 143)


def test_hang_up(options):
    machine = started(options)
    os.killpg(machine.process.pid, signal.SIGHUP)
    check_end(machine, 129)


def test_abort_of_monitor(options):
    machine = started(options)
    os.kill(machine.process.pid, signal.SIGABRT)
    check_end(machine, -signal.SIGABRT)


def test_timeout(options):
    begin = time.monotonic()
    machine = started(options, "--timeout", "0.5")
    check_end(machine, 124, "--timeout")
    took = time.monotonic() - begin
    assert 0.5 <= took < 3, f"took {took:.2f} s"


def test_timeout_with_blocked_output(options):
    """Nobody reads stdout, the guest writes without end: the time-out still holds."""
    machine = Machine(options, guest("flood " * 20 + "\n", AGAIN), "--timeout", "1")
    code, left = machine.end(8), machine.left()
    machine.close()
    assert code == 124, f"exit status {code}"
    assert not left, f"processes are left: {left}"


def is_pending(pid, number):
    with open(f"/proc/{pid}/status") as status:
        sets = [int(line.split()[1], 16) for line in status
                if line.startswith(("SigPnd:", "ShdPnd:"))]
    return any(bits >> (number - 1) & 1 for bits in sets)


def test_two_interrupts_with_blocked_output(options):
    machine = Machine(options, guest("flood " * 20 + "\n", AGAIN))
    assert machine.read_until("flood")
    time.sleep(0.5)
    os.killpg(machine.process.pid, signal.SIGINT)
    # Two that are pending are one.
    assert wait_until(lambda: not is_pending(machine.process.pid, signal.SIGINT))
    os.killpg(machine.process.pid, signal.SIGINT)
    code = machine.end(1.5)
    check_end(machine, 130)
    assert code is not None, "a second Ctrl-C does not end it at once"


def test_stop_and_continue(options):
    machine = started(options)
    os.killpg(machine.process.pid, signal.SIGTSTP)
    assert wait_until(lambda: machine.processes()[machine.process.pid][1] == "T"), "does not stop"
    os.killpg(machine.process.pid, signal.SIGCONT)
    machine.process.terminate()
    check_end(machine, 143)


def test_stray_signals_do_not_disturb(options):
    machine = started(options)
    for pid in machine.processes():
        if pid != machine.process.pid:
            for number in (signal.SIGINT, signal.SIGTERM, signal.SIGWINCH, signal.SIGHUP):
                os.kill(pid, number)
    time.sleep(0.3)
    alive = machine.process.poll() is None
    machine.process.terminate()
    check_end(machine, 143)
    assert alive, "a signal meant for the group ended the machine"


def test_twenty_runs_leave_nothing(options):
    with tempfile.TemporaryDirectory(prefix="sel4ux-system-") as folder:
        for number in range(20):
            inner = os.path.join(folder, str(number))
            os.mkdir(inner)
            machine = Machine(options, guest("x\n", HALT), folder=inner)
            check_end(machine, 0)  # close() inside also fails when a file is left


if __name__ == "__main__":
    sys.exit(Checks(__doc__).run(globals()))
