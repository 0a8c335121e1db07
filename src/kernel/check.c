/*
 * The invariants of the model, checked from outside: for tests and fuzzing after each entry, not
 * for the running kernel. Starts from what the kernel itself holds (IRQ slots, every TCB) and goes
 * through every CNode and zombie that it finds. Works in fixed space: a machine with more of them
 * and threads than MAX_NODES is said to have too many, never half checked.
 */
#include "kernel/check.h"

#include <sel4ux/host_numbers.h>

#include "kernel/mdb.h"
#include "kernel/thread.h"

#define NODE_BITS  14
#define MAX_NODES  (BIT(NODE_BITS) - 1)
#define LOOK_AHEAD 64 /* slots in which a second capability to an object may not turn up */

/* Arrays of slots found so far, in the order of the walk; `place` finds one by its address. */
struct walk {
    unsigned count;
    bool is_full;
    uint16_t place[2 << NODE_BITS]; /* a hash table: index of the node plus 1; 0: free */
    struct {
        paddr slots;
        uint64_t count;
    } node[MAX_NODES];
};

static uint16_t *place_of(struct walk *walk, paddr slots)
{
    uint32_t i = (uint32_t)(slots * 0x9e3779b97f4a7c15ull >> (64 - NODE_BITS - 1));

    while (walk->place[i] && walk->node[walk->place[i] - 1].slots != slots)
        i = (i + 1) & MASK(NODE_BITS + 1);
    return &walk->place[i];
}

static void add_node(struct walk *walk, paddr slots, uint64_t count)
{
    uint16_t *place = place_of(walk, slots);

    if (*place) {
        if (walk->node[*place - 1].count < count)
            walk->node[*place - 1].count = count;
    } else if (walk->count == MAX_NODES) {
        walk->is_full = true;
    } else {
        walk->node[walk->count].slots = slots;
        walk->node[walk->count].count = count;
        *place = (uint16_t)++walk->count;
    }
}

static bool is_device(struct cap cap)
{
    return (cap.type == CAP_UNTYPED && cap.untyped.is_device) ||
           (cap.type == CAP_FRAME && cap.frame.is_device);
}

/* ------------------------------------------------------------------ queues of threads */

bool check_is_thread(const struct kernel *k, paddr tcb)
{
    for (paddr t = k->all_threads; t; t = kernel_tcb(k, t)->all_next)
        if (t == tcb)
            return true;
    return false;
}

/* A queue that hangs on `object`: links agree, and everyone on it waits there in `state`; with MCS
 * the highest priority comes first. */
static const char *check_waiters(struct kernel *k, paddr object, paddr head, paddr tail,
                                 enum thread_state state)
{
    paddr prev = 0;

    for (paddr t = head; t; prev = t, t = kernel_tcb(k, t)->ep_next) {
        REQUIRE(check_in_ram(k, t, BIT(k->abi.tcb_bits)) && check_is_thread(k, t),
                "a waiter is no thread");
        const struct tcb *tcb = kernel_tcb(k, t);
        REQUIRE(tcb->ep_prev == prev, "wait queue links disagree");
        REQUIRE(tcb->state == state, "a waiter is in another state than its queue");
        REQUIRE(tcb->blocking_object == object, "a waiter waits for another object");
        REQUIRE(!k->config.mcs || !prev || kernel_tcb(k, prev)->priority >= tcb->priority,
                "waiters are not in order of priority");
    }
    REQUIRE(prev == tail, "wait queue tail is not its last thread");
    return NULL;
}

static const char *check_endpoint(struct kernel *k, paddr ep)
{
    const struct endpoint *e = kernel_at(k, ep);

    REQUIRE((e->state == EP_IDLE) == (e->head == 0), "endpoint state disagrees with its queue");
    REQUIRE((e->head == 0) == (e->tail == 0), "endpoint queue has only one end");
    return check_waiters(k, ep, e->head, e->tail,
                         e->state == EP_SEND ? THREAD_BLOCKED_ON_SEND : THREAD_BLOCKED_ON_RECEIVE);
}

