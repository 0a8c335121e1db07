/*
 * The classification of stops (see stops.h). Linux reports exceptions as signals and keeps vector
 * and error code to itself, so they are found again from the signal's code, the instruction and
 * the guest's page tables, which are the truth about what a fault means.
 */
#include "engine/ptrace/stops.h"

#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/wait.h>

#include "engine/ptrace/runner.h"
#include "host/decode.h"
#include "machine/call_site.h"
#include "machine/emulate.h"

#define USER_CS 0x33

enum vector {
    VECTOR_DIVIDE = 0,
    VECTOR_DEBUG = 1,
    VECTOR_BREAKPOINT = 3,
    VECTOR_OVERFLOW = 4,
    VECTOR_ILLEGAL = 6,
    VECTOR_STACK = 12,
    VECTOR_PROTECTION = 13,
    VECTOR_X87 = 16,
    VECTOR_SIMD = 19,
};

#define INT_OPCODE 0xcd /* int n */
#define INT_SIZE   2
#define LINUX_GATE 0x80

#define FLAG_TF         0x100ull
#define FLAG_RF         0x10000ull
#define FLAG_AC         0x40000ull
#define DR6_BREAKPOINTS 0xfull
#define DR6_SINGLE_STEP (1ull << 14)

/* ------------------------------------------------------------------ kinds of stop */

static bool is_exception(struct stop *stop, enum vector vector, word code)
{
    *stop = (struct stop){.kind = STOP_EXCEPTION, .number = vector, .code = code};
    return true;
}

static bool is_vm_fault(struct machine *m, paddr pml4, struct stop *stop, uint64_t address,
                        bool write)
{
    *stop = (struct stop){.kind = STOP_VM_FAULT,
                          .address = address,
                          .code = kernel_fault_code(&m->kernel, pml4, address, write)};
    return true;
}

static bool is_nothing(struct stop *stop)
{
    *stop = (struct stop){.kind = STOP_NONE};
    return true;
}

/* One byte of guest memory by its tables; -1: not mapped, or not RAM. */
static int guest_byte(const struct machine *m, paddr pml4, uint64_t address)
{
    struct translation t;

    if (!kernel_translate(&m->kernel, pml4, address, &t))
        return -1;
    paddr at = t.frame + (address - t.start);
    return machine_is_ram(m, at) ? *(const uint8_t *)kernel_at(&m->kernel, at) : -1;
}

static bool in_stub(const struct space *space, uint64_t address)
{
    return address - space->tracee.stub < 4096;
}

/* ------------------------------------------------------------------ system calls */

/* The guest jumped into the stub page, which for it does not exist. */
static bool ran_stub(struct machine *m, struct tcb *tcb, paddr pml4, struct stop *stop, uint64_t at)
{
    tcb->regs.rip = tcb->regs.fault_ip = at;
    return is_vm_fault(m, pml4, stop, at, false);
}

static bool describe_syscall(struct machine *m, struct space *space, paddr pml4, struct stop *stop)
{
    struct user_regs *regs = &kernel_current(&m->kernel)->regs;
    uint64_t at = regs->rip - 2;

    regs->rax = space->regs.orig_rax;
    regs->fault_ip = at;
    if (machine_steps(m) && !(regs->rflags & FLAG_TF))
        regs->r11 &= ~FLAG_TF;
    if (in_stub(space, at))
        return ran_stub(m, kernel_current(&m->kernel), pml4, stop, at);
    if (space->regs.cs == USER_CS && guest_byte(m, pml4, at) == 0x0f &&
        guest_byte(m, pml4, at + 1) == 0x05) {
        *stop = (struct stop){.kind = STOP_SYSCALL};
        return true;
    }
    /* Linux's other entry, int $0x80. */
    regs->rip = at;
    machine_software_interrupt(m, LINUX_GATE, stop);
    return true;
}

/* The jump of a call site faults here, since GS leads nowhere: that is its system call. */
static bool describe_call(struct machine *m, paddr pml4, struct stop *stop)
{
    struct user_regs *regs = &kernel_current(&m->kernel)->regs;

    for (unsigned i = 0; i < CALL_SITE_JUMP_SIZE; i++) {
        if (guest_byte(m, pml4, regs->rip + i) != call_site_byte(i))
            return false;
    }
    regs->fault_ip = regs->rip + CALL_SITE_JUMP_SIZE;
    regs->rip = regs->rcx = regs->fault_ip + CALL_SITE_RESTART;
    regs->r11 = regs->rflags;
    *stop = (struct stop){.kind = STOP_SYSCALL};
    return true;
}

