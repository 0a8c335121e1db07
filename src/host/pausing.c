/* Wishes that a machine stand still (see pausing.h). */
#include "host/pausing.h"

#include "host/watch.h"

void pausing_wish(struct pausing *p)
{
    if (p->wishes++ > 0)
        return;
    p->since = watch_now();
    machine_ask_pause(p->machine);
    p->kick(p->context);
}

void pausing_release(struct pausing *p)
{
    if (p->wishes == 0 || --p->wishes > 0)
        return;
    p->lost += watch_now() - p->since;
    machine_let_go(p->machine);
    p->kick(p->context);
}

uint64_t pausing_put_off(const struct pausing *p, uint64_t deadline)
{
    if (deadline == WATCH_NEVER || p->wishes > 0)
        return WATCH_NEVER;
    return deadline + p->lost;
}