static const char *check_notification(struct kernel *k, paddr ntfn)
{
    const struct notification *n = kernel_at(k, ntfn);

    REQUIRE((n->state == NTFN_WAITING) == (n->head != 0),
            "notification state disagrees with its queue");
    if (n->bound_tcb)
        REQUIRE(check_is_thread(k, n->bound_tcb) &&
                    kernel_tcb(k, n->bound_tcb)->bound_notification == ntfn,
                "notification is bound to a thread that does not know");
    if (k->config.mcs)
        TRY(check_lender(k, ntfn));
    if (n->state != NTFN_WAITING)
        return NULL;
    return check_waiters(k, ntfn, n->head, n->tail, THREAD_BLOCKED_ON_NOTIFICATION);
}

static bool is_waiting_in(struct kernel *k, paddr head, paddr tcb)
{
    for (paddr t = head; t; t = kernel_tcb(k, t)->ep_next)
        if (t == tcb)
            return true;
    return false;
}

static const char *check_blocked(struct kernel *k, paddr tcb)
{
    const struct tcb *t = kernel_tcb(k, tcb);
    paddr object = t->blocking_object;

    if (t->state == THREAD_BLOCKED_ON_SEND || t->state == THREAD_BLOCKED_ON_RECEIVE) {
        REQUIRE(check_in_ram(k, object, BIT(ENDPOINT_BITS)), "a thread waits for no endpoint");
        const struct endpoint *e = kernel_at(k, object);
        REQUIRE(is_waiting_in(k, e->head, tcb), "a thread waits off its endpoint's queue");
        return check_endpoint(k, object);
    }
    if (t->state == THREAD_BLOCKED_ON_NOTIFICATION) {
        REQUIRE(check_in_ram(k, object, BIT(k->abi.notification_bits)),
                "a thread waits for no notification");
        const struct notification *n = kernel_at(k, object);
        REQUIRE(is_waiting_in(k, n->head, tcb), "a thread waits off its notification's queue");
        return check_notification(k, object);
    }
    return NULL;
}

static const char *check_threads(struct kernel *k, unsigned *queued)
{
    paddr prev = 0;

    for (paddr t = k->all_threads; t; prev = t, t = kernel_tcb(k, t)->all_next) {
        REQUIRE(check_in_ram(k, t, BIT(k->abi.tcb_bits)), "a thread lies outside RAM");
        const struct tcb *tcb = kernel_tcb(k, t);
        REQUIRE(tcb->all_prev == prev, "links of all threads disagree");
        REQUIRE(tcb->state <= THREAD_BLOCKED_ON_NOTIFICATION, "a thread has no valid state");
        bool can_run = thread_is_schedulable(k, tcb);
        bool chosen = k->action == SCHED_SWITCH_TO && k->action_target == t;
        REQUIRE(!tcb->queued || can_run, "a thread that can't run is on a ready queue");
        REQUIRE(!can_run || tcb->queued || chosen || k->current == t,
                "a runnable thread is on no queue");
        *queued += tcb->queued;
        TRY(check_blocked(k, t));
        if (k->config.mcs)
            TRY(check_thread_mcs(k, t));
        if (tcb->bound_notification)
            TRY(check_notification(k, tcb->bound_notification));
        if (tcb->bound_notification) {
            const struct notification *n = kernel_at(k, tcb->bound_notification);
            REQUIRE(n->bound_tcb == t, "a thread is bound to a notification that does not know");
        }
    }
    return NULL;
}

static const char *check_ready_queue(struct kernel *k, unsigned domain, unsigned priority,
                                     unsigned *queued)
{
    const struct ready_queues *ready = &k->ready[domain];
    struct tcb_queue queue = ready->queue[priority];
    bool marked = ready->bitmap[priority / 64] >> (priority % 64) & 1;
    paddr prev = 0;

    REQUIRE(marked == (queue.head != 0), "ready bitmap disagrees with its queue");
    for (paddr t = queue.head; t; prev = t, t = kernel_tcb(k, t)->sched_next) {
        REQUIRE(check_in_ram(k, t, BIT(k->abi.tcb_bits)), "a ready thread lies outside RAM");
        const struct tcb *tcb = kernel_tcb(k, t);
        REQUIRE(tcb->sched_prev == prev && tcb->queued, "ready queue links disagree");
        REQUIRE(tcb->domain == domain && tcb->priority == priority,
                "a thread is on another priority's queue");
        REQUIRE(*queued > 0, "ready queues hold more than the queued threads");
        --*queued;
    }
    REQUIRE(prev == queue.tail, "ready queue tail is not its last thread");
    return NULL;
}

/* ------------------------------------------------------------------ the derivation tree */