/* ------------------------------------------------------------------ page faults */

/* A fetch: at the instruction itself, or where it goes on in the next page. */
static bool is_fetch(const struct user_regs *regs, uint64_t address)
{
    return address == regs->rip || (address % 4096 == 0 && address - regs->rip < INSTRUCTION_MAX);
}

static bool is_write(struct machine *m, uint64_t address)
{
    const struct user_regs *regs = &kernel_current(&m->kernel)->regs;
    uint8_t bytes[INSTRUCTION_MAX];

    if (is_fetch(regs, address))
        return false;
    emulate_fetch(m, bytes);
    return decode_writes_to(bytes, regs, address);
}

static bool describe_page_fault(struct machine *m, struct space *space, paddr pml4,
                                const siginfo_t *info, struct stop *stop)
{
    uint64_t address = (uint64_t)(uintptr_t)info->si_addr;
    struct translation t;

    if (!kernel_translate(&m->kernel, pml4, address, &t))
        return is_vm_fault(m, pml4, stop, address, is_write(m, address));
    if (!machine_is_ram(m, t.frame + (address - t.start))) {
        if (machine_emulate_access(m, address))
            return is_nothing(stop);
        return is_vm_fault(m, pml4, stop, address, is_write(m, address));
    }
    if (info->si_code == SEGV_ACCERR && !in_stub(space, address) &&
        text_fetch(m, space, pml4, address))
        return false;
    /* A mapping is there and refused: only a write can have done that, unless it's the stub. */
    if (info->si_code == SEGV_ACCERR && !t.write && !in_stub(space, address))
        return is_vm_fault(m, pml4, stop, address, true);
    space_refill(m, space, pml4, address, &t);
    return false;
}

/* ------------------------------------------------------------------ exceptions */

static bool describe_protection_fault(struct machine *m, paddr pml4, struct stop *stop)
{
    struct user_regs *regs = &kernel_current(&m->kernel)->regs;
    int vector = guest_byte(m, pml4, regs->rip + 1);

    if (machine_emulate_counter(m))
        return is_nothing(stop);
    if (guest_byte(m, pml4, regs->rip - INT_SIZE) == INT_OPCODE &&
        guest_byte(m, pml4, regs->rip - 1) == VECTOR_OVERFLOW) {
        regs->rip -= INT_SIZE; /* that gate is open on Linux */
        vector = VECTOR_OVERFLOW;
    } else if (guest_byte(m, pml4, regs->rip) != INT_OPCODE || vector < 0) {
        return is_exception(stop, VECTOR_PROTECTION, 0);
    }
    machine_software_interrupt(m, (unsigned)vector, stop);
    return true;
}

/* An instruction has been carried out in the current thread's stead. */
static bool describe_done(struct machine *m, struct stop *stop)
{
    const struct tcb *tcb = kernel_current(&m->kernel);

    if (tcb->regs.rflags & FLAG_TF || tcb->debug.single_step) {
        *stop =
            (struct stop){.kind = STOP_DEBUG, .address = tcb->regs.rip, .number = DR6_SINGLE_STEP};
        return true;
    }
    if (!machine_steps(m))
        return false;
    machine_stepped(m);
    return is_nothing(stop);
}

static bool describe_invalid_opcode(struct machine *m, struct space *space, paddr pml4,
                                    struct stop *stop)
{
    switch (text_invalid_opcode(m, space, pml4)) {
    case TEXT_DONE:
        return describe_done(m, stop);
    case TEXT_AGAIN:
        return false;
    case TEXT_REFUSED:
        return is_exception(stop, VECTOR_PROTECTION, 0);
    case TEXT_NOT_OURS:
    default:
        if (machine_emulate_counter(m))
            return is_nothing(stop);
        return is_exception(stop, VECTOR_ILLEGAL, 0);
    }
}

