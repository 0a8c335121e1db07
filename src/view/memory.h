/*
 * Reading a machine's memory that nobody vouches for, and growing lists without malloc.
 *
 * Everything that is looked at is copied first, and only the copy is judged: what lies in the
 * machine may change between two reads.
 */
#ifndef SEL4UX_VIEW_MEMORY_H
#define SEL4UX_VIEW_MEMORY_H

#include "view/view.h"

#define PAGE_COUNT_BITS 64 /* of one word of view_subject.pages */

static inline bool memory_has(const struct view_subject *s, paddr at, uint64_t size)
{
    return at <= s->ram && size <= s->ram - at;
}

/* Whether the page of `at` may hold something else than zeroes. */
static inline bool memory_is_used(const struct view_subject *s, paddr at)
{
    uint64_t page = at >> PAGE_BITS;

    return s->pages == NULL || (s->pages[page / PAGE_COUNT_BITS] >> page % PAGE_COUNT_BITS & 1);
}

/* Copies `size` bytes of physical memory; false with zeroes when they are not all in RAM. */
bool memory_read(const struct view_subject *s, paddr at, void *to, uint64_t size);

/* A copied truth value may be any byte: makes it one. */
#define MEMORY_MAKE_BOOL(value) ((value) = memory_bool(&(value)))

static inline bool memory_bool(const bool *value)
{
    return *(const volatile uint8_t *)value != 0;
}

/* Items of one size in a row, which move when they become more. All zero: empty. */
struct list {
    void *items;
    uint32_t count;
    uint64_t room; /* bytes */
};

/* Room for one more at the end, zeroed; NULL: the host has none. */
void *list_add(struct list *list, uint64_t size);
/* Room for `count` zeroed items at once, in an empty list. */
bool list_fill(struct list *list, uint64_t size, uint32_t count);
void list_free(struct list *list);

#define LIST_AT(type, list, i) (&((type *)(list)->items)[i])

#endif
