"""What guests are compiled with, for one configuration: its settings, numbers, types and faults.

files() is the whole folder as {path: text}. The hand-written headers of include/sel4/ include
these; tools/abi_client.py has the invocations' functions.
"""

import json

from abi_client import guest_client
from abi_description import GUARD, PAD, enum, enum_values

C_BEGIN, C_END = "SEL4_C_BEGIN\n\n", "SEL4_C_END\n"


def macros(settings):
    """CONFIG_* as a build's gen_config.h has them: 1, a number or bare text; nothing for no."""
    out = GUARD
    for key, value in settings.items():
        if value is True:
            out += f"#define CONFIG_{key} 1\n"
        elif value is not False:
            out += f"#define CONFIG_{key} {value}\n"
    return out


def autoconf():
    return GUARD + "#include <kernel/gen_config.h>\n#include <sel4/gen_config.h>\n"


def syscalls(config):
    values = [(f"seL4_Sys{n}", v) for n, v in config.syscalls().items()]
    values.append(("_enum_pad_seL4_Syscall_ID", f"{PAD:#x}"))
    return GUARD + enum("seL4_Syscall_ID", values)


def invocations(config):
    tags = {
        "generic": ("invocation_label", "nInvocationLabels"),
        "sel4_arch": ("sel4_arch_invocation_label", "nSeL4ArchInvocationLabels"),
        "arch": ("arch_invocation_label", "nArchInvocationLabels"),
    }
    out, next_label = GUARD, 1
    for part, members in config.parts("invocations", 1).items():
        values = [("InvalidInvocation", 0)] if part == "generic" else []
        values += [(row["label"], n) for row, n in members]
        next_label += len(members)
        values.append((tags[part][1], next_label))
        out += enum(None, values, tags[part][0], typedef=False)
    return out


def objects(config):
    tags = {
        "generic": ("api_object", "seL4_ObjectType", "seL4_NonArchObjectTypeCount"),
        "sel4_arch": ("_mode_object", "seL4_seL4ArchObjectType", "seL4_ModeObjectTypeCount"),
        "arch": ("_object", "seL4_ArchObjectType", "seL4_ObjectTypeCount"),
    }
    out, next_type, here = GUARD, 0, set()
    for part, members in config.parts("objects", 0).items():
        values = [(row["name"], n) for row, n in members]
        here |= {row["name"] for row, n in members}
        next_type += len(members)
        values.append((tags[part][2], next_type))
        out += enum(tags[part][1], values, tags[part][0])
    for row in config.abi["objects"]:
        if "absent" in row and row["name"] not in here:
            out += f"#define {row['name']} {row['absent']:#x}\n"
    return out + "\ntypedef seL4_Word api_object_t;\ntypedef seL4_Word object_t;\n"


def numbers(config):
    """Macros, which assembly may read as well, and enums, which it may not."""
    out = GUARD + "#include <sel4/config.h>\n\n"
    for row in config.rows("constants"):
        value = row["value"]
        if isinstance(value, int) and value > 0x7FFFFFFF:
            value = f"{value:#x}"
        out += f"#define {row['name']} {f'({value})' if str(value)[0] == '-' else value}\n"
    out += "\n#ifndef __ASSEMBLER__\n"
    for row in config.rows("enums"):
        out += enum(row["name"], enum_values(row, config.meets), row.get("tag", ""))
    return out + "#endif\n"


def struct(row, meets):
    lines = []
    for field in row["fields"]:
        if isinstance(field, dict):
            if not meets(field["if"]):
                continue
            field = field["decl"]
        lines.append(f"    {field};\n")
    attributes = " __attribute__((packed))" if row.get("packed") else ""
    if "aligned" in row:
        attributes += f" __attribute__((aligned({row['aligned']})))"
    name = row["name"]
    tag = row.get("tag") or (name[:-2] if name.endswith("_t") else name)
    return f"typedef struct {tag} {{\n{''.join(lines)}}}{attributes} {name};\n\n"


def structs(config, boot):
    out = GUARD
    for row in config.rows("structs"):
        if (row.get("part") == "boot") == boot:
            out += struct(row, config.meets)
    return out


def faults(config):
    """A fault's type lies in the low bits of word 0, its words behind it, the last one first."""
    out = GUARD + C_BEGIN
    lengths = ""
    for row in config.rows("faults"):
        name, words = row["name"], row["words"]
        lengths += f"    case seL4_Fault_{name}:\n        return {len(words)};\n"
        arguments = "".join(f", seL4_Uint64 {w}" for w in words)
        body = "".join(f"    fault->words[{n}] = {w};\n"
                       for n, w in enumerate(reversed(words), 1))
        out += f"LIBSEL4_INLINE_FUNC void seL4_Fault_{name}_ptr_new(seL4_Fault_t *fault{arguments})\n"
        out += f"{{\n    fault->words[0] = seL4_Fault_{name};\n{body}}}\n\n"
        passed = "".join(f", {w}" for w in words)
        out += f"LIBSEL4_INLINE_FUNC seL4_Fault_t seL4_Fault_{name}_new({arguments[2:] or 'void'})\n"
        out += "{\n    seL4_Fault_t fault = {{0}};\n\n"
        out += f"    seL4_Fault_{name}_ptr_new(&fault{passed});\n    return fault;\n}}\n\n"
        for n, w in enumerate(reversed(words), 1):
            out += f"SEL4_FAULT_FIELD({name}, {w}, {n})\n"
        out += "\n"
    out += "/* How many message words a fault of this kind has. */\n"
    out += "static inline seL4_Word sel4_fault_words(seL4_Word kind)\n{\n    switch (kind) {\n"
    out += f"{lengths}    default:\n        return 0;\n    }}\n}}\n\n"
    return out + C_END


def files(config):
    return {
        "autoconf.h": autoconf(),
        "kernel/gen_config.h": macros(config.kernel),
        "sel4/gen_config.h": macros(config.libsel4),
        "sel4/syscall.h": syscalls(config),
        "sel4/invocation.h": invocations(config),
        "sel4/gen_objects.h": objects(config),
        "sel4/gen_numbers.h": numbers(config),
        "sel4/gen_structs.h": structs(config, False),
        "sel4/gen_boot.h": structs(config, True),
        "sel4/gen_faults.h": faults(config),
        "interfaces/sel4_client.h": guest_client(config),
        "gen_config.json": json.dumps(config.kernel, indent=4) + "\n",
        "invocations_all.json": json.dumps(config.labels()) + "\n",
    }
