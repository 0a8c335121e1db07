/* Threads without a floating-point unit, see fpu.h. */
#include "machine/fpu.h"

#include <stddef.h>

#include "abi_messages.h"
#include "machine/breakpoints.h"
#include "machine/emulate.h"

#define FLAG_TF 0x100ull
#define FLAGS_POPPED                                                                               \
    0x244dd5ull /* what popf changes in user mode: ID, AC, NT, OF to ZF, AF, PF, CF */

enum map { MAP_ONE = 0, MAP_0F = 1, MAP_0F38 = 2, MAP_0F3A = 3 };

/* An instruction's opcode: what precedes it is taken off. */
struct opcode {
    bool operand_size, repeat; /* prefixes 66; F2 or F3 */
    bool vector;               /* in a VEX, EVEX or XOP encoding */
    uint8_t map;               /* enum map, or a higher one */
    uint8_t code;
    uint8_t modrm; /* the byte behind, whether or not it is one */
};

static bool between(uint8_t value, uint8_t first, uint8_t last)
{
    return value >= first && value <= last;
}

static bool is_register(uint8_t modrm)
{
    return modrm >= 0xc0;
}

static uint8_t extension(uint8_t modrm)
{
    return modrm >> 3 & 7;
}

/* Byte n; behind the longest instruction there is nothing. */
static uint8_t byte_at(const uint8_t *bytes, unsigned n)
{
    return n < INSTRUCTION_MAX ? bytes[n] : 0;
}

/* A REX prefix (40 to 4f) too, wherever it is. */
static bool is_prefix(uint8_t byte)
{
    return between(byte, 0x40, 0x4f) || byte == 0x66 || byte == 0x67 || byte == 0xf0 ||
           byte == 0xf2 || byte == 0xf3 || byte == 0x26 || byte == 0x2e || byte == 0x36 ||
           byte == 0x3e || byte == 0x64 || byte == 0x65;
}

/* VEX, EVEX and XOP: `n` is where their first byte is. False: it isn't one. */
static bool find_vector_opcode(const uint8_t *bytes, unsigned n, struct opcode *op)
{
    uint8_t first = byte_at(bytes, n), second = byte_at(bytes, n + 1);
    unsigned length;

    if (first == 0xc5) {
        op->map = MAP_0F;
        length = 2;
    } else if (first == 0xc4 || (first == 0x8f && (second & 0x1f) >= 8)) {
        op->map = second & 0x1f;
        length = 3;
    } else if (first == 0x62) {
        op->map = second & 7;
        length = 4;
    } else {
        return false;
    }
    op->vector = true;
    op->code = byte_at(bytes, n + length);
    op->modrm = byte_at(bytes, n + length + 1);
    return true;
}

static struct opcode find_opcode(const uint8_t *bytes)
{
    struct opcode op = {0};
    unsigned n = 0;

    for (; is_prefix(byte_at(bytes, n)); n++) {
        op.operand_size = op.operand_size || bytes[n] == 0x66;
        op.repeat = op.repeat || bytes[n] == 0xf2 || bytes[n] == 0xf3;
    }
    if (find_vector_opcode(bytes, n, &op))
        return op;
    if (byte_at(bytes, n) == 0x0f) {
        n++;
        op.map = MAP_0F;
        if (byte_at(bytes, n) == 0x38 || byte_at(bytes, n) == 0x3a)
            op.map = bytes[n++] == 0x38 ? MAP_0F38 : MAP_0F3A;
    }
    op.code = byte_at(bytes, n);
    op.modrm = byte_at(bytes, n + 1);
    return op;
}

/* All of AVX, but not the instructions on general registers that share its encoding (BMI, TBM). */
static bool vector_uses_fpu(const struct opcode *op)
{
    if (op->map == MAP_0F38)
        return op->code != 0xf2 && op->code != 0xf3 && op->code != 0xf5 && op->code != 0xf6 &&
               op->code != 0xf7;
    if (op->map == MAP_0F3A)
        return op->code != 0xf0;
    return !(op->map == 9 && between(op->code, 0x01, 0x02)) && op->map != 10;
}

/* The groups in which the byte behind the opcode decides. */
static bool group_uses_fpu(const struct opcode *op)
{
    if (op->code == 0xae) /* fxsave to xsaveopt; not fences, cache lines and segment bases */
        return !is_register(op->modrm) && extension(op->modrm) <= 6 && !op->repeat &&
               !(op->operand_size && extension(op->modrm) == 6);
    return !is_register(op->modrm) && between(extension(op->modrm), 3, 5); /* xrstors to xsaves */
}

