/*
 * A lane's life between two stretches of guest code: enter the machine, idle, hand the token on,
 * and come back once the current thread belongs here and its mappings and registers are in place.
 */
#include "machine/environment.h"
#include "stub/patch.h"
#include "stub/stub.h"
#include "stub/syscalls.h"

static const struct stop nothing = {.kind = STOP_NONE};

_Noreturn void lane_end(struct lane *lane)
{
    const struct linux_timespec long_wait = {3600, 0};

    environment_ring(lane->machine);
    for (;;)
        LINUX_CALL3(nanosleep, &long_wait, 0, 0);
}

/* The floating-point state that is put away may be another one afterwards. */
static void pause(struct lane *lane)
{
    struct machine *m = lane->machine;

    entry_fpu_release(lane);
    lane->thread = 0;
    lane->engine->patch_epoch++; /* a debugger may have come or gone */
    for (;;) {
        lane->kick = atomic_load(&m->kick);
        if (!machine_pauses(m))
            return;
        linux_futex_wait(&m->kick, lane->kick, 0);
    }
}

/* Enters the machine until a thread is to run, wherever that is. */
static void enter(struct lane *lane, const struct stop *stop)
{
    struct machine *m = lane->machine;

    for (;;) {
        if (atomic_load_explicit(&lane->deferred, memory_order_relaxed))
            entry_take_deferred(lane);
        lane->kick = atomic_load(&m->kick);
        switch (machine_enter(m, stop)) {
        case MACHINE_RUN:
            return;
        case MACHINE_IDLE:
            timer_idle(lane);
            stop = &nothing;
            break;
        case MACHINE_PAUSED:
            pause(lane);
            stop = &nothing;
            break;
        case MACHINE_END:
            lane_end(lane);
        }
    }
}

/* Whether the current thread runs in this lane; if not, another lane has been given the token. */
static bool keep(struct lane *lane)
{
    struct kernel *k = &lane->machine->kernel;
    uint32_t to = token_lane_for(lane, kernel_vspace(k, k->current));

    if (to == lane->index)
        return true;
    entry_fpu_release(lane);
    token_hand_over(lane, to);
    return false;
}

#define FLAG_TF 0x100

/* The same as entry_leave() for a lane that returns from a signal. */
static bool leave(struct lane *lane, struct ucontext *uc, const struct stop **stop)
{
    struct user_regs *r = &kernel_current(&lane->machine->kernel)->regs;

    if (lane->patching == PATCH_ON &&
        ((r->rflags & FLAG_TF) || machine_steps(lane->machine) || breakpoint_concerns(lane)))
        patch_end(lane); /* a guest's debugger sees every instruction */
    if (patch_site(r->rip - SITE_SYSCALL)) {
        static const struct stop system_call = {.kind = STOP_SYSCALL};
        entry_restart(r);
        *stop = &system_call;
        return false;
    }
    regs_load(lane, uc);
    return true;
}

/*
 * The last steps before guest code. False: the machine has to be entered first, with *stop. The
 * monitor raises machine.kick before it reads `running`, so one of the two sees the other.
 */
static bool prepare(struct lane *lane, struct ucontext *uc, const struct stop **stop)
{
    struct machine *m = lane->machine;

    *stop = &nothing;
    memory_forget_changes(lane);
    timer_arm(lane);
    if (atomic_load_explicit(&lane->engine->running, memory_order_relaxed) != lane->index + 1)
        atomic_store(&lane->engine->running, lane->index + 1);
    if (atomic_load(&m->kick) != lane->kick)
        return false;
    /* No jump looks at it any more, and interrupts are blocked. */
    if (uc && atomic_load(&lane->deferred) != 0)
        return false;
    return uc ? leave(lane, uc, stop) : entry_leave(lane, stop);
}

void lane_run(struct lane *lane, struct ucontext *uc, const struct stop *stop)
{
    do {
        enter(lane, stop);
        while (!keep(lane)) {
            token_wait(lane);
            /* The frame's floating-point state is of a thread that may be another one by now. */
            lane->thread = 0;
        }
    } while (!prepare(lane, uc, &stop));
}

void lane_resume(struct lane *lane, struct ucontext *uc)
{
    const struct stop *stop;

    if (!prepare(lane, uc, &stop))
        lane_run(lane, uc, stop);
}

void lane_start(struct lane *lane)
{
    struct kernel *k = &lane->machine->kernel;

    token_wait(lane);
    lane->kick = atomic_load(&lane->machine->kick);
    bool chosen = k->current != 0 && kernel_vspace(k, k->current) == lane->slot->vspace &&
                  lane->slot->vspace != 0 && lane->machine->pause == PAUSE_NONE;
    if (chosen)
        lane_resume(lane, NULL);
    else
        lane_run(lane, NULL, &nothing);
}
