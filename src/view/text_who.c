/*
 * Who can reach what: for each object the capabilities to it, with rights and badges, and the
 * threads that can use them (see topics.h). Many capabilities to one object are summed up.
 */
#include "view/partners.h"
#include "view/topics.h"

#include <string.h>

#define THREADS_SHOWN 4
#define CAPS_SHOWN    12
#define OWNED_SHOWN   32
#define RIGHTS_COLUMN 34

struct users {
    const struct picture *p;
    uint32_t only; /* this thread; NONE: anyone */
    uint32_t count, thread[THREADS_SHOWN], reach;
    bool has_only;
};

/* Each thread once, though it may have many capabilities. */
static bool count_user(void *context, uint32_t thread, uint32_t reach)
{
    struct users *u = context;
    struct thread *t = thread_at(u->p, thread);

    if (t->mark == u->p->questions)
        return true;
    t->mark = u->p->questions;

    if (u->count == 0)
        u->reach = reach;
    if (u->count < THREADS_SHOWN)
        u->thread[u->count] = thread;
    u->has_only |= thread == u->only;
    return ++u->count < UINT32_MAX;
}

static struct users users_of(struct picture *p, uint32_t held, uint32_t only)
{
    struct users u = {.p = p, .only = only, .reach = NONE};
    const struct thing *place = thing_at(p, held_at(p, held)->place);

    p->questions++;
    holders_visit(p, held, count_user, &u);
    u.has_only |= only != NONE && place->thread == only;
    return u;
}

static void put_users(const struct picture *p, struct text *t, const struct users *u)
{
    for (uint32_t i = 0; i < u->count && i < THREADS_SHOWN; i++)
        text_put(t, "%s%s", i ? ", " : "", thread_at(p, u->thread[i])->label);
    if (u->count > THREADS_SHOWN)
        text_put(t, " and %u more", u->count - THREADS_SHOWN);
}

/* ------------------------------------------------------------------ one capability */

static const char *const tcb_slots[] = {
    "its CSpace",     "its VSpace",        "its master reply",    "its caller",
    "its IPC buffer", "its fault handler", "its timeout handler",
};

static void put_place(const struct picture *p, struct text *t, uint32_t held, const struct users *u)
{
    const struct held *h = held_at(p, held);
    const struct thing *place = thing_at(p, h->place);
    char name[NAME_SIZE];

    if (u->count > 0) {
        put_users(p, t, u);
        text_put(t, " at 0x%llx",
                 (unsigned long long)reach_address(reach_at(p, u->reach), h->index));
    } else if (place->thread != NONE && h->index < TCB_SLOT_COUNT) {
        text_put(t, "%s, as %s", name_of(p, h->place, name), tcb_slots[h->index]);
    } else if (place->type == THING_IRQ_SLOTS) {
        text_put(t, "interrupt %u", h->index);
    } else {
        text_put(t, "%s[0x%x], which is in no CSpace", name_of(p, h->place, name), h->index);
    }
    text_put(t, "\n");
}

/* Each thread has one, in its own TCB, for the kernel's sake. */
static bool is_master_reply(const struct picture *p, struct cap cap)
{
    return cap.type == CAP_REPLY && !p->k.config.mcs && cap.reply.is_master;
}

static void put_holding(struct picture *p, struct text *t, uint32_t held, uint32_t only)
{
    struct users u = users_of(p, held, only);
    char details[WORDS_SIZE];

    if ((only != NONE && !u.has_only) || is_master_reply(p, held_at(p, held)->cap))
        return;
    details_of(p, held_at(p, held)->cap, details);
    text_put(t, "  ");
    text_cell(t, details[0] ? details : "-", RIGHTS_COLUMN);
    put_place(p, t, held, &u);
}

/* ------------------------------------------------------------------ many capabilities */

static bool has_same_rights(const struct picture *p, struct cap a, struct cap b)
{
    char x[WORDS_SIZE], y[WORDS_SIZE];

    return a.type == b.type && strcmp(rights_of(&p->k, a, x), rights_of(&p->k, b, y)) == 0;
}

