#!/usr/bin/env python3
"""What the guest writes is what stdout gets; --exit-on; stdin and stdout in all their states.

    tests/system/test_console.py [SEL4UX] [--engine NAME] [--only CHECK]
"""

import os
import subprocess
import sys
import time

from machine import AGAIN, HALT, SPIN, Checks, Machine, guest


def finish(machine, status, seconds=10):
    code, left, text = machine.end(seconds), machine.left(), machine.messages()
    machine.close()
    assert code == status, f"exit status {code}, not {status}: {text}"
    assert not left, f"processes are left: {left}"
    return text


def whole_output(machine):
    return machine.process.stdout.read()


def test_bytes_are_exact(options):
    text = "".join(chr(c) for c in range(1, 128)) + "\r\n\t no newline at the end"
    machine = Machine(options, guest(text, HALT), "--quiet")
    output = whole_output(machine)
    finish(machine, 0)
    assert output == text.encode(), f"{output!r}"


def test_much_output_to_slow_reader(options):
    line = "0123456789" * 9 + "\n"
    machine = Machine(options, guest(line, HALT, times=3000))
    output = b""
    while chunk := os.read(machine.process.stdout.fileno(), 40000):
        output += chunk
        time.sleep(0.02)
    finish(machine, 0)
    assert output == line.encode() * 3000, f"{len(output)} bytes"


def test_partial_line_is_shown(options):
    machine = Machine(options, guest("login: ", SPIN))
    shown = machine.read_until("login: ", 2)
    machine.process.terminate()
    finish(machine, 143)
    assert shown, "an unfinished line is not shown"


def test_exit_on_line(options):
    machine = Machine(options, guest("one\nAll is well\nmore\n", AGAIN), "--exit-on", "is well")
    output = whole_output(machine)
    text = finish(machine, 0)
    assert output == b"one\nAll is well\n", f"{output[:200]!r}"
    assert "--exit-on" in text, text


def test_exit_on_partial_line(options):
    begin = time.monotonic()
    machine = Machine(options, guest("ready> ", SPIN), "--exit-on", "ready>", "--timeout", "20")
    output = whole_output(machine)
    finish(machine, 0)
    assert output == b"ready> ", f"{output!r}"
    assert time.monotonic() - begin < 3


def test_exit_on_needs_one_line(options):
    machine = Machine(options, guest("All is\nwell\nAll is wel\n", SPIN), "--exit-on",
                      "All is well", "--timeout", "1")
    finish(machine, 124)


def test_exit_on_restarts_within_text(options):
    machine = Machine(options, guest("aabaabaaab\n", SPIN), "--exit-on", "aabaaa", "--timeout", "5")
    finish(machine, 0)


def test_exit_on_in_last_words(options):
    machine = Machine(options, guest("the end", HALT), "--exit-on", "the end")
    text = finish(machine, 0)
    assert "--exit-on" in text, text


def test_closed_stdout(options):
    """stdout closed from the start: the output is not wanted, everything else works."""
    machine = Machine(options, guest("unheard\n", HALT), stdout=subprocess.DEVNULL)
    finish(machine, 0)
    command = f"exec {options.sel4ux} run --engine {options.engine} --mem 64M guest.elf >&- <&-"
    probe = Machine(options, guest("unheard\n", HALT))
    result = subprocess.run(["sh", "-c", command], cwd=probe.folder, stderr=subprocess.PIPE,
                            timeout=20, text=True, check=False)
    finish(probe, 0)
    assert result.returncode == 0, result.stderr


def test_reader_goes_away(options):
    machine = Machine(options, guest("line\n", AGAIN))
    assert machine.read_until("line")
    machine.process.stdout.close()
    machine.process.stdout = None
    text = finish(machine, 1, seconds=2)
    assert "standard output" in text, text


def test_stdin_at_its_end(options):
    machine = Machine(options, guest("fine\n", HALT), stdin=subprocess.DEVNULL)
    output = whole_output(machine)
    finish(machine, 0)
    assert output == b"fine\n"


def test_stdin_stays_open(options):
    machine = Machine(options, guest("fine\n", HALT), stdin=subprocess.PIPE)
    code = machine.end(5)
    machine.process.stdin.close()
    finish(machine, 0)
    assert code == 0, "waits for input that the system does not want"


def test_unread_stdin_is_harmless(options):
    machine = Machine(options, guest("fine\n", HALT, times=2000), stdin=subprocess.PIPE)
    try:
        machine.process.stdin.write(b"x" * 300000)
        machine.process.stdin.close()
    except BrokenPipeError:
        pass
    whole_output(machine)
    finish(machine, 0)


if __name__ == "__main__":
    sys.exit(Checks(__doc__).run(globals()))
