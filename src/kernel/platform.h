/*
 * What the kernel model needs from the machine around it. The machine implements these (unit tests
 * have fakes); they are bound at link time. None may call back into the kernel model.
 */
#ifndef SEL4UX_KERNEL_PLATFORM_H
#define SEL4UX_KERNEL_PLATFORM_H

#include <sel4ux/host_numbers.h>

#include "kernel/kernel.h"

/* x86 I/O ports; width is 1, 2 or 4 bytes. */
uint32_t platform_port_in(struct kernel *k, uint16_t port, unsigned width);
void platform_port_out(struct kernel *k, uint16_t port, unsigned width, uint32_t value);

/* The interrupt controller: route k->irq[irq] as it is configured now; mask or unmask; acknowledge.
 */
void platform_irq_configure(struct kernel *k, unsigned irq);
void platform_irq_mask(struct kernel *k, unsigned irq, bool masked);

/* A device interrupt that waits to be taken: preemption points in long operations ask. Brings
 * k->now up to date. */
bool platform_irq_pending(struct kernel *k);

/* What k->now would be, had the machine set it just now. */
uint64_t platform_now(const struct kernel *k);

/* One byte of the debug console (DebugPutChar): the guest's serial output. */
void platform_console(struct kernel *k, char c);

/* A diagnostic of the kernel model, for people: goes to stderr, never into the guest's output. */
void platform_log(struct kernel *k, const char *line);

/*
 * Makes [start, start + size) read as zero. The machine knows which memory is untouched and which
 * to give back to the host, so this is cheap for memory that no one wrote.
 */
void platform_zero(struct kernel *k, paddr start, uint64_t size);

/* An object was made here: the memory may be written from now on (see platform_zero). */
void platform_used(struct kernel *k, paddr start, uint64_t size);

/*
 * A request to a host object: what an invocation asked for, checked as far as the model can. Plain
 * data, for it may be carried out in another process.
 */
struct host_request {
    uint32_t label;  /* enum sel4ux_host_label, or HOST_CLOSE: its last capability is gone */
    uint32_t object; /* index in kernel.host */
    uint32_t made;   /* the index that an object made by this gets */
    bool fills;      /* the buffer is written to, not read */
    paddr buffer;    /* in RAM, `size` bytes */
    uint64_t size;
    word argument[2]; /* in the order of the message */
    /* The answer. */
    int64_t result;
    uint32_t kind; /* of the object made: enum sel4ux_host_kind */
    word value[4];
};

#define HOST_CLOSE SEL4UX_HOST_LABEL(0)

/*
 * Carries the request out, now. ACK arms the object's events, of which one that is true already may
 * come at once as STOP_HOST; BIND and UNBIND never come here.
 */
void platform_host(struct kernel *k, struct host_request *request);

/*
 * Something happened that a recorder may want to know of; called only while k->recording. What
 * `detail` (below 128), `object` and the words are depends on the kind.
 */
enum record_kind {
    RECORD_MESSAGE,     /* fault kind; receiver; sender, endpoint or 0, badge, message info */
    RECORD_SIGNAL,      /* -; notification; woken thread or 0, badge */
    RECORD_TAKEN,       /* -; notification; thread that takes a kept signal, badge */
    RECORD_FAULT,       /* fault kind; thread; address, number, code, as in struct fault */
    RECORD_INVOCATION,  /* capability type; -; enum abi_invocation */
    RECORD_FAILURE,     /* enum seL4_Error; -; of the invocation that was told last */
    RECORD_MAPPING,     /* log2 of the size; PML4; address, page table entry */
    RECORD_RETYPE,      /* enum abi_object; first object; log2 of the size, count */
    RECORD_NAME,        /* -; thread; its name, with zeroes at the end */
    RECORD_SPACE,       /* -; thread; PML4 or 0 */
    RECORD_THREAD_GONE, /* -; thread */
    RECORD_SPACE_GONE,  /* -; PML4 */
    RECORD_KIND_COUNT
};

#define RECORD_WORDS_MAX 8

void platform_record(struct kernel *k, enum record_kind kind, unsigned detail, paddr object,
                     const word *words, unsigned count);

/* The VSpace that the engine knows as `host` (shadow.host) is gone or must be built anew. */
void platform_vspace_gone(struct kernel *k, uint32_t host);

#endif
