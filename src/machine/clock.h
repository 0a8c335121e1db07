/*
 * The machine's clock: nanoseconds since boot. All time that a guest can see comes from here.
 *
 * Real time is the host's time stamp counter, or what its processor has for that, so reading it
 * costs no system call; which scale it has is for host/tsc.c to know. Virtual time stands still
 * while guests run: it advances by the charges below, and jumps when nothing can run. What each is
 * for, and what follows for guests, is in docs/time.md. Only the holder of the CPU token calls what
 * changes the clock.
 */
#ifndef SEL4UX_MACHINE_CLOCK_H
#define SEL4UX_MACHINE_CLOCK_H

#include <stdbool.h>
#include <stdint.h>

/* What the guest does and what it costs, in ns of virtual time. Real time charges nothing. */
enum clock_charge {
    CLOCK_ENTRY = 1000, /* a kernel entry of a thread: system call, fault, exception */
    CLOCK_DEVICE = 500, /* an access to a device register in memory */
    CLOCK_COUNTER = 50, /* rdtsc, rdtscp */
    CLOCK_PORT = 0,     /* a port that tells time was read; see CLOCK_POLLS */
    CLOCK_STEP = 10,    /* an instruction of a thread that runs step by step: machine_steps() */
    CLOCK_WORK = 10000, /* a look for interrupts within a long operation of the kernel */
};

/*
 * With a seed a charge is one to CLOCK_JITTER times as high, and one kernel entry of
 * CLOCK_LONG_RUNS comes after a longer run of user code: of any order of magnitude up to
 * 2^CLOCK_LONG_BITS ns.
 */
#define CLOCK_JITTER    4
#define CLOCK_LONG_RUNS 32
#define CLOCK_LONG_BITS 20

/*
 * Who polls, with no kernel entry in between, pays more and more, up to this many times. Reading a
 * timer through ports takes entries, so there some are allowed, and their charge is what goes up.
 */
#define CLOCK_POLLS      64 /* polls until the price goes up by one more charge */
#define CLOCK_POLLS_MAX  64 /* times the charge */
#define CLOCK_PORT_APART 4  /* charges from one port to the next: latch it, do one thing more */

/*
 * Processor time, in ns of the host, after which a guest that entered nothing is taken to wait for
 * something: virtual time then goes on to the next event. Engines look so often in that time. A
 * thread that was found to wait, and has not entered the kernel since, is given the time of one
 * look only: where it is cannot be repeated any more, or does not matter.
 */
#define CLOCK_PATIENCE 40000000ull
#define CLOCK_GLANCES  16
#define CLOCK_LOOK     (CLOCK_PATIENCE / CLOCK_GLANCES)

/* In virtual time: the rate of the time stamp counter; the date at boot, in seconds since 1970. */
#define CLOCK_VIRTUAL_HZ   1000000000ull
#define CLOCK_VIRTUAL_DATE 1767225600ull /* 2026-01-01 00:00 UTC */

struct clock {
    bool is_virtual;
    uint64_t tsc_hz; /* of the counter as guests see it */

    /* Real time. */
    uint64_t tsc_base;    /* counter value at boot */
    uint64_t ns_per_tick; /* 32.32 fixed point */

    /* Virtual time. */
    uint64_t now;
    uint64_t charges; /* how often something was charged: grows with all that a guest does */
    uint64_t polls;   /* since the last kernel entry */
    uint64_t port_polls, port_charges; /* ports in a row; `charges` at the last one */
    uint64_t seed;                     /* 0: charges are exact */
    uint64_t random;                   /* state of the generator */
};

/* Virtual time 0. `seed` chooses one of the interleavings that seL4 permits. */
void clock_start_virtual(struct clock *c, uint64_t seed);

uint64_t clock_now(const struct clock *c);

/* The time stamp counter as guests see it. */
uint64_t clock_counter(const struct clock *c);

/*
 * Virtual time advances by the charge, a little more with a seed. Real time advances by itself.
 */
void clock_charge(struct clock *c, enum clock_charge charge);

/* Virtual time goes on to `when` (1 ns if that has passed). False: real time, or `when` is never.
 */
bool clock_jump(struct clock *c, uint64_t when);

/*
 * The clock stands still from clock_stop() to clock_go_on(), which is given what that returned
 * (never 0; 0: it was not stopped). A guest that reads the host's counter itself does see real time
 * pass.
 */
uint64_t clock_stop(const struct clock *c);
void clock_go_on(struct clock *c, uint64_t stopped);

/* Where within `period` ns periodic events of the kernel fall: 0 without a seed. */
uint64_t clock_phase(const struct clock *c, uint64_t period);

#endif
