#!/usr/bin/env python3
"""The gdb server, asked by a client that is not GDB.

    tests/gdb/test_rsp.py BUILD ENGINE [unittest arguments]
"""

import os
import random
import shutil
import struct
import sys
import tempfile
import time
import unittest
from pathlib import Path

import rsp

build = engine = None


class Case(unittest.TestCase):
    image = "debuggee"

    def setUp(self):
        folder = build / "guests" / ("link" if engine == "link" else "")
        self.elf = folder / f"{self.image}.elf"
        self.symbols = rsp.symbols(self.elf)
        self.machine = rsp.Machine(build / "sel4ux", engine, self.elf)
        self.addCleanup(self.machine.close)
        self.client = self.machine.connect()
        self.addCleanup(self.client.close)
        self.supported = self.client.hello()

    def at(self, name):
        return self.symbols[name]

    def set_mode(self, mode):
        self.client.write(self.at("mode"), struct.pack("<i", mode))

    def assert_runs_to_its_end(self, stop, code=0):
        self.assertTrue(stop.startswith(f"W{code:02x}"), stop)
        self.assertEqual(self.machine.end(), code)
        self.assertEqual(self.machine.left(), [])


class Basics(Case):
    def test_waits_before_the_first_instruction(self):
        c = self.client
        self.assertIn("multiprocess+", self.supported)
        self.assertEqual(c.ask("?"), "T05thread:p1.1;")
        self.assertEqual(c.ask("qfThreadInfo"), "mp1.1")
        self.assertEqual(c.ask("qsThreadInfo"), "l")
        self.assertEqual(self.machine.printed(), "")
        self.assertIn('name="rootserver"', c.transfer("threads:read:"))
        self.assert_runs_to_its_end(c.resume("c"))
        self.assertIn("badge 7, shared 33\nmode 0\n", self.machine.printed())

    def test_says_what_runs(self):
        path = self.client.transfer("exec-file:read:1")
        self.assertEqual(path, str(self.elf.resolve()))
        fd = self.client.ask("vFile:open:" + path.encode().hex() + ",0,0")
        self.assertRegex(fd, r"^F[0-9a-f]+$")
        head = self.client.ask(f"vFile:pread:{fd[1:]},10,0")
        self.assertEqual(head[:8], "F10;\x7fELF")
        self.assertEqual(self.client.ask("vFile:open:" + b"/etc/passwd".hex() + ",0,0"), "F-1,2")

    def test_a_file_that_is_cut_off_meanwhile(self):
        with tempfile.TemporaryDirectory() as folder:
            image = shutil.copy(self.elf, folder)
            machine = rsp.Machine(build / "sel4ux", engine, image)
            self.addCleanup(machine.close)
            client = machine.connect()
            self.addCleanup(client.close)
            client.hello()
            fd = client.ask("vFile:open:" + client.transfer("exec-file:read:1").encode().hex() +
                            ",0,0")
            os.truncate(image, 0)
            self.assertEqual(client.ask(f"vFile:pread:{fd[1:]},10,0"), "F-1,5")
            self.assertEqual(client.transfer("exec-file:read:1"), "")
            self.assertTrue(client.resume("c").startswith("W00"))

    def test_who_waits_for_long_and_asks_again(self):
        """As GDB does after two seconds: the second answer would be taken for the next one's."""
        machine = rsp.Machine(build / "sel4ux", engine, self.elf)
        self.addCleanup(machine.close)
        c = machine.connect()
        self.addCleanup(c.close)
        c.socket.sendall(2 * rsp.packet("qSupported:multiprocess+") + b"-")
        self.assertTrue(c.receive().startswith("PacketSize"))
        c.socket.sendall(rsp.packet("qSupported:multiprocess+"))
        self.assertTrue(c.receive().startswith("PacketSize"))
        self.assertEqual(c.ask("vMustReplyEmpty"), "")
        c.hello()
        self.assertTrue(c.resume("c").startswith("W00"))

    def test_memory(self):
        c, at = self.client, self.at("mode")
        self.assertEqual(c.memory(at, 4), bytes(4))
        c.write(at, b"\x05\x06\x07\x08")
        self.assertEqual(c.memory(at, 4), b"\x05\x06\x07\x08")
        self.assertEqual(c.memory(0x10, 8), "E0e")
        self.assertEqual(c.memory(0x7fffffffe000, 8), "E0e")
        self.assertEqual(c.memory(0xffffffffffffffff, 16), "E0e")
        self.assertEqual(c.ask("M10,2:0000"), "E0e")
        text = self.elf.read_bytes()
        main = c.memory(self.at("main"), 64)
        self.assertIn(main, text)

    def test_breakpoints_are_invisible(self):
        c, at = self.client, self.at("main")
        before = c.memory(at, 16)
        c.ok(f"Z0,{at:x},1")
        self.assertEqual(c.memory(at, 16), before)
        c.write(at + 4, before[4:8])
        self.assertEqual(c.memory(at, 16), before)
        stop = c.resume("c")
        self.assertEqual(stop, "T05swbreak:;thread:p1.1;")
        self.assertEqual(c.rip(), at)
        self.assertEqual(c.memory(at, 16), before)
        c.ok(f"z0,{at:x},1")
        self.assert_runs_to_its_end(c.resume("c"))

    def test_registers(self):
        c = self.client
        c.run_to(self.at("main"))
        general = bytes.fromhex(c.ask("g"))
        self.assertEqual(struct.unpack_from("<Q", general, 8 * rsp.RIP)[0], self.at("main"))
        for number, value in ((3, b"\x11" * 8), (rsp.XMM0 + 5, bytes(range(16))),
                              (rsp.FS_BASE, struct.pack("<Q", 0x123456789000)),
                              (rsp.YMM0H + 5, bytes(range(100, 116)))):
            c.ok(f"P{number:x}={value.hex()}")
            self.assertEqual(c.register(number), value)
        # they reach the processor, and come back from there
        c.resume("s:p1.1")
        self.assertNotEqual(c.rip(), self.at("main"))
        self.assertEqual(c.register(rsp.XMM0 + 5), bytes(range(16)))
        self.assertEqual(c.register(rsp.YMM0H + 5), bytes(range(100, 116)))
        self.assertEqual(c.register(rsp.FS_BASE), struct.pack("<Q", 0x123456789000))

    def test_steps_over_a_system_call(self):
        """To a debugger it is one instruction, whatever the engine made of the site."""
        c = self.client
        c.run_to(self.at("ask"))
        calls = 0
        for _ in range(200):
            before, code = c.rip(), c.memory(c.rip(), 9)
            stop = c.resume("s:p1.1;c")
            self.assertTrue(stop.startswith("T05"), stop)
            self.assertEqual(rsp.thread_of(stop), "p1.1")
            if code[:2] == b"\x0f\x05":
                self.assertEqual(c.rip(), before + 2)
                calls += 1
            elif code[:4] == bytes.fromhex("65ff2425"):  # a call site of engine link
                calls += 1
            if calls and self.symbols["main"] <= c.rip() < self.symbols["main"] + 0x200:
                break
        self.assertEqual(calls, 1)
        self.assert_runs_to_its_end(c.resume("c"))

    def test_watches_what_another_thread_writes(self):
        c, at = self.client, self.at("shared")
        c.run_to(self.at("ask"))
        c.ok(f"Z2,{at:x},8")
        seen = []
        for _ in range(3):
            stop = c.resume("c")
            self.assertEqual(stop, f"T05watch:{at:x};thread:p1.2;")
            seen.append(c.word(at))
        self.assertEqual(seen, [11, 22, 33])
        c.ok(f"z2,{at:x},8")
        self.assert_runs_to_its_end(c.resume("c"))

    def test_watches_what_is_read(self):
        c, at = self.client, self.at("shared")
        c.run_to(self.at("ask"))
        c.ok(f"Z3,{at:x},8")
        self.assertEqual(c.resume("c"), f"T05rwatch:{at:x};thread:p1.1;")
        self.assertEqual(c.word(at), 33)
        c.ok(f"z3,{at:x},8")
        self.assert_runs_to_its_end(c.resume("c"))

    def test_watches_what_is_read_or_written(self):
        c, at = self.client, self.at("shared")
        c.run_to(self.at("ask"))
        c.ok(f"Z4,{at:x},8")
        seen = []
        for thread in 2, 2, 2, 1:
            self.assertEqual(c.resume("c"), f"T05awatch:{at:x};thread:p1.{thread};")
            seen.append(c.word(at))
        self.assertEqual(seen, [11, 22, 33, 33])
        c.ok(f"z4,{at:x},8")
        self.assert_runs_to_its_end(c.resume("c"))

    def test_says_what_threads_wait_for(self):
        c = self.client
        c.run_to(self.at("write_shared"))
        xml = c.transfer("threads:read:")
        self.assertRegex(xml, r'name="rootserver">waiting on notification 0x\w+, priority 255<')
        self.assertIn("running, priority 100", xml)
        info = bytes.fromhex(c.ask("qThreadExtraInfo,p1.1")).decode()
        self.assertIn("waiting on notification", info)
        for command in "threads", "caps", "who", "untyped", "mappings", "irqs", "schedule", "time":
            self.assertTrue(c.monitor(command).strip(), command)
        self.assertIn("rootserver", c.monitor("threads"))
        self.assertIn("monitor catch", c.monitor("help"))
        self.assertIn("no such command", c.monitor("nonsense"))


