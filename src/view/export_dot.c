/*
 * Graphviz. A thread points to its CSpace's root, a CNode to what its capabilities name, with their
 * rights and badges; a thread that waits points to what it waits for, in red. Frames, untypeds and
 * paging structures are only counted, in the CNode that has them; copies of one capability in a
 * CNode are one edge.
 */
#include "view/export.h"
#include "view/partners.h"

#include <string.h>

/* A name in double quotes: '"' and '\' are what must not be in there. */
static void put_quoted(struct text *t, const char *words)
{
    text_put(t, "\"");
    for (; *words != '\0'; words++)
        text_put(t, "%s%c", *words == '"' || *words == '\\' ? "\\" : "", *words);
    text_put(t, "\"");
}

static bool is_plain(unsigned type)
{
    switch (type) {
    case CAP_UNTYPED:
    case CAP_FRAME:
    case CAP_PAGE_TABLE:
    case CAP_PAGE_DIRECTORY:
    case CAP_PDPT:
        return true;
    default:
        return false;
    }
}

static const char *shape_of(unsigned type)
{
    switch (type) {
    case CAP_THREAD:
        return "box\", style=\"rounded,filled\", fillcolor=\"#dbeafe";
    case CAP_ENDPOINT:
        return "ellipse\", style=\"filled\", fillcolor=\"#dcfce7";
    case CAP_NOTIFICATION:
        return "ellipse\", style=\"filled\", fillcolor=\"#fef9c3";
    case CAP_CNODE:
        return "folder";
    case CAP_PML4:
        return "cylinder";
    default:
        return "plain";
    }
}

/* ------------------------------------------------------------------ nodes */

static void put_node(const struct picture *p, struct text *t, uint32_t thing)
{
    const struct thing *x = thing_at(p, thing);
    char name[NAME_SIZE], label[NAME_SIZE + WORDS_SIZE] = "", words[WORDS_SIZE] = "";
    uint32_t frames = 0, untypeds = 0;

    name_of(p, thing, name);
    for (uint32_t h = 0; x->type == CAP_CNODE && h < x->held_count; h++) {
        unsigned type = held_at(p, x->first_held + h)->cap.type;
        frames += type == CAP_FRAME;
        untypeds += type == CAP_UNTYPED;
    }
    if (x->thread != NONE)
        words_add(words, " (%s)", state_of(p, thread_at(p, x->thread)));
    if (frames != 0)
        words_add(words, " %u frames", frames);
    if (untypeds != 0)
        words_add(words, " %u untypeds", untypeds);
    memcpy(label, name, strlen(name) + 1);
    strncat(label, words, sizeof label - strlen(label) - 1);
    text_put(t, "  ");
    put_quoted(t, name);
    text_put(t, " [label=");
    put_quoted(t, label);
    text_line(t, ", shape=\"%s\"];", shape_of(x->type));
}

/* ------------------------------------------------------------------ edges */

static void put_edge(const struct picture *p, struct text *t, uint32_t from, uint32_t to,
                     const char *label, const char *style)
{
    char name[NAME_SIZE];

    text_put(t, "  ");
    put_quoted(t, name_of(p, from, name));
    text_put(t, " -> ");
    put_quoted(t, name_of(p, to, name));
    text_put(t, " [label=");
    put_quoted(t, label);
    text_line(t, "%s];", style);
}

/* An earlier slot of the CNode has the same; only a few before are looked at. */
static bool is_repeated(const struct picture *p, const struct thing *node, uint32_t h)
{
    const struct held *held = held_at(p, node->first_held + h);

    for (uint32_t back = 1; back <= h && back <= 64; back++) {
        const struct held *other = held_at(p, node->first_held + h - back);

        if (other->cap.w[0] == held->cap.w[0] && other->cap.w[1] == held->cap.w[1])
            return true;
    }
    return false;
}

static void put_cap_edge(const struct picture *p, struct text *t, uint32_t place,
                         const struct held *h)
{
    char words[WORDS_SIZE] = "", rights[WORDS_SIZE];

    words_add(words, "%s", rights_of(&p->k, h->cap, rights));
    if (badge_of(h->cap) != 0)
        words_add(words, " %llu", (unsigned long long)badge_of(h->cap));
    put_edge(p, t, place, h->thing, words, "");
}

