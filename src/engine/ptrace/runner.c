/*
 * The runner's loop (see runner.h): the machine says who runs, a tracee runs it, the machine is
 * told why it stopped. Timers and the monitor's kicks are signals, whose handler interrupts the
 * tracee that runs; so none is lost between looking and waiting.
 */
#include "engine/ptrace/runner.h"

#include <errno.h>
#include <linux/futex.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "engine/ptrace/regs.h"
#include "engine/ptrace/shared.h"
#include "engine/ptrace/space.h"
#include "engine/ptrace/stops.h"
#include "host/process.h"
#include "machine/environment.h"

#define NS_PER_S 1000000000ull
#define MIN_RUN  200000ull /* ns that a guest runs at least, however near the next deadline is */

/* ------------------------------------------------------------------ the end */

static _Noreturn void finish(struct machine *m, int status)
{
    tracee_kill_all();
    environment_ring(m);
    _exit(status);
}

_Noreturn void runner_fail(struct machine *m, const char *format, ...)
{
    char text[MACHINE_TEXT_SIZE];
    va_list args;

    va_start(args, format);
    vsnprintf(text, sizeof text, format, args);
    va_end(args);
    machine_end(m, END_INTERNAL, text);
    finish(m, 1);
}

/* ------------------------------------------------------------------ time */

static volatile sig_atomic_t child_died, timer_shot;
static struct machine *signalled; /* for the handlers: the runner's one machine */

static void on_signal(int number)
{
    if (number == SIGALRM)
        timer_shot = 1;
    tracee_interrupt();
}

/* Also in the moment before the runner waits on `kick`. */
static void on_death(int number)
{
    child_died = number;
    atomic_fetch_add(&signalled->kick, 1);
    tracee_interrupt();
}

static void catch_signals(struct runner *r)
{
    struct sigaction action = {.sa_handler = on_signal};
    struct sigevent event = {.sigev_notify = SIGEV_SIGNAL, .sigev_signo = SIGALRM};

    signalled = r->machine;
    sigaction(SIGUSR1, &action, NULL);
    sigaction(SIGALRM, &action, NULL);
    action = (struct sigaction){.sa_handler = on_death, .sa_flags = SA_NOCLDSTOP};
    sigaction(SIGCHLD, &action, NULL);
    if (timer_create(CLOCK_MONOTONIC, &event, &r->timer) != 0)
        runner_fail(r->machine, "can't create a timer: %s", strerror(errno));
    r->armed = UINT64_MAX;
    prctl(PR_SET_TIMERSLACK, 1);
}

static struct timespec timespec_of(uint64_t ns)
{
    return (struct timespec){.tv_sec = (time_t)(ns / NS_PER_S), .tv_nsec = (long)(ns % NS_PER_S)};
}

static uint64_t until(const struct machine *m, uint64_t deadline)
{
    uint64_t now = clock_now(&m->clock);

    return deadline > now ? deadline - now : 0;
}

static uint64_t processor_time(pid_t pid)
{
    struct timespec used;
    clockid_t id;

    if (clock_getcpuclockid(pid, &id) != 0 || clock_gettime(id, &used) != 0)
        return 0;
    return (uint64_t)used.tv_sec * NS_PER_S + (uint64_t)used.tv_nsec;
}

static void set_timer(struct runner *r, uint64_t ns)
{
    struct itimerspec value = {.it_value = timespec_of(ns)};

    timer_settime(r->timer, 0, &value, NULL);
}

/* Virtual time: watches the guest in `pid` (see machine_watch). */
static void watch(struct runner *r, pid_t pid)
{
    r->running = pid;
    if (r->watching)
        return;
    r->patience = machine_watch(r->machine, &r->watch);
    if (r->patience == UINT64_MAX)
        return;
    r->watching = true;
    r->watched = pid;
    r->watched_ns = processor_time(pid);
    set_timer(r, r->patience);
}

/* The timer went off: on a busy host the guest may not have had its processor time yet. */
static void look_at_watched(struct runner *r, const struct stop *stop)
{
    uint64_t used;

    if (!timer_shot)
        return;
    timer_shot = 0;
    if (!r->watching)
        return;
    r->watching = false;
    if (r->running != r->watched || stop->kind != STOP_NONE)
        return;
    used = processor_time(r->watched) - r->watched_ns;
    if (used < r->patience) {
        set_timer(r, r->patience - used + MIN_RUN);
        r->watching = true;
        return;
    }
    machine_watched(r->machine, &r->watch);
}

