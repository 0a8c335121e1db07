/* Records of kernel entries, see events.h. */
#include "machine/events.h"

#include "machine/environment.h"
#include "machine/machine.h"

static void describe_thread(const struct kernel *k, paddr tcb, struct event_thread *thread)
{
    const char *name = kernel_tcb(k, tcb)->name;
    unsigned n = 0;

    thread->tcb = tcb;
    for (; tcb != 0 && n + 1 < EVENT_NAME_SIZE && name[n] != '\0'; n++)
        thread->name[n] = name[n];
    thread->name[n] = '\0';
}

static void describe_syscall(const struct kernel *k, struct event *e)
{
    const struct user_regs *r = &kernel_current(k)->regs;
    word index = -r->rdx;

    e->call = index < ABI_MAX_SYSCALL ? k->abi.syscall[index] : SYS_INVALID;
    e->number = r->rdx;
    e->address = r->rdi;
    e->code = r->rsi;
}

/* The next free record; NULL: the machine ends before there is one. */
static struct event *claim(struct machine *m)
{
    struct event_ring *ring = &m->events;

    while (ring->written - atomic_load(&ring->read) == EVENT_RING_SIZE) {
        if (m->end != END_RUNNING)
            return NULL;
        environment_ring(m);
        environment_wait_for_monitor(m);
    }
    return &ring->event[ring->written % EVENT_RING_SIZE];
}

void events_enter(struct machine *m, const struct stop *stop)
{
    struct kernel *k = &m->kernel;
    struct event_ring *ring = &m->events;
    struct event *e = claim(m);

    if (e == NULL) {
        kernel_enter(k, stop);
        return;
    }
    e->now = k->now;
    e->kind = stop->kind;
    e->number = stop->number;
    e->address = stop->address;
    e->code = stop->code;
    describe_thread(k, k->current, &e->thread);
    if (stop->kind == STOP_SYSCALL && k->current != 0)
        describe_syscall(k, e);
    kernel_enter(k, stop);
    describe_thread(k, k->current, &e->next);
    e->output = m->output.written;
    atomic_store(&ring->written, ring->written + 1);
    if (ring->written % (EVENT_RING_SIZE / 2) == 0)
        environment_ring(m);
}

const struct event *events_peek(const struct event_ring *ring)
{
    uint64_t read = ring->read;

    return read == atomic_load(&ring->written) ? NULL : &ring->event[read % EVENT_RING_SIZE];
}

void events_drop(struct event_ring *ring)
{
    atomic_store(&ring->read, ring->read + 1);
}
