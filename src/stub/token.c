/*
 * The CPU token: which lane stands for a VSpace, and whose turn it is.
 *
 * A lane waits on its own slot's `turn`: asleep, or spinning where relay.c says so;
 * see docs/adr/0001. All lists here belong to the holder.
 */
#include "machine/environment.h"
#include "stub/stub.h"
#include "stub/syscalls.h"

#define LINE_BITS   6 /* log2 of a cache line */
#define SPARE_LIMIT 8 /* processes kept for VSpaces to come, per window */

static void wake(struct lane_slot *slot, uint32_t turn)
{
    if (atomic_exchange(&slot->turn, turn) == TURN_ASLEEP)
        linux_futex_wake(&slot->turn);
}

/* ------------------------------------------------------------------ processes */

/* A lane without process, or whose old one the monitor has reaped. */
static uint32_t free_lane(struct engine_state *e)
{
    if (e->lane_count < LANE_MAX)
        return e->lane_count++;
    for (uint32_t i = 0; i < LANE_MAX; i++) {
        if (atomic_load(&e->lane[i].use) == LANE_FREE)
            return i;
    }
    return LANE_NONE;
}

/* Asks the zygote for a process; the lane can be given the token at once. */
static uint32_t ask_for_process(struct lane *lane, uint32_t window)
{
    struct engine_state *e = lane->engine;
    uint32_t index = free_lane(e);

    if (index == LANE_NONE)
        stub_fail(lane->machine, "more VSpaces than sel4ux has processes for");
    struct lane_slot *slot = &e->lane[index];
    slot->window = window;
    slot->stale = false;
    atomic_store(&slot->pid, 0);
    atomic_store(&slot->turn, TURN_WAIT);
    atomic_store(&slot->use, LANE_SPARE);
    e->created++;
    uint32_t requested = atomic_load(&e->requested);
    atomic_store(&e->request[requested % LANE_MAX], index);
    atomic_store(&e->requested, requested + 1);
    linux_futex_wake(&e->requested);
    return index;
}

static void spare_push(struct engine_state *e, uint32_t index)
{
    struct lane_slot *slot = &e->lane[index];

    atomic_store(&slot->use, LANE_SPARE);
    slot->vspace = 0;
    slot->next = e->spare_list[slot->window];
    e->spare_list[slot->window] = index;
    e->spare_count[slot->window]++;
}

/* Takes `wanted` from the spare list if it is there, else its first entry, else LANE_NONE. */
static uint32_t spare_pop(struct engine_state *e, uint32_t window, uint32_t wanted)
{
    uint32_t *link = &e->spare_list[window];

    for (uint32_t *at = link; *at != LANE_NONE; at = &e->lane[*at].next) {
        if (*at == wanted) {
            link = at;
            break;
        }
    }
    uint32_t index = *link;
    if (index != LANE_NONE) {
        *link = e->lane[index].next;
        e->spare_count[window]--;
    }
    return index;
}

/* The lane stands for no VSpace any more. */
static void release(struct engine_state *e, uint32_t index)
{
    struct lane_slot *slot = &e->lane[index];

    slot->stale = true;
    if (e->spare_count[slot->window] < SPARE_LIMIT || atomic_load(&e->running) == index + 1) {
        spare_push(e, index);
        return;
    }
    slot->vspace = 0;
    atomic_store(&slot->use, LANE_LEAVING);
    wake(slot, TURN_LEAVE);
}

void environment_vspace_gone(struct machine *m, uint32_t host)
{
    release(engine_state_of(m), host - 1);
}

static uint32_t acquire(struct lane *lane, uint32_t window)
{
    struct engine_state *e = lane->engine;
    uint32_t index = spare_pop(e, window, lane->index);

    if (index == LANE_NONE)
        index = ask_for_process(lane, window);
    /* From the second VSpace on, the next one finds its process ready. */
    if (index != 0 && window == 0 && e->spare_count[0] == 0)
        spare_push(e, ask_for_process(lane, 0));
    return index;
}

/* The window that leaves a VSpace all addresses that it has tables for. */
static uint32_t window_for(struct lane *lane, const struct pml4 *pml4)
{
    for (uint32_t window = 0; window < WINDOW_COUNT; window++) {
        if (!(pml4->entry[window_index(window)] & PTE_PRESENT))
            return window;
    }
    stub_fail(lane->machine, "a VSpace maps addresses in both places where sel4ux can keep its own "
                             "memory; use --engine ptrace");
}

uint32_t token_lane_for(struct lane *lane, paddr vspace)
{
    struct pml4 *pml4 = kernel_at(&lane->machine->kernel, vspace);
    struct engine_state *e = lane->engine;
    uint32_t window = window_for(lane, pml4);

    if (pml4->shadow.host != 0) {
        if (e->lane[pml4->shadow.host - 1].window == window)
            return pml4->shadow.host - 1;
        release(e, pml4->shadow.host - 1);
    }
    uint32_t index = acquire(lane, window);
    e->lane[index].vspace = vspace;
    atomic_store(&e->lane[index].use, LANE_USED);
    pml4->shadow.host = index + 1;
    pml4->shadow.pending = 0;
    pml4->shadow.flush_all = false;
    return index;
}

