/* Untyped memory as a tree, and what each VSpace maps (see topics.h). */
#include "view/mappings.h"
#include "view/partners.h"
#include "view/topics.h"

#include <string.h>

#define MAX_DEPTH   48 /* halves of the largest untyped, down to the smallest */
#define NAMES_SHOWN 6
#define TYPES       64

/* ------------------------------------------------------------------ untyped */

static const struct held *cap_to(const struct picture *p, uint32_t thing)
{
    uint32_t first = thing_at(p, thing)->first_cap;

    return first == NONE ? NULL : held_at(p, first);
}

/* How many untypeds are around it. */
static unsigned depth_of(const struct picture *p, uint32_t thing)
{
    unsigned depth = 0;

    for (uint32_t t = thing_at(p, thing)->parent; t != NONE && depth < MAX_DEPTH;
         t = thing_at(p, t)->parent)
        depth++;
    return depth;
}

/* Objects right inside the untyped at place `at` of the order, by type; with the frames' bytes. */
struct children {
    uint32_t count[TYPES];
    uint64_t bytes;
};

static void count_children(const struct picture *p, uint32_t place, struct children *c)
{
    uint32_t untyped = *LIST_AT(uint32_t, &p->order, place);
    paddr last = thing_at(p, untyped)->at + MASK(thing_at(p, untyped)->bits);

    *c = (struct children){.bytes = 0};
    for (uint32_t i = place + 1; i < p->order.count; i++) {
        const struct thing *t = thing_at(p, *LIST_AT(uint32_t, &p->order, i));

        if (t->at > last)
            break;
        if (t->parent != untyped)
            continue;
        c->count[t->type % TYPES]++;
        c->bytes += BIT(t->bits);
    }
}

/* "1 endpoint", "2 page directories" */
static void put_count(struct text *t, uint32_t count, unsigned type)
{
    struct thing kind = {.type = (uint8_t)type};
    const char *word_for_it = kind_of(&kind);
    size_t length = strlen(word_for_it);

    if (count > 1 && word_for_it[length - 1] == 'y')
        text_put(t, "%u %.*sies", count, (int)length - 1, word_for_it);
    else
        text_put(t, "%u %s%s", count, word_for_it, count > 1 ? "s" : "");
}

static void put_children(struct text *t, const struct children *c)
{
    bool is_first = true;

    for (unsigned type = 0; type < TYPES; type++) {
        if (c->count[type] == 0)
            continue;
        text_put(t, "%s", is_first ? ": " : ", ");
        put_count(t, c->count[type], type);
        is_first = false;
    }
    text_put(t, "\n");
}

static const char *bytes_words(uint64_t bytes, char words[WORDS_SIZE])
{
    static const char units[] = "BKMGTPE";
    unsigned unit = 0;

    words[0] = '\0';
    while (unit < 6 && bytes >= 1024 && bytes % 1024 == 0) {
        bytes /= 1024;
        unit++;
    }
    words_add(words, "%llu%c", (unsigned long long)bytes, units[unit]);
    return words;
}

static void put_untyped(struct picture *p, struct text *t, uint32_t place)
{
    uint32_t index = *LIST_AT(uint32_t, &p->order, place);
    const struct thing *thing = thing_at(p, index);
    const struct held *cap = cap_to(p, index);
    char name[NAME_SIZE], size[WORDS_SIZE], used[WORDS_SIZE];
    uint64_t watermark = cap == NULL ? 0 : cap->cap.untyped.free;
    struct children children;

    count_children(p, place, &children);
    text_put(t, "%*s%s  %s%s", (int)(2 * depth_of(p, index)), "", name_of(p, index, name),
             size_words(thing->bits, size), thing->is_device ? " of a device" : "");
    if (children.bytes == 0)
        text_put(t, ", unused");
    else if (thing->bits < 64 && watermark >= BIT(thing->bits))
        text_put(t, ", full");
    else
        text_put(t, ", %s used", bytes_words(watermark, used));
    put_children(t, &children);
}

/*
 * Nothing is made of it: however far its watermark is, it can be used from its start. Such ones of
 * one kind in a row are said in one line.
 */
static bool is_untouched(const struct picture *p, uint32_t place)
{
    uint32_t index = *LIST_AT(uint32_t, &p->order, place);

    return thing_at(p, index)->type == CAP_UNTYPED &&
           (place + 1 == p->order.count ||
            thing_at(p, *LIST_AT(uint32_t, &p->order, place + 1))->parent != index);
}

static bool is_alike(const struct picture *p, uint32_t a, uint32_t b)
{
    const struct thing *x = thing_at(p, *LIST_AT(uint32_t, &p->order, a));
    const struct thing *y = thing_at(p, *LIST_AT(uint32_t, &p->order, b));

    return x->parent == y->parent && x->is_device == y->is_device;
}

