/*
 * The servers of this folder, started as this machine allows: over what the user granted of the
 * host, else over the hardware or memory.
 */
#pragma once

#include "manager.h"

enum standard {
    STANDARD_CONSOLE,
    STANDARD_FILE,
    STANDARD_BLOCK,
    STANDARD_TIMER,
    STANDARD_RANDOM,
    STANDARD_COUNT
};

#define STANDARD_PRIORITY 200

/* 2^bits bytes are right for the sessions of each. */
extern const unsigned char standard_buffer_bits[STANDARD_COUNT];

/*
 * Loads "servers/NAME" of the archive and starts it. `memory`: large pages for one that keeps its
 * content in memory. 0, or an error of the server.
 */
long standard_start(enum standard which, struct service *service, const void *archive,
                    seL4_CPtr faults, unsigned int memory);

/* Counts of the time stamp counter in a microsecond, as the kernel has measured them. */
seL4_Word standard_tsc_mhz(void);

/* A host object that was granted, 0 if there is none: the `index`-th of its kind. */
const struct sel4ux_host_grant *standard_grant(enum sel4ux_host_kind kind, unsigned int index);