/* Those with the same rights as `first`, the first of its kind. */
static void put_sum(struct picture *p, struct text *t, uint32_t first)
{
    struct cap kind = held_at(p, first)->cap;
    struct users all = {.p = p, .only = NONE};
    uint32_t count = 0;
    word low = ~(word)0, high = 0;
    char words[WORDS_SIZE] = "", rights[WORDS_SIZE];

    p->questions++;
    for (uint32_t h = first; h != NONE; h = held_at(p, h)->next) {
        word badge = badge_of(held_at(p, h)->cap);

        if (!has_same_rights(p, kind, held_at(p, h)->cap))
            continue;
        holders_visit(p, h, count_user, &all);
        low = badge < low ? badge : low;
        high = badge > high ? badge : high;
        count++;
    }
    words_add(words, "%s", rights_of(&p->k, kind, rights));
    if (high != 0)
        words_add(words, ", badges %llu to %llu", (unsigned long long)low,
                  (unsigned long long)high);
    text_put(t, "  ");
    text_cell(t, words[0] ? words : "-", RIGHTS_COLUMN);
    text_put(t, "%u capabilities%s", count, all.count ? " of " : "");
    put_users(p, t, &all);
    text_put(t, "\n");
}

#define KINDS_SHOWN 16

static void put_sums(struct picture *p, struct text *t, uint32_t first)
{
    uint32_t kind[KINDS_SHOWN], kinds = 0;

    for (uint32_t h = first; h != NONE && kinds < KINDS_SHOWN; h = held_at(p, h)->next) {
        bool is_new = true;

        for (uint32_t i = 0; i < kinds && is_new; i++)
            is_new = !has_same_rights(p, held_at(p, kind[i])->cap, held_at(p, h)->cap);
        if (is_new)
            kind[kinds++] = h;
    }
    for (uint32_t i = 0; i < kinds; i++)
        put_sum(p, t, kind[i]);
}

/* ------------------------------------------------------------------ the topic */

/* Memory and its tables are the business of other topics. */
static bool is_shown(const struct thing *thing)
{
    switch (thing->type) {
    case CAP_UNTYPED:
    case CAP_FRAME:
    case CAP_PAGE_TABLE:
    case CAP_PAGE_DIRECTORY:
    case CAP_PDPT:
    case THING_IRQ_SLOTS:
        return false;
    default:
        return thing->first_cap != NONE;
    }
}

static bool concerns(struct picture *p, const struct thing *thing, uint32_t thread)
{
    for (uint32_t h = thing->first_cap; thread != NONE && h != NONE; h = held_at(p, h)->next) {
        if (users_of(p, h, thread).has_only)
            return true;
    }
    return thread == NONE;
}

/* One capability in a CNode, and what lies in TCBs for the kernel's sake. */
static bool has_one_owner(const struct picture *p, const struct thing *thing)
{
    uint32_t owners = 0;

    for (uint32_t h = thing->first_cap; h != NONE && owners < 2; h = held_at(p, h)->next)
        owners += thing_at(p, held_at(p, h)->place)->type == CAP_CNODE;
    return owners <= 1;
}

/*
 * Objects of a kind of which there are so many, and each is only its maker's, that they would hide
 * the others.
 */
static bool is_one_of_many(const struct picture *p, const struct thing *thing,
                           const uint32_t *count)
{
    return count[thing->type] > OWNED_SHOWN && has_one_owner(p, thing);
}

static void count_owned(const struct picture *p, uint32_t *count)
{
    for (uint32_t i = 0; i < p->things.count; i++) {
        const struct thing *thing = thing_at(p, i);

        count[thing->type] += is_shown(thing) && has_one_owner(p, thing);
    }
}

static void put_thing(struct picture *p, struct text *t, uint32_t index, uint32_t thread)
{
    const struct thing *thing = thing_at(p, index);
    char name[NAME_SIZE];

    text_style(t, TEXT_HEADING);
    text_put(t, "%s", name_of(p, index, name));
    text_style(t, TEXT_PLAIN);
    text_line(t, " (%s)", kind_of(thing));
    if (thing->cap_count > CAPS_SHOWN && thread == NONE) {
        put_sums(p, t, thing->first_cap);
        return;
    }
    for (uint32_t h = thing->first_cap; h != NONE; h = held_at(p, h)->next)
        put_holding(p, t, h, thread);
}

void topic_who(struct picture *p, struct text *t, uint32_t thread)
{
    uint32_t count[UINT8_MAX + 1] = {0};

    if (thread == NONE)
        count_owned(p, count);
    for (uint32_t i = 0; i < p->things.count; i++) {
        const struct thing *thing = thing_at(p, i);

        if (is_shown(thing) && !is_one_of_many(p, thing, count) && concerns(p, thing, thread))
            put_thing(p, t, i, thread);
    }
    for (unsigned type = 0; type <= UINT8_MAX; type++) {
        struct thing kind = {.type = (uint8_t)type};

        if (count[type] > OWNED_SHOWN)
            text_line(
                t, "(%u of kind %s, each with one owner, are left out: --thread NAME shows more)",
                count[type], kind_of(&kind));
    }
    text_line(t,
              "(untypeds, frames and their tables are left out: see untyped, mappings and caps)");
}
