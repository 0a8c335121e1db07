/*
 * What the timer server needs of a clock: pit.c, host.c. An alarm comes as the server's event 0, at
 * its time or before; setting another replaces it.
 */
#pragma once

#include "../lib/server.h"
#include "timer.h"

struct clock {
    long (*start)(const seL4_Word *words);
    seL4_Word (*now)(void);
    long (*date)(void);
    void (*alarm)(seL4_Word time);
    void (*acknowledge)(void); /* after an event, before the next alarm */
};

extern const struct clock clock_pit, clock_host;
