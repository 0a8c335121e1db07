"""Every invocation as a C function: interfaces/sel4_client.h.

A function marshals its arguments into a message, calls, and unmarshals the answer. Capabilities go
as such; other arguments are packed into words in their order, each aligned to its own size.
"""

from abi_description import GUARD

WORD_BITS = 64
REGISTER_WORDS = 4  # message words that travel in registers

# Argument types that are not a whole word: bits that they take in a message.
NARROW = {"seL4_Bool": 1, "seL4_Uint8": 8, "seL4_Uint16": 16, "seL4_Uint32": 32}
# Argument types that travel as capabilities, besides every interface's own name.
CAP_TYPES = {"seL4_CPtr", "seL4_X86_IOSpace", "seL4_X86_EPTPML4", "seL4_X64_PML4"}
# Types that go by reference and take a message word per word of theirs.
BLOCKS = {"seL4_UserContext", "seL4_VCPUContext"}

INVOKE = """\
/* Calls `service` with four words by reference and, beyond those, what is in the IPC buffer. */
SEL4_HELPER seL4_Error sel4_invoke(seL4_CPtr service, seL4_Word label, seL4_Word caps,
                                   seL4_Word length, SEL4_MR_ARGUMENTS)
{
    seL4_MessageInfo_t tag = seL4_MessageInfo_new(label, 0, caps, length);
    seL4_Error error;

#ifdef CONFIG_LIB_SEL4_STUBS_USE_IPC_BUFFER_ONLY
    sel4_store_words(*mr0, *mr1, *mr2, *mr3);
    tag = seL4_Call(service, tag);
    *mr0 = seL4_GetMR(0);
    *mr1 = seL4_GetMR(1);
    *mr2 = seL4_GetMR(2);
    *mr3 = seL4_GetMR(3);
#else
    tag = seL4_CallWithMRs(service, tag, SEL4_MRS);
#endif
    error = (seL4_Error)seL4_MessageInfo_get_label(tag);
    if (error == seL4_NoError)
        return error;
    sel4_store_words(*mr0, *mr1, *mr2, *mr3);
#ifdef CONFIG_KERNEL_INVOCATION_REPORT_ERROR_IPC
    if (seL4_CanPrintError())
        seL4_DebugPutString(seL4_GetDebugError());
#endif
    return error;
}

"""


