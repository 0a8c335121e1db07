/* Interrupts, the schedule and the clock (see topics.h). */
#include "view/partners.h"
#include "view/topics.h"

#define THREADS_SHOWN 16

/* ------------------------------------------------------------------ interrupts */

static void put_route(struct text *t, const struct irq *irq)
{
    if (irq->source == IRQ_SOURCE_IOAPIC)
        text_put(t, "IOAPIC %u pin %u, %s", irq->ioapic, irq->pin, irq->level ? "level" : "edge");
    else if (irq->source == IRQ_SOURCE_MSI)
        text_put(t, "MSI of PCI %u:%u.%u", irq->bus, irq->device, irq->function);
    else if (irq->source == IRQ_SOURCE_PIC)
        text_put(t, "PIC, edge");
    else
        text_put(t, "not routed");
}

static const struct held *signalled_by(const struct picture *p, uint32_t irq)
{
    uint32_t slots = picture_find(p, THING_IRQ_SLOTS, p->k.irq_node);
    const struct thing *t = slots == NONE ? NULL : thing_at(p, slots);

    for (uint32_t h = 0; t != NULL && h < t->held_count; h++) {
        if (held_at(p, t->first_held + h)->index == irq)
            return held_at(p, t->first_held + h);
    }
    return NULL;
}

static void put_waiter(const struct picture *p, struct text *t, const struct held *h)
{
    struct notification n = {0};
    uint32_t thread;

    memory_read(&p->subject, h->cap.obj, &n, BIT(5));
    thread = picture_thread(p, n.state == NTFN_WAITING ? n.head : n.bound_tcb);
    if (n.state == NTFN_ACTIVE)
        text_put(t, ", signalled, nobody has taken it (badge %llu)", (unsigned long long)n.badge);
    else if (n.state == NTFN_WAITING && thread != NONE)
        text_put(t, ", %s waits for it", thread_at(p, thread)->label);
    else if (thread != NONE)
        text_put(t, ", bound to %s", thread_at(p, thread)->label);
    else
        text_put(t, ", nobody waits for it");
}

static bool handler_user(void *context, uint32_t thread, uint32_t reach)
{
    (void)reach;
    *(uint32_t *)context = thread;
    return false;
}

static void put_handler(struct picture *p, struct text *t, uint32_t irq)
{
    uint32_t thing = picture_find(p, CAP_IRQ_HANDLER, irq), thread = NONE;

    for (uint32_t h = thing == NONE ? NONE : thing_at(p, thing)->first_cap;
         h != NONE && thread == NONE; h = held_at(p, h)->next)
        holders_visit(p, h, handler_user, &thread);
    text_put(t, ", handler: %s", thread == NONE ? "nobody" : thread_at(p, thread)->label);
}

void topic_irqs(struct picture *p, struct text *t)
{
    const struct machine *m = p->subject.machine;
    uint32_t count = 0;

    for (uint32_t i = 0; i < IRQ_COUNT; i++)
        count += p->k.irq[i].state == IRQ_SIGNAL;
    text_heading(t, "interrupts in use", count);
    for (uint32_t i = 0; i < IRQ_COUNT; i++) {
        const struct held *h = signalled_by(p, i);
        char name[NAME_SIZE];

        if (p->k.irq[i].state != IRQ_SIGNAL)
            continue;
        text_put(t, "  irq %-4u ", i);
        put_route(t, &p->k.irq[i]);
        if (m != NULL && m->irq_masked[i / 64] >> i % 64 & 1)
            text_put(t, ", masked");
        put_handler(p, t, i);
        if (h != NULL) {
            text_put(t, ", signals %s", name_of(p, h->thing, name));
            put_waiter(p, t, h);
        } else {
            text_put(t, ", no notification");
        }
        text_put(t, "\n");
    }
}

/* ------------------------------------------------------------------ the schedule */

static void put_queue(const struct picture *p, struct text *t, struct tcb_queue queue)
{
    uint32_t shown = 0, steps = 0, thread = picture_thread(p, queue.head);
    char more[WORDS_SIZE] = "";

    for (; thread != NONE && steps < p->threads.count; steps++) {
        uint32_t next = picture_thread(p, thread_at(p, thread)->tcb.sched_next);

        if (shown < THREADS_SHOWN) {
            shown++;
            text_item(t, thread_at(p, thread)->label, next == NONE);
        }
        thread = next;
    }
    if (steps <= shown) {
        if (steps == 0 || thread != NONE)
            text_put(t, "(damaged)\n");
        return;
    }
    words_add(more, "%u more", steps - shown);
    text_item(t, more, true);
}