static bool two_byte_uses_fpu(const struct opcode *op)
{
    uint8_t code = op->code;

    if (code == 0xae || code == 0xc7)
        return group_uses_fpu(op);
    if (code == 0x78 || code == 0x79) /* SSE4a; else VMX */
        return op->operand_size || op->repeat;
    return code == 0x0e || code == 0x0f || between(code, 0x10, 0x17) || between(code, 0x28, 0x2f) ||
           between(code, 0x50, 0x7f) || code == 0xc2 || between(code, 0xc4, 0xc6) ||
           between(code, 0xd0, 0xfe);
}

bool fpu_instruction(const uint8_t *bytes)
{
    struct opcode op = find_opcode(bytes);

    if (op.vector)
        return vector_uses_fpu(&op);
    switch (op.map) {
    case MAP_ONE:
        return op.code == 0x9b || between(op.code, 0xd8, 0xdf);
    case MAP_0F:
        return two_byte_uses_fpu(&op);
    case MAP_0F38: /* INVEPT to INVPCID, MOVBE, CRC32, ADX and their like use general registers */
        return op.code < 0xf0 && !between(op.code, 0x80, 0x82);
    default:
        return op.code < 0xf0;
    }
}

/* ------------------------------------------------------------------ flags on the stack */

static uint8_t *user_byte(struct machine *m, uint64_t address, bool write)
{
    struct kernel *k = &m->kernel;
    struct translation t;

    if (!kernel_translate(k, kernel_vspace(k, k->current), address, &t) || (write && !t.write))
        return NULL;
    paddr p = t.frame + (address - t.start);
    return machine_is_ram(m, p) ? kernel_at(k, p) : NULL;
}

static bool has_bytes(struct machine *m, uint64_t address, unsigned size, bool write)
{
    return user_byte(m, address, write) && user_byte(m, address + size - 1, write);
}

/* A stack that is not there is left to the instruction itself, which then has no effect. */
static bool push_flags(struct machine *m, unsigned size)
{
    struct user_regs *r = &kernel_current(&m->kernel)->regs;

    if (!has_bytes(m, r->rsp - size, size, true))
        return false;
    r->rsp -= size;
    for (unsigned n = 0; n < size; n++)
        *user_byte(m, r->rsp + n, true) = (uint8_t)(r->rflags >> 8 * n);
    return true;
}

static bool pop_flags(struct machine *m, unsigned size)
{
    struct user_regs *r = &kernel_current(&m->kernel)->regs;
    uint64_t changed = size == 2 ? FLAGS_POPPED & 0xffff : FLAGS_POPPED, value = 0;

    if (!has_bytes(m, r->rsp, size, false))
        return false;
    for (unsigned n = 0; n < size; n++)
        value |= (uint64_t)*user_byte(m, r->rsp + n, false) << 8 * n;
    r->rsp += size;
    r->rflags = (r->rflags & ~changed) | (value & changed);
    return true;
}

/* Carries out a pushf or popf at `bytes`; false: it is something else. */
static bool moved_flags(struct machine *m, const uint8_t *bytes)
{
    struct user_regs *r = &kernel_current(&m->kernel)->regs;
    struct opcode op = find_opcode(bytes);
    unsigned size = op.operand_size ? 2 : 8, length = 1;

    if (op.vector || op.map != MAP_ONE || (op.code != 0x9c && op.code != 0x9d))
        return false;
    if (op.code == 0x9c ? !push_flags(m, size) : !pop_flags(m, size))
        return false;
    while (bytes[length - 1] != op.code)
        length++;
    r->rip += length;
    r->fault_ip = r->rip;
    return true;
}

bool fpu_steps(const struct machine *m)
{
    const struct kernel *k = &m->kernel;

    return k->current != 0 && kernel_tcb(k, k->current)->flags & seL4_TCBFlag_fpuDisabled;
}

bool machine_steps(const struct machine *m)
{
    return fpu_steps(m) ||
           (__builtin_expect(m->emulates_breakpoints, false) && breakpoints_step(m)) ||
           (__builtin_expect(m->debugger.on, false) && m->kernel.current != 0 && debugger_steps(m));
}

/* A debugger's steps take no time, nor do those for breakpoints. */
void machine_stepped(struct machine *m)
{
    if (m->emulates_breakpoints)
        breakpoints_stepped(m);
    if (fpu_steps(m))
        clock_charge(&m->clock, CLOCK_STEP);
    if (m->debugger.on)
        debugger_stepped(m);
}

bool fpu_moved_flags(struct machine *m)
{
    uint8_t bytes[INSTRUCTION_MAX];

    emulate_fetch(m, bytes);
    return !(kernel_current(&m->kernel)->regs.rflags & FLAG_TF) && moved_flags(m, bytes);
}

bool fpu_denied(struct machine *m)
{
    struct user_regs *r = &kernel_current(&m->kernel)->regs;
    uint8_t bytes[INSTRUCTION_MAX];

    do {
        emulate_fetch(m, bytes);
    } while (!(r->rflags & FLAG_TF) && moved_flags(m, bytes));
    return fpu_instruction(bytes);
}
