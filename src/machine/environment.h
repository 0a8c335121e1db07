/*
 * What the machine needs from the process that runs it: bound at link time, implemented by the
 * stub, by the ptrace runner and by the unit tests' fakes. None may call back into the machine.
 */
#ifndef SEL4UX_MACHINE_ENVIRONMENT_H
#define SEL4UX_MACHINE_ENVIRONMENT_H

#include "machine/machine.h"

/* Tells the monitor to look at the consoles and at machine.end. Cheap when it is awake. */
void environment_ring(struct machine *m);

/* The monitor is behind: give it time to drain `output` or `log`. */
void environment_wait_for_monitor(struct machine *m);

/* Gives whole pages of guest memory back to the host; they read as zero afterwards. */
void environment_discard(struct machine *m, paddr start, uint64_t size);

/* Nothing refers to these whole pages any more; they are about to be cleared, for new objects. */
void environment_cleared(struct machine *m, paddr start, uint64_t size);

/* The host has written these bytes of guest memory, which may be mapped anywhere. */
void environment_filled(struct machine *m, paddr start, uint64_t size);

/* Carries out a request to a host object that is not the machine's own. */
void environment_host(struct machine *m, struct host_request *request);

/* The address space that the engine keeps as shadow.host is no longer that VSpace's. */
void environment_vspace_gone(struct machine *m, uint32_t host);

/*
 * Decodes the instruction at the start of `bytes` (INSTRUCTION_MAX of them) into *access, all of
 * it but access->bytes. Where Zydis can't be linked, through machine.decode and the monitor.
 */
void environment_decode(struct machine *m, const uint8_t *bytes, struct access *access);

#endif