static void put_ready(const struct picture *p, struct text *t, unsigned domain)
{
    bool is_empty = true;

    for (unsigned priority = PRIORITY_COUNT; priority-- > 0;) {
        struct tcb_queue queue = p->k.ready[domain].queue[priority];

        if (queue.head == 0)
            continue;
        is_empty = false;
        if (p->k.config.num_domains > 1)
            text_put(t, "  ready in domain %u at priority %u: ", domain, priority);
        else
            text_put(t, "  ready at priority %u: ", priority);
        t->indent = 4;
        put_queue(p, t, queue);
    }
    if (is_empty && p->k.config.num_domains <= 1)
        text_line(t, "  ready: nobody");
}

static void put_budget(const struct picture *p, struct text *t, uint32_t thing)
{
    struct sched_context sc;
    struct refill refill = {0};
    char name[NAME_SIZE];
    uint32_t thread;

    if (!memory_read(&p->subject, thing_at(p, thing)->at, &sc, sizeof sc))
        return;
    thread = picture_thread(p, sc.tcb);
    text_put(t, "  %s of %s: ", name_of(p, thing, name),
             thread == NONE ? "nobody" : thread_at(p, thread)->label);
    if (sc.refill_max == 0) {
        text_line(t, "not configured");
        return;
    }
    if (sc.refill_head < sc.refill_max && sc.refill_max < BIT(32))
        memory_read(&p->subject,
                    thing_at(p, thing)->at + sizeof sc + sc.refill_head * sizeof refill, &refill,
                    sizeof refill);
    if (sc.period == 0)
        text_put(t, "round robin");
    else
        text_put(t, "period %llu us", (unsigned long long)(sc.period / 1000));
    text_line(t, ", next %llu us from %.6f s on", (unsigned long long)(refill.amount / 1000),
              (double)refill.time / 1e9);
}

static void put_domains(const struct picture *p, struct text *t)
{
    text_put(t, "  domain %u", p->k.current_domain);
    if (p->k.config.num_domains <= 1) {
        text_put(t, "\n");
        return;
    }
    text_put(t, ", %llu %s left; schedule:", (unsigned long long)p->k.domain_time,
             p->k.config.mcs ? "ns" : "ticks");
    for (unsigned i = 0; i < MAX_DOMAIN_SCHEDULES && p->k.domain_schedule[i].length != 0; i++)
        text_put(t, "%s %u for %llu%s", i ? "," : "", p->k.domain_schedule[i].domain,
                 (unsigned long long)p->k.domain_schedule[i].length,
                 i == p->k.domain_index ? " (now)" : "");
    text_put(t, "\n");
}

void topic_schedule(struct picture *p, struct text *t)
{
    uint32_t current = picture_thread(p, p->k.current);

    text_heading(t, "schedule", NONE);
    text_line(t, "  running: %s",
              current != NONE     ? thread_at(p, current)->label
              : p->k.current == 0 ? "nobody, the machine is idle"
                                  : "(damaged)");
    put_domains(p, t);
    for (unsigned domain = 0; domain < MAX_DOMAINS; domain++) {
        if (domain < p->k.config.num_domains || domain == 0)
            put_ready(p, t, domain);
    }
    if (!p->k.config.mcs)
        return;
    if (p->k.release_queue.head != 0) {
        text_put(t, "  out of budget: ");
        t->indent = 4;
        put_queue(p, t, p->k.release_queue);
    }
    for (uint32_t i = 0; i < p->things.count; i++) {
        if (thing_at(p, i)->type == CAP_SCHED_CONTEXT)
            put_budget(p, t, i);
    }
}

/* ------------------------------------------------------------------ time */

void topic_time(const struct picture *p, struct text *t)
{
    const struct machine *m = p->subject.machine;
    bool is_virtual = m != NULL && memory_bool(&m->clock.is_virtual);

    text_heading(t, "time", NONE);
    text_line(t, "  %.9f s since boot, at the last kernel entry%s", (double)p->k.now / 1e9,
              m == NULL    ? ""
              : is_virtual ? ", in virtual time"
                           : ", in real time");
    text_line(t, "  %llu kernel entries", (unsigned long long)p->k.entries);
    if (m == NULL)
        return;
    if (is_virtual)
        text_line(t, "  virtual clock at %.9f s", (double)m->clock.now / 1e9);
    text_line(t, "  time stamp counter at %.3f MHz", (double)m->clock.tsc_hz / 1e6);
    if (!p->k.config.mcs)
        text_line(t, "  ticks of %u ms, time slices of %u; the next tick at %.9f s",
                  p->k.config.timer_tick_ms, p->k.config.time_slice, (double)m->next_tick / 1e9);
}