/* The objects of an untyped: below its watermark, and together in the list. */
static const char *check_untyped(struct kernel *k, paddr slot)
{
    struct cap untyped = cte_at(k, slot)->cap;
    paddr watermark = untyped.obj + untyped.untyped.free;
    paddr s = cte_at(k, slot)->mdb.next;

    REQUIRE(untyped.untyped.free <= BIT(untyped.untyped.size_bits), "watermark beyond untyped");
    for (; s && mdb_is_parent_of(k, slot, s); s = cte_at(k, s)->mdb.next) {
        struct cap child = cte_at(k, s)->cap;
        REQUIRE(child.obj + BIT(cap_size_bits(k, child)) <= watermark,
                "an object lies above its untyped's watermark");
        REQUIRE(!untyped.untyped.is_device || is_device(child), "a kernel object in a device");
    }
    for (; s; s = cte_at(k, s)->mdb.next)
        REQUIRE(!cap_same_region(k, untyped, cte_at(k, s)->cap),
                "an untyped's objects are apart in the derivation list");
    return NULL;
}

static const char *check_neighbour(struct kernel *k, paddr slot, paddr next)
{
    struct cap a = cte_at(k, slot)->cap, b = cte_at(k, next)->cap;

    if (cap_same_object(k, a, b) || mdb_is_parent_of(k, slot, next))
        return NULL;
    if (cap_is_physical(k, a) && cap_is_physical(k, b))
        REQUIRE(a.obj + BIT(cap_size_bits(k, a)) <= b.obj ||
                    b.obj + BIT(cap_size_bits(k, b)) <= a.obj,
                "two objects overlap");
    for (unsigned i = 0; next && i < LOOK_AHEAD; i++, next = cte_at(k, next)->mdb.next)
        REQUIRE(!cap_same_object(k, a, cte_at(k, next)->cap),
                "capabilities to one object are apart in the derivation list");
    return NULL;
}

static bool is_slot(const struct kernel *k, paddr slot)
{
    return check_in_ram(k, slot, BIT(SLOT_BITS)) && (slot & MASK(SLOT_BITS)) == 0 &&
           ((const struct cte *)kernel_at(k, slot))->cap.type != CAP_NULL;
}

static const char *check_links(struct kernel *k, paddr slot)
{
    struct mdb mdb = cte_at(k, slot)->mdb;

    if (mdb.prev)
        REQUIRE(is_slot(k, mdb.prev) && cte_at(k, mdb.prev)->mdb.next == slot,
                "derivation list: the slot before points elsewhere");
    if (mdb.next)
        REQUIRE(is_slot(k, mdb.next) && cte_at(k, mdb.next)->mdb.prev == slot,
                "derivation list: the slot after points elsewhere");
    return NULL;
}

/* ------------------------------------------------------------------ capabilities */

static const char *check_io_ports(const struct kernel *k, struct cap cap)
{
    REQUIRE(cap.io_port.first <= cap.io_port.last, "an I/O port range is empty");
    for (unsigned port = cap.io_port.first; port <= cap.io_port.last; port++)
        REQUIRE(k->io_ports[port / 64] >> (port % 64) & 1, "an I/O port in use counts as free");
    return NULL;
}

/* What the capability says of its object; CNodes and zombies are queued for the walk. */
static const char *check_cap(struct kernel *k, struct cap cap, struct walk *walk)
{
    unsigned bits = cap_size_bits(k, cap);

    if (cap_is_physical(k, cap)) {
        REQUIRE(((cap.obj + KERNEL_WINDOW) & MASK(bits)) == 0, "an object is not aligned");
        REQUIRE(is_device(cap) || check_in_ram(k, cap.obj, BIT(bits)),
                "an object lies outside RAM");
    }
    switch (cap.type) {
    case CAP_CNODE:
        add_node(walk, cap.obj, BIT(cap.cnode.radix));
        return NULL;
    case CAP_ZOMBIE:
        add_node(walk, cap.obj, cap.zombie.count);
        return NULL;
    case CAP_THREAD:
        REQUIRE(check_is_thread(k, cap.obj), "a thread capability to no thread");
        return NULL;
    case CAP_ENDPOINT:
        return check_endpoint(k, cap.obj);
    case CAP_NOTIFICATION:
        return check_notification(k, cap.obj);
    case CAP_REPLY:
        /* A master may lie in a TCB whose end was preempted. */
        if (k->config.mcs)
            return check_reply(k, cap.obj);
        REQUIRE(cap.reply.is_master || check_is_thread(k, cap.obj),
                "a reply capability to no thread");
        return NULL;
    case CAP_SCHED_CONTEXT:
        return check_sched_context(k, cap.obj, cap.sched_context.size_bits);
    case CAP_IRQ_HANDLER:
        REQUIRE(cap.irq_handler.irq < IRQ_COUNT && k->irq[cap.irq_handler.irq].state == IRQ_SIGNAL,
                "an interrupt with a handler is not in use");
        return NULL;
    case CAP_IO_PORT:
        return check_io_ports(k, cap);
    case CAP_HOST:
        REQUIRE(cap.host.index < HOST_OBJECTS && k->host[cap.host.index].kind != SEL4UX_HOST_NONE,
                "a host capability to no object");
        return NULL;
    default:
        return NULL;
    }
}

