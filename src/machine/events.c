/*
 * Records of what happens, see events.h. The records of an entry are published together at its end,
 * unless the ring is too small for them.
 */
#include "machine/events.h"

#include "machine/environment.h"
#include "machine/machine.h"

/* The head of a record, from its lowest bit on: kind, count, detail, object. */
#define KIND_BITS   5
#define COUNT_BITS  4
#define DETAIL_BITS 7
#define HEAD_BITS   (KIND_BITS + COUNT_BITS + DETAIL_BITS)

_Static_assert(EVENT_KIND_COUNT <= BIT(KIND_BITS) && EVENT_WORDS_MAX < BIT(COUNT_BITS) &&
                   SYS_COUNT <= BIT(DETAIL_BITS) && OBJ_COUNT <= BIT(DETAIL_BITS),
               "heads have room");

#define AT(position) ((position) & (EVENT_RING_WORDS - 1))

static void publish(struct event_ring *ring)
{
    atomic_store_explicit(&ring->written, ring->filled, memory_order_release);
}

/* False: the machine ends before there is room. */
static bool wait_for_room(struct machine *m, unsigned words)
{
    struct event_ring *ring = &m->events;

    for (;;) {
        ring->seen = atomic_load_explicit(&ring->read, memory_order_acquire);
        if (ring->filled + words - ring->seen <= EVENT_RING_WORDS)
            return true;
        if (m->end != END_RUNNING)
            return false;
        publish(ring);
        environment_ring(m);
        environment_wait_for_monitor(m);
    }
}

static void append(struct machine *m, unsigned kind, unsigned detail, paddr object,
                   const word *words, unsigned count)
{
    struct event_ring *ring = &m->events;
    uint64_t at = ring->filled;

    if (at + count + 1 - ring->seen > EVENT_RING_WORDS && !wait_for_room(m, count + 1))
        return;
    ring->words[AT(at)] = object << HEAD_BITS | (word)detail << (KIND_BITS + COUNT_BITS) |
                          (word)count << KIND_BITS | kind;
    for (unsigned i = 0; i < count; i++)
        ring->words[AT(at + 1 + i)] = words[i];
    ring->filled = at + 1 + count;
}

void platform_record(struct kernel *k, enum record_kind kind, unsigned detail, paddr object,
                     const word *words, unsigned count)
{
    struct machine *m = machine_of(k);

    if (m->events.now != k->now) {
        m->events.now = k->now;
        append(m, EVENT_TIME, 0, 0, &k->now, 1);
    }
    append(m, kind, detail, object, words, count);
}

static void record_begin(struct machine *m, const struct stop *stop)
{
    const struct kernel *k = &m->kernel;

    m->events.now = k->now;
    if (stop->kind == STOP_SYSCALL && k->current != 0) {
        const struct user_regs *r = &kernel_current(k)->regs;
        word index = -r->rdx, call = index < ABI_MAX_SYSCALL ? k->abi.syscall[index] : SYS_INVALID;
        const word words[] = {k->now, r->rdi, r->rsi, r->rdx};

        append(m, EVENT_SYSCALL, (unsigned)call, k->current, words, call == SYS_INVALID ? 4 : 3);
    } else {
        const word words[] = {k->now, stop->number, stop->address, stop->code};

        append(m, EVENT_STOP, stop->kind, k->current, words, 4);
    }
}

static void record_end(struct machine *m, paddr thread)
{
    const struct kernel *k = &m->kernel;
    struct event_ring *ring = &m->events;
    const word words[] = {clock_now(&m->clock), m->output.written};
    unsigned state = thread != 0 ? kernel_tcb(k, thread)->state : (unsigned)THREAD_INACTIVE;

    append(m, EVENT_DONE, state, k->current, words, 2);
    publish(ring);
    if (ring->filled - ring->rung >= EVENT_RING_WORDS / 2) {
        ring->rung = ring->filled;
        environment_ring(m);
    }
}

void events_enter(struct machine *m, const struct stop *stop)
{
    paddr thread = m->kernel.current;

    record_begin(m, stop);
    kernel_enter(&m->kernel, stop);
    record_end(m, thread);
}

/* ------------------------------------------------------------------ reading */

bool events_peek(const struct event_ring *ring, struct event *e)
{
    uint64_t at = ring->taken;
    word head;

    if (at == atomic_load_explicit(&ring->written, memory_order_acquire))
        return false;
    head = ring->words[AT(at)];
    e->kind = head & MASK(KIND_BITS);
    e->count = head >> KIND_BITS & MASK(COUNT_BITS);
    e->detail = head >> (KIND_BITS + COUNT_BITS) & MASK(DETAIL_BITS);
    e->object = head >> HEAD_BITS;
    if (e->count > EVENT_WORDS_MAX)
        e->count = EVENT_WORDS_MAX;
    for (unsigned i = 0; i < e->count; i++)
        e->words[i] = ring->words[AT(at + 1 + i)];
    return true;
}

void events_drop(struct event_ring *ring, const struct event *e)
{
    ring->taken += 1u + e->count;
}

void events_release(struct event_ring *ring)
{
    atomic_store_explicit(&ring->read, ring->taken, memory_order_release);
}