static void arm_timer(struct runner *r)
{
    uint64_t deadline = machine_deadline(r->machine);
    struct itimerspec value = {0};

    if (deadline == r->armed)
        return;
    if (deadline != UINT64_MAX) {
        uint64_t wait = until(r->machine, deadline);

        value.it_value = timespec_of(wait > MIN_RUN ? wait : MIN_RUN);
    }
    timer_settime(r->timer, 0, &value, NULL);
    r->armed = deadline;
}

static void idle(struct machine *m, uint32_t kicks)
{
    uint64_t deadline = machine_deadline(m);
    struct timespec wait = timespec_of(until(m, deadline));

    syscall(SYS_futex, &m->kick, FUTEX_WAIT, kicks, deadline == UINT64_MAX ? NULL : &wait, NULL, 0);
}

/* ------------------------------------------------------------------ running */

static void check_alive(struct machine *m, int status)
{
    char how[128];

    if (status >= 0 && WIFSTOPPED(status))
        return;
    if (status < 0)
        runner_fail(m, "a process of the guest was lost");
    process_describe_end(status, how, sizeof how);
    runner_fail(m, "a process of the guest %s", how);
}

/* A tracee that was not even running: someone ends the machine's processes. */
static void check_children(struct machine *m)
{
    int status;

    if (!child_died)
        return;
    child_died = 0;
    if (waitpid(-1, &status, WNOHANG | __WALL) > 0)
        check_alive(m, status);
}

static void pause_machine(struct runner *r)
{
    struct machine *m = r->machine;

    spaces_save_fpu(m);
    r->armed = UINT64_MAX - 1; /* the timer may go off too early */
    for (;;) {
        uint32_t kicks = m->kick;

        check_children(m);
        if (!machine_pauses(m))
            return;
        syscall(SYS_futex, &m->kick, FUTEX_WAIT, kicks, NULL, NULL, 0);
    }
}

/* Runs the current thread until the machine must know why it stopped. */
static void run(struct runner *r, struct stop *stop)
{
    struct machine *m = r->machine;
    paddr current = m->kernel.current, pml4 = kernel_vspace(&m->kernel, current);
    struct tcb *tcb = kernel_tcb(&m->kernel, current);
    struct space *space = space_of(m, pml4);
    int status;

    space_update(m, space, pml4);
    text_update(m, space, pml4);
    space_load_fpu(m, space, current);
    if (m->kernel.config.hardware_debug_api && !m->emulates_breakpoints)
        regs_load_breakpoints(space, tcb);
    if (m->clock.is_virtual)
        watch(r, space->tracee.pid);
    else
        arm_timer(r);
    do {
        if (regs_load(space, &tcb->regs) != 0)
            runner_fail(m, "can't set a thread's registers: %s", strerror(errno));
        status = tracee_run(&space->tracee, tcb->debug.single_step || machine_steps(m));
        check_alive(m, status);
        if (regs_save(space, &tcb->regs) != 0)
            runner_fail(m, "can't read a thread's registers: %s", strerror(errno));
    } while (!stops_describe(m, space, pml4, status, stop));
    if (stop->kind == STOP_NONE)
        r->armed = UINT64_MAX - 1; /* it may have been the timer: set it anew */
}

static void start(struct runner *r, const struct engine_setup *setup, pid_t monitor, int ready)
{
    int keep[] = {setup->memory->fd, setup->doorbell, ready};
    struct error err = {""};

    process_become_child(monitor, "sel4ux-runner");
    process_close_all_but(keep, 3);
    environment_bind(setup->doorbell);
    shared_bind(r->machine);
    if (!r->machine->clock.is_virtual)
        r->machine->hold_max = HOLD_LONG;
    process_pin();
    spaces_init(setup->memory->fd);
    if (tracee_init(setup->memory->fd, r->machine->clock.is_virtual, &err) != 0)
        runner_fail(r->machine, "%s", err.message);
    catch_signals(r);
    if (write(ready, "r", 1) != 1)
        _exit(1);
    close(ready);
}

_Noreturn void runner_main(const struct engine_setup *setup, pid_t monitor, int ready)
{
    struct runner r = {.machine = setup->memory->machine};
    struct stop stop = {.kind = STOP_NONE};

    start(&r, setup, monitor, ready);
    for (;;) {
        uint32_t kicks = r.machine->kick;

        tracee_forget_interrupt();
        look_at_watched(&r, &stop);
        check_children(r.machine);
        switch (machine_enter(r.machine, &stop)) {
        case MACHINE_RUN:
            run(&r, &stop);
            break;
        case MACHINE_IDLE:
            idle(r.machine, kicks);
            stop = (struct stop){.kind = STOP_NONE};
            break;
        case MACHINE_PAUSED:
            pause_machine(&r);
            stop = (struct stop){.kind = STOP_NONE};
            break;
        case MACHINE_END:
            finish(r.machine, 0);
        }
    }
}
