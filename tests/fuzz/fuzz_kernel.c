/*
 * Fuzzes the kernel model through kernel_enter alone, as guests and hardware drive it. The input is
 * a program: its first bytes choose the kernel's configuration and how much is set up before, then
 * each step makes the current thread stop for one reason. Most steps are invocations that fit the
 * capabilities which the thread has; a share of them is damaged. After the steps, and every few
 * between, the whole machine is checked (kernel_oracle.c).
 *
 * FUZZ_TRACE in the environment shows the steps and checks after each.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "kernel/invocation.h"
#include "kernel/ipc.h"
#include "kernel/thread.h"
#include "kernel/vspace/vspace.h"
#include "kernel_world.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define MAX_STEPS   600
#define MAX_IDLE    8  /* steps without a thread to run, after which the program ends */
#define CHECK_EVERY 4  /* steps */
#define MAX_ARGS    24 /* words of an invocation */
#define BUFFERS     0x10000000ull
#define ROOT_CNODE  2 /* seL4's initial slots */
#define ROOT_VSPACE 3
#define FIRST_SLOT  12 /* below are the initial thread's own capabilities */

struct program {
    struct kernel *k;
    const uint8_t *data;
    size_t size;
    unsigned steps, idle;
    bool trace;
    word label_of[INV_COUNT];
    unsigned syscall_of[SYS_COUNT], type_of[OBJ_COUNT];
};

/* ------------------------------------------------------------------ the input */

static unsigned take(struct program *p)
{
    if (!p->size)
        return 0;
    p->size--;
    return *p->data++;
}

static word take_word(struct program *p)
{
    static const word special[] = {
        0,
        1,
        2,
        3,
        63,
        64,
        65,
        119,
        120,
        127,
        255,
        256,
        4095,
        4096,
        0xffff,
        0x10000,
        BIT(31),
        BIT(32),
        BIT(39),
        BIT(47) - 4096,
        BIT(47) - 1,
        BIT(47),
        BIT(48),
        BIT(56),
        BIT(63),
        ~0ull,
        ~0ull - 7,
        0xffff800000000000ull,
        WORLD_IMAGE,
        BUFFERS,
        WORLD_RAM,
        WORLD_RAM - 4096,
    };
    unsigned how = take(p);
    word w = 0;

    if (how < 96)
        return how;
    if (how < 224)
        return special[how % 32];
    for (unsigned i = 0; i < sizeof(w); i++)
        w = w << 8 | take(p);
    return w;
}

/* ------------------------------------------------------------------ what the thread can name */

/* A CNode, as addresses below a capability to it name its slots. */
struct view {
    struct cap cnode;
    unsigned bits;  /* guard and radix */
    unsigned count; /* slots; 0: no CNode */
};

static struct view view_of(struct cap cap)
{
    struct view v = {.cnode = cap};

    if (cap.type == CAP_CNODE) {
        v.bits = cap.cnode.guard_size + cap.cnode.radix;
        v.count = 1u << (cap.cnode.radix > 12 ? 12 : cap.cnode.radix);
    }
    return v;
}

static struct view own_view(struct program *p)
{
    return view_of(kernel_current(p->k)->slot[TCB_CTABLE].cap);
}

static struct cap cap_in(struct program *p, const struct view *v, unsigned i)
{
    return cte_at(p->k, v->cnode.obj + ((paddr)i << SLOT_BITS))->cap;
}

static word address_of(const struct view *v, unsigned i)
{
    return (word)v->cnode.cnode.guard << v->cnode.cnode.radix | i;
}

/* The capability address of slot `i` of the thread's own CNode. */
static word cptr_of(const struct view *v, unsigned i)
{
    return v->count && v->bits && v->bits < 64 ? address_of(v, i) << (64 - v->bits)
                                               : address_of(v, i);
}

enum { ANY_CAP = 100, NO_CAP, RAM_UNTYPED, SMALL_UNTYPED };

static bool fits(struct cap cap, unsigned wanted)
{
    switch (wanted) {
    case ANY_CAP:
        return cap.type != CAP_NULL;
    case NO_CAP:
        return cap.type == CAP_NULL;
    case RAM_UNTYPED:
        return cap.type == CAP_UNTYPED && !cap.untyped.is_device;
    case SMALL_UNTYPED:
        return cap.type == CAP_UNTYPED && !cap.untyped.is_device && cap.untyped.size_bits == 12;
    default:
        return cap.type == wanted;
    }
}

