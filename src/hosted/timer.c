/*
 * Time: a POSIX timer of the lane that runs guest code, armed only when the machine has a deadline
 * that comes before the timer's next shot; and sleep while nothing runs. A shot that comes to
 * nothing costs one signal.
 *
 * In virtual time the timer counts the thread's processor time and only catches guests that spin
 * without a kernel entry. Under a debugger it counts that, too.
 */
#include "hosted/hosted.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <time.h>

#include "hosted/linux.h"

/*
 * Debuggers let SIGPROF pass without a word, unlike the real-time signals. A program that has a
 * profiler of its own gets its signals all the same (signals.c).
 */
#define TIMER_SIGNAL SIGPROF

#define AGAIN_SOON                                                                                 \
    100000ull /* ns: until a thread is looked at again that must not be interrupted */
#define NS_PER_S 1000000000ull

bool timer_is_ours(const siginfo_t *info)
{
    return (info->si_code == SI_TIMER || info->si_code == SI_QUEUE) &&
           info->si_value.sival_ptr == &hosted;
}

/* Linux lets a user have so many timers, and who does not run needs none. */
static bool take_from_another(const struct lane *lane)
{
    for (struct lane *other = hosted.lanes; other != NULL; other = other->next) {
        if (other == lane || other->timer == TIMER_NONE)
            continue;
        timer_end(other);
        other->armed = UINT64_MAX;
        return true;
    }
    return false;
}

/*
 * Stopped by a debugger, a thread must not get a signal whenever it goes on: lldb would stop again
 * at the breakpoint that it leaves. Processor time stands still meanwhile.
 */
static bool has_debugger(void)
{
    static const char field[] = "TracerPid:\t";
    char text[2048] = "";
    const char *at;
    long fd = LINUX_CALL6(openat, AT_FDCWD, "/proc/self/status", O_RDONLY | O_CLOEXEC, 0, 0, 0);

    if (fd < 0)
        return false;
    LINUX_CALL3(read, fd, text, sizeof text - 1);
    LINUX_CALL3(close, fd, 0, 0);
    at = strstr(text, field);
    return at != NULL && at[sizeof field - 1] != '0';
}

static clockid_t clock_of_timers(void)
{
    static clockid_t clock = -1;

    if (clock == -1)
        clock = hosted.machine->clock.is_virtual || has_debugger() ? CLOCK_THREAD_CPUTIME_ID
                                                                   : CLOCK_MONOTONIC;
    return clock;
}

static void make_timer(struct lane *lane)
{
    struct sigevent event;
    long result;

    memset(&event, 0, sizeof event);
    event.sigev_signo = TIMER_SIGNAL;
    event.sigev_notify = SIGEV_THREAD_ID;
    event.sigev_value.sival_ptr = &hosted;
    event._sigev_un._tid = lane->tid;
    do {
        result = LINUX_CALL3(timer_create, clock_of_timers(), &event, &lane->timer);
    } while (result == -EAGAIN && take_from_another(lane));
    if (result != 0)
        hosted_fail("can't make a timer: %s", strerror((int)-result));
}

static void set(struct lane *lane, uint64_t ns)
{
    struct itimerspec when = {.it_value = {(time_t)(ns / NS_PER_S), (long)(ns % NS_PER_S)}};

    if (lane->timer == TIMER_NONE)
        make_timer(lane);
    LINUX_CALL6(timer_settime, lane->timer, 0, &when, 0, 0, 0);
}

static void watch(struct lane *lane)
{
    uint64_t patience;

    if (lane->armed != UINT64_MAX)
        return;
    patience = machine_watch(hosted.machine, &lane->watch);
    if (patience == UINT64_MAX)
        return;
    set(lane, patience);
    lane->armed = 0;
}

/* Who has an event for the machine sets `any_ready` first and then looks whom to interrupt. */
static bool has_host_event(struct lane *lane)
{
    if (hosted.io == NULL)
        return false;
    if (atomic_load_explicit(&hosted.running, memory_order_relaxed) != lane->tid)
        atomic_store(&hosted.running, lane->tid);
    return atomic_load(&hosted.machine->host.any_ready) != 0;
}

void timer_arm(struct lane *lane)
{
    uint64_t deadline, now;

    if (has_host_event(lane)) {
        timer_again_soon(lane);
        return;
    }
    if (hosted.machine->clock.is_virtual) {
        watch(lane);
        return;
    }
    deadline = machine_deadline(hosted.machine);
    if (deadline >= lane->armed)
        return;
    now = clock_now(&hosted.machine->clock);
    set(lane, deadline > now ? deadline - now : 1);
    lane->armed = deadline;
}

void timer_again_soon(struct lane *lane)
{
    set(lane, AGAIN_SOON);
    lane->armed = hosted.machine->clock.is_virtual ? 0 : clock_now(&hosted.machine->clock);
}

void timer_end(struct lane *lane)
{
    if (lane->timer != TIMER_NONE)
        LINUX_CALL3(timer_delete, lane->timer, 0, 0);
    lane->timer = TIMER_NONE;
}

void timer_idle(void)
{
    input_wait(machine_deadline(hosted.machine));
}