/* ------------------------------------------------------------------ turns */

static paddr tcb_of(const struct kernel *k, const struct user_regs *regs)
{
    return (paddr)((uintptr_t)regs - offsetof(struct tcb, regs) - (uintptr_t)kernel_at(k, 0));
}

/* The object that one of two threads, the last and the next, waits at or has been called from. */
static paddr object_between(const struct kernel *k, paddr last, paddr next)
{
    const struct tcb *t = kernel_tcb(k, last);

    return last != 0 && t->state == THREAD_BLOCKED_ON_RECEIVE
               ? t->blocking_object
               : kernel_tcb(k, next)->blocking_object;
}

void token_hand_over(struct lane *lane, uint32_t to)
{
    struct kernel *k = &lane->machine->kernel;
    struct lane_slot *slot = &lane->engine->lane[to];

    relay_hand_over(lane, to);
    slot->thread = k->current;
    slot->last_thread = lane->regs ? tcb_of(k, lane->regs) : 0;
    slot->object = object_between(k, slot->last_thread, slot->thread);
    /* Not before: whoever spins looks at this line all the time. */
    if (atomic_load_explicit(&slot->turn, memory_order_relaxed) == TURN_ASLEEP)
        relay_wakes(lane, to);
    wake(slot, TURN_YOURS);
}

/* Asks for a cache line, to write to it. */
static inline void ask_for_line(const void *at)
{
    __asm__ volatile("prefetchw %0" : : "m"(*(const char *)at));
}

static void ask_for_thread(const struct kernel *k, paddr thread)
{
    const struct tcb *tcb = kernel_tcb(k, thread);

    if (thread == 0)
        return;
    for (uintptr_t at = 0; at < sizeof(tcb->regs); at += BIT(LINE_BITS))
        ask_for_line((const char *)&tcb->regs + at);
    ask_for_line(&tcb->state);
    ask_for_line(&tcb->slot[TCB_REPLY]); /* and TCB_CALLER */
}

/*
 * What the next entries write lies in the cache of the CPU that the token has come from. Asked for
 * at once, it comes at little more than the cost of one line; what they only read stays in both.
 */
static void take_over(const struct lane *lane)
{
    const struct kernel *k = &lane->machine->kernel;

    ask_for_line(&lane->engine->running);
    ask_for_line(&k->current);
    ask_for_thread(k, lane->slot->thread);
    ask_for_line(kernel_at(k, lane->slot->object));
    ask_for_thread(k, lane->slot->last_thread);
    if (k->config.mcs)
        ask_for_line(&k->current_sc);
}

/*
 * Linux fires this lane's timer also while it sleeps, and often for the very deadline that the lane
 * that runs has set its own for. A handler would then take the CPU from that one; so the shot
 * waits.
 */
static void sleep_with_timer(struct lane *lane)
{
    const struct linux_timespec no_time = {0, 0};
    const uint64_t alarm = SIGNAL_BIT(SIGALRM);
    uint64_t before;

    LINUX_CALL6(rt_sigprocmask, SIG_BLOCK, &alarm, &before, SIGNAL_MASK_SIZE, 0, 0);
    linux_futex_wait(&lane->slot->turn, TURN_ASLEEP, 0);
    if (clock_now(&lane->machine->clock) >= lane->armed &&
        LINUX_CALL6(rt_sigtimedwait, &alarm, 0, &no_time, SIGNAL_MASK_SIZE, 0, 0) == SIGALRM)
        timer_shot(lane);
    LINUX_CALL6(rt_sigprocmask, SIG_SETMASK, &before, 0, SIGNAL_MASK_SIZE, 0, 0);
}

static void sleep_until_woken(struct lane *lane)
{
    if (lane->armed == UINT64_MAX || lane->machine->clock.is_virtual)
        linux_futex_wait(&lane->slot->turn, TURN_ASLEEP, 0);
    else
        sleep_with_timer(lane);
}

void token_wait(struct lane *lane)
{
    _Atomic uint32_t *turn = &lane->slot->turn;

    for (;;) {
        uint32_t seen = atomic_load(turn);
        if (seen == TURN_YOURS)
            break;
        if (seen == TURN_LEAVE)
            LINUX_CALL3(exit_group, 0, 0, 0);
        if (seen == TURN_CALL)
            relay_called(lane);
        if (seen == TURN_WAIT)
            relay_wait(lane);
        seen = TURN_WAIT;
        if (atomic_compare_exchange_strong(turn, &seen, TURN_ASLEEP) || seen == TURN_ASLEEP)
            sleep_until_woken(lane);
    }
    take_over(lane);
    /* Who wakes it next does so with the token, which has come from here. */
    atomic_store_explicit(turn, TURN_WAIT, memory_order_relaxed);
}