/* The first slot from `start` on, in a circle, with a capability of the type; any when none has. */
static unsigned find_slot(struct program *p, const struct view *v, unsigned wanted, unsigned start)
{
    for (unsigned i = 0; i < v->count; i++) {
        unsigned at = (start + i) % v->count;
        if (fits(cap_in(p, v, at), wanted))
            return at;
    }
    return v->count ? start % v->count : 0;
}

static unsigned choose_slot(struct program *p, const struct view *v, unsigned wanted)
{
    unsigned start = take(p);

    /* The thread's means of going on are seldom worth losing. */
    if (wanted == ANY_CAP && v->count > 64 && start < 240)
        start += FIRST_SLOT;
    if (wanted == CAP_UNTYPED && start % 8)
        wanted = RAM_UNTYPED;
    return find_slot(p, v, wanted, start);
}

/* ------------------------------------------------------------------ entering the kernel */

static void log_entry(struct program *p, const char *what, word a, word b)
{
    if (p->trace)
        fprintf(stderr, "%3u thread %#lx: %s %#lx %#lx\n", p->steps, p->k->current, what, a, b);
}

static void enter(struct program *p, struct stop stop)
{
    kernel_enter(p->k, &stop);
    if (p->trace)
        world_check(p->k);
    if (p->k->current) {
        struct translation t;
        paddr pml4 = kernel_vspace(p->k, p->k->current);
        word rsp = kernel_current(p->k)->regs.rsp;
        if (pml4 && kernel_translate(p->k, pml4, rsp, &t) && (rsp < t.start || rsp >= t.end))
            world_fail("a translation of %#lx for another address", rsp);
        kernel_fault_code(p->k, pml4, rsp, true);
    }
    kernel_wants_tick(p->k);
}

/* The current thread executes its system call instruction with the registers that it has. */
static void issue(struct program *p)
{
    struct user_regs *r = &kernel_current(p->k)->regs;

    r->fault_ip = WORLD_SYSCALL_IP;
    r->rip = WORLD_SYSCALL_IP + 2;
    enter(p, (struct stop){.kind = STOP_SYSCALL});
}

static void issue_call(struct program *p, enum abi_syscall call, word cptr, word info)
{
    struct user_regs *r = &kernel_current(p->k)->regs;

    r->rdx = -(word)p->syscall_of[call];
    r->rdi = cptr;
    r->rsi = info;
    log_entry(p, abi_syscall_name(call), cptr, info);
    issue(p);
}

/* The current thread's IPC buffer, which it may write like all its memory; NULL if it has none. */
static word *own_buffer(struct program *p)
{
    paddr buffer = thread_ipc_buffer(p->k, p->k->current, true);

    return buffer ? ipc_buffer_words(p->k, buffer) : NULL;
}

struct message {
    enum abi_invocation label;
    word cptr;
    unsigned count, extra_count;
    word arg[MAX_ARGS], extra[MAX_EXTRA_CAPS];
};

static void put_message(struct program *p, const struct message *m)
{
    struct user_regs *r = &kernel_current(p->k)->regs;
    word *registers[MSG_REGISTERS] = {&r->r10, &r->r8, &r->r9, &r->r15};
    word *buffer = own_buffer(p);

    for (unsigned i = 0; i < m->count; i++) {
        if (i < MSG_REGISTERS)
            *registers[i] = m->arg[i];
        else if (buffer)
            buffer[IPC_BUF_MSG + i] = m->arg[i];
    }
    for (unsigned i = 0; i < m->extra_count && buffer; i++)
        buffer[IPC_BUF_CAPS + i] = m->extra[i];
}

static void invoke(struct program *p, const struct message *m, enum abi_syscall call)
{
    if (p->trace)
        fprintf(stderr, "    %s", abi_invocation_name(m->label));
    for (unsigned i = 0; p->trace && i < m->count; i++)
        fprintf(stderr, " %#lx", m->arg[i]);
    put_message(p, m);
    issue_call(p, call, m->cptr,
               message_info_to_word((struct message_info){
                   .label = p->label_of[m->label] ? p->label_of[m->label] : ABI_MAX_LABEL + 1,
                   .extra_caps = m->extra_count,
                   .length = m->count,
               }));
}