class Ends(Case):
    def test_interrupts_a_spinning_system(self):
        c = self.client
        self.set_mode(1)
        c.send("vCont;c")
        time.sleep(0.3)
        c.interrupt()
        self.assertEqual(c.receive(), "T02thread:p1.1;")
        self.assertLess(c.rip() - self.at("spin"), 64)
        self.assertEqual(c.ask("vKill;1"), "OK")
        self.assertEqual(self.machine.end(), 137)
        self.assertEqual(self.machine.left(), [])

    def test_stops_at_a_fault_and_lets_it_be_mended(self):
        c = self.client
        self.set_mode(2)
        stop = c.resume("c")
        self.assertEqual(stop, "T0bthread:p1.1;")
        at = c.rip()
        self.assertLess(at - self.at("fault"), 32)
        # without the signal the instruction runs again
        self.assertEqual(c.resume("c"), "T0bthread:p1.1;")
        self.assertEqual(c.rip(), at)
        back = c.word(struct.unpack("<Q", c.register(7))[0])
        c.ok("P10=" + struct.pack("<Q", back).hex())
        c.ok("P7=" + struct.pack("<Q", struct.unpack("<Q", c.register(7))[0] + 8).hex())
        self.assert_runs_to_its_end(c.resume("c"))
        self.assertIn("mode 2\n", self.machine.printed())

    def test_lets_a_fault_happen(self):
        c = self.client
        self.set_mode(2)
        c.resume("c")
        stop = c.resume("C0b:p1.1;c")
        self.assertIn("nothing can wake anything", c.said)
        self.assertTrue(stop.startswith("T00thread:"), stop)
        self.assert_runs_to_its_end(c.resume("c"))
        self.assertNotIn("mode", self.machine.printed())

    def test_stops_at_the_guests_own_int3(self):
        c = self.client
        self.set_mode(4)
        self.assertEqual(c.resume("c"), "T05thread:p1.1;")
        self.assertEqual(c.memory(c.rip() - 1, 1), b"\xcc")
        self.assert_runs_to_its_end(c.resume("c"))

    def test_stops_when_nothing_can_run(self):
        c = self.client
        self.set_mode(3)
        stop = c.resume("c")
        self.assertTrue(stop.startswith("T00thread:"), stop)
        self.assert_runs_to_its_end(c.resume("c"))

    def test_runs_on_after_detaching(self):
        c = self.client
        c.ok(f"Z0,{self.at('fault'):x},1")
        c.ok(f"Z2,{self.at('shared'):x},8")
        c.ok("D")
        self.assertEqual(self.machine.end(), 0)
        self.assertIn("mode 0\n", self.machine.printed())

    def test_runs_on_when_the_debugger_is_gone_and_lets_another_in(self):
        self.set_mode(1)
        self.client.ok(f"Z0,{self.at('write_shared'):x},1")
        self.client.close()
        end = time.monotonic() + rsp.TIMEOUT
        while "badge 7" not in self.machine.printed() and time.monotonic() < end:
            time.sleep(0.02)
        c = self.machine.connect()
        c.hello()
        self.assertTrue(c.ask("?").startswith("T"), "it stands still")
        self.assertLess(c.rip() - self.at("spin"), 64)
        c.send("k")
        self.assertEqual(self.machine.end(), 137)
        c.close()

    def test_restarts(self):
        c = self.client
        c.ok("!")
        c.run_to(self.at("write_shared"))
        self.assertEqual(c.ask("vKill;1"), "OK")
        self.assertTrue(c.ask("vRun;;").startswith("T"))
        self.assertEqual(c.ask("qfThreadInfo"), "mp1.1")
        self.assertTrue(c.resume("c").startswith("W00"))
        self.assertTrue(c.ask("vRun;;").startswith("T"))
        self.assertTrue(c.resume("c").startswith("W00"))
        c.close()
        self.assertEqual(self.machine.end(), 0)
        self.assertEqual(self.machine.printed().count("badge 7, shared 33"), 2)


