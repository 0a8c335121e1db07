/*
 * Accesses to device registers: the guest's instruction is carried out on the device models, with
 * its effect on registers and flags. The instruction is read through the guest's own page tables.
 */
#include "machine/emulate.h"

#include <stddef.h>
#include <string.h>

#include "machine/environment.h"

#define FLAG_CF          0x001ull
#define FLAG_PF          0x004ull
#define FLAG_AF          0x010ull
#define FLAG_ZF          0x040ull
#define FLAG_SF          0x080ull
#define FLAG_OF          0x800ull
#define FLAGS_ARITHMETIC (FLAG_CF | FLAG_PF | FLAG_AF | FLAG_ZF | FLAG_SF | FLAG_OF)

#define VECTOR_PROTECTION 13

/* Of the gates in seL4's interrupt table users may use those from here on. All but the last make an
 * unknown system call. */
#define GATE_TRAP_MIN 158
#define GATES_OF_SMP  2 /* of the first, which a kernel for several CPUs keeps to itself */
#define GATE_SPURIOUS 255
#define INT_SIZE      2

static const struct access *cached_access(struct machine *m, const uint8_t *bytes)
{
    struct access_cache *cache = &m->access_cache;
    struct access *entry;

    for (unsigned n = 0; n < ACCESS_CACHE_SIZE; n++) {
        entry = &cache->entry[n];
        if (entry->length != 0 && memcmp(entry->bytes, bytes, entry->length) == 0)
            return entry;
    }
    entry = &cache->entry[cache->next];
    cache->next = (cache->next + 1) % ACCESS_CACHE_SIZE;
    memset(entry, 0, sizeof *entry);
    environment_decode(m, bytes, entry);
    memcpy(entry->bytes, bytes, INSTRUCTION_MAX);
    return entry;
}

void emulate_fetch(struct machine *m, uint8_t *bytes)
{
    struct kernel *k = &m->kernel;
    paddr vspace = kernel_vspace(k, k->current);
    uint64_t rip = kernel_current(k)->regs.rip;

    for (unsigned n = 0; n < INSTRUCTION_MAX; n++) {
        struct translation t;

        bytes[n] = 0;
        if (kernel_translate(k, vspace, rip + n, &t)) {
            paddr p = t.frame + (rip + n - t.start);

            if (machine_is_ram(m, p))
                bytes[n] = *(uint8_t *)kernel_at(k, p);
        }
    }
}

const struct access *emulate_decode(struct machine *m)
{
    uint8_t bytes[INSTRUCTION_MAX];

    emulate_fetch(m, bytes);
    return cached_access(m, bytes);
}

word *emulate_register(struct user_regs *r, unsigned number)
{
    switch (number) {
    case 0:
        return &r->rax;
    case 1:
        return &r->rcx;
    case 2:
        return &r->rdx;
    case 3:
        return &r->rbx;
    case 4:
        return &r->rsp;
    case 5:
        return &r->rbp;
    case 6:
        return &r->rsi;
    case 7:
        return &r->rdi;
    default:
        return &r->r8 + (number - 8);
    }
}

static uint64_t address_part(struct user_regs *r, const struct access *a, unsigned number)
{
    if (number == ACCESS_NO_REGISTER)
        return 0;
    return number == ACCESS_RIP ? r->rip + a->length : *emulate_register(r, number);
}

uint64_t emulate_address(struct machine *m, const struct access *a,
                         const struct access_memory *memory)
{
    struct user_regs *r = &kernel_current(&m->kernel)->regs;
    uint64_t address = address_part(r, a, memory->base) + (uint64_t)memory->displacement +
                       address_part(r, a, memory->index) * memory->scale;

    if (memory->is_narrow)
        address = (uint32_t)address;
    if (memory->segment == SEGMENT_FS)
        address += r->fs_base;
    else if (memory->segment == SEGMENT_GS)
        address += r->gs_base;
    return address;
}

static uint64_t width_mask(unsigned width)
{
    return width >= 8 ? UINT64_MAX : (1ull << width * 8) - 1;
}

static uint64_t read_operand(struct user_regs *r, const struct access *a)
{
    uint64_t value;

    if (a->reg == ACCESS_IMMEDIATE)
        return a->immediate & width_mask(a->width);
    value = *emulate_register(r, a->reg);
    return (a->reg_high ? value >> 8 : value) & width_mask(a->width);
}

/* Writes a register of `width` bytes: 4-byte results clear the upper half, narrower keep it. */
static void write_register(struct user_regs *r, const struct access *a, uint64_t value)
{
    word *reg = emulate_register(r, a->reg);
    uint64_t mask = width_mask(a->reg_width);

    if (a->reg_high)
        *reg = (*reg & ~0xff00ull) | (value & 0xff) << 8;
    else if (a->reg_width == 4)
        *reg = value & mask;
    else
        *reg = (*reg & ~mask) | (value & mask);
}

static uint64_t extend(const struct access *a, uint64_t value)
{
    unsigned shift = 64 - a->width * 8;

    return a->sign_extend ? (uint64_t)((int64_t)(value << shift) >> shift) : value;
}

static uint64_t compute(unsigned kind, uint64_t x, uint64_t y)
{
    switch (kind) {
    case ACCESS_AND:
    case ACCESS_TEST:
        return x & y;
    case ACCESS_OR:
        return x | y;
    case ACCESS_XOR:
        return x ^ y;
    case ACCESS_ADD:
        return x + y;
    default:
        return x - y;
    }
}