static void put_cnode_edges(const struct picture *p, struct text *t, uint32_t place)
{
    const struct thing *node = thing_at(p, place);

    for (uint32_t h = 0; h < node->held_count; h++) {
        const struct held *held = held_at(p, node->first_held + h);

        if (!is_plain(held->cap.type) && !is_repeated(p, node, h))
            put_cap_edge(p, t, place, held);
    }
}

static void put_irq_edges(const struct picture *p, struct text *t, const struct thing *slots)
{
    char name[NAME_SIZE];

    for (uint32_t h = 0; h < slots->held_count; h++) {
        const struct held *held = held_at(p, slots->first_held + h);

        text_put(t, "  \"irq_%u\" -> ", held->index);
        put_quoted(t, name_of(p, held->thing, name));
        text_line(t, " [label=\"signals\"];");
    }
}

static void put_thread_edges(struct picture *p, struct text *t, uint32_t thread)
{
    const struct thread *th = thread_at(p, thread);
    uint32_t space = space_of(p, thread), thing;
    enum wait_kind kind = wait_of(p, thread, &thing);
    struct partners partners;

    if (space != NONE)
        put_edge(p, t, th->thing, picture_find_cap(p, space_at(p, space)->root), "CSpace",
                 ", style=\"dashed\"");
    if (th->tcb.slot[TCB_VTABLE].cap.type == CAP_PML4)
        put_edge(p, t, th->thing, picture_find_cap(p, th->tcb.slot[TCB_VTABLE].cap), "VSpace",
                 ", style=\"dashed\"");
    if (kind == WAIT_NOT)
        return;
    if (kind == WAIT_REPLY) {
        partners_find(p, thread, &partners);
        if (partners.count + partners.ended == 0)
            return;
        thing = thread_at(p, partners.thread[0])->thing;
    }
    if (thing != NONE)
        put_edge(p, t, th->thing, thing,
                 kind == WAIT_REPLY     ? "waits for a reply"
                 : kind == WAIT_SEND    ? "waits to send"
                 : kind == WAIT_RECEIVE ? "receives"
                                        : "waits",
                 ", color=\"red\", fontcolor=\"red\"");
}

/* ------------------------------------------------------------------ the graph */

/* With one thread: it, its CSpace, and what is named there. */
static void mark_space(struct picture *p, uint32_t thread)
{
    const struct space *s = space_of(p, thread) == NONE ? NULL : space_at(p, space_of(p, thread));

    thing_at(p, thread_at(p, thread)->thing)->is_shown = true;
    for (uint32_t r = 0; s != NULL && r < s->reach_count; r++) {
        struct thing *node = thing_at(p, reach_at(p, s->first_reach + r)->cnode);

        node->is_shown = true;
        for (uint32_t h = 0; h < node->held_count; h++)
            thing_at(p, held_at(p, node->first_held + h)->thing)->is_shown = true;
    }
}

static bool is_edge_source(const struct picture *p, uint32_t i, uint32_t thread)
{
    const struct thing *x = thing_at(p, i);

    if (thread == NONE)
        return true;
    if (x->thread != NONE)
        return x->thread == thread;
    for (uint32_t r = x->first_reach; r != NONE; r = reach_at(p, r)->next) {
        if (reach_at(p, r)->space == space_of(p, thread))
            return true;
    }
    return false;
}

void export_dot(struct picture *p, struct text *t, uint32_t thread)
{
    text_line(t, "digraph sel4 {");
    text_line(t, "  rankdir=LR;");
    text_line(t, "  node [fontname=\"sans-serif\", fontsize=10, shape=\"plain\"];");
    text_line(t, "  edge [fontname=\"sans-serif\", fontsize=8];");
    if (thread != NONE)
        mark_space(p, thread);
    for (uint32_t i = 0; i < p->things.count; i++) {
        const struct thing *x = thing_at(p, i);

        if (!is_plain(x->type) && x->type != THING_IRQ_SLOTS && (thread == NONE || x->is_shown))
            put_node(p, t, i);
    }
    for (uint32_t i = 0; i < p->things.count; i++) {
        const struct thing *x = thing_at(p, i);

        if (!is_edge_source(p, i, thread))
            continue;
        if (x->type == CAP_CNODE || x->type == CAP_ZOMBIE)
            put_cnode_edges(p, t, i);
        else if (x->thread != NONE)
            put_thread_edges(p, t, x->thread);
        else if (x->type == THING_IRQ_SLOTS)
            put_irq_edges(p, t, x);
    }
    text_line(t, "}");
}