static bool describe_arithmetic(struct space *space, const siginfo_t *info, struct stop *stop)
{
    struct user_fpregs_struct fpu;

    if (info->si_code == FPE_INTDIV)
        return is_exception(stop, VECTOR_DIVIDE, 0);
    if (ptrace(PTRACE_GETFPREGS, space->tracee.pid, 0, &fpu) == 0 && (fpu.swd & ~fpu.cwd & 0x3f))
        return is_exception(stop, VECTOR_X87, 0);
    return is_exception(stop, VECTOR_SIMD, 0);
}

static bool describe_trap(struct machine *m, struct space *space, paddr pml4, const siginfo_t *info,
                          struct stop *stop)
{
    struct tcb *tcb = kernel_current(&m->kernel);
    uint64_t reason;

    if (info->si_code == SI_KERNEL) {
        if (in_stub(space, tcb->regs.rip - 1))
            return ran_stub(m, tcb, pml4, stop, tcb->regs.rip - 1);
        return is_exception(stop, VECTOR_BREAKPOINT, 0);
    }
    if (in_stub(space, tcb->regs.rip))
        return ran_stub(m, tcb, pml4, stop, tcb->regs.rip);
    if (info->si_code == TRAP_TRACE && machine_steps(m) && !(tcb->regs.rflags & FLAG_TF) &&
        !tcb->debug.single_step) {
        machine_stepped(m);
        return is_nothing(stop);
    }
    reason = info->si_code == TRAP_TRACE
                 ? DR6_SINGLE_STEP
                 : (uint64_t)ptrace(PTRACE_PEEKUSER, space->tracee.pid,
                                    offsetof(struct user, u_debugreg[6]), 0) &
                       (DR6_BREAKPOINTS | DR6_SINGLE_STEP);
    if (reason & DR6_BREAKPOINTS) /* Linux would go on behind it; seL4 comes to it again */
        tcb->regs.rflags &= ~FLAG_RF;
    *stop = (struct stop){.kind = STOP_DEBUG, .address = tcb->regs.rip, .number = reason};
    return true;
}

static bool describe_bus_error(struct machine *m, const siginfo_t *info, struct stop *stop)
{
    if (info->si_code == SI_KERNEL)
        return is_exception(stop, VECTOR_STACK, 0);
    if (info->si_code == BUS_ADRALN) { /* seL4 never turns alignment checks on */
        kernel_current(&m->kernel)->regs.rflags &= ~FLAG_AC;
        return false;
    }
    runner_fail(m, "the host has no memory left for the guest");
}

static bool describe_signal(struct machine *m, struct space *space, paddr pml4, int number,
                            struct stop *stop)
{
    siginfo_t info;

    if (ptrace(PTRACE_GETSIGINFO, space->tracee.pid, 0, &info) != 0)
        runner_fail(m, "can't learn why a guest stopped: %s", strerror(errno));
    if (info.si_code <= 0) /* sent by someone, not raised by the guest */
        return is_nothing(stop);
    switch (number) {
    case SIGSEGV:
        if (describe_call(m, pml4, stop))
            return true;
        if (info.si_code == SEGV_MAPERR || info.si_code == SEGV_ACCERR)
            return describe_page_fault(m, space, pml4, &info, stop);
        return describe_protection_fault(m, pml4, stop);
    case SIGFPE:
        return describe_arithmetic(space, &info, stop);
    case SIGILL:
        return describe_invalid_opcode(m, space, pml4, stop);
    case SIGTRAP:
        return describe_trap(m, space, pml4, &info, stop);
    case SIGBUS:
        return describe_bus_error(m, &info, stop);
    case SIGSYS: /* Linux's vsyscall page, stopped by the filter: no memory of the guest's */
        return is_vm_fault(m, pml4, stop, (uint64_t)(uintptr_t)info.si_call_addr, false);
    default:
        return is_nothing(stop);
    }
}

bool stops_describe(struct machine *m, struct space *space, paddr pml4, int status,
                    struct stop *stop)
{
    space->text.stops++;
    if (status >> 16 != 0)
        return is_nothing(stop); /* interrupted by the runner's own handler */
    if (WSTOPSIG(status) == (SIGTRAP | 0x80))
        return describe_syscall(m, space, pml4, stop);
    return describe_signal(m, space, pml4, WSTOPSIG(status), stop);
}
