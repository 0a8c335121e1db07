/* Budgets of scheduling contexts, see refill.h: a ring of refills per context. */
#include "kernel/refill.h"

#define DEFAULT_TSC_MHZ 1000

/* ------------------------------------------------------------------ the ring */

static uint64_t next_index(const struct sched_context *sc, uint64_t i)
{
    return i + 1 == sc->refill_max ? 0 : i + 1;
}

static bool is_single(const struct sched_context *sc)
{
    return sc->refill_head == sc->refill_tail;
}

static bool is_full(const struct sched_context *sc)
{
    return next_index(sc, sc->refill_tail) == sc->refill_head;
}

static struct refill pop_head(struct sched_context *sc)
{
    struct refill head = *refill_head(sc);

    sc->refill_head = next_index(sc, sc->refill_head);
    return head;
}

static void add_tail(struct sched_context *sc, struct refill refill)
{
    sc->refill_tail = next_index(sc, sc->refill_tail);
    *refill_tail(sc) = refill;
}

/* Round robin counts what is used of the slice in a second refill. */
static void add_counter_of_round_robin(struct sched_context *sc)
{
    if (sc_is_round_robin(sc))
        add_tail(sc, (struct refill){.time = refill_head(sc)->time});
}

/* ------------------------------------------------------------------ configuration */

/*
 * seL4 counts in ticks of the time stamp counter and allows an eighth of what fits 64 bits. Here
 * ticks are ns, so a counter slower than 1 GHz must not make the limit longer.
 */
uint64_t refill_max_period_us(const struct kernel *k)
{
    if (k->config.max_period_us)
        return k->config.max_period_us;
    uint64_t mhz = k->tsc_mhz > DEFAULT_TSC_MHZ ? k->tsc_mhz : DEFAULT_TSC_MHZ;

    return UINT64_MAX / mhz / 8;
}

/* Refills are never put off beyond this, so that times don't wrap. */
static uint64_t max_release_time(const struct kernel *k)
{
    return UINT64_MAX - 5 * refill_max_period_us(k) * NS_PER_US;
}

void refill_new(struct kernel *k, struct sched_context *sc, word max, uint64_t budget,
                uint64_t period)
{
    sc->period = period;
    sc->refill_head = 0;
    sc->refill_tail = 0;
    sc->refill_max = max;
    *refill_head(sc) = (struct refill){.time = k->cur_time, .amount = budget};
    add_counter_of_round_robin(sc);
}

void refill_update(struct kernel *k, struct sched_context *sc, word max, uint64_t budget,
                   uint64_t period)
{
    struct refill head = *refill_head(sc);

    if (refill_ready(k, sc))
        head.time = k->cur_time;
    sc->refill[0] = head;
    sc->refill_head = 0;
    sc->refill_tail = 0;
    sc->refill_max = max;
    sc->period = period;
    if (head.amount >= budget) {
        refill_head(sc)->amount = budget;
    } else {
        add_tail(sc, (struct refill){.time = head.time + period, .amount = budget - head.amount});
    }
}

/* ------------------------------------------------------------------ use */

/* Puts what was used back at the tail; what would overlap or not fit is merged with the tail. */
static void schedule_used(struct sched_context *sc, struct refill used)
{
    struct refill *tail = refill_tail(sc);

    if (tail->time + tail->amount >= used.time) {
        tail->amount += used.amount;
    } else if (!is_full(sc)) {
        add_tail(sc, used);
    } else {
        tail->time = used.time - tail->amount;
        tail->amount += used.amount;
    }
}

/* The whole first refill is used up; returns what of `used` it did not cover. */
static uint64_t charge_head(struct sched_context *sc, uint64_t used)
{
    uint64_t amount = refill_head(sc)->amount;

    if (is_single(sc)) {
        refill_head(sc)->time += sc->period;
    } else {
        struct refill head = pop_head(sc);
        head.time += sc->period;
        schedule_used(sc, head);
    }
    return used - amount;
}

static void charge_part_of_head(struct sched_context *sc, uint64_t used)
{
    struct refill *head = refill_head(sc);
    struct refill back = {.time = head->time + sc->period, .amount = used};

    head->amount -= used;
    head->time += used;
    schedule_used(sc, back);
}

/* Merges the first refill into the next, which comes that much earlier and ends as before. */
static void merge_insufficient_head(struct sched_context *sc)
{
    struct refill small = pop_head(sc);

    refill_head(sc)->amount += small.amount;
    refill_head(sc)->time -= small.amount;
}

void refill_charge(struct kernel *k, struct sched_context *sc, uint64_t used)
{
    uint64_t limit = max_release_time(k);

    while (refill_head(sc)->amount <= used && refill_head(sc)->time < limit)
        used = charge_head(sc, used);
    if (used > 0 && refill_head(sc)->time < limit)
        charge_part_of_head(sc, used);
    while (refill_head(sc)->amount < refill_min_budget(k) && !is_single(sc))
        merge_insufficient_head(sc);
}

static bool head_reaches_next(struct sched_context *sc)
{
    const struct refill *head = refill_head(sc);

    return !is_single(sc) &&
           sc->refill[next_index(sc, sc->refill_head)].time <= head->time + head->amount;
}

void refill_unblock_check(struct kernel *k, struct sched_context *sc)
{
    if (sc_is_round_robin(sc) || !refill_ready(k, sc))
        return;
    refill_head(sc)->time = k->cur_time;
    k->reprogram = true;
    while (head_reaches_next(sc)) {
        struct refill first = pop_head(sc);
        refill_head(sc)->time = first.time;
        refill_head(sc)->amount += first.amount;
    }
}
