/*
 * Time for the lane that holds the token: its own POSIX timer while guest code runs, armed only
 * when the machine has a deadline that comes before the timer's next shot; a futex with a time-out
 * while nothing runs. A shot that comes too early or too late costs one empty entry.
 */
#include "stub/stub.h"
#include "stub/syscalls.h"

#define CLOCK_MONOTONIC_ID 1
#define NOTIFY_THREAD      4 /* SIGEV_THREAD_ID */

struct linux_sigevent {
    uint64_t value;
    int32_t signal, notify, thread;
    int32_t padding[11];
};

struct linux_itimerspec {
    struct linux_timespec interval, value;
};

_Static_assert(sizeof(struct linux_sigevent) == 64, "as Linux has it");

bool timer_make(struct lane *lane)
{
    struct linux_sigevent event = {
        .signal = SIGALRM,
        .notify = NOTIFY_THREAD,
        .thread = (int32_t)LINUX_CALL3(gettid, 0, 0, 0),
    };

    lane->armed = UINT64_MAX;
    return LINUX_CALL3(timer_create, CLOCK_MONOTONIC_ID, &event, &lane->timer) == 0;
}

/* How long until `deadline`; at least 1 ns, since 0 disarms. */
static uint64_t time_until(struct lane *lane, uint64_t deadline)
{
    uint64_t now = clock_now(&lane->machine->clock);

    return deadline > now ? deadline - now : 1;
}

void timer_arm(struct lane *lane)
{
    uint64_t deadline = machine_deadline(lane->machine);

    if (deadline >= lane->armed)
        return;
    struct linux_itimerspec when = {.value = linux_timespec_of(time_until(lane, deadline))};
    LINUX_CALL6(timer_settime, lane->timer, 0, &when, 0, 0, 0);
    lane->armed = deadline;
}

void timer_idle(struct lane *lane)
{
    uint64_t deadline = machine_deadline(lane->machine);

    if (deadline == UINT64_MAX) {
        linux_futex_wait(&lane->machine->kick, lane->kick, 0);
    } else {
        struct linux_timespec wait = linux_timespec_of(time_until(lane, deadline));
        linux_futex_wait(&lane->machine->kick, lane->kick, &wait);
    }
}
