/*
 * The way out of guest code that is a signal: what it says about the guest's stop, in seL4's terms.
 *
 * SIGSYS is a `syscall` instruction, the others with a positive si_code are exceptions of the
 * processor, whose vector and error code are in the frame; SIGALRM and SIGUSR1 only interrupt.
 */
#include <linux/audit.h>

#include "stub/base_sites.h"
#include "stub/bases.h"
#include "stub/patch.h"
#include "stub/stub.h"
#include "stub/syscalls.h"

#define VECTOR_DEBUG      1
#define VECTOR_OVERFLOW   4
#define VECTOR_UNDEFINED  6
#define VECTOR_PROTECTION 13
#define VECTOR_PAGE_FAULT 14
#define VECTOR_ALIGNMENT  17

#define SYSCALL_SIZE         2
#define LINUX_GATE           0x80
#define ERROR_OF_GATE        2 /* bit of an error code: the rest of it is the vector */
#define ERROR_VECTOR_SHIFT   3
#define SELF_TRAPPED         2 /* si_code SYS_USER_DISPATCH */
#define DEBUG_SINGLE_STEP    BIT(14)
#define DEBUG_STATUS_NOTHING 0
#define TRAP_OF_STEP         2 /* si_code TRAP_TRACE */
#define FLAG_TF              0x100
#define FLAG_AC              0x40000

/* Fills *stop. False: already dealt with, the guest goes on. */
static bool page_fault(struct lane *lane, struct ucontext *uc, struct stop *stop)
{
    struct machine *m = lane->machine;
    uint64_t address = uc->uc_mcontext.cr2;
    unsigned error = (unsigned)uc->uc_mcontext.err;
    enum refill_result refill = memory_refill(lane, address, error);

    if (refill == REFILL_DONE)
        return false;
    regs_save(lane, uc);
    if (refill == REFILL_DEVICE && machine_emulate_access(m, address)) {
        stop->kind = STOP_NONE;
        return true;
    }
    stop->kind = STOP_VM_FAULT;
    stop->address = address;
    stop->code = kernel_fault_code(&m->kernel, lane->slot->vspace, address, error & FAULT_WRITE);
    return true;
}

/* Those of `int` instructions that Linux's gates refuse, and the one of them that is open there. */
static bool is_software_interrupt(struct sigcontext *sc, struct user_regs *r, unsigned *vector)
{
    if (sc->trapno == VECTOR_OVERFLOW) {
        r->rip -= SYSCALL_SIZE;
        *vector = VECTOR_OVERFLOW;
        return true;
    }
    *vector = (unsigned)(sc->err >> ERROR_VECTOR_SHIFT);
    return sc->trapno == VECTOR_PROTECTION && (sc->err & ERROR_OF_GATE);
}

/* The trap flag's exception, with the registers saved. */
static void stepped(struct lane *lane, struct stop *stop)
{
    if (lane->steps) {
        machine_stepped(lane->machine);
        stop->kind = STOP_NONE;
        return;
    }
    *stop = (struct stop){.kind = STOP_DEBUG,
                          .address = kernel_current(&lane->machine->kernel)->regs.rip,
                          .number = DEBUG_SINGLE_STEP};
}

/* Linux can refuse it, and a processor may not know it. */
static bool may_read_counter(const struct sigcontext *sc)
{
    return sc->trapno == VECTOR_PROTECTION || sc->trapno == VECTOR_UNDEFINED;
}

/* An exception of the guest's own. */
static void deliver(struct lane *lane, const siginfo_t *info, struct ucontext *uc,
                    struct stop *stop)
{
    struct sigcontext *sc = &uc->uc_mcontext;
    unsigned vector;

    regs_save(lane, uc);
    if (is_software_interrupt(sc, &kernel_current(&lane->machine->kernel)->regs, &vector)) {
        machine_software_interrupt(lane->machine, vector, stop);
    } else if (sc->trapno == VECTOR_DEBUG && info->si_code == TRAP_OF_STEP) {
        stepped(lane, stop);
    } else if (sc->trapno == VECTOR_DEBUG) {
        *stop =
            (struct stop){.kind = STOP_DEBUG, .address = sc->rip, .number = DEBUG_STATUS_NOTHING};
    } else if (!may_read_counter(sc) || !machine_emulate_counter(lane->machine)) {
        *stop = (struct stop){.kind = STOP_EXCEPTION, .number = sc->trapno, .code = sc->err};
    }
}

static bool exception(struct lane *lane, const siginfo_t *info, struct ucontext *uc,
                      struct stop *stop)
{
    struct sigcontext *sc = &uc->uc_mcontext;