/* Each that is in use has a chain of parents in use that ends. */
static const char *check_host_objects(const struct kernel *k)
{
    for (unsigned i = 0; i < HOST_OBJECTS; i++) {
        unsigned at = i, steps = 0;

        if (k->host[i].kind == SEL4UX_HOST_NONE) {
            REQUIRE(k->host[i].parent == 0 && k->host[i].armed == 0,
                    "a free host object has state");
            continue;
        }
        for (; k->host[at].parent != 0; at = k->host[at].parent - 1u) {
            REQUIRE(k->host[at].parent <= HOST_OBJECTS && ++steps < HOST_OBJECTS,
                    "the parents of a host object have no end");
            REQUIRE(k->host[k->host[at].parent - 1].kind != SEL4UX_HOST_NONE,
                    "the parent of a host object is gone");
        }
    }
    return NULL;
}

static const char *check_slot(struct kernel *k, paddr slot, struct walk *walk)
{
    const struct cte *cte = cte_at(k, slot);

    if (cte->cap.type == CAP_NULL) {
        REQUIRE(cte->mdb.prev == 0 && cte->mdb.next == 0, "an empty slot is in a derivation list");
        return NULL;
    }
    TRY(check_links(k, slot));
    TRY(check_cap(k, cte->cap, walk));
    if (cte->cap.type == CAP_UNTYPED)
        TRY(check_untyped(k, slot));
    if (cte->mdb.next)
        TRY(check_neighbour(k, slot, cte->mdb.next));
    return NULL;
}

static const char *check_slots(struct kernel *k, struct walk *walk)
{
    if (k->irq_node)
        add_node(walk, k->irq_node, IRQ_COUNT);
    if (k->host_node)
        add_node(walk, k->host_node, HOST_OBJECTS);
    for (paddr t = k->all_threads; t; t = kernel_tcb(k, t)->all_next)
        add_node(walk, t + offsetof(struct tcb, slot), TCB_SLOT_COUNT);
    for (unsigned i = 0; i < walk->count; i++) {
        paddr slots = walk->node[i].slots;
        REQUIRE(check_in_ram(k, slots, walk->node[i].count << SLOT_BITS),
                "a CNode lies outside RAM");
        for (uint64_t s = 0; s < walk->node[i].count; s++)
            TRY(check_slot(k, slots + (s << SLOT_BITS), walk));
    }
    REQUIRE(!walk->is_full, "more CNodes and threads than this check has room for");
    return check_host_objects(k);
}

const char *kernel_check(const struct kernel *kernel)
{
    struct kernel *k = (struct kernel *)kernel; /* read only, by functions that are not const */
    struct walk walk;                           /* large: nodes are set as they are found */
    unsigned queued = 0;

    walk.count = 0;
    walk.is_full = false;
    __builtin_memset(walk.place, 0, sizeof(walk.place));
    TRY(check_threads(k, &queued));
    for (unsigned domain = 0; domain < k->config.num_domains; domain++)
        for (unsigned priority = 0; priority < PRIORITY_COUNT; priority++)
            TRY(check_ready_queue(k, domain, priority, &queued));
    REQUIRE(queued == 0, "a thread counts as queued but is on no ready queue");
    REQUIRE(k->current == 0 || check_in_ram(k, k->current, BIT(k->abi.tcb_bits)),
            "current is no thread");
    if (k->config.mcs)
        TRY(check_time(k));
    return check_slots(k, &walk);
}
