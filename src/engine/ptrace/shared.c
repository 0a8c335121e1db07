/* The list of a runner's processes (see shared.h). */
#include "engine/ptrace/shared.h"

static struct ptrace_shared *shared;

void shared_bind(struct machine *m)
{
    shared = shared_of(m);
}

void shared_add_pid(pid_t pid)
{
    uint32_t count = shared->count;

    for (uint32_t n = 0; n < count; n++) {
        if (shared->pid[n] == 0) {
            shared->pid[n] = pid;
            return;
        }
    }
    if (count < SHARED_MAX_PIDS) {
        shared->pid[count] = pid;
        shared->count = count + 1;
    }
}

void shared_remove_pid(pid_t pid)
{
    for (uint32_t n = 0; n < shared->count; n++) {
        if (shared->pid[n] == pid)
            shared->pid[n] = 0;
    }
}

uint32_t shared_pid_count(void)
{
    return shared->count;
}

pid_t shared_pid(uint32_t n)
{
    return shared->pid[n];
}
