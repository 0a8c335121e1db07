"""A reader of capDL, as far as sel4ux writes it: enough to find out whether what it wrote is a file
of that language, and says what it should."""

import re

TOKEN = re.compile(r"\s+|--[^\n]*|/\*.*?\*/|(?P<name>[A-Za-z][A-Za-z0-9_@.-]*)"
                   r"|(?P<number>0x[0-9a-fA-F]+|\d+)|(?P<symbol>\.\.|[{}()\[\]:=,;])", re.S)
OBJECTS = {"ep", "notification", "tcb", "cnode", "ut", "irq", "ioapic_irq", "msi_irq", "asid_pool",
           "pt", "pd", "pml4", "pdpt", "frame", "io_ports", "sc", "rtreply"}
CONTROLS = {"irq_control", "asid_control", "domain", "sched_control"}
SLOTS = {"cspace", "vspace", "reply_slot", "caller_slot", "ipc_buffer_slot", "fault_ep_slot",
         "temp_fault_ep_slot", "sc_slot"}


class CapDL:
    """objects: {name: (type, parameters)}; covered: {name: names}; caps: {name: {slot: (object,
    parameters)}}; irqs: {number: name}"""

    def __init__(self, text):
        self.tokens = list(self._split(text))
        self.at = 0
        self.objects, self.covered, self.caps, self.irqs = {}, {}, {}, {}
        self._take("arch")
        self._take("x86_64")
        self._section("objects", self._object)
        self._section("caps", self._container)
        self._take("irq")
        self._section("maps", self._irq)
        assert self.at == len(self.tokens), f"more behind the end: {self.tokens[self.at]}"
        self._check_names()

    @staticmethod
    def _split(text):
        at = 0
        while at < len(text):
            match = TOKEN.match(text, at)
            assert match, f"no token: {text[at:at + 40]!r}"
            if match.lastgroup:
                yield match.group()
            at = match.end()

    def _peek(self):
        return self.tokens[self.at] if self.at < len(self.tokens) else None

    def _next(self):
        self.at += 1
        return self.tokens[self.at - 1]

    def _take(self, token):
        found = self._next()
        assert found == token, f"{found!r} instead of {token!r}"

    def _section(self, name, read):
        self._take(name)
        self._take("{")
        while self._peek() != "}":
            read()
        self._take("}")

    def _parameters(self):
        """Everything in parentheses, as text."""
        if self._peek() != "(":
            return ""
        depth, words = 0, []
        while True:
            token = self._next()
            depth += {"(": 1, ")": -1}.get(token, 0)
            words.append(token)
            if depth == 0:
                return " ".join(words)

    def _object(self):
        name = self._next()
        self._take("=")
        kind = self._next()
        assert kind in OBJECTS, f"no kind of object: {kind}"
        assert name not in self.objects, f"declared twice: {name}"
        self.objects[name] = (kind, self._parameters())
        if self._peek() == "{":
            self._take("{")
            self.covered[name] = []
            while self._peek() != "}":
                self.covered[name].append(self._next())
            self._take("}")

    def _container(self):
        name = self._next()
        slots = self.caps.setdefault(name, {})
        self._take("{")
        while self._peek() != "}":
            slot = self._next()
            assert slot in SLOTS or slot[0].isdigit(), f"no slot: {slot}"
            assert slot not in slots, f"{name} has two {slot}"
            self._take(":")
            target = self._next()
            slots[slot] = (target, self._parameters())
        self._take("}")

    def _irq(self):
        number = self._next()
        self._take(":")
        self.irqs[int(number, 0)] = self._next()

    def _check_names(self):
        for name, slots in self.caps.items():
            assert name in self.objects, f"caps of what is no object: {name}"
            for target, _ in slots.values():
                assert target in self.objects or target in CONTROLS, f"no object: {target}"
        for names in self.covered.values():
            for name in names:
                assert name in self.objects, f"no object is covered: {name}"
        for name in self.irqs.values():
            assert name in self.objects, f"no interrupt: {name}"
