/*
 * Small arithmetic on words, and the check of our own invariants. Freestanding. INVARIANT stays on
 * in every build: it guards against our bugs, never against what a guest does.
 */
#ifndef SEL4UX_BASE_BITS_H
#define SEL4UX_BASE_BITS_H

#include <stdint.h>

#define INVARIANT(condition)                                                                       \
    do {                                                                                           \
        if (!(condition))                                                                          \
            __builtin_trap();                                                                      \
    } while (0)

/* To a multiple of 2^bits. */
static inline uint64_t align_up(uint64_t value, unsigned bits)
{
    uint64_t mask = (1ull << bits) - 1;
    return (value + mask) & ~mask;
}

static inline uint64_t align_down(uint64_t value, unsigned bits)
{
    return value & ~((1ull << bits) - 1);
}

#endif
