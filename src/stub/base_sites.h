/*
 * The instructions by which guests set and read FS and GS bases themselves, where Linux forgets
 * what they set (BASES_FORGOTTEN): nobody could put back a base that only the processor knows.
 *
 * There, pages become executable one by one, when they are first executed, and are searched for
 * such instructions then. A page that has one becomes a private copy, by patch.h's rules, in which
 * the instruction begins with an opcode that does not exist; the exception is turned into what was
 * meant, and the base is in the TCB from then on. A page that may not be a copy, because someone
 * may write to it or a debugger is there, is executed as it is, so a base can be lost; it becomes
 * a copy as soon as it may. What is written into a page after it was searched is not seen until
 * the page is mapped again.
 */
#ifndef SEL4UX_STUB_BASE_SITES_H
#define SEL4UX_STUB_BASE_SITES_H

#include "stub/stub.h"

static inline bool base_sites_matter(const struct lane *lane)
{
    return lane->bases == BASES_FORGOTTEN;
}

/* The page at `address` is mapped, and is to be executed: gives it the right to be. */
void base_sites_execute(struct lane *lane, uint64_t address);

/* The page at `vaddr` is a private copy and writable for the moment. */
void base_sites_write(struct lane *lane, uint64_t vaddr);

/* [start, end) has been unmapped. */
void base_sites_unmapped(uint64_t start, uint64_t end);

/*
 * The guest writes to a page that is a copy. True: it may become one again when it is next
 * executed. That is for text beside data; only so many are forgiven in a time.
 */
bool base_sites_forgive(const struct lane *lane);

/* Before guest code runs: pages that were no copies may be some now. */
void base_sites_retry(struct lane *lane);

/* An exception, with the registers still in the signal frame. */
enum base_site {
    BASE_SITE_NONE,    /* of another cause */
    BASE_SITE_DONE,    /* the instruction was carried out */
    BASE_SITE_AGAIN,   /* it is to be executed again */
    BASE_SITE_REFUSED, /* it raises the exception that is in the frame now */
};
enum base_site base_sites_fault(struct lane *lane, struct ucontext *uc);

#endif
