/* Careful reads and lists (see memory.h). */
#include "view/memory.h"

#include <string.h>
#include <sys/mman.h>

#define LIST_START 65536 /* bytes */

bool memory_read(const struct view_subject *s, paddr at, void *to, uint64_t size)
{
    uint64_t done = 0;

    if (!memory_has(s, at, size)) {
        memset(to, 0, size);
        return false;
    }
    while (done < size) {
        uint64_t part = BIT(PAGE_BITS) - ((at + done) & MASK(PAGE_BITS));

        part = part < size - done ? part : size - done;
        if (memory_is_used(s, at + done))
            memcpy((char *)to + done, kernel_at(s->kernel, at + done), part);
        else
            memset((char *)to + done, 0, part);
        done += part;
    }
    /* The copy is what is judged: the compiler must not read the original again. */
    __asm__("" : : "r"(to) : "memory");
    return true;
}

static bool make_room(struct list *list, uint64_t bytes)
{
    uint64_t room = list->room ? list->room : LIST_START;
    void *items;

    while (room < bytes)
        room *= 2;
    if (room == list->room)
        return true;
    if (list->items != NULL)
        items = mremap(list->items, list->room, room, MREMAP_MAYMOVE);
    else
        items = mmap(NULL, room, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (items == MAP_FAILED)
        return false;
    list->items = items;
    list->room = room;
    return true;
}

void *list_add(struct list *list, uint64_t size)
{
    if (list->count == UINT32_MAX || !make_room(list, (list->count + 1ull) * size))
        return NULL;
    return (char *)list->items + list->count++ * size;
}

bool list_fill(struct list *list, uint64_t size, uint32_t count)
{
    if (!make_room(list, count * size))
        return false;
    list->count = count;
    return true;
}

void list_free(struct list *list)
{
    if (list->items != NULL)
        munmap(list->items, list->room);
    *list = (struct list){0};
}
