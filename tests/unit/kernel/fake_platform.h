/*
 * A machine for unit tests of the kernel model: memory from mmap, devices that only remember what
 * was asked of them, and helpers that build capabilities and objects by hand. Nothing is booted.
 *
 * The ABI of a fake kernel is the identity: guests' syscall numbers, invocation labels and object
 * types are the canonical ids, so that tests don't depend on any configuration's numbering.
 */
#ifndef SEL4UX_TESTS_FAKE_PLATFORM_H
#define SEL4UX_TESTS_FAKE_PLATFORM_H

#include "kernel/invocation.h"
#include "kernel/platform.h"

#define FAKE_RAM_SIZE     (64ull << 20)
#define FAKE_CONSOLE_SIZE 4096
#define FAKE_ENTRY_NS     7 /* that an entry takes, as platform_now() has it */
#define FAKE_ROOT_RADIX   8 /* of the CNode that fake_thread gives its threads */

/* What platform_record() was told. */
struct fake_record {
    enum record_kind kind;
    unsigned detail;
    paddr object;
    word words[RECORD_WORDS_MAX];
};

/* What the machine was asked, and what it shall answer. */
struct fake_machine {
    paddr next_free;                 /* fake_alloc goes on here */
    char console[FAKE_CONSOLE_SIZE]; /* what the guest printed, NUL terminated */
    unsigned console_length;
    char last_log[256]; /* the last line given to platform_log */
    unsigned log_count;
    bool irq_pending;      /* answer of platform_irq_pending ... */
    int irq_pending_after; /* ... and when not negative: true after that many asks */
    unsigned irq_pending_asked;
    uint64_t irq_pending_takes; /* ns that go by with each ask */
    bool irq_masked[IRQ_COUNT];
    unsigned irq_mask_calls, irq_configure_calls;
    uint16_t port; /* the last port access */
    unsigned port_width;
    uint32_t port_value, port_answer; /* last value written; what reads give */
    unsigned port_reads, port_writes;
    unsigned zero_calls, used_calls, vspace_gone_calls;
    uint64_t zeroed, used; /* bytes */
    uint32_t gone_host;
    struct host_request host_request; /* the last one */
    unsigned host_requests;
    int64_t host_result; /* what requests other than CLOSE are answered with, and of values ... */
    word host_value;     /* ... the first */
    bool host_open[HOST_OBJECTS];        /* made and not closed */
    unsigned records[RECORD_KIND_COUNT]; /* how many of each kind */
    struct fake_record record;           /* the last one */
};

/* A kernel with default configuration (debug, no MCS) and FAKE_RAM_SIZE bytes of zeroed RAM. */
struct kernel *fake_kernel_new(void);
void fake_kernel_free(struct kernel *k);
struct fake_machine *fake_machine(struct kernel *k);

/* 2^bits bytes of zeroed RAM, aligned to their size, never handed out again. */
paddr fake_alloc(struct kernel *k, unsigned bits);

/* Puts `cap` into the empty slot alone, as boot does: revocable, first badged. Returns `slot`. */
paddr fake_put(struct kernel *k, paddr slot, struct cap cap);

/* Slot `index` of the CNode (or TCB) at `node`. */
paddr fake_slot(paddr node, unsigned index);
struct cap fake_cap(struct kernel *k, paddr slot);

/* Capabilities to new objects, in no slot. */
struct cap fake_cnode(struct kernel *k, unsigned radix, unsigned guard_size, word guard);
struct cap fake_untyped(struct kernel *k, unsigned bits);
struct cap fake_endpoint(struct kernel *k);
struct cap fake_notification(struct kernel *k);

/* A host object, as if granted at boot, and the first capability to it, in no slot. */
struct cap fake_host_object(struct kernel *k, unsigned index, unsigned kind, bool writable);

/*
 * A thread of priority `priority` with its own CNode of 2^FAKE_ROOT_RADIX slots (guard: all other
 * bits, so a small cptr is a slot index), inactive, with the reply master cap and no VSpace.
 */
paddr fake_thread(struct kernel *k, unsigned priority);
paddr fake_thread_cnode(struct kernel *k, paddr tcb);
paddr fake_thread_slot(struct kernel *k, paddr tcb, unsigned index);

/* Makes `tcb` the running thread. */
void fake_run(struct kernel *k, paddr tcb);

/*
 * Prepares an invocation of the capability in `slot` by the current thread: `count` message words,
 * in registers and then in a buffer that the fake owns.
 */
struct invocation fake_invocation(struct kernel *k, paddr slot, enum abi_invocation label,
                                  unsigned count, const word *args);
void fake_extra(struct invocation *inv, paddr slot);

#endif
