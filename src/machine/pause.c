/* Pausing a machine (see machine.h). */
#include "machine/environment.h"
#include "machine/machine.h"

void machine_ask_pause(struct machine *m)
{
    uint32_t none = PAUSE_NONE;

    atomic_compare_exchange_strong(&m->pause, &none, PAUSE_ASKED);
}

void machine_let_go(struct machine *m)
{
    atomic_store(&m->pause, PAUSE_NONE);
}

/*
 * The monitor may let go and ask again before the holder has looked: to the holder that is a pause
 * that goes on, to the monitor one that is not held until the holder says so once more.
 */
bool machine_pauses(struct machine *m)
{
    uint32_t asked = PAUSE_ASKED;

    if (m->end == END_RUNNING && atomic_load(&m->pause) != PAUSE_NONE) {
        if (m->paused_at == 0)
            m->paused_at = clock_stop(&m->clock);
        if (atomic_compare_exchange_strong(&m->pause, &asked, PAUSE_HELD))
            environment_ring(m);
        return true;
    }
    clock_go_on(&m->clock, m->paused_at);
    m->paused_at = 0;
    return false;
}
