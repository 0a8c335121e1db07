/*
 * Before the program: the kernel's configuration, and objects and threads that the initial thread
 * makes as any guest does.
 */
#include "kernel_program.h"

void program_choose_config(struct kernel_config *c, unsigned bits)
{
    static const uint8_t work_units[] = {1, 2, 100, 7};

    *c = (struct kernel_config){
        .mcs = bits & 4,
        .debug = true,
        .printing = true,
        .set_tls_base_self = true,
        .hardware_debug_api = bits & 1,
        .dangerous_msr = true,
        .dangerous_code_injection = true,
        .benchmarks = bits & 2,
        .track_utilisation = bits & 2,
        .iommu = bits & 2,
        .huge_page = true,
        .xsave_size = 576,
        .root_cnode_bits = 8,
        .num_priorities = 256,
        .num_domains = bits & 8 ? 3 : 1,
        .num_domain_schedules = bits & 8 ? 5 : 1,
        .num_nodes = 1,
        .timer_tick_ms = 2,
        .boot_time_slice_ms = 5,
        .wcet_scale = 1,
        .time_slice = 1 + (bits >> 6),
        .retype_fan_out = 256,
        .max_work_units = work_units[bits >> 4 & 3],
        .reset_chunk_bits = 8,
        .max_untyped_caps = 100,
        .stack_trace_length = 16,
    };
}

void program_learn_numbers(struct program *p)
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

static unsigned first_free(struct program *p, const struct view *v)
{
    unsigned first = v->count;

    while (first > 0 && view_fits(view_cap(p, v, first - 1), NO_CAP))
        first--;
    return first;
}

/* The initial thread makes objects; returns the first one's slot. */
static unsigned make(struct program *p, enum abi_object type, unsigned bits, unsigned count)
{
    struct view own = view_own(p);
    unsigned first = first_free(p, &own), untyped = 0;

    for (unsigned i = 0; i < own.count; i++)
        if (view_fits(view_cap(p, &own, i), USED_UNTYPED))
            untyped = i;
    program_invoke(p,
                   &(struct message){.label = INV_UNTYPED_RETYPE,
                                     .cptr = untyped,
                                     .count = 6,
                                     .arg = {p->type_of[type], bits, 0, 0, first, count},
                                     .extra_count = 1,
                                     .extra = {ROOT_CNODE}},
                   SYS_CALL);
    return first;
}

static void configure_context(struct program *p, unsigned context)
{
    struct view own = view_own(p);
    struct message m = {.label = INV_SCHED_CONTROL_CONFIGURE_FLAGS,
                        .cptr = view_find(p, &own, CAP_SCHED_CONTROL, 0),
                        .count = 5,
                        .arg = {1000, context % 2 ? 1000 : 2000, 2, context},
                        .extra_count = 1,
                        .extra = {context}};
    program_invoke(p, &m, SYS_CALL);
}

/* Where the preparation put things: the first slot of each kind. */
struct prepared {
    unsigned endpoints, replies, contexts;
};

/* Threads in the initial CSpace and VSpace, with buffers, a common fault handler and priorities. */
static struct prepared make_threads(struct program *p, unsigned count, unsigned endpoints)
{
    bool mcs = p->k->config.mcs;
    unsigned frame = make(p, OBJ_4K_PAGE, 0, count), tcb = make(p, OBJ_TCB, 0, count);
    unsigned context = mcs ? make(p, OBJ_SCHED_CONTEXT, 8, count + 1) : 0;

    unsigned replies = mcs ? make(p, OBJ_REPLY, 0, 2) : 0;

    for (unsigned i = 0; i < count; i++) {
        struct message m = {.label = INV_TCB_CONFIGURE,
                            .cptr = tcb + i,
                            .count = 4,
                            .arg = {endpoints, 0, 0, BUFFERS + 4096 * i},
                            .extra_count = 3,
                            .extra = {ROOT_CNODE, ROOT_VSPACE, frame + i}};
        if (mcs) {
            m.arg[0] = 0;
            m.arg[2] = m.arg[3];
        }
        program_invoke(p, &m, SYS_CALL);
        if (mcs)
            configure_context(p, context + i);
        m = (struct message){.label = INV_TCB_SET_SCHED_PARAMS,
                             .cptr = tcb + i,
                             .count = 2,
                             .arg = {255, 255 - i / 2},
                             .extra_count = mcs ? 3 : 1,
                             .extra = {ROOT_TCB, context + i, endpoints}};
        program_invoke(p, &m, SYS_CALL);
        m = (struct message){.label = INV_TCB_WRITE_REGISTERS,
                             .cptr = tcb + i,
                             .count = 4,
                             .arg = {1, 2, WORLD_SYSCALL_IP, WORLD_IMAGE + 4096}};
        program_invoke(p, &m, SYS_CALL);
    }
    return (struct prepared){endpoints, replies, context};
}

/* The first two threads become servers that wait for calls and run on their callers' time. */
static void make_passive(struct program *p, const struct prepared *made)
{
    paddr root = p->k->current;

    program_issue_call(p, SYS_YIELD, 0, 0);
    for (unsigned i = 0; i < 2 && p->k->current != root; i++) {
        kernel_current(p->k)->regs.r12 = made->replies + i;
        program_issue_call(p, SYS_RECV, made->endpoints + i, 0);
    }
    for (unsigned i = 0; i < 2 && p->k->current == root; i++)
        program_invoke(
            p, &(struct message){.label = INV_SCHED_CONTEXT_UNBIND, .cptr = made->contexts + i},
            SYS_CALL);
}