class NonStop(Case):
    def test_one_thread_stops_and_the_others_run(self):
        c = self.client
        c.ok("QNonStop:1")
        self.assertTrue(c.ask("?").startswith("T00thread:p1.1;"))
        self.assertEqual(c.ask("vStopped"), "OK")
        c.ok(f"Z0,{self.at('write_shared'):x},1")
        c.ok("vCont;c:p1.1")
        self.assertEqual(c.receive(), "%Stop:T05swbreak:;thread:p1.2;")
        c.ok("vStopped")
        self.assertIn("held", bytes.fromhex(c.ask("qThreadExtraInfo,p1.2")).decode())
        time.sleep(0.1)
        self.assertEqual(self.machine.printed(), "")
        c.ok("vCont;t:p1.1")
        self.assertEqual(c.receive(), "%Stop:T00thread:p1.1;")
        c.ok("vStopped")
        c.ok(f"z0,{self.at('write_shared'):x},1")
        c.ok("vCont;c")
        self.assertTrue(c.receive().startswith("%Stop:W00"))
        self.assertEqual(self.machine.end(), 0)


class Processes(Case):
    image = "process"

    def test_sees_a_process_that_the_root_task_loads(self):
        c = self.client
        c.monitor("catch starts on")
        stop = c.resume("c")
        self.assertEqual(rsp.thread_of(stop), "p2.2")
        self.assertIn("A new address space", c.said)
        self.assertEqual(c.transfer("exec-file:read:2"), f"/sel4ux/{self.elf.name}/child")
        child = rsp.symbols(self.elf.parent / "lib" / "debug" / "process-child.elf")
        c.ok("Hgp2.2")
        self.assertEqual(c.rip(), child["_start"])
        self.assertEqual(rsp.thread_of(c.run_to(child["main"])), "p2.2")
        self.assertEqual(c.memory(child["counter"], 4), struct.pack("<i", 41))
        c.ok("Hgp1.1")
        self.assertNotEqual(c.memory(child["counter"], 4), struct.pack("<i", 41))
        self.assert_runs_to_its_end(c.resume("c"))

    def test_the_same_run_in_virtual_time(self):
        """Stopped, stepped or neither: what happens is the same."""
        logs = []
        for debugged in False, True:
            log = Path(self.machine.folder.name) / f"log{debugged}"
            m = rsp.Machine(build / "sel4ux", engine, self.elf, "--time", "virtual", "--log", log)
            self.addCleanup(m.close)
            c = m.connect()
            c.hello()
            if debugged:
                for _ in range(40):
                    self.assertTrue(c.resume("s:p1.1;c").startswith("T05"))
                c.run_to(self.symbols["process_start"])
                time.sleep(0.05)
            self.assertTrue(c.resume("c").startswith("W00"))
            c.close()
            m.end()
            logs.append(log.read_text())
        self.assertEqual(*logs)


