/*
 * A machine's memory on the host: one sealed-size memfd, mapped whole in the calling process.
 */
#ifndef SEL4UX_HOST_MEMORY_H
#define SEL4UX_HOST_MEMORY_H

#include "base/error.h"
#include "machine/machine.h"

struct machine_memory {
    int fd;
    struct machine *machine; /* start of the mapping */
    uint64_t size;           /* bytes: KERNEL_RAM_OFFSET + top of guest physical memory */
};

/* `ram_top`: first physical address behind the highest memory. Sparse: costs nothing until used. */
int machine_memory_create(struct machine_memory *memory, uint64_t ram_top, struct error *err);
void machine_memory_destroy(struct machine_memory *memory);

#endif
