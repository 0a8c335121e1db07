/*
 * Inside kernel_check: check.c has what every kernel has, check_mcs.c what comes with MCS. A check
 * returns NULL or what is wrong.
 */
#ifndef SEL4UX_KERNEL_CHECK_H
#define SEL4UX_KERNEL_CHECK_H

#include "kernel/kernel.h"

#define REQUIRE(condition, what)                                                                   \
    do {                                                                                           \
        if (!(condition))                                                                          \
            return what;                                                                           \
    } while (0)
#define TRY(check)                                                                                 \
    do {                                                                                           \
        const char *wrong = (check);                                                               \
        if (wrong)                                                                                 \
            return wrong;                                                                          \
    } while (0)

static inline bool check_in_ram(const struct kernel *k, paddr p, uint64_t size)
{
    return p && size <= k->ram_size && p <= k->ram_size - size;
}

bool check_is_thread(const struct kernel *k, paddr tcb);

/* What of `tcb` is about scheduling contexts and reply objects. */
const char *check_thread_mcs(struct kernel *k, paddr tcb);
const char *check_sched_context(struct kernel *k, paddr sc, unsigned size_bits);
const char *check_reply(struct kernel *k, paddr reply);

/* A notification and the scheduling context that it lends. */
const char *check_lender(struct kernel *k, paddr ntfn);

/* The release queue, and who is being charged. */
const char *check_time(struct kernel *k);

#endif
