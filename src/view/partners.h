/*
 * Who can use a capability, and who could end a thread's wait: the questions behind "who can reach
 * what" and "who waits for whom".
 */
#ifndef SEL4UX_VIEW_PARTNERS_H
#define SEL4UX_VIEW_PARTNERS_H

#include "view/picture.h"

/* The address of slot `index` of a reach's CNode, as its threads' system calls name it. */
static inline uint64_t reach_address(const struct reach *r, uint32_t index)
{
    return r->prefix | (uint64_t)index << r->left;
}

enum wait_kind { WAIT_NOT, WAIT_SEND, WAIT_REPLY, WAIT_RECEIVE, WAIT_SIGNAL };

/* How `thread` is blocked, and on which thing (for a reply: its own TCB, or the reply object). */
enum wait_kind wait_of(const struct picture *p, uint32_t thread, uint32_t *thing);

/* It can't run, and waits for nothing: inactive, stopped by a fault, without time. */
bool has_ended(const struct picture *p, uint32_t thread);

#define PARTNERS_SHOWN 4

/*
 * Threads that could end the wait of `thread`: `count` of them, the first few named. Those that
 * have ended are counted apart, and named only where there is no other. An interrupt may be one,
 * too.
 */
struct partners {
    uint32_t thread[PARTNERS_SHOWN];
    uint32_t count, ended;
    bool by_interrupt, by_itself; /* by itself: had it not to wait */
};

void partners_find(struct picture *p, uint32_t thread, struct partners *partners);

/*
 * Calls `visit` for each thread that can address the capability `held`; false from it ends that.
 * The picture affords so many calls; then it counts as cut.
 */
void holders_visit(struct picture *p, uint32_t held,
                   bool (*visit)(void *context, uint32_t thread, uint32_t reach), void *context);

#endif
