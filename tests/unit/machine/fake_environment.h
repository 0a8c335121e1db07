/* A process around a machine, for unit tests: everything is only counted. */
#ifndef SEL4UX_TESTS_FAKE_ENVIRONMENT_H
#define SEL4UX_TESTS_FAKE_ENVIRONMENT_H

#include "machine/environment.h"

struct fake_environment {
    unsigned rings, waits, discards, gone;
    uint64_t discarded;          /* bytes */
    paddr cleared_start;         /* of the last of the ranges that were to be cleared */
    uint64_t cleared;            /* bytes in all of them */
    paddr filled_start;          /* of the last range that the host wrote */
    uint64_t filled;             /* bytes in all of them */
    struct host_request request; /* the last one */
    int64_t host_result;         /* what environment_host answers */
    word host_value;
    struct access access;               /* what environment_decode answers, whatever it is asked */
    void (*on_wait)(struct machine *m); /* what the monitor does while it is waited for */
};

extern struct fake_environment fake;

#define FAKE_MACHINE_RAM (64ull << 20)

/* A machine in zeroed memory, its clock counting real time; nothing booted. */
struct machine *fake_machine_new(void);

/* The least that a machine boots with: a debug kernel. */
struct kernel_config fake_machine_config(void);
void fake_machine_free(struct machine *m);

#endif
