/*
 * CSpaces as trees (see topics.h). Runs of slots with frames, tables or untypeds take one line, but
 * where someone asks for one thread's. A CNode that several CSpaces share is shown with the first.
 */
#include "view/partners.h"
#include "view/topics.h"

#define NAMES_SHOWN 6
#define INDENT      2

static void put_threads(const struct picture *p, struct text *t, const struct space *s)
{
    uint32_t thread = s->first_thread, shown = 0;
    char more[WORDS_SIZE] = "";

    t->indent = INDENT;
    for (; thread != NONE && shown < NAMES_SHOWN; thread = thread_at(p, thread)->next_in_space) {
        shown++;
        text_item(t, thread_at(p, thread)->label, shown == s->threads);
    }
    if (shown == s->threads)
        return;
    words_add(more, "%u more", s->threads - shown);
    text_item(t, more, true);
}

/* ------------------------------------------------------------------ slots */

/* What a run may consist of: plain memory, of which there is much. */
static bool is_plain(const struct held *h)
{
    return h->cap.type == CAP_FRAME || h->cap.type == CAP_UNTYPED ||
           h->cap.type == CAP_PAGE_TABLE || h->cap.type == CAP_PAGE_DIRECTORY ||
           h->cap.type == CAP_PDPT;
}

static bool goes_on(const struct picture *p, uint32_t first, uint32_t next)
{
    const struct held *a = held_at(p, first), *b = held_at(p, next);
    const struct thing *x = thing_at(p, a->thing), *y = thing_at(p, b->thing);

    return is_plain(a) && a->cap.type == b->cap.type && b->index - a->index == next - first &&
           x->is_device == y->is_device &&
           (a->cap.type != CAP_FRAME ||
            (x->bits == y->bits && a->cap.frame.rights == b->cap.frame.rights));
}

static void put_run(const struct picture *p, struct text *t, uint32_t first, uint32_t count)
{
    const struct thing *thing = thing_at(p, held_at(p, first)->thing);
    char words[WORDS_SIZE];
    uint32_t mapped = 0;

    for (uint32_t i = first; i < first + count; i++) {
        struct cap cap = held_at(p, i)->cap;
        mapped += cap.type == CAP_FRAME ? cap.frame.asid != 0
                                        : cap.type != CAP_UNTYPED && cap.table.is_mapped;
    }
    text_put(t, "%u %s%ss", count, thing->is_device ? "device " : "", kind_of(thing));
    if (thing->type == CAP_FRAME) {
        text_put(t, " of %s", size_words(thing->bits, words));
        text_put(t, ", %s", rights_of(&p->k, held_at(p, first)->cap, words));
    }
    if (thing->type != CAP_UNTYPED)
        text_put(t, ", %u mapped", mapped);
    text_put(t, "\n");
}

static void put_cap(const struct picture *p, struct text *t, const struct held *h, bool is_shown)
{
    const struct thing *thing = thing_at(p, h->thing);
    char words[WORDS_SIZE], name[NAME_SIZE], details[WORDS_SIZE];

    name_of(p, h->thing, name);
    details_of(p, h->cap, details);
    text_put(t, "%s", name);
    if (h->cap.type == CAP_REPLY)
        text_put(t, " (a reply to it)");
    else if (thing->thread != NONE)
        text_put(t, " (thread)");
    if (h->cap.type == CAP_FRAME || h->cap.type == CAP_UNTYPED)
        text_put(t, ", %s%s", thing->is_device ? "device, " : "", size_words(thing->bits, words));
    text_put(t, "%s%s", details[0] ? ", " : "", details);
    text_line(t, "%s", is_shown ? ", shown above" : "");
}

/* ------------------------------------------------------------------ trees */

static void put_address(struct text *t, const struct reach *r, uint32_t index, unsigned depth)
{
    text_put(t, "%*s0x%-6llx ", (int)(INDENT * depth), "",
             (unsigned long long)(r == NULL ? index : reach_address(r, index)));
}

/* Depth is bounded: each level takes a bit at least of an address of 64. */
static void put_node(struct picture *p, struct text *t, uint32_t reach, uint32_t node_thing,
                     unsigned depth, bool in_full)
{
    struct thing *node = thing_at(p, node_thing);
    const struct reach *r = reach == NONE ? NULL : reach_at(p, reach);
    uint32_t child = r == NULL ? 0 : r->first_child, count;

    node->is_shown = true;
    for (uint32_t i = 0; i < node->held_count; i += count) {
        uint32_t first = node->first_held + i;
        const struct held *h = held_at(p, first);
        bool is_child = r != NULL && child < r->first_child + r->child_count &&
                        reach_at(p, child)->held == first;

        for (count = 1;
             !in_full && i + count < node->held_count && goes_on(p, first, first + count);)
            count++;
        put_address(t, r, h->index, depth);
        if (count > 1) {
            put_run(p, t, first, count);
            continue;
        }
        put_cap(p, t, h, h->cap.type == CAP_CNODE && thing_at(p, h->thing)->is_shown);
        if (is_child && !thing_at(p, h->thing)->is_shown)
            put_node(p, t, child, h->thing, depth + 1, in_full);
        child += is_child;
    }
}

static void put_cnode_title(const struct picture *p, struct text *t, uint32_t thing)
{
    const struct thing *node = thing_at(p, thing);
    char name[NAME_SIZE];

    text_put(t, "  %s: %u of 2^%u slots used", name_of(p, thing, name), node->held_count,
             node->bits - SLOT_BITS);
}

static void put_space(struct picture *p, struct text *t, uint32_t space, bool in_full)
{
    const struct space *s = space_at(p, space);
    uint32_t root = picture_find_cap(p, s->root);

    text_style(t, TEXT_HEADING);
    text_put(t, "CSpace");
    text_style(t, TEXT_PLAIN);
    text_put(t, " of ");
    put_threads(p, t, s);
    put_cnode_title(p, t, root);
    text_put(t, ", guard 0x%llx of %u bits", (unsigned long long)s->root.cnode.guard,
             s->root.cnode.guard_size);
    if (s->reach_count == 0)
        text_line(t, "; it takes more than the 64 bits of an address: nothing can be found");
    else if (thing_at(p, root)->is_shown && !in_full)
        text_line(t, "; shown above");
    else
        text_put(t, "\n");
    if (s->reach_count != 0 && (in_full || !thing_at(p, root)->is_shown))
        put_node(p, t, s->first_reach, root, 2, in_full);
}

static void put_lost_cnodes(struct picture *p, struct text *t)
{
    bool is_first = true;

    for (uint32_t i = 0; i < p->things.count; i++) {
        const struct thing *thing = thing_at(p, i);

        if ((thing->type != CAP_CNODE && thing->type != CAP_ZOMBIE) || thing->is_shown ||
            thing->first_reach != NONE)
            continue;
        if (is_first)
            text_heading(t, "CNodes in no CSpace", NONE);
        is_first = false;
        put_cnode_title(p, t, i);
        text_put(t, "\n");
        put_node(p, t, NONE, i, 2, false);
    }
}

void topic_caps(struct picture *p, struct text *t, uint32_t thread)
{
    if (thread != NONE) {
        if (space_of(p, thread) == NONE)
            text_line(t, "%s has no CSpace", thread_at(p, thread)->label);
        else
            put_space(p, t, space_of(p, thread), true);
        return;
    }
    for (uint32_t i = 0; i < p->spaces.count; i++)
        put_space(p, t, i, false);
    put_lost_cnodes(p, t);
}