class Stub:
    """One invocation as a C function: where each argument lies in the message."""

    def __init__(self, row, caps):
        self.row = row
        self.interface = row["call"].rsplit("_", 1)[0]
        self.inputs = [a.split() for a in row["in"]]
        self.outputs = [a.split() for a in row.get("out", [])]
        self.caps = [n for t, n in self.inputs if t in caps]
        self.block = None
        self.words = self.pack([a for a in self.inputs if a[0] not in caps])
        self.by_reference = [a for a in self.outputs if a[0] in BLOCKS]
        self.returned = [a for a in self.outputs if a[0] not in BLOCKS]
        self.counted = any(name == "count" for _, name in self.inputs)

    @staticmethod
    def place(arguments):
        """[(type, name, word, shift, bits)]: each aligned to its own size, a word at most."""
        bit, placed = 0, []
        for c_type, name in arguments:
            bits = NARROW.get(c_type, WORD_BITS)
            bit = (bit + bits - 1) // bits * bits
            placed.append((c_type, name, bit // WORD_BITS, bit % WORD_BITS, bits))
            bit += bits
            if c_type in BLOCKS:
                return placed
        return placed

    def pack(self, arguments):
        words = {}
        for c_type, name, word, shift, bits in self.place(arguments):
            if c_type in BLOCKS:
                self.block = (name, word)
                continue
            text = f"{name}.words[0]" if c_type == "seL4_CapRights_t" else f"(seL4_Word){name}"
            if bits < WORD_BITS:
                text = f"({text} & {(1 << bits) - 1:#x})" + (f" << {shift}" if shift else "")
            words.setdefault(word, []).append(text)
        return [" | ".join(words[w]) for w in sorted(words)]

    def prototype(self):
        arguments = [f"{self.interface} _service"]
        for c_type, name in self.inputs:
            arguments.append(f"{c_type} *{name}" if c_type in BLOCKS else f"{c_type} {name}")
        arguments += [f"{c_type} *{name}" for c_type, name in self.by_reference]
        result = f"{self.row['call']}_t" if self.returned else "seL4_Error"
        return f"{result} {self.row['call']}({', '.join(arguments)})"

    def result_struct(self):
        if not self.returned:
            return ""
        fields = "".join(f"    {t} {n};\n" for t, n in self.returned)
        call = self.row["call"]
        return f"struct {call} {{\n    int error;\n{fields}}};\ntypedef struct {call} {call}_t;\n\n"

    def text(self):
        words = self.words[:REGISTER_WORDS]
        length = str(len(self.words))
        lines = []
        if self.block:
            name, word = self.block
            lines.append(f"const seL4_Word *block = (const seL4_Word *){name};")
            words += [f"block[{n}]" for n in range(REGISTER_WORDS - len(words))]
            length = f"{word} + sizeof(*{name}) / sizeof(seL4_Word)"
        words += ["0"] * (REGISTER_WORDS - len(words))
        lines += [f"seL4_Word mr{n} = {word};" for n, word in enumerate(words)]
        if self.returned:
            lines.append(f"{self.row['call']}_t result;")
        lines.append("")
        lines += [f"seL4_SetCap({n}, {c});" for n, c in enumerate(self.caps)]
        for n, word in enumerate(self.words[REGISTER_WORDS:], REGISTER_WORDS):
            lines.append(f"sel4_store_word({n}, {word});")
        if self.block:
            name, word = self.block
            first = REGISTER_WORDS - word
            lines.append(f"for (seL4_Word i = {first}; {self.in_block(name)}; i++)")
            lines.append(f"    sel4_store_word((int)i + {word}, block[i]);")
        call = f"sel4_invoke(_service, {self.row['label']}, {len(self.caps)}, {length},"
        call += f"\n{' ' * 16}&mr0, &mr1, &mr2, &mr3)"
        if self.returned:
            lines += self.unpack(call)
        elif self.by_reference:
            lines += self.read_block(call)
        else:
            lines.append(f"return {call};")
        body = "".join(f"    {line}\n" if line else "\n" for line in lines)
        return f"LIBSEL4_INLINE {self.prototype()}\n{{\n{body}}}\n\n"

    def unpack(self, call):
        lines = [f"result.error = (int){call};"]
        for c_type, name, word, shift, bits in self.place(self.returned):
            text = f"mr{word}" if word < REGISTER_WORDS else f"seL4_GetMR({word})"
            if bits < WORD_BITS:
                text = f"({text} >> {shift}) & {(1 << bits) - 1:#x}"
            lines.append(f"result.{name} = ({c_type})({text});")
        lines.append("return result;")
        return lines

    def in_block(self, name):
        """The loop's condition: a caller's count may be higher than the block is long."""
        size = f"i < sizeof(*{name}) / sizeof(seL4_Word)"
        return f"i < count && {size}" if self.counted else size

    def read_block(self, call):
        name = self.by_reference[0][1]
        return [
            f"seL4_Error error = {call};",
            "",
            "if (error == seL4_NoError) {",
            f"    seL4_Word *block = (seL4_Word *){name};",
            "",
            *(f"    block[{n}] = mr{n};" for n in range(REGISTER_WORDS)),
            f"    for (seL4_Word i = {REGISTER_WORDS}; {self.in_block(name)}; i++)",
            "        block[i] = seL4_GetMR((int)i);",
            "}",
            "return error;",
        ]


def stubs(config, rows):
    caps = CAP_TYPES | {row["call"].rsplit("_", 1)[0] for row in config.abi["invocations"]}
    return [Stub(row, caps) for row in rows]


def guest_client(config):
    """The results' types are there whatever the configuration, as upstream's are."""
    out = GUARD + "#include <sel4/invocation.h>\n#include <sel4/syscalls.h>\n\n"
    out += "SEL4_C_BEGIN\n\n" + INVOKE
    everywhere = {row["call"]: row for row in config.abi["invocations"]}
    out += "".join(stub.result_struct() for stub in stubs(config, everywhere.values()))
    out += "".join(stub.text() for stub in stubs(config, config.rows("invocations")))
    return out + "SEL4_C_END\n"
