/*
 * The CPU token between lanes: each waits on its own `turn`, spinning for a while where that can
 * help, then asleep. It can't where both are on one CPU: then the other one runs only when this one
 * sleeps. Linux leaves two that take turns there for long, so now and then they are separated.
 *
 * Sanitizers see none of it (linux.h), so that what seL4 threads share without
 * IPC is reported as the race that it is.
 */
#include "hosted/hosted.h"

#include <linux/futex.h>
#include <sched.h>

#include "base/processor.h"
#include "hosted/linux.h"

#define SPINS 2000

static void wake(struct lane *lane, uint32_t turn)
{
    if (atomic_exchange(&lane->turn, turn) == TURN_ASLEEP)
        LINUX_CALL6(futex, &lane->turn, FUTEX_WAKE_PRIVATE, 1, 0, 0, 0);
}

/* ------------------------------------------------------------------ two on one CPU */

#define SEPARATE_AFTER     16u    /* times that both were on one CPU */
#define SEPARATE_AFTER_MAX 16384u /* the same after many separations that did not last */
#define SEPARATE_WORTH     1024u  /* hand-overs on two CPUs that pay for one */

static struct {
    uint32_t together, apart; /* hand-overs since they were last the other way */
    uint32_t after;
} pairs = {.after = SEPARATE_AFTER};

/* Notes where `from` is. Whether `to` is on the same CPU, as far as anyone knows. */
static bool are_together(struct lane *from, const struct lane *to)
{
    int cpu = sched_getcpu();

    if (atomic_load_explicit(&from->cpu, memory_order_relaxed) != cpu)
        atomic_store_explicit(&from->cpu, cpu, memory_order_relaxed);
    if (atomic_load_explicit(&to->cpu, memory_order_relaxed) == cpu)
        return true;
    if (++pairs.apart == SEPARATE_WORTH)
        pairs.after = SEPARATE_AFTER;
    return false;
}

static bool is_time_to_separate(void)
{
    pairs.apart = 0;
    if (++pairs.together < pairs.after)
        return false;
    pairs.together = 0;
    pairs.after = pairs.after < SEPARATE_AFTER_MAX ? 2 * pairs.after : SEPARATE_AFTER_MAX;
    return true;
}

/* Wakes `to` on another CPU than `cpu`; where it may run later is as before. False: there is none.
 */
static bool wake_elsewhere(struct lane *to, int cpu)
{
    pid_t tid = to->tid; /* once it is woken it may end */
    cpu_set_t all, others;
    long size = tid != 0 ? LINUX_CALL3(sched_getaffinity, tid, sizeof all, &all) : 0;

    if (size <= 0)
        return false;
    others = all;
    CPU_CLR_S(cpu, (size_t)size, &others);
    if (CPU_COUNT_S((size_t)size, &others) == 0 ||
        LINUX_CALL3(sched_setaffinity, tid, size, &others) != 0)
        return false;
    atomic_store_explicit(&to->cpu, CPU_UNKNOWN, memory_order_relaxed);
    wake(to, TURN_YOURS);
    LINUX_CALL3(sched_setaffinity, tid, size, &all);
    return true;
}

/* ------------------------------------------------------------------ handing over and waiting */

void token_hand_over(struct lane *from, struct lane *to)
{
    bool together = hosted.may_spin && are_together(from, to);
    bool separate = together && is_time_to_separate();

    from->spins = hosted.may_spin && !together;
    atomic_store_explicit(&hosted.holder, to, memory_order_relaxed);
    if (!separate || !wake_elsewhere(to, atomic_load_explicit(&from->cpu, memory_order_relaxed)))
        wake(to, TURN_YOURS);
}

void token_tell_to_leave(struct lane *lane)
{
    wake(lane, TURN_LEAVE);
}

static uint32_t spin(_Atomic uint32_t *turn)
{
    for (unsigned n = 0; n < SPINS; n++) {
        uint32_t seen = atomic_load_explicit(turn, memory_order_acquire);

        if (seen != TURN_WAIT)
            return seen;
        processor_pause();
    }
    return TURN_WAIT;
}

static uint32_t sleep_until_turn(_Atomic uint32_t *turn)
{
    uint32_t seen = TURN_WAIT;

    if (!atomic_compare_exchange_strong(turn, &seen, TURN_ASLEEP))
        return seen;
    while ((seen = atomic_load(turn)) == TURN_ASLEEP)
        LINUX_CALL6(futex, turn, FUTEX_WAIT_PRIVATE, TURN_ASLEEP, 0, 0, 0);
    return seen;
}

/* Who has handed over and is deleted leaves at once: whoever got the token joins it. */
void token_wait(struct lane *lane)
{
    uint32_t seen = TURN_WAIT;

    if (lane->gone && !lane->is_main)
        lane_leave(lane);
    if (lane->spins)
        seen = spin(&lane->turn);
    if (seen == TURN_WAIT)
        seen = sleep_until_turn(&lane->turn);
    if (seen == TURN_LEAVE)
        lane_leave(lane);
    atomic_store_explicit(&lane->turn, TURN_WAIT, memory_order_relaxed);
}
