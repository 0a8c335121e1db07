/*
 * Time for the lane that holds the token: its own POSIX timer while guest code runs, armed only
 * when the machine has a deadline that comes before the timer's next shot; a futex with a time-out
 * while nothing runs. A shot that comes too early or too late costs one empty entry.
 *
 * In virtual time the timer only catches guests that spin without a kernel entry. What counts is
 * this thread's processor time, so that the host's load does not matter; but Linux looks at its
 * timers of processor time once a tick. So the timer is one of elapsed time, and a shot that finds
 * too little processor time used sets it anew for the rest.
 */
#include "stub/stub.h"
#include "stub/syscalls.h"

#define CLOCK_MONOTONIC_ID 1
#define CLOCK_THREAD_ID    3 /* CLOCK_THREAD_CPUTIME_ID */
#define NOTIFY_THREAD      4 /* SIGEV_THREAD_ID */

#define NS_PER_S 1000000000ull
#define MIN_REST 20000ull /* ns that the timer is set to at least, to spare shots */

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

static void set(struct lane *lane, uint64_t ns)
{
    struct linux_itimerspec when = {.value = linux_timespec_of(ns)};

    LINUX_CALL6(timer_settime, lane->timer, 0, &when, 0, 0, 0);
}

static uint64_t processor_time(void)
{
    struct linux_timespec used = {0, 0};

    LINUX_CALL3(clock_gettime, CLOCK_THREAD_ID, &used, 0);
    return (uint64_t)used.seconds * NS_PER_S + (uint64_t)used.nanoseconds;
}

static void watch(struct lane *lane)
{
    uint64_t patience;

    if (lane->armed != UINT64_MAX)
        return;
    patience = machine_watch(lane->machine, &lane->watch);
    if (patience == UINT64_MAX)
        return;
    lane->watched_ns = processor_time();
    set(lane, patience);
    lane->armed = 0;
}

/* Whether a guest has had the processor time of one look. */
static bool look_is_due(struct lane *lane)
{
    uint64_t used = processor_time() - lane->watched_ns;

    if (used >= CLOCK_LOOK)
        return true;
    set(lane, CLOCK_LOOK - used + MIN_REST);
    return false;
}

void timer_arm(struct lane *lane)
{
    uint64_t deadline;

    if (lane->machine->clock.is_virtual) {
        watch(lane);
        return;
    }
    deadline = machine_deadline(lane->machine);
    if (deadline >= lane->armed)
        return;
    set(lane, time_until(lane, deadline));
    lane->armed = deadline;
}

void timer_shot(struct lane *lane)
{
    if (lane->machine->clock.is_virtual && !look_is_due(lane))
        return;
    lane->armed = UINT64_MAX;
    if (lane->machine->clock.is_virtual)
        machine_watched(lane->machine, &lane->watch);
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