class Hostile(Case):
    def test_rubbish_does_no_harm(self):
        rng = random.Random(1)
        c = self.client
        self.set_mode(1)  # who goes lets the machine run: it shall be there for the next one
        for size in 1, 3, 100, 5000, 60000:
            c.socket.sendall(bytes(rng.randrange(256) for _ in range(size)))
        c.socket.sendall(b"$" + b"x" * 100000 + b"#00")
        c.close()
        c = self.machine.connect()
        c.hello()
        for words in ("Hgp9.9", "Hg-5", "m", "m1", "m,", "Mffffffffffffffff,ffffffff:00", "X0,5:",
                      "Z0", "Z0,1", "Z9,1,1", "z0,1,1", "P", "Pff=", "P10=zz", "G00", "vCont;",
                      "vCont;c:pz", "vCont;q", "vFile:", "vFile:open:zz", "vFile:pread:99,1,1",
                      "qXfer:threads:read:", "qXfer:features:read:../x:0,10", "qRcmd,zz", "p9999",
                      "qThreadExtraInfo,p9.9", "T", "H", "", "Z2,400000,ffff", "_", "v"):
            reply = c.ask(words)
            self.assertIn(reply[:1], ("", "E", "F", "O"), (words, reply))
        c.write(self.at("mode"), bytes(4))
        self.assertTrue(c.resume("c").startswith("W00"))
        c.close()
        self.assertEqual(self.machine.end(), 0)
        self.assertEqual(self.machine.left(), [])

    def test_half_a_packet_and_gone(self):
        self.set_mode(1)
        for rest in b"$", b"$vCont;c", b"$vCont;c#", b"$vCont;c#a", b"$M400000,10:00#11$m4":
            c = self.machine.connect() if rest != b"$" else self.client
            c.socket.sendall(rest)
            c.close()
        c = self.machine.connect()
        c.hello()
        self.assertEqual(c.ask("vKill;1"), "OK")
        c.close()
        self.assertEqual(self.machine.end(), 137)
        self.assertEqual(self.machine.left(), [])

    def test_a_second_debugger_is_sent_away(self):
        second = self.machine.connect()
        with self.assertRaises((EOFError, ConnectionError)):
            second.hello()
        second.close()
        self.assertTrue(self.client.resume("c").startswith("W00"))

    def test_who_reads_nothing_does_not_stop_the_machine(self):
        c = self.client
        c.socket.settimeout(0.5)
        with self.assertRaises(TimeoutError):  # the server takes no more
            for _ in range(100000):
                c.send(f"m{self.at('main'):x},1000")
        c.close()
        self.assertEqual(self.machine.end(), 0)


if __name__ == "__main__":
    build, engine = Path(sys.argv[1]).resolve(), sys.argv[2]
    unittest.main(argv=sys.argv[:1] + sys.argv[3:], verbosity=2)
