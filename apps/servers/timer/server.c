/*
 * The timer server, see timer.h. The clock is set for the first time that anybody waits for; then
 * all who wait look whether it is theirs, and it is set again.
 */
#include "clock.h"

#define FAR ((seL4_Word)1 << 60) /* longer sleeps are as long as this */

static const struct clock *clock; /* NULL before the start */
static seL4_Word armed; /* 0: it is not */

static struct period {
    seL4_Word length, next; /* length 0: none */
} periods[SERVER_SESSIONS];

static long wait_until(seL4_Word time)
{
    if (!armed || time < armed) {
        armed = time;
        clock->alarm(time);
    }
    return SERVER_LATER;
}

static void event(seL4_Word events)
{
    (void)events;
    /* The PIT runs since the kernel's start, so its interrupt may come sooner than any request. */
    if (clock == NULL)
        return;
    clock->acknowledge();
    armed = 0;
    server_wake();
}

static long handle_now(struct session *session, struct request *request)
{
    (void)session;
    (void)request;
    return (long)clock->now();
}

static long handle_date(struct session *session, struct request *request)
{
    (void)session;
    (void)request;
    return clock->date();
}

static long handle_sleep(struct session *session, struct request *request)
{
    seL4_Word now = clock->now(), ns = request->words[0];

    (void)session;
    if (!request->done)
        request->done = now + (ns < FAR ? ns : FAR);
    return now >= request->done ? 0 : wait_until(request->done);
}

static long handle_period(struct session *session, struct request *request)
{
    seL4_Word ns = request->words[0];

    if (ns >= FAR)
        return -SERVER_BAD_ARGUMENT;
    periods[session->number] = (struct period){ns, clock->now() + ns};
    return 0;
}

static long handle_wait(struct session *session, struct request *request)
{
    struct period *period = &periods[session->number];
    seL4_Word now = clock->now(), begun;

    (void)request;
    if (!period->length)
        return -SERVER_BAD_ARGUMENT;
    if (now < period->next)
        return wait_until(period->next);
    begun = 1 + (now - period->next) / period->length;
    period->next += begun * period->length;
    return (long)begun;
}

static void close_session(struct session *session)
{
    periods[session->number].length = 0;
}

static seL4_Word count_periods(void)
{
    seL4_Word count = 0;

    for (unsigned int i = 0; i < SERVER_SESSIONS; i++)
        count += periods[i].length != 0;
    return count;
}

static long start(const seL4_Word *words)
{
    const struct clock *chosen = words[0] == TIMER_BACKEND_HOST ? &clock_host : &clock_pit;
    long result = chosen->start(words);

    if (result == 0) {
        clock = chosen;
        clock->acknowledge(); /* what has come already */
    }
    return result;
}

int main(void)
{
    static server_handler *const handlers[] = {handle_now, handle_date, handle_sleep, handle_period,
                                               handle_wait};
    static const struct server server = {
        .start = start,
        .close = close_session,
        .event = event,
        .count = count_periods,
        .handlers = handlers,
        .handler_count = TIMER_LABEL_END - SERVER_FIRST,
    };

    server_run(&server);
}