/* ------------------------------------------------------------------ invocations */

/*
 * How an invocation is put together. Letters of `extra` are types of capabilities passed, those of
 * `args` are words or groups of words: see add_extra and add_argument.
 */
struct shape {
    uint8_t label, cap;
    const char *extra, *args;
};

static const struct shape shapes[] = {
    {INV_UNTYPED_RETYPE, CAP_UNTYPED, "C", "tR"},
    {INV_UNTYPED_RETYPE, CAP_UNTYPED, "C", "tR"},
    {INV_UNTYPED_RETYPE, CAP_UNTYPED, "C", "tR"},
    {INV_TCB_READ_REGISTERS, CAP_THREAD, "", "bb"},
    {INV_TCB_WRITE_REGISTERS, CAP_THREAD, "", "bbwwwwwwwwww"},
    {INV_TCB_COPY_REGISTERS, CAP_THREAD, "T", "b"},
    {INV_TCB_CONFIGURE, CAP_THREAD, "CPF", "hgqf"},
    {INV_TCB_SET_PRIORITY, CAP_THREAD, "T", "p"},
    {INV_TCB_SET_MC_PRIORITY, CAP_THREAD, "T", "p"},
    {INV_TCB_SET_SCHED_PARAMS, CAP_THREAD, "T", "pp"},
    {INV_TCB_SET_IPC_BUFFER, CAP_THREAD, "F", "f"},
    {INV_TCB_SET_SPACE, CAP_THREAD, "CP", "hgq"},
    {INV_TCB_SUSPEND, CAP_THREAD, "", ""},
    {INV_TCB_RESUME, CAP_THREAD, "", ""},
    {INV_TCB_RESUME, CAP_THREAD, "", ""},
    {INV_TCB_BIND_NOTIFICATION, CAP_THREAD, "N", ""},
    {INV_TCB_UNBIND_NOTIFICATION, CAP_THREAD, "", ""},
    {INV_TCB_SET_AFFINITY, CAP_THREAD, "", "b"},
    {INV_TCB_SET_BREAKPOINT, CAP_THREAD, "", "bvbbb"},
    {INV_TCB_GET_BREAKPOINT, CAP_THREAD, "", "b"},
    {INV_TCB_UNSET_BREAKPOINT, CAP_THREAD, "", "b"},
    {INV_TCB_CONFIGURE_SINGLE_STEPPING, CAP_THREAD, "", "bb"},
    {INV_TCB_SET_TLS_BASE, CAP_THREAD, "", "w"},
    {INV_TCB_SET_FLAGS, CAP_THREAD, "", "ww"},
    {INV_CNODE_REVOKE, CAP_CNODE, "", "x"},
    {INV_CNODE_REVOKE, CAP_CNODE, "", "x"},
    {INV_CNODE_DELETE, CAP_CNODE, "", "x"},
    {INV_CNODE_DELETE, CAP_CNODE, "", "x"},
    {INV_CNODE_CANCEL_BADGED_SENDS, CAP_CNODE, "", "x"},
    {INV_CNODE_COPY, CAP_CNODE, "C", "nyr"},
    {INV_CNODE_MINT, CAP_CNODE, "C", "nyrg"},
    {INV_CNODE_MINT, CAP_CNODE, "C", "nyrg"},
    {INV_CNODE_MOVE, CAP_CNODE, "C", "ny"},
    {INV_CNODE_MOVE, CAP_CNODE, "C", "ny"},
    {INV_CNODE_MUTATE, CAP_CNODE, "C", "nyg"},
    {INV_CNODE_ROTATE, CAP_CNODE, "CC", "ngygz"},
    {INV_CNODE_ROTATE, CAP_CNODE, "CC", "xgygz"},
    {INV_CNODE_SAVE_CALLER, CAP_CNODE, "", "n"},
    {INV_IRQ_ISSUE_IRQ_HANDLER, CAP_IRQ_CONTROL, "C", "bm"},
    {INV_IRQ_ACK_IRQ, CAP_IRQ_HANDLER, "", ""},
    {INV_IRQ_SET_IRQ_HANDLER, CAP_IRQ_HANDLER, "N", ""},
    {INV_IRQ_CLEAR_IRQ_HANDLER, CAP_IRQ_HANDLER, "", ""},
    {INV_X86_IRQ_ISSUE_IRQ_HANDLER_IOAPIC, CAP_IRQ_CONTROL, "C", "m00iie"},
    {INV_X86_IRQ_ISSUE_IRQ_HANDLER_MSI, CAP_IRQ_CONTROL, "C", "miiibe"},
    {INV_DOMAIN_SET_SET, CAP_DOMAIN, "T", "i"},
    {INV_DOMAIN_SCHEDULE_CONFIGURE, CAP_DOMAIN, "", "iii"},
    {INV_DOMAIN_SCHEDULE_SET_START, CAP_DOMAIN, "", "i"},
    {INV_X86_PDPT_MAP, CAP_PDPT, "P", "va"},
    {INV_X86_PDPT_UNMAP, CAP_PDPT, "", ""},
    {INV_X86_PAGE_DIRECTORY_MAP, CAP_PAGE_DIRECTORY, "P", "va"},
    {INV_X86_PAGE_DIRECTORY_UNMAP, CAP_PAGE_DIRECTORY, "", ""},
    {INV_X86_PAGE_TABLE_MAP, CAP_PAGE_TABLE, "P", "va"},
    {INV_X86_PAGE_TABLE_UNMAP, CAP_PAGE_TABLE, "", ""},
    {INV_X86_PAGE_MAP, CAP_FRAME, "P", "vra"},
    {INV_X86_PAGE_MAP, CAP_FRAME, "P", "vra"},
    {INV_X86_PAGE_MAP, CAP_FRAME, "P", "vra"},
    {INV_X86_PAGE_UNMAP, CAP_FRAME, "", ""},
    {INV_X86_PAGE_GET_ADDRESS, CAP_FRAME, "", ""},
    {INV_X86_ASID_CONTROL_MAKE_POOL, CAP_ASID_CONTROL, "UC", "o"},
    {INV_X86_ASID_POOL_ASSIGN, CAP_ASID_POOL, "P", ""},
    {INV_X86_ASID_POOL_ASSIGN, CAP_ASID_POOL, "P", ""},
    {INV_X86_IO_PORT_CONTROL_ISSUE, CAP_IO_PORT_CONTROL, "C", "jm"},
    {INV_X86_IO_PORT_IN8, CAP_IO_PORT, "", "b"},
    {INV_X86_IO_PORT_IN16, CAP_IO_PORT, "", "b"},
    {INV_X86_IO_PORT_IN32, CAP_IO_PORT, "", "b"},
    {INV_X86_IO_PORT_OUT8, CAP_IO_PORT, "", "bw"},
    {INV_X86_IO_PORT_OUT16, CAP_IO_PORT, "", "bw"},
    {INV_X86_IO_PORT_OUT32, CAP_IO_PORT, "", "bw"},
};

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* One invocation being put together: the invoked capability and those passed, where CNodes. */
struct builder {
    struct program *p;
    struct message m;
    struct view own, invoked, extra[MAX_EXTRA_CAPS];
};

