/*
 * One invocation of a capability, on its way from registers and IPC buffer to an object's decode
 * function. decode_* functions check everything and change nothing before they are sure; a decode
 * function carries out what it decoded (through invoke_* helpers that can't fail) and returns:
 *
 *   DONE       carried out; results, if any, are in inv->result
 *   FAILED     k->error says why; nothing changed
 *   PREEMPTED  part of it is done; the thread will issue it again
 */
#ifndef SEL4UX_KERNEL_INVOCATION_H
#define SEL4UX_KERNEL_INVOCATION_H

#include "kernel/cap.h"

#define MAX_EXTRA_CAPS 3
#define MAX_RESULT     20

enum outcome { DONE, FAILED, PREEMPTED };

struct invocation {
    enum abi_invocation label;
    word number;     /* what the guest passed for it */
    unsigned length; /* message words */
    bool is_call, is_blocking;
    bool can_donate;  /* MCS: a receiver may get the invoker's scheduling context */
    bool first_phase; /* MCS: a receive follows in the same system call: not every object allows it
                       */
    word cptr;        /* as the guest passed it */
    paddr thread;     /* who invokes: k->current */
    paddr slot;       /* where the invoked capability lies */
    struct cap cap;   /* the invoked capability */
    paddr buffer;     /* the invoker's IPC buffer, 0 if it has none */
    unsigned extra_count;
    paddr extra[MAX_EXTRA_CAPS]; /* slots of the capabilities that it passed */
    unsigned result_count;       /* words that a caller gets back */
    word result[MAX_RESULT];
};

/* Message word `i` (< inv->length): from registers, then from the IPC buffer. */
word invocation_arg(struct kernel *k, const struct invocation *inv, unsigned i);

/* Dispatches to the decode function of the capability's type (the table is in invocation.c). */
enum outcome invocation_decode(struct kernel *k, struct invocation *inv);

/* Setters for k->error, all returning FAILED so that decode functions can return them. */
enum outcome fail(struct kernel *k, unsigned seL4_error);
enum outcome fail_argument(struct kernel *k, unsigned argument);
enum outcome fail_capability(struct kernel *k, unsigned cap_number);
enum outcome fail_range(struct kernel *k, word min, word max);
enum outcome fail_lookup(struct kernel *k, bool in_source); /* with k->lookup_fault */
enum outcome fail_memory(struct kernel *k, word left);

/* Checks that the message has `words` words and `caps` capabilities, else TruncatedMessage. */
bool invocation_has(struct kernel *k, const struct invocation *inv, unsigned words, unsigned caps);

/*
 * A place in a long operation where an interrupt may be taken: counts work units and, each
 * config.max_work_units, asks the platform. True: stop now, return PREEMPTED.
 */
bool preemption_point(struct kernel *k);

#endif