/* A copy of the capability in `slot` with a badge. */
static void make_badged(struct program *p, unsigned slot, word badge)
{
    struct view own = view_own(p);
    struct message m = {.label = INV_CNODE_MINT,
                        .cptr = ROOT_CNODE,
                        .count = 6,
                        .arg = {first_free(p, &own), 64, slot, 64, 15, badge},
                        .extra_count = 1,
                        .extra = {ROOT_CNODE}};
    program_invoke(p, &m, SYS_CALL);
}

/* Two CNodes become each other's. Without `held` only revoking their untyped reaches them. */
static void make_nest(struct program *p, unsigned nodes, unsigned index, bool held)
{
    struct view own = view_own(p);
    unsigned bits = view_of(view_cap(p, &own, nodes)).bits;
    struct message m = {.label = INV_CNODE_MOVE,
                        .cptr = nodes,
                        .count = 4,
                        .arg = {index, bits, nodes + 1, 64},
                        .extra_count = 1,
                        .extra = {ROOT_CNODE}};
    program_invoke(p, &m, SYS_CALL);
    m.label = INV_CNODE_COPY; /* of the first, into the second's first slot */
    m.count = 5;
    m.arg[0] = (word)index << bits;
    m.arg[1] = 2 * bits;
    m.arg[2] = nodes;
    m.arg[4] = 15;
    program_invoke(p, &m, SYS_CALL);
    if (!held)
        program_invoke(
            p,
            &(struct message){
                .label = INV_CNODE_DELETE, .cptr = ROOT_CNODE, .count = 2, .arg = {nodes, 64}},
            SYS_CALL);
}

/* An interrupt that signals a notification, and the I/O ports of a serial line. */
static void make_devices(struct program *p, unsigned notification)
{
    struct view own = view_own(p);
    unsigned handler = first_free(p, &own);
    struct message m = {.label = INV_X86_IRQ_ISSUE_IRQ_HANDLER_IOAPIC,
                        .cptr = ROOT_IRQ_CONTROL,
                        .count = 7,
                        .arg = {handler, 64, 0, 2, 0, 0, 5},
                        .extra_count = 1,
                        .extra = {ROOT_CNODE}};

    program_invoke(p, &m, SYS_CALL);
    m = (struct message){.label = INV_IRQ_SET_IRQ_HANDLER,
                         .cptr = handler,
                         .extra_count = 1,
                         .extra = {notification}};
    program_invoke(p, &m, SYS_CALL);
    m = (struct message){.label = INV_X86_IO_PORT_CONTROL_ISSUE,
                         .cptr = ROOT_IO_PORT_CONTROL,
                         .count = 4,
                         .arg = {0x3f8, 0x3ff, handler + 1, 64},
                         .extra_count = 1,
                         .extra = {ROOT_CNODE}};
    program_invoke(p, &m, SYS_CALL);
}

/* Another VSpace than the initial one, assigned and with tables for the first 2 MiB. */
static void make_vspace(struct program *p)
{
    static const struct {
        enum abi_object type;
        enum abi_invocation map;
    } levels[] = {{OBJ_PDPT, INV_X86_PDPT_MAP},
                  {OBJ_PAGE_DIRECTORY, INV_X86_PAGE_DIRECTORY_MAP},
                  {OBJ_PAGE_TABLE, INV_X86_PAGE_TABLE_MAP}};
    unsigned pml4 = make(p, OBJ_PML4, 0, 1);
    struct message m = {.label = INV_X86_ASID_POOL_ASSIGN,
                        .cptr = ROOT_ASID_POOL,
                        .extra_count = 1,
                        .extra = {pml4}};

    program_invoke(p, &m, SYS_CALL);
    for (unsigned i = 0; i < COUNT(levels); i++) {
        m.label = levels[i].map;
        m.cptr = make(p, levels[i].type, 0, 1);
        m.count = 2;
        m.arg[0] = BUFFERS;
        program_invoke(p, &m, SYS_CALL);
    }
    make(p, OBJ_PAGE_TABLE, 0, 2);
    make(p, OBJ_4K_PAGE, 0, 2);
}

void program_prepare(struct program *p, unsigned how)
{
    struct prepared made;
    unsigned endpoints, notifications, nodes;

    if (how % 8 == 1)
        return;
    endpoints = make(p, OBJ_ENDPOINT, 0, 2);
    notifications = make(p, OBJ_NOTIFICATION, 0, 2);
    make(p, OBJ_UNTYPED, 12, 3);
    nodes = make(p, OBJ_CNODE, 2 + (how >> 1 & 3), 2);
    make_badged(p, endpoints, 5);
    make_badged(p, endpoints, 6);
    if (how & 8) {
        make_vspace(p);
        make_devices(p, notifications);
    }
    if (how & 0x80)
        make_nest(p, nodes, how >> 4 & 1, how & 0x20);
    made = make_threads(p, 1 + (how >> 4 & 3), endpoints);
    if (how & 0x40 && p->k->config.mcs)
        make_passive(p, &made);
    if (!p->k->current || kernel_current(p->k)->regs.rsi >> 12 ||
        !kernel_tcb(p->k, p->k->all_threads)->ipc_buffer)
        world_fail("the preparation fails");
}