static uint64_t arithmetic_flags(const struct access *a, uint64_t x, uint64_t y, uint64_t result)
{
    uint64_t sign = 1ull << (a->width * 8 - 1), flags = 0;
    bool subtract = a->kind == ACCESS_SUB || a->kind == ACCESS_CMP;

    flags |= result == 0 ? FLAG_ZF : 0;
    flags |= result & sign ? FLAG_SF : 0;
    flags |= __builtin_parityll(result & 0xff) ? 0 : FLAG_PF;
    if (subtract) {
        flags |= x < y ? FLAG_CF : 0;
        flags |= (x ^ y) & (x ^ result) & sign ? FLAG_OF : 0;
        flags |= (x ^ y ^ result) & 0x10 ? FLAG_AF : 0;
    } else if (a->kind == ACCESS_ADD) {
        flags |= result < x ? FLAG_CF : 0;
        flags |= ~(x ^ y) & (x ^ result) & sign ? FLAG_OF : 0;
        flags |= (x ^ y ^ result) & 0x10 ? FLAG_AF : 0;
    }
    return flags;
}

/* Registers that nobody models read as all ones and ignore writes, as on a PC's bus. */
static uint64_t device_read(struct machine *m, paddr p, unsigned width)
{
    uint64_t value;

    if (!devices_mmio_read(&m->devices, p, width, m->kernel.now, &value))
        value = UINT64_MAX;
    return value & width_mask(width);
}

static void arithmetic(struct machine *m, const struct access *a, paddr p, struct user_regs *r)
{
    uint64_t memory = device_read(m, p, a->width), operand = read_operand(r, a);
    uint64_t x = a->swapped ? operand : memory, y = a->swapped ? memory : operand;
    uint64_t result = compute(a->kind, x, y) & width_mask(a->width);

    r->rflags = (r->rflags & ~FLAGS_ARITHMETIC) | arithmetic_flags(a, x, y, result);
    if (a->kind == ACCESS_CMP || a->kind == ACCESS_TEST)
        return;
    if (a->to_memory)
        devices_mmio_write(&m->devices, p, a->width, m->kernel.now, result);
    else
        write_register(r, a, result);
}

bool machine_emulate_access(struct machine *m, uint64_t address)
{
    struct kernel *k = &m->kernel;
    struct user_regs *r = &kernel_current(k)->regs;
    const struct access *a = emulate_decode(m);
    struct translation t;
    paddr p;

    if (a->kind == ACCESS_UNKNOWN ||
        !kernel_translate(k, kernel_vspace(k, k->current), address, &t))
        return false;
    if (a->to_memory && !t.write)
        return false;
    clock_charge(&m->clock, CLOCK_DEVICE);
    k->now = clock_now(&m->clock);
    devices_advance(&m->devices, k->now);
    p = t.frame + (address - t.start);
    if (a->kind == ACCESS_LOAD)
        write_register(r, a, extend(a, device_read(m, p, a->width)));
    else if (a->kind == ACCESS_STORE)
        devices_mmio_write(&m->devices, p, a->width, k->now, read_operand(r, a));
    else
        arithmetic(m, a, p, r);
    r->rip += a->length;
    r->fault_ip = r->rip;
    return true;
}

/* rdtsc is 0f 31, rdtscp 0f 01 f9, either behind a REX prefix that says nothing. 0: neither. */
static unsigned counter_length(const uint8_t *bytes, bool *has_processor)
{
    unsigned prefix = (bytes[0] & 0xf0) == 0x40;

    bytes += prefix;
    *has_processor = bytes[0] == 0x0f && bytes[1] == 0x01 && bytes[2] == 0xf9;
    if (*has_processor)
        return prefix + 3;
    return bytes[0] == 0x0f && bytes[1] == 0x31 ? prefix + 2 : 0;
}

bool machine_emulate_counter(struct machine *m)
{
    struct kernel *k = &m->kernel;
    struct user_regs *r = &kernel_current(k)->regs;
    uint8_t bytes[INSTRUCTION_MAX];
    bool has_processor;
    unsigned length;
    uint64_t value;

    emulate_fetch(m, bytes);
    length = counter_length(bytes, &has_processor);
    if (length == 0)
        return false;
    clock_charge(&m->clock, CLOCK_COUNTER);
    value = clock_counter(&m->clock);
    r->rax = (uint32_t)value;
    r->rdx = value >> 32;
    if (has_processor)
        r->rcx = 0;
    r->rip += length;
    r->fault_ip = r->rip;
    return true;
}

void machine_software_interrupt(struct machine *m, unsigned vector, struct stop *stop)
{
    struct user_regs *r = &kernel_current(&m->kernel)->regs;
    unsigned own = m->kernel.config.num_nodes > 1 ? GATES_OF_SMP : 0;

    r->fault_ip = r->rip;
    if (vector < GATE_TRAP_MIN + own) {
        *stop = (struct stop){
            .kind = STOP_EXCEPTION, .number = VECTOR_PROTECTION, .code = vector * 8 + 2};
        return;
    }
    r->rip += INT_SIZE;
    if (vector == GATE_SPURIOUS)
        *stop = (struct stop){.kind = STOP_NONE};
    else
        *stop = (struct stop){.kind = STOP_UNKNOWN_SYSCALL,
                              .number = (word)(int32_t)(vector << 24 | (r->rax & 0xffffff))};
}
