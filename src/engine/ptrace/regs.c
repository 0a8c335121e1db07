/* Registers of guest threads (see regs.h). */
#include "engine/ptrace/regs.h"

#include <elf.h>
#include <errno.h>
#include <stddef.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/uio.h>

#define USER_CS 0x33
#define USER_SS 0x2b
#define FLAG_RF 0x10000ull

static void to_host(struct user_regs_struct *h, const struct user_regs *g)
{
    h->rip = g->rip;
    h->rsp = g->rsp;
    h->eflags = g->rflags;
    h->rax = g->rax;
    h->rbx = g->rbx;
    h->rcx = g->rcx;
    h->rdx = g->rdx;
    h->rsi = g->rsi;
    h->rdi = g->rdi;
    h->rbp = g->rbp;
    h->r8 = g->r8;
    h->r9 = g->r9;
    h->r10 = g->r10;
    h->r11 = g->r11;
    h->r12 = g->r12;
    h->r13 = g->r13;
    h->r14 = g->r14;
    h->r15 = g->r15;
    h->cs = USER_CS;
    h->ss = USER_SS;
    h->orig_rax = ~0ull; /* no system call that Linux could want to restart */
}

static void from_host(struct user_regs *g, const struct user_regs_struct *h)
{
    g->rip = h->rip;
    g->rsp = h->rsp;
    g->rflags = h->eflags;
    g->rax = h->rax;
    g->rbx = h->rbx;
    g->rcx = h->rcx;
    g->rdx = h->rdx;
    g->rsi = h->rsi;
    g->rdi = h->rdi;
    g->rbp = h->rbp;
    g->r8 = h->r8;
    g->r9 = h->r9;
    g->r10 = h->r10;
    g->r11 = h->r11;
    g->r12 = h->r12;
    g->r13 = h->r13;
    g->r14 = h->r14;
    g->r15 = h->r15;
    g->fs_base = h->fs_base;
    g->gs_base = h->gs_base;
    g->fault_ip = h->rip;
}

/* A base in the upper half is what no user memory is at: to a guest, as good as the host's last. */
static uint64_t usable_base(uint64_t base)
{
    return base < TRACEE_USER_END ? base : TRACEE_USER_END - 1;
}

static int write_all(struct space *space, struct user_regs_struct *want, const struct user_regs *g)
{
    want->fs = want->gs = 0;
    want->fs_base = usable_base(g->fs_base);
    want->gs_base = usable_base(g->gs_base);
    return (int)ptrace(PTRACE_SETREGS, space->tracee.pid, 0, want);
}

static int write_general(struct space *space, struct user_regs_struct *want)
{
    struct iovec part = {.iov_base = want, .iov_len = offsetof(struct user_regs_struct, fs_base)};

    return (int)ptrace(PTRACE_SETREGSET, space->tracee.pid, NT_PRSTATUS, &part);
}

int regs_load(struct space *space, const struct user_regs *g)
{
    struct user_regs_struct want = space->regs;
    bool same_bases = g->fs_base == space->regs.fs_base && g->gs_base == space->regs.gs_base;
    int status;

    to_host(&want, g);
    if (same_bases && space->loaded && memcmp(&want, &space->regs, sizeof want) == 0)
        return 0;
    status = same_bases ? write_general(space, &want) : write_all(space, &want, g);
    space->regs = want;
    space->loaded = status == 0;
    return status;
}

int regs_save(struct space *space, struct user_regs *g)
{
    if (ptrace(PTRACE_GETREGS, space->tracee.pid, 0, &space->regs) != 0)
        return -1;
    space->loaded = true;
    from_host(g, &space->regs);
    if (space->breakpoint_control == 0) /* only instruction breakpoints need it */
        g->rflags &= ~FLAG_RF;
    return 0;
}

/* ------------------------------------------------------------------ breakpoints */

enum { TYPE_DATA, TYPE_INSTRUCTION };                           /* seL4_BreakpointType */
enum { ACCESS_ON_READ, ACCESS_ON_WRITE, ACCESS_ON_READ_WRITE }; /* seL4_BreakpointAccess */

static uint64_t control_bits(const struct breakpoint *b, unsigned n)
{
    uint64_t condition = 0, length = 0;

    if (b->type == TYPE_DATA) {
        condition = b->access == ACCESS_ON_WRITE ? 1 : 3;
        length = b->size == 8 ? 2 : (uint64_t)b->size - 1;
    }
    return 1ull << (2 * n) | (condition | length << 2) << (16 + 4 * n);
}

static void poke_debug_register(struct space *space, unsigned n, uint64_t value)
{
    ptrace(PTRACE_POKEUSER, space->tracee.pid, offsetof(struct user, u_debugreg) + n * 8, value);
}

void regs_load_breakpoints(struct space *space, const struct tcb *tcb)
{
    uint64_t control = 0;
    bool same = true;

    for (unsigned n = 0; n < BREAKPOINT_COUNT; n++) {
        const struct breakpoint *b = &tcb->debug.slot[n];

        if (!b->enabled)
            continue;
        control |= control_bits(b, n);
        same = same && space->breakpoint[n] == b->vaddr;
    }
    if (same && control == space->breakpoint_control)
        return;
    poke_debug_register(space, 7, 0);
    for (unsigned n = 0; n < BREAKPOINT_COUNT; n++) {
        if (tcb->debug.slot[n].enabled)
            poke_debug_register(space, n, space->breakpoint[n] = tcb->debug.slot[n].vaddr);
    }
    poke_debug_register(space, 7, control);
    space->breakpoint_control = control;
}
