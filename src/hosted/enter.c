/*
 * The way of a system call, and of everything else that stops a thread, into the machine and back
 * to guest code: here, once this lane's thread is current again, or wherever its registers lead.
 */
#include "hosted/hosted.h"
#include "machine/environment.h"

static const struct stop nothing = {.kind = STOP_NONE};

/* Enters the machine until a thread is to run, wherever that is. */
static void enter(const struct stop *stop)
{
    struct machine *m = hosted.machine;

    input_look();
    for (;;) {
        enum machine_next next = machine_enter(m, stop);

        output_pump();
        if (next == MACHINE_RUN)
            return;
        if (next == MACHINE_END)
            hosted_end();
        timer_idle();
        stop = &nothing;
    }
}

void lane_run(struct lane *lane, const struct stop *stop)
{
    struct lane *next;

    enter(stop);
    lanes_follow_deletions(lane);
    memory_apply();
    next = lane_of_current();
    if (next != lane) {
        if (lane->gone && !lane->is_main)
            hosted.departed = lane;
        token_hand_over(lane, next);
        token_wait(lane);
        lane_join_departed();
    }
    timer_arm(lane);
}

static bool is_call(const struct user_regs *r, enum abi_syscall call)
{
    uint64_t index = -context_number(r);

    return index < ABI_MAX_SYSCALL && hosted_kernel()->abi.syscall[index] == call;
}

static void run_system_call(struct lane *lane)
{
    static const struct stop system_call = {.kind = STOP_SYSCALL};
    const struct user_regs *r = &lane_tcb(lane)->regs;
    bool names = is_call(r, SYS_DEBUG_NAME_THREAD);

    sync_before(lane);
    if (is_call(r, SYS_CALL) && memory_refuses_map(lane))
        lane_run(lane, &nothing);
    else
        lane_run(lane, &system_call);
    if (names)
        lanes_rename();
}

static void check_caller(const struct lane *lane)
{
    if (hosted.ending)
        hosted_exit_now();
    if (lane == NULL)
        hosted_fail(
            "a thread that is none of seL4's made an seL4 system call: only the root task's "
            "main thread and threads that seL4_TCB_Resume started may");
    if (lane->inside || atomic_load_explicit(&hosted.holder, memory_order_relaxed) != lane)
        hosted_fail("a signal handler made an seL4 system call while the kernel was at work");
}

/* From entry.S, on the lane's own stack. */
void sel4ux_enter(uint64_t number, struct sel4_trap *t, const struct call_frame *frame,
                  struct lane *lane);

void sel4ux_enter(uint64_t number, struct sel4_trap *t, const struct call_frame *frame,
                  struct lane *lane)
{
    struct user_regs *r;

    check_caller(lane);
    lane->inside = true;
    r = &lane_tcb(lane)->regs;
    context_of_call(r, number, t, frame);
    do {
        run_system_call(lane);
    } while (context_restarts(r, frame));
    sync_after(lane);
    lane->inside = false;
    if (!context_returns(r, frame))
        lane_jump(r); /* someone has sent the thread elsewhere */
    context_result(r, t);
}
