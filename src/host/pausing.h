/*
 * The monitor's end of pausing a machine (machine/machine.h): whoever wants it to stand still says
 * so, and it goes on once nobody does. It stands still some time after the wish, when
 * machine_is_paused() says so; the doorbell rings then (struct watcher.rung).
 */
#ifndef SEL4UX_HOST_PAUSING_H
#define SEL4UX_HOST_PAUSING_H

#include "machine/machine.h"

struct pausing {
    struct machine *machine;
    void (*kick)(void *context); /* makes the machine look up */
    void *context;
    unsigned wishes;
    uint64_t since; /* ns of the monotonic clock: when the first wish came */
    uint64_t lost;  /* ns that it was wished to stand still so far, but for what goes on */
};

void pausing_wish(struct pausing *p);
void pausing_release(struct pausing *p); /* one wish */

/* `deadline` of something that does not count the time in which the machine was to stand still. */
uint64_t pausing_put_off(const struct pausing *p, uint64_t deadline);

#endif