static void add(struct builder *b, word w)
{
    if (b->m.count < MAX_ARGS)
        b->m.arg[b->m.count++] = w;
}

static void add_extra(struct builder *b, char letter)
{
    unsigned wanted = letter == 'C'   ? CAP_CNODE
                      : letter == 'T' ? CAP_THREAD
                      : letter == 'N' ? CAP_NOTIFICATION
                      : letter == 'F' ? CAP_FRAME
                      : letter == 'P' ? CAP_PML4
                                      : (unsigned)SMALL_UNTYPED;
    unsigned slot = choose_slot(b->p, &b->own, wanted);

    b->extra[b->m.extra_count] = view_of(cap_in(b->p, &b->own, slot));
    b->m.extra[b->m.extra_count++] = cptr_of(&b->own, slot);
}

/* Index and depth of a slot of `v`. */
static void add_slot_of(struct builder *b, const struct view *v, unsigned wanted)
{
    unsigned slot = choose_slot(b->p, v, wanted);

    add(b, address_of(v, slot));
    add(b, v->bits);
}

static word take_vaddr(struct program *p)
{
    static const word base[] = {0,
                                WORLD_IMAGE,
                                BUFFERS,
                                BUFFERS,
                                BIT(21),
                                BIT(30),
                                BIT(39),
                                BIT(47) - BIT(39),
                                BIT(47) - BIT(30),
                                BIT(47) - BIT(21),
                                USER_TOP - 4096,
                                USER_TOP};
    unsigned place = take(p);
    word vaddr = base[place % COUNT(base)] + ((word)(take(p) & 15) << (12 + 9 * (place >> 6)));

    return place == 255 ? take_word(p) : vaddr;
}

