/*
 * Engine `ptrace` as the monitor sees it: one child, the runner, whose tracees become the
 * monitor's children should the runner die, so that none outlives the machine.
 */
#include <errno.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "engine/breakpoints.h"
#include "engine/engine.h"
#include "engine/ptrace/runner.h"
#include "engine/ptrace/shared.h"
#include "host/process.h"

struct engine {
    struct machine *machine;
    pid_t runner; /* 0: reaped */
};

static pid_t fork_runner(const struct engine_setup *setup, int pipe_ends[2])
{
    pid_t monitor = getpid(), pid = fork();

    if (pid != 0)
        return pid;
    close(pipe_ends[0]);
    runner_main(setup, monitor, pipe_ends[1]);
}

static void end_runner(struct engine *engine)
{
    struct ptrace_shared *shared = shared_of(engine->machine);
    int status;

    if (engine->runner > 0) {
        kill(engine->runner, SIGKILL);
        process_reap(engine->runner, &status);
        engine->runner = 0;
    }
    /* Its tracees die with it (PTRACE_O_EXITKILL) and are ours to reap. */
    for (uint32_t n = 0; n < shared->count && n < SHARED_MAX_PIDS; n++) {
        if (shared->pid[n] > 0)
            process_reap(shared->pid[n], &status);
        shared->pid[n] = 0;
    }
    shared->count = 0;
}

static int wait_until_ready(struct engine *engine, int fd, struct error *err)
{
    char byte;
    ssize_t n;

    do {
        n = read(fd, &byte, 1);
    } while (n < 0 && errno == EINTR);
    if (n == 1)
        return 0;
    end_runner(engine);
    error_set(err, "engine ptrace could not start: %s",
              engine->machine->end != END_RUNNING ? engine->machine->end_text
                                                  : "its process was killed");
    return -ECHILD;
}

static int ptrace_start(struct engine **result, const struct engine_setup *setup, struct error *err)
{
    struct engine *engine = calloc(1, sizeof *engine);
    int ends[2], status;

    if (engine == NULL || pipe(ends) != 0) {
        free(engine);
        return error_errno(err, errno, "engine ptrace could not start");
    }
    prctl(PR_SET_CHILD_SUBREAPER, 1);
    engine->machine = setup->memory->machine;
    breakpoints_try_host(engine->machine);
    engine->runner = fork_runner(setup, ends);
    status = engine->runner < 0 ? error_errno(err, errno, "engine ptrace could not start") : 0;
    close(ends[1]);
    if (status == 0)
        status = wait_until_ready(engine, ends[0], err);
    close(ends[0]);
    if (status != 0) {
        free(engine);
        return status;
    }
    *result = engine;
    return 0;
}

static void ptrace_kick(struct engine *engine)
{
    atomic_fetch_add(&engine->machine->kick, 1);
    if (engine->runner > 0)
        kill(engine->runner, SIGUSR1);
}

/* The runner stays on one. */
static int ptrace_home(struct engine *engine)
{
    cpu_set_t set;

    if (sched_getaffinity(engine->runner, sizeof set, &set) != 0 || CPU_COUNT(&set) != 1)
        return -1;
    for (int cpu = 0; cpu < CPU_SETSIZE; cpu++) {
        if (CPU_ISSET(cpu, &set))
            return cpu;
    }
    return -1;
}

/*
 * The signal stops a tracee until the runner has looked at it, which goes on last and first: once
 * it stands still nobody makes or resumes a tracee. To the runner it is an interruption like
 * others.
 */
static void ptrace_hold(struct engine *engine, bool held)
{
    struct ptrace_shared *shared = shared_of(engine->machine);

    if (engine->runner <= 0)
        return;
    kill(engine->runner, held ? SIGSTOP : SIGCONT);
    for (uint32_t n = 0; held && n < shared->count && n < SHARED_MAX_PIDS; n++) {
        if (shared->pid[n] > 0)
            kill(shared->pid[n], SIGSTOP);
    }
}

static bool ptrace_child_died(struct engine *engine, pid_t pid, int status, struct error *err)
{
    char how[128];

    if (pid != engine->runner)
        return false;
    engine->runner = 0;
    if (engine->machine->end != END_RUNNING)
        return false;
    process_describe_end(status, how, sizeof how);
    error_set(err, "the process that runs the machine %s", how);
    return true;
}

static void ptrace_stop(struct engine *engine)
{
    end_runner(engine);
    free(engine);
}

const struct engine_ops engine_ptrace = {
    .name = "ptrace",
    .summary = "kernel model in a process of its own; slow, holds hostile guests",
    .start = ptrace_start,
    .kick = ptrace_kick,
    .home = ptrace_home,
    .hold = ptrace_hold,
    .child_died = ptrace_child_died,
    .stop = ptrace_stop,
};
