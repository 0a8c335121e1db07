/*
 * CSpaces: which CNodes a thread's system calls can address, and by which bits. Threads with the
 * same root capability share one. A CNode that can be reached on several ways, or that contains
 * itself, is there once, on the first way.
 */
#include "view/picture.h"

#define MAX_REACHES (1u << 20) /* CNodes in CSpaces, counted in each */
#define MAX_VISITS  (1u << 26) /* of slots, for all CSpaces */

static uint32_t add_reach(struct picture *p, struct reach reach)
{
    struct reach *r = p->reaches.count == MAX_REACHES ? NULL : list_add(&p->reaches, sizeof *r);

    if (r == NULL) {
        p->is_cut = true;
        return NONE;
    }
    *r = reach;
    r->next = NONE;
    space_at(p, reach.space)->reach_count++;
    return p->reaches.count - 1;
}

static bool is_in_space(const struct picture *p, uint32_t space, uint32_t cnode)
{
    /* Spaces are made one by one: the last way to this CNode is in this space, or none is. */
    uint32_t last = thing_at(p, cnode)->first_reach;

    return last != NONE && reach_at(p, last)->space == space;
}

/* Goes through the CNode that `cap` names, with `bits` of the address left and `prefix` before. */
static void enter(struct picture *p, uint32_t space, uint32_t from, uint32_t held, struct cap cap,
                  unsigned bits, uint64_t prefix)
{
    unsigned guard_size = cap.cnode.guard_size, used = guard_size + cap.cnode.radix;
    uint32_t cnode = picture_find_cap(p, cap), index;

    if (used > bits || used == 0 || cnode == NONE || is_in_space(p, space, cnode))
        return;
    bits -= used;
    if (guard_size != 0 && bits + cap.cnode.radix < 64)
        prefix |= (cap.cnode.guard & MASK(guard_size)) << (bits + cap.cnode.radix);
    index = add_reach(p, (struct reach){.space = space,
                                        .cnode = cnode,
                                        .from = from,
                                        .held = held,
                                        .prefix = prefix,
                                        .left = (uint8_t)bits});
    if (index == NONE)
        return;
    reach_at(p, index)->next = thing_at(p, cnode)->first_reach;
    thing_at(p, cnode)->first_reach = index;
}

/* The list is also the queue of CNodes to look into. */
static void fill_space(struct picture *p, uint32_t space)
{
    uint32_t start = space_at(p, space)->first_reach;

    for (uint32_t i = start; i < p->reaches.count; i++) {
        struct reach r = *reach_at(p, i);
        const struct thing *node = thing_at(p, r.cnode);

        reach_at(p, i)->first_child = p->reaches.count;
        if (r.left == 0)
            continue;
        p->is_cut |= node->held_count > p->budget;
        p->budget -= node->held_count < p->budget ? node->held_count : p->budget;
        for (uint32_t h = 0; p->budget != 0 && h < node->held_count; h++) {
            const struct held *held = held_at(p, node->first_held + h);

            if (held->cap.type == CAP_CNODE)
                enter(p, space, i, node->first_held + h, held->cap, r.left,
                      r.prefix | (uint64_t)held->index << r.left);
        }
        reach_at(p, i)->child_count = p->reaches.count - reach_at(p, i)->first_child;
    }
}

/* ------------------------------------------------------------------ whose it is */

static uint32_t find_space(const struct picture *p, struct cap root)
{
    uint32_t cnode = picture_find_cap(p, root);

    /* Roots are mostly few, and those of a CNode fewer: its ways lead to them. */
    for (uint32_t r = cnode == NONE ? NONE : thing_at(p, cnode)->first_reach; r != NONE;
         r = reach_at(p, r)->next) {
        const struct space *s = space_at(p, reach_at(p, r)->space);

        if (s->root.w[0] == root.w[0] && s->root.w[1] == root.w[1])
            return reach_at(p, r)->space;
    }
    return NONE;
}

static uint32_t add_space(struct picture *p, struct cap root)
{
    struct space *s = list_add(&p->spaces, sizeof *s);

    if (s == NULL) {
        p->no_memory = true;
        return NONE;
    }
    *s = (struct space){.root = root, .first_reach = p->reaches.count, .first_thread = NONE};
    enter(p, p->spaces.count - 1, NONE, NONE, root, 64, 0);
    fill_space(p, p->spaces.count - 1);
    return p->spaces.count - 1;
}

static void add_thread(struct picture *p, uint32_t space, uint32_t thread)
{
    struct space *s = space_at(p, space);

    if (s->first_thread == NONE)
        s->first_thread = thread;
    else
        thread_at(p, s->last_thread)->next_in_space = thread;
    s->last_thread = thread;
    s->threads++;
}

void picture_add_spaces(struct picture *p)
{
    p->budget = MAX_VISITS;
    if (!list_fill(&p->space_of, sizeof(uint32_t), p->threads.count)) {
        p->no_memory = true;
        return;
    }
    for (uint32_t i = 0; i < p->threads.count; i++) {
        struct cap root = thread_at(p, i)->tcb.slot[TCB_CTABLE].cap;
        uint32_t *space = LIST_AT(uint32_t, &p->space_of, i);

        thread_at(p, i)->next_in_space = NONE;
        *space = NONE;
        if (root.type != CAP_CNODE || p->no_memory)
            continue;
        *space = find_space(p, root);
        if (*space == NONE)
            *space = add_space(p, root);
        if (*space != NONE)
            add_thread(p, *space, i);
    }
}