/* Object type and size, as often as not one that fits in small untypeds. */
static void add_type(struct builder *b)
{
    unsigned which = take(b->p);
    unsigned bits = take(b->p);
    enum abi_object type = (enum abi_object)(1 + which % (OBJ_COUNT - 1));

    if (type == OBJ_UNTYPED)
        bits = bits < 100 ? 12 : 4 + bits % 18;
    else if (bits < 250)
        bits = 1 + bits % 6;
    add(b, b->p->type_of[type]);
    add(b, bits);
}

/* Retype's destination: index, depth, offset, number of objects. */
static void add_destination(struct builder *b)
{
    struct program *p = b->p;
    struct view node = b->extra[0];
    unsigned how = take(p);

    if (how < 200) {
        add(b, 0);
        add(b, 0);
    } else {
        unsigned slot = find_slot(p, &node, CAP_CNODE, how);
        add(b, address_of(&node, slot));
        add(b, node.bits);
        node = view_of(node.count ? cap_in(p, &node, slot) : CAP_NONE);
    }
    add(b, choose_slot(p, &node, NO_CAP));
    how = take(p);
    add(b, how < 250 ? 1 + how % 4 : take_word(p));
}

static word take_data(struct program *p)
{
    unsigned how = take(p);

    if (how < 128)
        return how % 8; /* a badge, or no guard */
    if (how < 224)      /* a guard that makes addresses in a CNode 64 bits deep */
        return 64 - how % 16;
    return take_word(p);
}

static void add_single(struct builder *b, char letter)
{
    struct program *p = b->p;
    unsigned byte = take(p);

    switch (letter) {
    case '0':
        add(b, byte < 250 ? 0 : byte % 3);
        break;
    case 'i':
        add(b, byte < 250 ? byte % 4 : byte);
        break;
    case 'e': /* vector */
        add(b, byte % 112);
        break;
    case 'p':
        add(b, byte < 200 ? 255 - byte % 4 : byte);
        break;
    case 'r':
        add(b, byte < 128 ? 15 : byte % 16);
        break;
    case 'q':
        add(b, byte < 250 ? 0 : byte);
        break;
    case 'f':
        add(b, byte < 240 ? (byte % 32) * 1024 : take_word(p));
        break;
    default: /* b, a */
        add(b, byte);
        break;
    }
}

static void add_argument(struct builder *b, char letter)
{
    struct program *p = b->p;

    switch (letter) {
    case 't':
        add_type(b);
        break;
    case 'R':
        add_destination(b);
        break;
    case 'x': /* slots with something of the invoked CNode, extra 0, extra 1 */
        add_slot_of(b, &b->invoked, ANY_CAP);
        break;
    case 'y':
        add_slot_of(b, &b->extra[0], ANY_CAP);
        break;
    case 'z':
        add_slot_of(b, &b->extra[1], ANY_CAP);
        break;
    case 'n': /* empty ones */
        add_slot_of(b, &b->invoked, NO_CAP);
        break;
    case 'm':
        add_slot_of(b, &b->extra[0], NO_CAP);
        break;
    case 'o':
        add_slot_of(b, &b->extra[1], NO_CAP);
        break;
    case 'h':
        add(b, cptr_of(&b->own, choose_slot(p, &b->own, CAP_ENDPOINT)));
        break;
    case 'g':
        add(b, take_data(p));
        break;
    case 'v':
        add(b, take_vaddr(p));
        break;
    case 'w':
        add(b, take_word(p));
        break;
    case 'j':
        add(b, take(p));
        add(b, take(p) | 0x80);
        break;
    default:
        add_single(b, letter);
        break;
    }
}

