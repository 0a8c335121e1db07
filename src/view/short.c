/*
 * The short form: who waits for whom, in a few lines (see view.h). What explains most comes first:
 * cycles, waits for someone's answer, faults; then who waits for news, then failed uses of
 * capabilities.
 */
#include "view/partners.h"
#include "view/topics.h"

#define THREADS_ASKED 1024 /* whose partners are looked for */
#define CYCLES_SHOWN  3
#define CYCLE_NAMES   8
#define NAMES_SHOWN   6
#define RECENT        1000 /* kernel entries: a failure may be why the system halted itself */

struct shortly {
    struct picture *p;
    struct text text;
    unsigned left; /* lines */
    uint32_t untold;
    struct list next; /* for each thread the only one that it waits for; NONE */
};

static struct tcb *tcb_of(const struct shortly *s, uint32_t thread)
{
    return &thread_at(s->p, thread)->tcb;
}

static bool is_faulted(const struct shortly *s, uint32_t thread)
{
    return tcb_of(s, thread)->state == THREAD_INACTIVE &&
           tcb_of(s, thread)->failure.kind == FAILURE_STOPPED;
}

/* Room for one more line; one is kept for saying that there would be more. */
static bool has_line(struct shortly *s)
{
    if (s->left > 1) {
        s->left--;
        return true;
    }
    s->untold++;
    return false;
}

/* ------------------------------------------------------------------ cycles */

static void find_next(struct shortly *s)
{
    for (uint32_t i = 0; i < s->p->threads.count; i++) {
        uint32_t *next = LIST_AT(uint32_t, &s->next, i), thing;
        struct partners partners;

        *next = NONE;
        if (i >= THREADS_ASKED || wait_of(s->p, i, &thing) == WAIT_NOT)
            continue;
        partners_find(s->p, i, &partners);
        if (partners.count == 1 && !partners.by_interrupt)
            *next = partners.thread[0];
    }
}

static void say_cycle(struct shortly *s, uint32_t start)
{
    uint32_t i = start, names = 0;

    if (!has_line(s))
        return;
    text_put(&s->text, "a cycle: ");
    do {
        text_put(&s->text, "%s -> ", thread_at(s->p, i)->label);
        i = *LIST_AT(uint32_t, &s->next, i);
    } while (i != start && ++names < CYCLE_NAMES);
    text_line(&s->text, "%s", i == start ? thread_at(s->p, i)->label : "...");
}

/* From each thread its waits are followed until they end, or come to where someone was before. */
static void say_cycles(struct shortly *s)
{
    uint32_t said = 0;

    find_next(s);
    s->p->questions++;
    uint32_t before = s->p->questions; /* marks below are of earlier questions */

    for (uint32_t i = 0; i < s->p->threads.count && said < CYCLES_SHOWN; i++) {
        uint32_t at = i, mark = ++s->p->questions;

        while (at != NONE && thread_at(s->p, at)->mark < before) {
            thread_at(s->p, at)->mark = mark;
            at = *LIST_AT(uint32_t, &s->next, at);
        }
        if (at != NONE && thread_at(s->p, at)->mark == mark) {
            say_cycle(s, at);
            said++;
        }
    }
}

/* ------------------------------------------------------------------ waits */

/* What it would take, to be said after who could do it, or that nobody has the capability. */
static const char *hope(enum wait_kind kind, bool is_possible)
{
    switch (kind) {
    case WAIT_SEND:
        return is_possible ? "could receive that" : "has a capability to receive it";
    case WAIT_RECEIVE:
        return is_possible ? "could send to it" : "has a capability to send to it";
    default:
        return is_possible ? "could signal it" : "has a capability to signal it";
    }
}

static void say_wait(struct shortly *s, uint32_t thread, enum wait_kind kind)
{
    char words[WORDS_SIZE], names[WORDS_SIZE];
    const char *label = thread_at(s->p, thread)->label, *who;
    struct partners partners;
    bool only_ended;

    if (!has_line(s))
        return;
    partners_find(s->p, thread, &partners);
    only_ended = partners.count == 0 && partners.ended != 0 && !partners.by_interrupt;
    who = partner_words(s->p, &partners, names);
    activity_of(s->p, thread_at(s->p, thread), words);
    if (kind == WAIT_REPLY)
        text_line(&s->text, "%s %s from %s", label, words, who);
    else
        text_line(&s->text, "%s %s: %s%s%s %s", label, words, only_ended ? "only " : "", who,
                  only_ended ? "," : "",
                  hope(kind, partners.count + partners.ended != 0 || partners.by_interrupt));
}

/* All of one kind. So many that they would leave no room for others are only counted. */
static void say_waits(struct shortly *s, enum wait_kind kind, unsigned most)
{
    unsigned said = 0;
    uint32_t more = 0;

    for (uint32_t i = 0; i < s->p->threads.count; i++) {
        uint32_t thing;

        if (wait_of(s->p, i, &thing) != kind)
            continue;
        if (said < most && s->left > 1) {
            say_wait(s, i, kind);
            said++;
        } else {
            more++;
        }
    }
    if (more == 0 || !has_line(s))
        return;
    text_line(&s->text, "and %u more threads %s", more,
              kind == WAIT_SEND      ? "wait to send"
              : kind == WAIT_REPLY   ? "wait for replies"
              : kind == WAIT_RECEIVE ? "wait for messages"
                                     : "wait for notifications");
}

