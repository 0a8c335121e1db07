/* Holders of capabilities and partners of waits (see partners.h). */
#include "view/partners.h"

#define MAX_LOOKS 200000 /* at holders, for one question */

bool has_ended(const struct picture *p, uint32_t thread)
{
    const struct tcb *t = &thread_at(p, thread)->tcb;

    return t->state == THREAD_INACTIVE || t->state > THREAD_BLOCKED_ON_NOTIFICATION ||
           ((t->state == THREAD_RUNNING || t->state == THREAD_RESTART) && p->k.config.mcs &&
            t->sched_context == 0);
}

enum wait_kind wait_of(const struct picture *p, uint32_t thread, uint32_t *thing)
{
    const struct tcb *t = &thread_at(p, thread)->tcb;

    switch ((enum thread_state)t->state) {
    case THREAD_BLOCKED_ON_SEND:
        *thing = picture_find(p, CAP_ENDPOINT, t->blocking_object);
        return WAIT_SEND;
    case THREAD_BLOCKED_ON_RECEIVE:
        *thing = picture_find(p, CAP_ENDPOINT, t->blocking_object);
        return WAIT_RECEIVE;
    case THREAD_BLOCKED_ON_REPLY:
        *thing =
            p->k.config.mcs ? picture_find(p, CAP_REPLY, t->reply) : thread_at(p, thread)->thing;
        return WAIT_REPLY;
    case THREAD_BLOCKED_ON_NOTIFICATION:
        *thing = picture_find(p, CAP_NOTIFICATION, t->blocking_object);
        return WAIT_SIGNAL;
    default:
        *thing = NONE;
        return WAIT_NOT;
    }
}

void holders_visit(struct picture *p, uint32_t held,
                   bool (*visit)(void *context, uint32_t thread, uint32_t reach), void *context)
{
    const struct thing *place = thing_at(p, held_at(p, held)->place);

    for (uint32_t r = place->first_reach; r != NONE; r = reach_at(p, r)->next) {
        uint32_t t = space_at(p, reach_at(p, r)->space)->first_thread;

        for (; t != NONE; t = thread_at(p, t)->next_in_space) {
            if (p->looks == 0 || !visit(context, t, r)) {
                p->is_cut |= p->looks == 0;
                return;
            }
            p->looks--;
        }
    }
}

/* ------------------------------------------------------------------ partners */

struct question {
    struct picture *p;
    uint32_t thread;
    struct partners *partners;
    uint32_t first_ended; /* of those that have ended; NONE */
    uint32_t looks;
};

static void add_partner(struct question *q, uint32_t thread)
{
    struct thread *t = thread_at(q->p, thread);

    q->looks++;
    q->partners->by_itself |= thread == q->thread;
    if (thread == q->thread || t->mark == q->p->questions)
        return;
    t->mark = q->p->questions;
    if (has_ended(q->p, thread)) {
        if (q->partners->ended++ == 0)
            q->first_ended = thread;
    } else {
        if (q->partners->count < PARTNERS_SHOWN)
            q->partners->thread[q->partners->count] = thread;
        q->partners->count++;
    }
}

/* Everyone with a CSpace that has `place` in it. Each CSpace is asked once. */
static void add_users(struct question *q, const struct thing *place)
{
    for (uint32_t r = place->first_reach; r != NONE; r = reach_at(q->p, r)->next) {
        struct space *s = space_at(q->p, reach_at(q->p, r)->space);

        q->looks++;
        if (s->mark == q->p->questions)
            continue;
        s->mark = q->p->questions;
        for (uint32_t t = s->first_thread; t != NONE && q->looks < MAX_LOOKS;
             t = thread_at(q->p, t)->next_in_space)
            add_partner(q, t);
    }
}

/* Whether using `cap` would end a wait of this kind. */
static bool ends_wait(const struct picture *p, enum wait_kind kind, struct cap cap)
{
    switch (kind) {
    case WAIT_SEND:
        return cap.type == CAP_ENDPOINT && cap.endpoint.can_receive;
    case WAIT_RECEIVE:
        return cap.type == CAP_ENDPOINT && cap.endpoint.can_send;
    case WAIT_SIGNAL:
        return cap.type == CAP_NOTIFICATION && cap.notification.can_send;
    case WAIT_REPLY:
        return cap.type == CAP_REPLY && (p->k.config.mcs || !cap.reply.is_master);
    default:
        return false;
    }
}

/* A capability that lies in a TCB or the kernel itself, rather than in a CNode. */
static void ask_special_place(struct question *q, enum wait_kind kind, const struct held *h)
{
    const struct thing *place = thing_at(q->p, h->place);

    if (place->type == THING_IRQ_SLOTS)
        q->partners->by_interrupt = true;
    else if (place->thread != NONE && kind == WAIT_REPLY && h->index == TCB_CALLER)
        add_partner(q, place->thread);
}

static void ask(struct question *q, enum wait_kind kind, uint32_t thing)
{
    uint32_t h = thing == NONE ? NONE : thing_at(q->p, thing)->first_cap;

    for (; h != NONE && q->looks < MAX_LOOKS; h = held_at(q->p, h)->next) {
        const struct held *held = held_at(q->p, h);

        q->looks++;
        if (!ends_wait(q->p, kind, held->cap))
            continue;
        ask_special_place(q, kind, held);
        add_users(q, thing_at(q->p, held->place));
    }
}

/* MCS: who runs on the time that came along with the call is who was called. */
static bool ask_donation(struct question *q)
{
    const struct tcb *t = &thread_at(q->p, q->thread)->tcb;
    struct sched_context sc;
    struct reply reply;
    uint32_t callee;

    if (t->reply == 0 || !memory_read(&q->p->subject, t->reply, &reply, sizeof reply) ||
        !memory_bool(&reply.next_is_context) ||
        !memory_read(&q->p->subject, reply.next, &sc, sizeof sc))
        return false;
    callee = picture_thread(q->p, sc.tcb);
    if (callee == NONE)
        return false;
    add_partner(q, callee);
    return true;
}

void partners_find(struct picture *p, uint32_t thread, struct partners *partners)
{
    struct question q = {.p = p, .thread = thread, .partners = partners, .first_ended = NONE};
    paddr bound = thread_at(p, thread)->tcb.bound_notification;
    uint32_t thing;
    enum wait_kind kind = wait_of(p, thread, &thing);

    *partners = (struct partners){0};
    p->questions++;
    if (kind != WAIT_REPLY || !p->k.config.mcs || !ask_donation(&q))
        ask(&q, kind, thing);
    if (kind == WAIT_RECEIVE && bound != 0)
        ask(&q, WAIT_SIGNAL, picture_find(p, CAP_NOTIFICATION, bound));
    if (partners->count == 0 && q.first_ended != NONE)
        partners->thread[0] = q.first_ended;
}
