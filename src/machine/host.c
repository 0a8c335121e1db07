/* Requests to host objects, their events, and clocks (see host.h). */
#include "machine/host.h"

#include "machine/environment.h"
#include "machine/machine.h"

/* ------------------------------------------------------------------ clocks */

static bool rings(const struct machine *m, unsigned clock)
{
    return m->host.alarm[clock] != 0 && m->kernel.now >= m->host.alarm[clock];
}

/* `armed`: the events that `clock` is about to be armed for. */
static void find_next_alarm(struct machine *m, unsigned clock, word armed)
{
    uint64_t next = 0;

    for (unsigned i = 0; i < m->host.grant_count; i++) {
        uint64_t alarm = m->host.alarm[i];
        word events = i == clock ? armed : m->kernel.host[i].armed;

        if ((events & SEL4UX_HOST_READABLE) && alarm != 0 && (next == 0 || alarm < next))
            next = alarm;
    }
    m->host.next_alarm = next;
}

static void clock_request(struct machine *m, struct host_request *r)
{
    word armed = m->kernel.host[r->object].armed;

    r->result = 0;
    switch (r->label) {
    case SEL4UX_HOST_IDENTIFY:
        return;
    case SEL4UX_HOST_CLOCK_READ:
        r->value[0] = m->host.date + m->kernel.now;
        r->value[1] = m->kernel.now;
        return;
    case SEL4UX_HOST_POLL:
        r->value[0] = rings(m, r->object) ? SEL4UX_HOST_READABLE : 0;
        return;
    case SEL4UX_HOST_CLOCK_ALARM:
        m->host.alarm[r->object] = r->argument[0];
        break;
    case SEL4UX_HOST_ACK:
        armed = r->argument[0];
        break;
    case HOST_CLOSE:
        m->host.alarm[r->object] = 0;
        break;
    default:
        r->result = -SEL4UX_HOST_NOT_SUPPORTED;
        return;
    }
    find_next_alarm(m, r->object, armed);
}

static void advance_clocks(struct machine *m)
{
    if (m->host.next_alarm == 0 || m->kernel.now < m->host.next_alarm)
        return;
    for (unsigned i = 0; i < m->host.grant_count; i++) {
        if (rings(m, i) && (m->kernel.host[i].armed & SEL4UX_HOST_READABLE))
            host_set_ready(&m->host, i);
    }
    m->host.next_alarm = 0;
}

uint64_t host_deadline(const struct machine *m)
{
    return m->host.next_alarm != 0 ? m->host.next_alarm : UINT64_MAX;
}

/* ------------------------------------------------------------------ requests */

static void forget_event(struct machine_host *host, unsigned object)
{
    atomic_fetch_and(&host->ready[object / 64], ~(1ull << object % 64));
}

static void ask_environment(struct machine *m, struct host_request *r)
{
    if (r->fills)
        platform_used(&m->kernel, r->buffer, r->size);
    environment_host(m, r);
    if (r->label == SEL4UX_HOST_ACK && r->result >= 0 && r->value[0] != 0)
        host_set_ready(&m->host, r->object);
    if (r->fills && r->result > 0)
        environment_filled(m, r->buffer, (uint64_t)r->result);
}

void platform_host(struct kernel *k, struct host_request *r)
{
    struct machine *m = machine_of(k);

    if (r->label == SEL4UX_HOST_ACK || r->label == HOST_CLOSE)
        forget_event(&m->host, r->object);
    switch (k->host[r->object].kind) {
    case SEL4UX_HOST_CLOCK:
        clock_request(m, r);
        break;
    case SEL4UX_HOST_TERMINAL:
        terminal_request(m, r);
        break;
    default:
        ask_environment(m, r);
        break;
    }
}

/* ------------------------------------------------------------------ events */

static void advance_terminal(struct machine *m)
{
    if (!m->host.has_terminal)
        return;
    for (unsigned i = 0; i < m->host.grant_count; i++) {
        const struct host_object *o = &m->kernel.host[i];

        if (o->kind == SEL4UX_HOST_TERMINAL &&
            ((o->armed & SEL4UX_HOST_WRITABLE) ||
             ((o->armed & SEL4UX_HOST_READABLE) && terminal_has_input(m)) ||
             ((o->armed & SEL4UX_HOST_HANGUP) && terminal_is_at_end(m))))
            host_set_ready(&m->host, i);
    }
}

void host_advance(struct machine *m)
{
    if (m->host.grant_count == 0)
        return;
    advance_clocks(m);
    advance_terminal(m);
}

int host_next(struct machine *m)
{
    if (atomic_load_explicit(&m->host.any_ready, memory_order_relaxed) == 0)
        return -1;
    /* First this, then the bits: one that is set meanwhile is seen now or by the next look. */
    atomic_store(&m->host.any_ready, 0);
    for (unsigned i = 0; i < HOST_OBJECTS / 64; i++) {
        uint64_t bits = atomic_load(&m->host.ready[i]);
        unsigned object;

        if (bits == 0)
            continue;
        object = i * 64 + (unsigned)__builtin_ctzll(bits);
        forget_event(&m->host, object);
        atomic_store(&m->host.any_ready, 1);
        return (int)object;
    }
    return -1;
}

static bool may_come(const struct machine *m, unsigned object)
{
    switch (m->kernel.host[object].kind) {
    case SEL4UX_HOST_CLOCK:
        return m->host.alarm[object] != 0;
    case SEL4UX_HOST_TERMINAL:
        return !terminal_is_at_end(m);
    default:
        return true;
    }
}

bool host_can_wake(const struct machine *m)
{
    if (m->host.grant_count == 0)
        return false;
    for (unsigned i = 0; i < HOST_OBJECTS; i++) {
        if (kernel_host_wakes(&m->kernel, i) && may_come(m, i))
            return true;
    }
    return false;
}