static void say_faults(struct shortly *s, unsigned most)
{
    uint32_t more = 0;

    for (uint32_t i = 0; i < s->p->threads.count; i++) {
        char words[WORDS_SIZE];

        if (!is_faulted(s, i))
            continue;
        if (most == 0) {
            more++;
            continue;
        }
        if (has_line(s))
            text_line(&s->text, "%s was %s at ip 0x%llx", thread_at(s->p, i)->label,
                      activity_of(s->p, thread_at(s->p, i), words),
                      (unsigned long long)tcb_of(s, i)->regs.fault_ip);
        most--;
    }
    if (more != 0 && has_line(s))
        text_line(&s->text, "and %u more threads were stopped by faults", more);
}

/* Programs find out by trying which tables a mapping needs, which slots and memory are free. */
static bool is_routine(const struct failure *f)
{
    return f->kind == FAILURE_INVOCATION &&
           (f->error == seL4_DeleteFirst || f->error == seL4_NotEnoughMemory ||
            (f->error == seL4_FailedLookup && f->cap_type >= CAP_FRAME && f->cap_type <= CAP_PML4));
}

static void say_failures(struct shortly *s, unsigned most)
{
    for (uint32_t i = 0; i < s->p->threads.count && most > 0; i++) {
        char words[WORDS_SIZE];

        if (tcb_of(s, i)->failure.kind == FAILURE_STOPPED || is_routine(&tcb_of(s, i)->failure) ||
            failure_words(s->p, i, words)[0] == '\0')
            continue;
        if (has_line(s))
            text_line(&s->text, "%s, last failure: %s (%llu kernel entries ago)",
                      thread_at(s->p, i)->label, words,
                      (unsigned long long)(s->p->k.entries - tcb_of(s, i)->failure.entry));
        most--;
    }
}

static void say_runnable(struct shortly *s)
{
    uint32_t shown = 0, count = 0;

    for (uint32_t i = 0; i < s->p->threads.count; i++) {
        unsigned state = tcb_of(s, i)->state;
        count += (state == THREAD_RUNNING || state == THREAD_RESTART) && !has_ended(s->p, i);
    }
    if (count == 0 || !has_line(s))
        return;
    text_put(&s->text, "can run:");
    for (uint32_t i = 0; i < s->p->threads.count && shown < NAMES_SHOWN; i++) {
        unsigned state = tcb_of(s, i)->state;

        if ((state != THREAD_RUNNING && state != THREAD_RESTART) || has_ended(s->p, i))
            continue;
        text_put(&s->text, "%s %s%s", shown++ ? "," : "", thread_at(s->p, i)->label,
                 thread_at(s->p, i)->at == s->p->k.current ? " (running)" : "");
    }
    if (count > shown)
        text_put(&s->text, " and %u more", count - shown);
    text_put(&s->text, "\n");
}

/* ------------------------------------------------------------------ whether, and all of it */

static bool halted_in_trouble(const struct shortly *s)
{
    uint32_t current = picture_thread(s->p, s->p->k.current);
    const struct failure *f = current == NONE ? NULL : &tcb_of(s, current)->failure;

    return f != NULL && f->kind != FAILURE_NONE && !is_routine(f) &&
           s->p->k.entries - f->entry < RECENT;
}

/*
 * A system whose first thread has come to its end, by a fault as most do, is done. Servers may
 * still wait for requests; but no one waits for an answer, and no other thread was stopped.
 */
static bool is_suspicious(const struct shortly *s)
{
    if (s->p->k.halted)
        return halted_in_trouble(s);
    for (uint32_t i = 0; i < s->p->threads.count; i++) {
        uint32_t thing;
        enum wait_kind kind = wait_of(s->p, i, &thing);

        if (kind == WAIT_SEND || kind == WAIT_REPLY || (i == 0 && kind != WAIT_NOT) ||
            (i > 0 && is_faulted(s, i)))
            return true;
    }
    return false;
}

static void say_all(struct shortly *s)
{
    text_line(&s->text, "%u thread%s; who waits for whom:", s->p->threads.count,
              s->p->threads.count == 1 ? "" : "s");
    say_cycles(s);
    say_waits(s, WAIT_REPLY, 5);
    say_waits(s, WAIT_SEND, 4);
    say_faults(s, 3);
    say_waits(s, WAIT_SIGNAL, 3);
    say_waits(s, WAIT_RECEIVE, 3);
    say_runnable(s);
    say_failures(s, 3);
    if (s->untold != 0)
        text_line(&s->text, "(%u more lines: sel4ux inspect shows everything)", s->untold);
}

unsigned view_short(const struct view_subject *subject, bool always, const struct view_out *out)
{
    struct shortly s = {.p = picture_take(subject), .left = VIEW_SHORT_LINES - 1};
    unsigned lines = 0;

    if (s.p == NULL)
        return 0;
    if ((always || is_suspicious(&s)) && list_fill(&s.next, sizeof(uint32_t), s.p->threads.count)) {
        text_begin(&s.text, out);
        say_all(&s);
        text_end(&s.text);
        lines = s.text.lines;
    }
    list_free(&s.next);
    picture_free(s.p);
    return lines;
}
