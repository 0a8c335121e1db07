/*
 * The stub's first steps. Started without a number it is the zygote: it empties its address space
 * of everything but the window, then makes one process for each lane that is asked for, as a child
 * of the monitor. Started with a lane's number it becomes that lane at once: VSpaces that need the
 * other window are rare enough for an exec each.
 */
#include <linux/mman.h>
#include <linux/prctl.h>
#include <linux/sched.h>

#include "stub/bases.h"
#include "stub/frames.h"
#include "stub/stub.h"
#include "stub/syscalls.h"

#define AT_EMPTY_PATH 0x1000 /* linux/fcntl.h */

extern STUB_LOCAL char lane_block[]; /* entry.S finds it too */
_Alignas(LANE_BLOCK_SIZE) char lane_block[LANE_BLOCK_SIZE];

static struct machine *machine(void)
{
    return (struct machine *)(window_start + WINDOW_MEMORY_OFFSET);
}

/* The lane that the argument names, LANE_NONE for the zygote. */
static uint32_t lane_of_arguments(const uint64_t *stack)
{
    uint32_t lane = 0;

    if (stack[0] < 2)
        return LANE_NONE;
    for (const char *digit = (const char *)stack[2]; *digit; digit++)
        lane = lane * 10 + (uint32_t)(*digit - '0');
    return lane;
}

static _Noreturn void leave(int status)
{
    for (;;)
        LINUX_CALL3(exit_group, status, 0, 0);
}

static void map_machine(void)
{
    uint64_t size = KERNEL_RAM_OFFSET;

    for (int pass = 0; pass < 2; pass++) {
        long at = LINUX_CALL6(mmap, machine(), size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_FIXED,
                              STUB_FD_MEMORY, 0);
        if (at != (long)machine())
            leave(1);
        size = engine_state_of(machine())->memory_size;
    }
}

/* Each process would fault the ring's pages in one by one, for longer than recording takes. Where
 * Linux can't do it at once (before 5.14), it does. */
static void touch_events(struct machine *m)
{
    uint64_t start = (uint64_t)&m->events & ~(uint64_t)MASK(PAGE_BITS);

    if (m->kernel.recording)
        LINUX_CALL3(madvise, start, (uint64_t)(&m->events + 1) - start, MADV_POPULATE_WRITE);
}

static void make_frames(void)
{
    const struct engine_state *e = engine_state_of(machine());

    if (e->copies && !frames_make(e->memory_size))
        stub_fail(machine(), "the host has no memory for the table of frames");
}

static void map_frames(void)
{
    const struct engine_state *e = engine_state_of(machine());

    if (e->copies && !frames_map(e->memory_size))
        stub_fail(machine(), "the host has no memory for the table of frames");
}

/* All of these die with the monitor, whatever becomes of each other. */
static void die_with_monitor(void)
{
    LINUX_CALL6(prctl, PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0, 0);
    if (LINUX_CALL3(getppid, 0, 0, 0) != engine_state_of(machine())->monitor_pid)
        leave(0);
}

static _Noreturn void become_lane(uint32_t index)
{
    struct lane *lane = (struct lane *)lane_block;
    struct machine *m = machine();
    int32_t self = (int32_t)LINUX_CALL3(getpid, 0, 0, 0);

    die_with_monitor();
    *lane = (struct lane){
        .machine = m,
        .engine = engine_state_of(m),
        .slot = &engine_state_of(m)->lane[index],
        .index = index,
        .next = LANE_NONE,
    };
    bases_of_lane(lane);
    /* From here on nothing of ours may read the time stamp counter. */
    if (m->clock.is_virtual && LINUX_CALL6(prctl, PR_SET_TSC, PR_TSC_SIGSEGV, 0, 0, 0, 0) != 0)
        stub_fail(m, "the host can't keep the time stamp counter from guests; use --time real");
    atomic_store(&lane->slot->pid, self);
    LINUX_CALL6(prctl, PR_SET_NAME, "sel4ux-vspace", 0, 0, 0, 0);
    touch_events(m);
    if (!confine_signals(lane) || !timer_make(lane))
        stub_fail(m, "the host refuses a VSpace process its signals or its timer");
    if (!confine_syscalls(m->kernel.config.hardware_debug_api))
        stub_fail(m, "the host has no Syscall User Dispatch (Linux 5.11) or no seccomp; "
                     "use --engine ptrace");
    /* The frame of this signal is the one through which guest code is entered. */
    LINUX_CALL3(tgkill, self, self, SIGUSR1);
    leave(1);
}

/* A VSpace process for window 1: the same program, linked for that place. */
static _Noreturn void become_other(uint32_t index)
{
    char digits[12] = {0};
    char *at = digits + sizeof(digits) - 1;
    uint32_t rest = index;

    do {
        *--at = (char)('0' + rest % 10);
        rest /= 10;
    } while (rest);
    const char *argv[] = {"sel4ux-vspace", at, 0}, *envp[] = {0};
    LINUX_CALL6(execveat, STUB_FD_OTHER, "", argv, envp, AT_EMPTY_PATH, 0);
    stub_fail(machine(), "the stub for the other window does not start");
}

static void make_process(uint32_t index)
{
    struct lane_slot *slot = &engine_state_of(machine())->lane[index];
    long pid = LINUX_CALL6(clone, CLONE_PARENT | SIGCHLD, 0, 0, 0, 0, 0);

    if (pid == 0) {
        if (slot->window != 0)
            become_other(index);
        become_lane(index);
    }
    if (pid < 0)
        stub_fail(machine(), "the host refuses another process (limit on processes or memory)");
}

static _Noreturn void serve(void)
{
    struct engine_state *e = engine_state_of(machine());

    for (;;) {
        uint32_t served = atomic_load(&e->served);
        uint32_t requested = atomic_load(&e->requested);
        if (served == requested) {
            linux_futex_wait(&e->requested, requested, 0);
            continue;
        }
        make_process(atomic_load(&e->request[served % LANE_MAX]));
        atomic_store(&e->served, served + 1);
    }
}

_Noreturn void stub_main(const uint64_t *exec_stack)
{
    uint32_t lane = lane_of_arguments(exec_stack); /* before the stack goes away */
    const uint64_t no_signal = 0;

    map_machine();
    die_with_monitor();
    LINUX_CALL3(munmap, 0, (uint64_t)window_start, 0);
    LINUX_CALL3(munmap, WINDOW_END, USER_ADDRESSES_END - WINDOW_END, 0);
    LINUX_CALL6(rt_sigprocmask, SIG_SETMASK, &no_signal, 0, sizeof(no_signal), 0, 0);
    LINUX_CALL6(prctl, PR_SET_TIMERSLACK, 1, 0, 0, 0, 0);
    bases_start(engine_state_of(machine()));
    if (lane != LANE_NONE) {
        map_frames();
        become_lane(lane);
    }
    LINUX_CALL6(prctl, PR_SET_NAME, "sel4ux-zygote", 0, 0, 0, 0);
    relay_choose_cpus(engine_state_of(machine()));
    make_frames();
    serve();
}
