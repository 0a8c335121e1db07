/*
 * The timer server: time, and waiting for it. Each session may sleep, or have one period whose
 * beginnings it waits for. Times are nanoseconds since boot.
 */
#pragma once

#include "../lib/client.h"

enum timer_label {
    TIMER_NOW = SERVER_FIRST, /* since boot */
    TIMER_DATE,               /* since 1970; SERVER_NOT_SUPPORTED where nobody knows */
    TIMER_SLEEP,              /* for how long */
    TIMER_PERIOD,             /* its length from now on; 0: none */
    TIMER_WAIT,               /* until one begins: how many have, since the last answer */
    TIMER_LABEL_END,
};

/* SERVER_START's first word. The PIT needs a second one: counts of the time stamp counter in 1 us.
 */
enum timer_backend { TIMER_BACKEND_PIT, TIMER_BACKEND_HOST };

static inline seL4_Word timer_now(const struct client *client)
{
    return (seL4_Word)client_call(client, TIMER_NOW, 0, 0, 0, 0);
}

static inline long timer_sleep(const struct client *client, seL4_Word ns)
{
    return client_call(client, TIMER_SLEEP, ns, 0, 0, 0);
}

static inline long timer_period(const struct client *client, seL4_Word ns)
{
    return client_call(client, TIMER_PERIOD, ns, 0, 0, 0);
}

static inline long timer_wait(const struct client *client)
{
    return client_call(client, TIMER_WAIT, 0, 0, 0, 0);
}
