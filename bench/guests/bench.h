/*
 * Measuring in a guest: samples of rdtsc differences, and one line of text for each benchmark.
 *
 *   struct bench *b = bench_open("name", 1);
 *   while (bench_more(b)) { t = cycles(); what_is_measured(); bench_add(b, cycles() - t); }
 *   bench_close(b);
 *
 * A line reads "BENCH name unit samples min p25 median p75 p95 max", figures in cycles of the time
 * stamp counter. How often a benchmark is repeated depends on how long it takes, so the same
 * program serves a kernel on bare metal, an emulated one and every engine.
 */
#pragma once

#include "guest.h"

/* Priorities: the measuring thread's, and those of threads beside, above and below it. */
#define PRIO_MAIN 100
#define PRIO_HIGH 110
#define PRIO_LOW  90
#define PRIO_IDLE 50 /* below all that a benchmark starts */

struct bench {
    char name[48];
    seL4_Word per;   /* operations in one sample */
    seL4_Word skip;  /* samples that only warm up, still to come */
    seL4_Word limit; /* how many are kept at most */
    seL4_Word count;
    seL4_Word started; /* time stamp */
    seL4_Word budget;  /* cycles after which it ends, if it has enough samples */
    seL4_Word *samples;
};

/*
 * The time stamp counter, when everything before has been done and nothing after has begun. (What
 * an emulator makes of lfence is its own affair: its counter is read when it gets there.)
 */
static inline seL4_Word cycles(void)
{
    unsigned int low, high;

    __asm__ volatile("lfence; rdtsc; lfence" : "=a"(low), "=d"(high) : : "memory");
    return (seL4_Word)high << 32 | low;
}

/* Sets the priority, measures what measuring costs; to be called before all else. */
void bench_init(void);

/*
 * At most eight are open at a time. A sample is divided by `per`. Where a benchmark yields several
 * figures, bench_more() of one of them governs the loop and the others skip as many samples.
 */
struct bench *bench_open(const char *name, seL4_Word per);
bool bench_more(struct bench *bench);

/* Takes a difference of two time stamps; what measuring costs is subtracted. */
void bench_add(struct bench *bench, seL4_Word difference);

/* Prints the line; "BENCH name none" if there is no sample. */
void bench_close(struct bench *bench);

/*
 * Another number of samples to skip and to take at most, and `times` the time: for what leaves
 * something behind each time, or takes long.
 */
void bench_limit(struct bench *bench, seL4_Word skip, seL4_Word limit, seL4_Word times);

/* "BASE_SUFFIX", or BASE if there is no suffix; valid until the next call but three. */
const char *bench_name(const char *base, const char *suffix);

/* Lets every thread of a priority above PRIO_IDLE run until it blocks. */
void settle(void);
