/* Taking a picture, and finding things in it (see picture.h). */
#include "view/picture.h"

#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#define MAX_LOOKS (1u << 26)

static void make_bools(struct kernel *k)
{
    MEMORY_MAKE_BOOL(k->halted);
    MEMORY_MAKE_BOOL(k->config.mcs);
}

/* Pages that may hold something: no state has more slots or tables than they have room for. */
static uint64_t count_pages(const struct view_subject *s)
{
    uint64_t pages = (s->ram >> PAGE_BITS) + 1, count = 0;

    if (s->pages == NULL)
        return pages;
    for (uint64_t i = 0; i <= pages / PAGE_COUNT_BITS; i++)
        count += (unsigned)__builtin_popcountll(s->pages[i]);
    return count;
}

struct picture *picture_take(const struct view_subject *subject)
{
    struct picture *p =
        mmap(NULL, sizeof *p, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

    if (p == MAP_FAILED)
        return NULL;
    p->subject = *subject;
    memcpy(&p->k, subject->kernel, sizeof p->k);
    __asm__("" : : "r"(&p->k) : "memory");
    p->used_pages = count_pages(subject);
    p->budget = p->used_pages << (PAGE_BITS - SLOT_BITS);
    make_bools(&p->k);
    p->looks = MAX_LOOKS;
    picture_add_threads(p);
    picture_add_slots(p);
    picture_add_spaces(p);
    if (!p->no_memory)
        return p;
    picture_free(p);
    return NULL;
}

void picture_free(struct picture *p)
{
    list_free(&p->threads);
    list_free(&p->things);
    list_free(&p->held);
    list_free(&p->spaces);
    list_free(&p->reaches);
    list_free(&p->table);
    list_free(&p->order);
    list_free(&p->space_of);
    munmap(p, sizeof *p);
}

uint32_t picture_thread(const struct picture *p, paddr at)
{
    uint32_t thing = at ? picture_find(p, CAP_THREAD, at) : NONE;

    return thing == NONE ? NONE : thing_at(p, thing)->thread;
}

uint32_t picture_thread_named(const struct picture *p, const char *name)
{
    uint64_t at = 0;
    char *end;

    for (uint32_t i = 0; i < p->threads.count; i++) {
        if (strcmp(thread_at(p, i)->label, name) == 0)
            return i;
    }
    if (name[0] == '0' && name[1] == 'x') {
        at = strtoull(name, &end, 16);
        at = *end == '\0' ? at : 0;
    }
    return picture_thread(p, at);
}

/* ------------------------------------------------------------------ what lies in what */

static bool comes_before(const struct picture *p, uint32_t a, uint32_t b)
{
    const struct thing *x = thing_at(p, a), *y = thing_at(p, b);

    if (x->at != y->at)
        return x->at < y->at;
    if (x->bits != y->bits)
        return x->bits > y->bits;
    if ((x->type == CAP_UNTYPED) != (y->type == CAP_UNTYPED))
        return x->type == CAP_UNTYPED; /* what takes all of its untyped lies in it */
    return a < b;
}

static void sift(const struct picture *p, uint32_t *items, uint32_t root, uint32_t count)
{
    for (;;) {
        uint64_t child = 2ull * root + 1;

        if (child >= count)
            return;
        if (child + 1 < count && comes_before(p, items[child], items[child + 1]))
            child++;
        if (!comes_before(p, items[root], items[child]))
            return;
        uint32_t kept = items[root];
        items[root] = items[child];
        items[child] = kept;
        root = (uint32_t)child;
    }
}

/* A heap sort: qsort() would allocate, and takes no context. */
static void sort(const struct picture *p, uint32_t *items, uint32_t count)
{
    for (uint32_t i = count / 2; i > 0; i--)
        sift(p, items, i - 1, count);
    for (uint32_t i = count; i > 1; i--) {
        uint32_t kept = items[0];

        items[0] = items[i - 1];
        items[i - 1] = kept;
        sift(p, items, 0, i - 1);
    }
}

static bool contains(const struct thing *outer, const struct thing *inner)
{
    return inner->at - outer->at <= MASK(outer->bits) &&
           inner->at - outer->at + MASK(inner->bits) <= MASK(outer->bits);
}

bool picture_order(struct picture *p)
{
    uint32_t around = NONE;

    if (p->order.items != NULL)
        return true;
    for (uint32_t i = 0; i < p->things.count; i++) {
        uint32_t *item = thing_at(p, i)->bits ? list_add(&p->order, sizeof i) : NULL;

        if (item != NULL)
            *item = i;
        else if (thing_at(p, i)->bits)
            return false;
    }
    sort(p, p->order.items, p->order.count);
    /* In this order whatever contains a thing is before it, the smallest last. */
    for (uint32_t i = 0; i < p->order.count; i++) {
        uint32_t index = *LIST_AT(uint32_t, &p->order, i);
        struct thing *t = thing_at(p, index);

        while (around != NONE && !contains(thing_at(p, around), t))
            around = thing_at(p, around)->parent;
        t->parent = around;
        if (t->type == CAP_UNTYPED)
            around = index;
    }
    return true;
}
