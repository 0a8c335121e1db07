/*
 * The CPU token between lanes: each waits on its own `turn`, spinning for a while where that can
 * help, then asleep. Sanitizers see none of it (linux.h), so that what seL4 threads share without
 * IPC is reported as the race that it is.
 */
#include "hosted/hosted.h"

#include <linux/futex.h>

#include "hosted/linux.h"

#define SPINS 2000

static void wake(struct lane *lane, uint32_t turn)
{
    if (atomic_exchange(&lane->turn, turn) == TURN_ASLEEP)
        LINUX_CALL6(futex, &lane->turn, FUTEX_WAKE_PRIVATE, 1, 0, 0, 0);
}

void token_hand_over(struct lane *to)
{
    atomic_store_explicit(&hosted.holder, to, memory_order_relaxed);
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
    if (hosted.may_spin)
        seen = spin(&lane->turn);
    if (seen == TURN_WAIT)
        seen = sleep_until_turn(&lane->turn);
    if (seen == TURN_LEAVE)
        lane_leave(lane);
    atomic_store_explicit(&lane->turn, TURN_WAIT, memory_order_relaxed);
}
