/*
 * What this process has asked its host to map for the guest: the calls that map, hide and unmap,
 * and enough memory of them to spare the host those that would change nothing.
 *
 * What is remembered about a range is true or forgotten: an extent that is noted is mapped exactly
 * so, and nothing can be reached in a range that is noted as empty. A hidden extent is mapped
 * without any right: for the guest it is gone, but it comes back at a quarter of the cost. All of
 * this is the process's own and belongs to its lane.
 */
#ifndef SEL4UX_STUB_MAPPINGS_H
#define SEL4UX_STUB_MAPPINGS_H

#include "stub/stub.h"

/* Whether nothing has been mapped since the process began or mappings_drop_all(). */
bool mappings_none(void);

/* Nothing in [start, end) can be reached by the guest when this returns. */
void mappings_drop(struct lane *lane, uint64_t start, uint64_t end);
void mappings_drop_all(struct lane *lane);

/*
 * Makes *t reachable with its right, if it is mapped already, hidden or with another right. False:
 * nothing is known of it, or the host refuses.
 */
bool mappings_show(const struct lane *lane, const struct translation *t);

/* What is known of *t, its right aside. */
enum extent_state { EXTENT_UNKNOWN, EXTENT_SHOWN, EXTENT_HIDDEN };
enum extent_state mappings_state(const struct translation *t);

/*
 * Maps *t; a single page is expected to be touched at once. With `replace` whatever was mapped
 * there goes, without it that is an error. Returns 0 or -errno; after an error with `replace`
 * nothing at all is mapped.
 */
long mappings_map(struct lane *lane, const struct translation *t, bool replace);

/*
 * Where executed pages are searched (base_sites.h), none of the above gives the right to execute.
 * This does so for pages that are mapped, with one right to write.
 */
void mappings_execute(struct lane *lane, uint64_t start, uint64_t end);

/*
 * A page that is mapped is about to be touched. Spares the host's page fault; Linux also enters
 * those of the pages around that have memory already. Before 5.14 it does nothing.
 */
void mappings_touch(uint64_t page);

/* What is known to be mapped as one piece around a page that is mapped. */
void mappings_around(uint64_t page, uint64_t *start, uint64_t *end);

/* Takes from *t what is known to be mapped beside `address`. */
void mappings_clip(struct translation *t, uint64_t address);

/* Someone else has mapped or unmapped the page at `vaddr`. */
void mappings_changed(uint64_t vaddr);

#endif