static void damage(struct builder *b)
{
    struct program *p = b->p;
    unsigned how = take(p);

    switch (how % 8) {
    case 0:
        b->m.cptr = take_word(p);
        break;
    case 1:
        b->m.count -= b->m.count > 0;
        break;
    case 2:
        b->m.extra_count -= b->m.extra_count > 0;
        break;
    case 3:
        b->m.extra[0] = take_word(p);
        break;
    case 4: /* another type of capability */
        b->m.cptr = cptr_of(&b->own, choose_slot(p, &b->own, ANY_CAP));
        break;
    case 5:
        b->m.label = (enum abi_invocation)(take(p) % INV_COUNT);
        break;
    default:
        b->m.arg[(how >> 3) % MAX_ARGS] = take_word(p);
        break;
    }
}

static void step_invocation(struct program *p)
{
    const struct shape *shape = &shapes[(take(p) | take(p) << 8) % COUNT(shapes)];
    struct builder b = {.p = p, .m = {.label = shape->label}, .own = own_view(p)};
    unsigned slot = choose_slot(p, &b.own, shape->cap);
    unsigned how;

    b.invoked = view_of(b.own.count ? cap_in(p, &b.own, slot) : CAP_NONE);
    b.m.cptr = cptr_of(&b.own, slot);
    for (const char *c = shape->extra; *c && b.own.count; c++)
        add_extra(&b, *c);
    for (const char *c = shape->args; *c; c++)
        add_argument(&b, *c);
    how = take(p);
    if (how >= 224)
        damage(&b);
    invoke(p, &b.m, how % 32 ? SYS_CALL : how % 64 ? SYS_SEND : SYS_NB_SEND);
}

/* ------------------------------------------------------------------ other steps */

/* Any of the calls that pass messages, with some capabilities and a place to receive one. */
static void step_message(struct program *p)
{
    static const enum abi_syscall calls[] = {SYS_CALL,  SYS_REPLY_RECV, SYS_SEND,  SYS_NB_SEND,
                                             SYS_RECV,  SYS_NB_RECV,    SYS_REPLY, SYS_YIELD,
                                             SYS_CALL,  SYS_REPLY_RECV, SYS_SEND,  SYS_RECV,
                                             SYS_YIELD, SYS_RECV,       SYS_CALL,  SYS_REPLY};
    unsigned how = take(p), which = take(p);
    struct view own = own_view(p);
    unsigned type = which < 160 ? CAP_ENDPOINT : which < 230 ? CAP_NOTIFICATION : CAP_REPLY;
    struct message m = {.label = (enum abi_invocation)(which % INV_COUNT),
                        .cptr = cptr_of(&own, choose_slot(p, &own, type)),
                        .count = how >> 4};
    word *buffer = own_buffer(p);

    if (which % 4 == 0)
        for (; m.extra_count < (which >> 4) % 4; m.extra_count++)
            m.extra[m.extra_count] = cptr_of(&own, choose_slot(p, &own, ANY_CAP));
    for (unsigned i = 0; i < m.count; i++)
        m.arg[i] = how;
    if (buffer && which % 2) {
        unsigned node = find_slot(p, &own, CAP_CNODE, which);
        struct view into = view_of(own.count ? cap_in(p, &own, node) : CAP_NONE);
        buffer[IPC_BUF_RECV_CNODE] = cptr_of(&own, node);
        buffer[IPC_BUF_RECV_INDEX] = address_of(&into, find_slot(p, &into, NO_CAP, which));
        buffer[IPC_BUF_RECV_DEPTH] = into.bits;
    }
    invoke(p, &m, calls[how % 16]);
}

/* The debug and benchmark calls; those that halt seldom. */
static void step_debug(struct program *p)
{
    unsigned how = take(p);
    enum abi_syscall call = (enum abi_syscall)(SYS_YIELD + how % (SYS_COUNT - SYS_YIELD));
    struct view own = own_view(p);
    unsigned type = how < 128 ? CAP_THREAD : how < 192 ? CAP_FRAME : ANY_CAP;
    unsigned slot = choose_slot(p, &own, type);
    word *buffer = own_buffer(p);

    if (call == SYS_DEBUG_HALT && how < 240)
        call = SYS_DEBUG_NAME_THREAD;
    if (call == SYS_DEBUG_NAME_THREAD && buffer)
        memset(&buffer[IPC_BUF_MSG], 'a' + how % 16, how);
    if (call == SYS_DEBUG_NAME_THREAD && buffer)
        ((char *)&buffer[IPC_BUF_MSG])[how + 1] = 0;
    issue_call(p, call, call == SYS_SET_TLS_BASE ? take_word(p) : cptr_of(&own, slot), 0);
}

