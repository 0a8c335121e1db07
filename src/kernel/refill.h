/*
 * The budget of a scheduling context (MCS): a sporadic server. Time that is used comes back one
 * period later, so in no window of that length is more than the budget used.
 *
 * Invariant of a configured context: its refills ascend and don't overlap, the first has the
 * minimum budget at least, and they sum up to its budget. Round robin (period 0) has two: what is
 * left of the slice and what was used of it. All times are ns.
 */
#ifndef SEL4UX_KERNEL_REFILL_H
#define SEL4UX_KERNEL_REFILL_H

#include "kernel/kernel.h"

#define NS_PER_US 1000u

/* What an entry to the kernel takes at worst, as seL4 assumes it on x86. */
#define KERNEL_WCET_US 10u

/* A thread that enters must have the time to enter and to leave. */
static inline word refill_min_budget_us(const struct kernel *k)
{
    return 2ull * KERNEL_WCET_US * k->config.wcet_scale;
}

static inline uint64_t refill_min_budget(const struct kernel *k)
{
    return refill_min_budget_us(k) * NS_PER_US;
}

static inline struct sched_context *sc_at(const struct kernel *k, paddr sc)
{
    return kernel_at(k, sc);
}

static inline bool sc_is_active(const struct sched_context *sc)
{
    return sc->refill_max > 0;
}

static inline bool sc_is_round_robin(const struct sched_context *sc)
{
    return sc->period == 0;
}

static inline struct refill *refill_head(struct sched_context *sc)
{
    return &sc->refill[sc->refill_head];
}

static inline struct refill *refill_tail(struct sched_context *sc)
{
    return &sc->refill[sc->refill_tail];
}

/* The first refill may be used by now. */
static inline bool refill_ready(const struct kernel *k, const struct sched_context *sc)
{
    return sc->refill[sc->refill_head].time <= k->cur_time;
}

/* After `used` ns there is still enough to enter and leave the kernel. */
static inline bool refill_sufficient(const struct kernel *k, const struct sched_context *sc,
                                     uint64_t used)
{
    uint64_t amount = sc->refill[sc->refill_head].amount;

    return amount >= used && amount - used >= refill_min_budget(k);
}

/* How many refills an object of 2^size_bits bytes holds. */
static inline word refill_capacity(unsigned size_bits)
{
    return (BIT(size_bits) - sizeof(struct sched_context)) / sizeof(struct refill);
}

/* The longest period and budget, us: so that sums of a few never overflow. */
uint64_t refill_max_period_us(const struct kernel *k);

/* A fresh budget, due at once. */
void refill_new(struct kernel *k, struct sched_context *sc, word max, uint64_t budget,
                uint64_t period);

/* A new budget for a context in use, not round robin: what is left of its first refill counts
 * towards it. */
void refill_update(struct kernel *k, struct sched_context *sc, word max, uint64_t budget,
                   uint64_t period);

/* Takes `used` ns off the budget, to come back a period later. Not for round robin. */
void refill_charge(struct kernel *k, struct sched_context *sc, uint64_t used);

/* The thread may run again: unused time that was due before counts from now, as one refill. */
void refill_unblock_check(struct kernel *k, struct sched_context *sc);

#endif
