/*
 * The instructions by which guests set and read FS and GS bases themselves, where the host's Linux
 * does not know them (docs/adr/0002-patched-entry.md): it would lose the base at the next stop.
 *
 * There, nothing is executable at first. The page of a fetch that faults is searched for such
 * instructions, and becomes executable if it has none. If it has one it becomes a private copy, in
 * which the instruction begins with an opcode that does not exist; the signal is turned into what
 * was meant. Before a guest runs, copies of pages that have changed since are dropped.
 */
#ifndef SEL4UX_ENGINE_PTRACE_TEXT_H
#define SEL4UX_ENGINE_PTRACE_TEXT_H

#include "machine/machine.h"

struct space;

/* Of one space. */
struct text {
    struct text_copy *copy;
    unsigned count;
    unsigned writes;         /* to copies, since the guest last entered the kernel */
    uint64_t stops;          /* of its tracee */
    uint64_t fetched;        /* address of the last fetch that faulted, */
    uint64_t fetched_before; /* and the stop after that one */
};

bool text_matters(void);

/*
 * A page fault at `address`, where RAM is mapped and the host refused the access. True: it was a
 * fetch, and the page can be executed now.
 */
bool text_fetch(struct machine *m, struct space *space, paddr pml4, uint64_t address);

/* The current thread met an opcode that does not exist. */
enum text_opcode {
    TEXT_NOT_OURS,
    TEXT_DONE,    /* the instruction was carried out */
    TEXT_AGAIN,   /* it is to be executed again */
    TEXT_REFUSED, /* it raises a protection fault */
};
enum text_opcode text_invalid_opcode(struct machine *m, struct space *space, paddr pml4);

/* The guest is about to run after a kernel entry. */
void text_update(struct machine *m, struct space *space, paddr pml4);

/* The tracee's mappings in [start, end) are replaced. */
void text_unmapped(struct space *space, uint64_t start, uint64_t end);

#endif