static void step_garbage(struct program *p)
{
    struct user_regs *r = &kernel_current(p->k)->regs;
    word *buffer = own_buffer(p);
    unsigned how = take(p);

    for (unsigned i = REG(rsp); i <= REG(r15); i++)
        if (i != REG(rflags))
            *thread_register(kernel_current(p->k), i) = take_word(p);
    if (how < 200)
        r->rdx = -(word)(how % 16);
    if (buffer)
        buffer[IPC_BUF_CAPS + how % 6] = take_word(p);
    log_entry(p, "garbage", r->rdx, r->rdi);
    issue(p);
}

static void step_fault(struct program *p)
{
    static const uint8_t kinds[] = {STOP_VM_FAULT, STOP_EXCEPTION, STOP_UNKNOWN_SYSCALL,
                                    STOP_DEBUG};
    unsigned how = take(p);
    struct user_regs *r = &kernel_current(p->k)->regs;

    r->fault_ip = r->rip;
    if (how >= 128)
        r->rsp = take_vaddr(p);
    struct stop stop = {.kind = kinds[how % 4], .instruction = how & 16, .code = how >> 5};
    stop.address = take_vaddr(p);
    stop.number = stop.kind == STOP_DEBUG       ? BIT(14) * (how >> 7) | how % 16
                  : stop.kind == STOP_EXCEPTION ? how >> 3
                                                : take_word(p);
    log_entry(p, "fault", stop.kind, stop.number);
    enter(p, stop);
}

static void step_event(struct program *p)
{
    unsigned how = take(p);
    struct stop stop = {.kind = how < 160   ? STOP_TICK
                                : how < 250 ? STOP_INTERRUPT
                                            : STOP_NONE};

    if (p->k->current)
        kernel_current(p->k)->regs.fault_ip = kernel_current(p->k)->regs.rip;
    stop.number = how == 249 ? take_word(p) : how;
    for (unsigned i = 0; i < IRQ_COUNT && how < 240; i++)
        if (p->k->irq[(how + i) % IRQ_COUNT].state == IRQ_SIGNAL) {
            stop.number = (how + i) % IRQ_COUNT;
            break;
        }
    log_entry(p, "event", stop.kind, stop.number);
    enter(p, stop);
}

static void step_sync(struct program *p)
{
    paddr pml4 = kernel_vspace(p->k, p->k->current);

    log_entry(p, "sync", pml4, 0);
    if (pml4)
        world_sync(p->k, pml4);
}

static void step(struct program *p)
{
    unsigned how = take(p);

    if (!p->k->current) {
        p->idle++;
        step_event(p);
    } else if (p->k->in_preemptible ? how < 224
                                    : how < 64 && kernel_current(p->k)->regs.rip ==
                                                      WORLD_SYSCALL_IP) {
        log_entry(p, "again", kernel_current(p->k)->regs.rdx, kernel_current(p->k)->regs.rdi);
        issue(p);
    } else if (how < 150) {
        step_invocation(p);
    } else if (how < 212) {
        step_message(p);
    } else if (how < 222) {
        step_fault(p);
    } else if (how < 232) {
        step_event(p);
    } else if (how < 238) {
        step_debug(p);
    } else if (how < 242) {
        step_garbage(p);
    } else if (how < 250) {
        step_sync(p);
    } else {
        world_set_pending(take(p));
    }
}

/* ------------------------------------------------------------------ before the program */

static void choose_config(struct kernel_config *c, unsigned bits)
{
    static const uint8_t work_units[] = {1, 2, 100, 7};

    *c = (struct kernel_config){
        .debug = true,
        .printing = true,
        .set_tls_base_self = true,
        .hardware_debug_api = bits & 1,
        .dangerous_msr = true,
        .dangerous_code_injection = true,
        .benchmarks = bits & 2,
        .track_utilisation = bits & 2,
        .iommu = bits & 4,
        .huge_page = true,
        .xsave_size = 576,
        .root_cnode_bits = 8,
        .num_domains = bits & 8 ? 3 : 1,
        .num_domain_schedules = bits & 8 ? 5 : 1,
        .num_nodes = 1,
        .timer_tick_ms = 2,
        .time_slice = 1 + (bits >> 6),
        .retype_fan_out = 256,
        .max_work_units = work_units[bits >> 4 & 3],
        .reset_chunk_bits = 8,
        .max_untyped_caps = 100,
        .stack_trace_length = 16,
    };
}