static uint32_t put_untouched(struct picture *p, struct text *t, uint32_t place)
{
    uint32_t index = *LIST_AT(uint32_t, &p->order, place), count = 0;
    unsigned low = 64, high = 0;
    char name[NAME_SIZE], size[2][WORDS_SIZE];

    for (uint32_t i = place; i < p->order.count && is_untouched(p, i) && is_alike(p, place, i);
         i++) {
        unsigned bits = thing_at(p, *LIST_AT(uint32_t, &p->order, i))->bits;

        low = bits < low ? bits : low;
        high = bits > high ? bits : high;
        count++;
    }
    if (count < 2) {
        put_untyped(p, t, place);
        return 1;
    }
    text_line(t, "%*s%s and %u more%s, %s to %s, unused", (int)(2 * depth_of(p, index)), "",
              name_of(p, index, name), count - 1,
              thing_at(p, index)->is_device ? " of devices" : "", size_words(low, size[0]),
              size_words(high, size[1]));
    return count;
}

void topic_untyped(struct picture *p, struct text *t)
{
    text_heading(t, "untyped memory", NONE);
    if (!picture_order(p)) {
        text_line(t, "too much for this host's memory");
        return;
    }
    for (uint32_t i = 0, count; i < p->order.count; i += count) {
        count = 1;
        if (is_untouched(p, i))
            count = put_untouched(p, t, i);
        else if (thing_at(p, *LIST_AT(uint32_t, &p->order, i))->type == CAP_UNTYPED)
            put_untyped(p, t, i);
    }
}

/* ------------------------------------------------------------------ mappings */

struct ranges {
    struct picture *p;
    struct text *text;
    struct mapping last; /* end 0: none; its frame is that of its start */
    uint32_t pieces;     /* of physical memory */
    uint64_t bytes;
};

static void put_range(struct ranges *r)
{
    const struct mapping *m = &r->last;
    char size[WORDS_SIZE];

    if (m->end == 0)
        return;
    text_put(r->text, "  0x%012llx-0x%012llx %6llu x %-3s %s%s %-6s 0x%llx",
             (unsigned long long)m->start, (unsigned long long)m->end,
             (unsigned long long)((m->end - m->start) >> m->page_bits),
             size_words(m->page_bits, size), m->user ? "r" : "-", m->write ? "w" : "-",
             m->is_ram ? "RAM" : "device", (unsigned long long)m->frame);
    if (r->pieces > 1)
        text_put(r->text, " and %u more place%s", r->pieces - 1, r->pieces > 2 ? "s" : "");
    text_line(r->text, "%s", m->cached ? "" : ", uncached");
    r->last.end = 0;
}

/* Pages that lie anywhere are one range, too: where each lies is for programs to read. */
static void take_mapping(void *context, const struct mapping *m)
{
    struct ranges *r = context;
    struct mapping *l = &r->last;

    r->bytes += m->end - m->start;
    if (l->end != 0 && l->end == m->start && l->page_bits == m->page_bits && l->write == m->write &&
        l->user == m->user && l->cached == m->cached && l->is_ram == m->is_ram) {
        l->end = m->end;
        r->pieces++;
        return;
    }
    put_range(r);
    *l = *m;
    r->pieces = 1;
}

static void put_vspace(struct picture *p, struct text *t, uint32_t thing, uint64_t *budget)
{
    struct ranges ranges = {.p = p, .text = t};
    struct mappings_visitor visitor = {.context = &ranges, .mapping = take_mapping};
    char name[NAME_SIZE], words[WORDS_SIZE];
    uint32_t shown = 0, count = 0;

    text_style(t, TEXT_HEADING);
    text_put(t, "VSpace");
    text_style(t, TEXT_PLAIN);
    text_put(t, " %s of", name_of(p, thing, name));
    for (uint32_t h = thing_at(p, thing)->first_cap; h != NONE; h = held_at(p, h)->next) {
        const struct thing *place = thing_at(p, held_at(p, h)->place);

        if (place->thread == NONE || held_at(p, h)->index != TCB_VTABLE)
            continue;
        if (shown < NAMES_SHOWN)
            text_put(t, "%s %s", shown++ ? "," : "", thread_at(p, place->thread)->label);
        count++;
    }
    if (count > shown)
        text_put(t, " and %u more", count - shown);
    text_line(t, "%s", count ? "" : " no thread");
    mappings_walk(p, thing_at(p, thing)->at, budget, &visitor);
    put_range(&ranges);
    text_line(t, "  %s mapped", bytes_words(ranges.bytes, words));
}

void topic_mappings(struct picture *p, struct text *t, uint32_t thread)
{
    uint64_t budget = mappings_budget(p);
    uint32_t only = NONE;

    if (thread != NONE) {
        struct cap root = thread_at(p, thread)->tcb.slot[TCB_VTABLE].cap;

        only = root.type == CAP_PML4 ? picture_find_cap(p, root) : NONE;
        if (only == NONE) {
            text_line(t, "%s has no VSpace", thread_at(p, thread)->label);
            return;
        }
    }
    for (uint32_t i = 0; i < p->things.count; i++) {
        if (thing_at(p, i)->type == CAP_PML4 && (only == NONE || only == i))
            put_vspace(p, t, i, &budget);
    }
}