    if (bases_mend(lane, sc->trapno, sc->rip))
        return false;
    switch (base_sites_fault(lane, uc)) {
    case BASE_SITE_DONE:
        if (!(sc->eflags & FLAG_TF))
            return false;
        regs_save(lane, uc);
        stepped(lane, stop);
        return true;
    case BASE_SITE_AGAIN:
        return false;
    case BASE_SITE_REFUSED:
    case BASE_SITE_NONE:
        break;
    }
    switch (patch_fault(lane, uc)) {
    case PATCH_RETRY:
        return false;
    case PATCH_SYSTEM_CALL:
        regs_save(lane, uc);
        entry_restart(&kernel_current(&lane->machine->kernel)->regs);
        stop->kind = STOP_SYSCALL;
        return true;
    case PATCH_NOT_OURS:
        break;
    }
    if (sc->trapno == VECTOR_ALIGNMENT) {
        sc->eflags &= ~(uint64_t)FLAG_AC;
        return false;
    }
    if (sc->trapno == VECTOR_PAGE_FAULT) {
        if (info->si_signo == SIGBUS)
            stub_fail(lane->machine, "the host has run out of memory for the guest's");
        return page_fault(lane, uc, stop);
    }
    deliver(lane, info, uc, stop);
    return true;
}

static void system_call(struct lane *lane, const siginfo_t *info, struct ucontext *uc,
                        struct stop *stop)
{
    struct user_regs *regs = &kernel_current(&lane->machine->kernel)->regs;

    regs_save(lane, uc);
    if (info->si_arch == AUDIT_ARCH_X86_64) {
        stop->kind = STOP_SYSCALL;
        if (lane->steps)
            regs->r11 &= ~(uint64_t)FLAG_TF;
        regs->fault_ip = regs->rip - SYSCALL_SIZE;
        patch_trapped(lane, regs->rip);
    } else { /* int $0x80, which Linux serves */
        regs->rip -= SYSCALL_SIZE;
        machine_software_interrupt(lane->machine, LINUX_GATE, stop);
    }
}

/*
 * Where the guest's own flags or a breakpoint matter to the instruction that is to be done again,
 * it goes on through the frame, which has all of them. False: an interrupt came meanwhile.
 */
static bool may_return(const struct lane *lane)
{
    const uint64_t interrupts = SIGNAL_INTERRUPTS;

    if (!breakpoint_concerns(lane) || lane->machine->emulates_breakpoints)
        return false;
    LINUX_CALL6(rt_sigprocmask, SIG_BLOCK, &interrupts, 0, SIGNAL_MASK_SIZE, 0, 0);
    if (atomic_load(&lane->deferred) == 0)
        return true;
    LINUX_CALL6(rt_sigprocmask, SIG_UNBLOCK, &interrupts, 0, SIGNAL_MASK_SIZE, 0, 0);
    return false;
}

/* Guest code has been left: what for. False: it goes on at once. */
static bool why(struct lane *lane, int signal, const siginfo_t *info, struct ucontext *uc,
                struct stop *stop)
{
    if (signal == SIGSYS && info->si_code == SELF_TRAPPED) {
        system_call(lane, info, uc, stop);
    } else if (signal == SIGTRAP && info->si_code == TRAP_PERF) {
        regs_save(lane, uc);
        breakpoint_hit(lane, info, stop);
    } else if (info->si_code <= 0 || SIGNAL_BIT(signal) & SIGNAL_INTERRUPTS) {
        regs_save(lane, uc);
    } else {
        return exception(lane, info, uc, stop);
    }
    return true;
}

/* False: to go on through the frame. */
static bool guest_stopped(struct lane *lane, int signal, const siginfo_t *info, struct ucontext *uc)
{
    struct stop stop = {.kind = STOP_NONE};

    lane->fpu_sse = true; /* Linux has cleared the rest */
    if (why(lane, signal, info, uc, &stop)) {
        if (signal == SIGALRM)
            timer_shot(lane);
        lane_run(lane, NULL, &stop);
        return true;
    }
    if (may_return(lane))
        return false;
    regs_save(lane, uc);
    lane_resume(lane, NULL);
    return true;
}

/*
 * To return from a handler costs as much as a system call and more. So the guest is left through
 * the frame and entered by a jump, and no signal is blocked meanwhile but an interrupt's own.
 */
void signal_entered(int signal, const siginfo_t *info, struct ucontext *uc)
{
    struct lane *lane = lane_here();
    const uint64_t interrupts = SIGNAL_INTERRUPTS;
    enum interrupted interrupted =
        lane->born ? entry_interrupted(lane, signal, uc) : INTERRUPTED_LEAVING;

    if (interrupted == INTERRUPTED_STUB)
        return;
    if (interrupted == INTERRUPTED_WAITING) {
        if (signal == SIGALRM)
            timer_shot(lane);
        lane_resume(lane, uc);
        return;
    }
    if (SIGNAL_BIT(signal) & SIGNAL_INTERRUPTS)
        LINUX_CALL6(rt_sigprocmask, SIG_UNBLOCK, &interrupts, 0, SIGNAL_MASK_SIZE, 0, 0);
    if (!lane->born) {
        lane->born = true;
        lane_start(lane);
    } else if (interrupted == INTERRUPTED_LEAVING) {
        if (signal == SIGALRM)
            timer_shot(lane);
        lane_resume(lane, NULL);
    } else if (!guest_stopped(lane, signal, info, uc)) {
        return;
    }
    entry_go();
}