static void learn_numbers(struct program *p)
{
    const struct abi *abi = &p->k->abi;

    for (unsigned i = 0; i < ABI_MAX_LABEL; i++)
        p->label_of[abi->invocation[i]] = i;
    for (unsigned i = 0; i < ABI_MAX_SYSCALL; i++)
        p->syscall_of[abi->syscall[i]] = i;
    for (unsigned i = 0; i < ABI_MAX_TYPE; i++)
        p->type_of[abi->object[i]] = i;
    p->type_of[OBJ_INVALID] = ABI_MAX_TYPE - 1;
}

/* The initial thread makes objects; returns the first one's slot. */
static unsigned make(struct program *p, enum abi_object type, unsigned bits, unsigned count)
{
    struct view own = own_view(p);
    unsigned first = find_slot(p, &own, NO_CAP, FIRST_SLOT + 4);
    unsigned untyped = 0;

    for (unsigned i = 0; i < own.count; i++)
        if (fits(cap_in(p, &own, i), RAM_UNTYPED) && cap_in(p, &own, i).untyped.size_bits == 20)
            untyped = i;
    invoke(p,
           &(struct message){.label = INV_UNTYPED_RETYPE,
                             .cptr = untyped,
                             .count = 6,
                             .arg = {p->type_of[type], bits, 0, 0, first, count},
                             .extra_count = 1,
                             .extra = {ROOT_CNODE}},
           SYS_CALL);
    return first;
}

/* Threads in the initial CSpace and VSpace, with buffers, a common fault handler and priorities. */
static void make_threads(struct program *p, unsigned count, word handler)
{
    unsigned frame = make(p, OBJ_4K_PAGE, 0, count), tcb = make(p, OBJ_TCB, 0, count);

    for (unsigned i = 0; i < count; i++) {
        struct message m = {.label = INV_TCB_CONFIGURE,
                            .cptr = tcb + i,
                            .count = 4,
                            .arg = {handler, 0, 0, BUFFERS + 4096 * i},
                            .extra_count = 3,
                            .extra = {ROOT_CNODE, ROOT_VSPACE, frame + i}};
        invoke(p, &m, SYS_CALL);
        m = (struct message){.label = INV_TCB_SET_SCHED_PARAMS,
                             .cptr = tcb + i,
                             .count = 2,
                             .arg = {255, 255 - i / 2},
                             .extra_count = 1,
                             .extra = {1}};
        invoke(p, &m, SYS_CALL);
        m = (struct message){.label = INV_TCB_WRITE_REGISTERS,
                             .cptr = tcb + i,
                             .count = 4,
                             .arg = {1, 2, WORLD_SYSCALL_IP, WORLD_IMAGE + 4096}};
        invoke(p, &m, SYS_CALL);
    }
}

static void prepare(struct program *p, unsigned how)
{
    unsigned endpoints;

    if (how & 1)
        return;
    endpoints = make(p, OBJ_ENDPOINT, 0, 2);
    make(p, OBJ_NOTIFICATION, 0, 2);
    make(p, OBJ_UNTYPED, 12, 3);
    make(p, OBJ_CNODE, 2 + (how >> 1 & 3), 2);
    if (how & 8) {
        make(p, OBJ_PML4, 0, 1);
        make(p, OBJ_PAGE_TABLE, 0, 2);
        make(p, OBJ_4K_PAGE, 0, 2);
    }
    make_threads(p, 1 + (how >> 4 & 3), endpoints);
    if (kernel_current(p->k)->regs.rsi >> 12 || !kernel_tcb(p->k, p->k->all_threads)->ipc_buffer)
        world_fail("the preparation fails");
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct program p = {.data = data, .size = size, .trace = getenv("FUZZ_TRACE") != NULL};
    struct kernel_config config;

    choose_config(&config, take(&p));
    p.k = world_boot(&config);
    learn_numbers(&p);
    world_check(p.k);
    prepare(&p, take(&p));
    world_check(p.k);
    while (p.size && p.steps < MAX_STEPS && p.idle < MAX_IDLE && !p.k->halted) {
        step(&p);
        if (++p.steps % CHECK_EVERY == 0)
            world_check(p.k);
    }
    world_check(p.k);
    return 0;
}
