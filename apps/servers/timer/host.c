/* The host's clock, which is device 0. */
#include "clock.h"

static long host_start(const seL4_Word *words)
{
    (void)words;
    return sel4ux_host_bind(SERVER_DEVICES, SERVER_EVENTS) < 0 ? -SERVER_IO : 0;
}

static seL4_Word host_now(void)
{
    seL4_Word date, now;

    sel4ux_host_clock_read(SERVER_DEVICES, &date, &now);
    return now;
}

static long host_date(void)
{
    seL4_Word date, now;
    long error = sel4ux_host_clock_read(SERVER_DEVICES, &date, &now);

    return error < 0 ? -SERVER_IO : (long)date;
}

static void host_alarm(seL4_Word time)
{
    sel4ux_host_clock_alarm(SERVER_DEVICES, time);
    sel4ux_host_ack(SERVER_DEVICES, SEL4UX_HOST_READABLE);
}

/* The next alarm does. */
static void host_acknowledge(void)
{
}

const struct clock clock_host = {host_start, host_now, host_date, host_alarm, host_acknowledge};
