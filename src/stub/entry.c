/*
 * The C side of the patched entry (entry.S), and signals that come while our own code runs with
 * signals unblocked, as it does after a patched entry.
 *
 * Invariant: while guest code runs, lane->regs is the current thread's struct user_regs, which is
 * all that patch_entry needs to find, and k->fpu_thread is the current thread.
 */
#include "stub/entry.h"

#include "machine/call_site.h"
#include "stub/bases.h"
#include "stub/patch.h"
#include "stub/stub.h"
#include "stub/syscalls.h"

_Static_assert(offsetof(struct lane, regs) == LANE_REGS, "entry.h");
_Static_assert(offsetof(struct lane, leave_rip) == LANE_RIP, "entry.h");
_Static_assert(offsetof(struct lane, leave_rsp) == LANE_RSP, "entry.h");
_Static_assert(offsetof(struct lane, leave_flags) == LANE_FLAGS, "entry.h");
_Static_assert(offsetof(struct lane, deferred) == LANE_DEFERRED, "entry.h");
_Static_assert(LANE_BLOCK_SIZE == LANE_SIZE, "entry.h");
_Static_assert(offsetof(struct user_regs, rip) == REGS_RIP, "entry.h");
_Static_assert(offsetof(struct user_regs, rax) == REGS_RAX, "entry.h");
_Static_assert(offsetof(struct user_regs, rbp) == REGS_RBP, "entry.h");
_Static_assert(offsetof(struct user_regs, r15) == REGS_R15, "entry.h");
_Static_assert(offsetof(struct user_regs, fault_ip) == REGS_FAULT_IP, "entry.h");

#define FLAG_TF 0x100

/* lane->deferred: what came while it could not be taken */
#define DEFERRED_LOOK 1
#define DEFERRED_SHOT 2

#define SYSCALL_SIZE 2 /* bytes of the instruction */

/* entry.S */
STUB_LOCAL extern char patch_leave[], patch_leave_end[];
STUB_LOCAL void entry_system_call(struct lane *lane);
STUB_LOCAL void entry_again(struct lane *lane);

static const struct stop nothing = {.kind = STOP_NONE}, system_call = {.kind = STOP_SYSCALL};

void entry_system_call(struct lane *lane)
{
    bases_save_fs(lane, lane->regs);
    lane->fpu_sse = false;
    lane_run(lane, NULL, &system_call);
}

void entry_again(struct lane *lane)
{
    lane_run(lane, NULL, &nothing);
}

void entry_take_deferred(struct lane *lane)
{
    if (atomic_exchange(&lane->deferred, 0) & DEFERRED_SHOT)
        timer_shot(lane);
}

/* ------------------------------------------------------------------ floating-point state */

void entry_fpu_release(struct lane *lane)
{
    struct kernel *k = &lane->machine->kernel;

    if (k->fpu_thread != 0)
        lane->fpu_sse = entry_fpu_store(kernel_tcb(k, k->fpu_thread)->fpu) == 0;
    k->fpu_thread = 0;
}

static void fpu_switch(struct lane *lane)
{
    struct kernel *k = &lane->machine->kernel;

    if (k->fpu_thread != k->current) {
        bool in_frame = lane->thread == k->current;
        entry_fpu_release(lane);
        entry_fpu_fetch(in_frame ? lane->frame_fpu : kernel_current(k)->fpu, lane->fpu_sse);
        lane->fpu_sse = false;
        k->fpu_thread = k->current;
    }
    lane->thread = 0;
}

/* ------------------------------------------------------------------ leaving */

/*
 * Guest flags that our code can't have, or a stepping thread: only a return from a signal sets them
 * together with rip. The handler finds all in the TCB and goes on as patch_leave would.
 */
static void leave_by_signal(struct lane *lane)
{
    int32_t self = atomic_load(&lane->slot->pid);

    lane->by_signal = true;
    for (;;)
        LINUX_CALL3(tgkill, self, self, SIGUSR1);
}

bool entry_leave(struct lane *lane, const struct stop **stop)
{
    struct machine *m = lane->machine;
    struct user_regs *r = &kernel_current(&m->kernel)->regs;
    uint64_t rip = r->rip, rsp = r->rsp;

    lane->regs = r;
    if ((r->rflags & FLAG_TF) || machine_steps(m) || breakpoint_concerns(lane))
        leave_by_signal(lane);
    if (!patch_go_behind(r, &rip, &rsp) && patch_site(rip - SITE_SYSCALL)) {
        entry_restart(r);
        *stop = &system_call;
        return false;
    }
    lane->leave_rip = rip;
    lane->leave_rsp = rsp;
    lane->leave_flags = regs_flags(r);
    bases_load(lane, r);
    fpu_switch(lane);
    return true;
}

void entry_restart(struct user_regs *r)
{
    r->fault_ip = r->rip;
    r->rip = r->rcx = r->rip + SYSCALL_SIZE;
    r->r11 = r->rflags;
}

/* ------------------------------------------------------------------ interrupted */

static bool is_ours(uint64_t rip)
{
    return (rip >= (uint64_t)stub_text_start && rip < (uint64_t)stub_text_end) ||
           patch_is_thunk(rip);
}

/* What a thread sees that steps onto a patched site: its first instruction done. A call site's jump
 * is to come once more. */
static bool stepped_into_thunk(struct lane *lane, struct sigcontext *sc)
{
    uint64_t site = patch_site_of_thunk(sc->rip);

    if (patch_is_link_entry(sc->rip)) {
        sc->rip = sc->rcx - CALL_SITE_RESTART - CALL_SITE_JUMP_SIZE;
        patch_end(lane);
        return true;
    }
    if (site == 0)
        return false;
    *(patch_keeper(patch_site(site)) == KEEPER_R14 ? &sc->r14 : &sc->rbx) = sc->rsp;
    sc->rip = site + SITE_SYSCALL;
    patch_end(lane);
    return true;
}

enum interrupted entry_interrupted(struct lane *lane, int signal, struct ucontext *uc)
{
    struct kernel *k = &lane->machine->kernel;
    struct sigcontext *sc = &uc->uc_mcontext;
    uint64_t rip = sc->rip;

    if (!is_ours(rip))
        return INTERRUPTED_GUEST;
    if (signal == SIGTRAP && stepped_into_thunk(lane, sc))
        return INTERRUPTED_GUEST;
    if (signal != SIGALRM && signal != SIGUSR1)
        stub_fail(lane->machine, signal == SIGBUS
                                     ? "the host has run out of memory for the guest's"
                                     : "sel4ux's own code beside the guest has crashed");
    if (!lane->by_signal && (rip < (uint64_t)patch_leave || rip >= (uint64_t)patch_leave_end)) {
        atomic_fetch_or(&lane->deferred, signal == SIGALRM ? DEFERRED_SHOT : DEFERRED_LOOK);
        return INTERRUPTED_STUB;
    }
    enum interrupted what = lane->by_signal ? INTERRUPTED_WAITING : INTERRUPTED_LEAVING;
    lane->by_signal = false;
    lane->thread = k->fpu_thread;
    lane->frame_fpu = sc->fpstate;
    if (k->fpu_thread != 0)
        regs_save_fpu(kernel_tcb(k, k->fpu_thread), uc);
    k->fpu_thread = 0;
    return what;
}
