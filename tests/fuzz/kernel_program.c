/*
 * The program's input, its view of the current thread's CSpace (a guest's own knowledge, read from
 * the kernel's memory), and kernel entries.
 */
#include <stdio.h>

#include "kernel_program.h"

#define PREPARED_BITS 20 /* log2 bytes of the untyped from which objects are made beforehand */

/* ------------------------------------------------------------------ the input */

unsigned program_take(struct program *p)
{
    if (!p->size)
        return 0;
    p->size--;
    return *p->data++;
}

word program_take_word(struct program *p)
{
    static const word special[] = {
        0,           1,       2,         3,
        63,          64,      65,        119,
        120,         127,     255,       256,
        4095,        4096,    0xffff,    0x10000,
        BIT(31),     BIT(32), BIT(39),   BIT(47) - 4096,
        BIT(47) - 1, BIT(47), BIT(48),   BIT(56),
        BIT(63),     ~0ull,   ~0ull - 7, 0xffff800000000000ull,
        WORLD_IMAGE, BUFFERS, WORLD_RAM, WORLD_RAM - 4096,
    };
    unsigned how = program_take(p);
    word w = 0;

    if (how < 96)
        return how;
    if (how < 224)
        return special[how % 32];
    for (unsigned i = 0; i < sizeof(w); i++)
        w = w << 8 | program_take(p);
    return w;
}

/* ------------------------------------------------------------------ what the thread can name */

struct view view_of(struct cap cap)
{
    struct view v = {.cnode = cap};

    if (cap.type == CAP_CNODE) {
        v.bits = cap.cnode.guard_size + cap.cnode.radix;
        v.count = 1u << (cap.cnode.radix > 12 ? 12 : cap.cnode.radix);
    }
    return v;
}

struct view view_own(struct program *p)
{
    return view_of(kernel_current(p->k)->slot[TCB_CTABLE].cap);
}

struct cap view_cap(struct program *p, const struct view *v, unsigned i)
{
    return cte_at(p->k, v->cnode.obj + ((paddr)i << SLOT_BITS))->cap;
}

word view_address(const struct view *v, unsigned i)
{
    return (word)v->cnode.cnode.guard << v->cnode.cnode.radix | i;
}

word view_cptr(const struct view *v, unsigned i)
{
    return v->count && v->bits && v->bits < 64 ? view_address(v, i) << (64 - v->bits)
                                               : view_address(v, i);
}

bool view_fits(struct cap cap, unsigned wanted)
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
    case USED_UNTYPED:
        return view_fits(cap, RAM_UNTYPED) && cap.untyped.size_bits == PREPARED_BITS;
    case BADGED_ENDPOINT:
        return cap.type == CAP_ENDPOINT && cap.endpoint.badge;
    default:
        return cap.type == wanted;
    }
}

unsigned view_find(struct program *p, const struct view *v, unsigned wanted, unsigned start)
{
    for (unsigned i = 0; i < v->count; i++) {
        unsigned at = (start + i) % v->count;
        if (view_fits(view_cap(p, v, at), wanted))
            return at;
    }
    return v->count ? start % v->count : 0;
}

bool view_has(struct program *p, const struct view *v, unsigned wanted)
{
    return v->count && view_fits(view_cap(p, v, view_find(p, v, wanted, 0)), wanted);
}

unsigned program_choose(struct program *p, const struct view *v, unsigned wanted)
{
    static const uint8_t common[] = {
        CAP_CNODE,         CAP_CNODE,  CAP_CNODE,    CAP_CNODE,          CAP_THREAD,
        CAP_THREAD,        CAP_THREAD, RAM_UNTYPED,  SMALL_UNTYPED,      SMALL_UNTYPED,
        CAP_FRAME,         CAP_FRAME,  CAP_ENDPOINT, CAP_ENDPOINT,       CAP_NOTIFICATION,
        CAP_PDPT,          CAP_PML4,   CAP_IO_PORT,  CAP_PAGE_TABLE,     CAP_IRQ_HANDLER,
        CAP_SCHED_CONTEXT, CAP_REPLY,  CAP_REPLY,    CAP_PAGE_DIRECTORY, CAP_ASID_POOL};
    unsigned start = program_take(p);

    if (wanted == ANY_CAP && start >= 64 && view_has(p, v, common[start % sizeof(common)]))
        wanted = common[start % sizeof(common)];
    /* The thread's means of going on are seldom worth losing. */
    if (v->count > 64 && start >= 16)
        start = FIRST_SLOT + start % (v->count - FIRST_SLOT);
    if (wanted == CAP_UNTYPED && start % 8)
        wanted = start % 8 < 3 ? SMALL_UNTYPED : start % 8 < 5 ? USED_UNTYPED : RAM_UNTYPED;
    return view_find(p, v, wanted, start);
}

/* ------------------------------------------------------------------ entering the kernel */

void program_log(struct program *p, const char *what, word a, word b)
{
    if (p->trace)
        fprintf(stderr, "%3u thread %#lx: %s %#lx %#lx\n", p->steps, p->k->current, what, a, b);
}

void program_enter(struct program *p, struct stop stop)
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
    kernel_interrupt_wakes(p->k, p->steps % IRQ_COUNT);
}

void program_issue(struct program *p)
{
    struct user_regs *r = &kernel_current(p->k)->regs;

    r->fault_ip = WORLD_SYSCALL_IP;
    r->rip = WORLD_SYSCALL_IP + 2;
    program_enter(p, (struct stop){.kind = STOP_SYSCALL});
}

void program_issue_call(struct program *p, enum abi_syscall call, word cptr, word info)
{
    struct user_regs *r = &kernel_current(p->k)->regs;

    r->rdx = -(word)p->syscall_of[call];
    r->rdi = cptr;
    r->rsi = info;
    program_log(p, abi_syscall_name(call), cptr, info);
    program_issue(p);
}

word *program_buffer(struct program *p)
{
    paddr buffer = thread_ipc_buffer(p->k, p->k->current, true);

    return buffer ? ipc_buffer_words(p->k, buffer) : NULL;
}

static void put_message(struct program *p, const struct message *m)
{
    struct user_regs *r = &kernel_current(p->k)->regs;
    word *registers[MSG_REGISTERS] = {&r->r10, &r->r8, &r->r9, &r->r15};
    word *buffer = program_buffer(p);

    for (unsigned i = 0; i < m->count; i++) {
        if (i < MSG_REGISTERS)
            *registers[i] = m->arg[i];
        else if (buffer)
            buffer[IPC_BUF_MSG + i] = m->arg[i];
    }
    for (unsigned i = 0; i < m->extra_count && buffer; i++)
        buffer[IPC_BUF_CAPS + i] = m->extra[i];
}

void program_invoke(struct program *p, const struct message *m, enum abi_syscall call)
{
    if (p->trace)
        fprintf(stderr, "    %s", abi_invocation_name(m->label));
    for (unsigned i = 0; p->trace && i < m->count; i++)
        fprintf(stderr, " %#lx", m->arg[i]);
    put_message(p, m);
    program_issue_call(p, call, m->cptr,
                       message_info_to_word((struct message_info){
                           .label = m->number               ? m->number
                                    : p->label_of[m->label] ? p->label_of[m->label]
                                                            : ABI_MAX_LABEL + 1,
                           .extra_caps = m->extra_count,
                           .length = m->count,
                       }));
}
