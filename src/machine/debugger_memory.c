/*
 * Breakpoints and watchpoints in guest memory (see debugger.h).
 *
 * Invariant: a breakpoint whose `at` is not 0 has put int3 there, and so have all with the same
 * `at`, with the same byte. What else may have become of the memory, with the frame given to new
 * objects, shows in that the byte is not int3 any more: then it is left alone.
 */
#include "machine/debugger_memory.h"

#include <errno.h>
#include <string.h>

#include "kernel/platform.h"
#include "kernel/vspace/vspace.h"
#include "machine/emulate.h"
#include "machine/machine.h"

#define INT3 0xcc

/* Physical address of a byte of RAM; 0: there is none. */
static paddr locate(const struct machine *m, paddr vspace, uint64_t vaddr)
{
    struct translation t;

    if (vspace == 0 || vaddr >= USER_TOP || !kernel_translate(&m->kernel, vspace, vaddr, &t))
        return 0;
    paddr at = t.frame + (vaddr - t.start);
    return machine_is_ram(m, at) ? at : 0;
}

static uint8_t *byte_at(const struct machine *m, paddr at)
{
    return kernel_at(&m->kernel, at);
}

static uint32_t asid_of(const struct machine *m, paddr vspace)
{
    return pml4_at(&m->kernel, vspace)->shadow.asid;
}

/* Whether what was a VSpace still is: its memory may hold anything by now. */
static bool lives(const struct machine *m, paddr vspace, uint32_t asid)
{
    return asid != 0 && vspace_of_asid(&m->kernel, asid) == vspace;
}

/* ------------------------------------------------------------------ breakpoints */

struct debugger_breakpoint *debugger_find(struct machine *m, paddr vspace, uint64_t vaddr)
{
    struct debugger *d = &m->debugger;

    for (unsigned n = 0, left = d->breakpoints; left > 0; n++) {
        struct debugger_breakpoint *b = &d->breakpoint[n];

        left -= b->vspace != 0;
        if (b->vspace == vspace && b->vaddr == vaddr && vspace != 0)
            return b;
    }
    return NULL;
}

/* Any whose int3 is there. */
static const struct debugger_breakpoint *find_at(const struct machine *m, paddr at)
{
    const struct debugger *d = &m->debugger;

    for (unsigned n = 0, left = d->breakpoints; left > 0 && at != 0; n++) {
        const struct debugger_breakpoint *b = &d->breakpoint[n];

        left -= b->vspace != 0;
        if (b->vspace != 0 && b->at == at)
            return b;
    }
    return NULL;
}

paddr debugger_int3(const struct machine *m, paddr vspace, uint64_t vaddr)
{
    paddr at = locate(m, vspace, vaddr);

    return find_at(m, at) != NULL ? at : 0;
}

/* `moved`: it was elsewhere. An int3 here is a copy that the guest has made of ours, then. */
static void insert(struct machine *m, struct debugger_breakpoint *b, paddr at, bool moved)
{
    const struct debugger_breakpoint *other = find_at(m, at);

    if (other != NULL)
        b->byte = other->byte;
    else if (!moved || *byte_at(m, at) != INT3)
        b->byte = *byte_at(m, at);
    b->at = at;
    *byte_at(m, at) = INT3;
}

static void withdraw(struct machine *m, struct debugger_breakpoint *b)
{
    paddr at = b->at;
    uint8_t byte = b->byte;

    b->at = 0;
    if (at != 0 && find_at(m, at) == NULL && *byte_at(m, at) == INT3)
        *byte_at(m, at) = byte;
}

static void remove_breakpoint(struct machine *m, struct debugger_breakpoint *b)
{
    withdraw(m, b);
    *b = (struct debugger_breakpoint){0};
    m->debugger.breakpoints--;
}

void debugger_follow_pages(struct machine *m)
{
    struct debugger *d = &m->debugger;

    for (unsigned n = 0, left = d->breakpoints; left > 0; n++) {
        struct debugger_breakpoint *b = &d->breakpoint[n];

        left -= b->vspace != 0;
        if (b->vspace == 0)
            continue;
        if (!lives(m, b->vspace, b->asid)) {
            remove_breakpoint(m, b);
            continue;
        }
        paddr at = locate(m, b->vspace, b->vaddr);
        if (at == b->at && (at == 0 || at == d->over || *byte_at(m, at) == INT3))
            continue;
        bool moved = b->at != 0 && at != b->at;
        withdraw(m, b);
        if (at != 0)
            insert(m, b, at, moved);
    }
}

void debugger_take_out(struct machine *m, paddr at)
{
    const struct debugger_breakpoint *b = find_at(m, at);

    if (b != NULL && *byte_at(m, at) == INT3)
        *byte_at(m, at) = b->byte;
}

void debugger_put_back(struct machine *m)
{
    paddr at = m->debugger.over;

    m->debugger.over = 0;
    if (find_at(m, at) != NULL)
        *byte_at(m, at) = INT3;
}

int debugger_set_breakpoint(struct machine *m, paddr vspace, uint64_t vaddr)
{
    struct debugger *d = &m->debugger;
    unsigned n = 0;

    if (vspace == 0 || vaddr >= USER_TOP)
        return -EINVAL;
    if (debugger_find(m, vspace, vaddr) != NULL)
        return 0;
    while (n < DEBUGGER_BREAKPOINTS && d->breakpoint[n].vspace != 0)
        n++;
    if (n == DEBUGGER_BREAKPOINTS)
        return -ENOSPC;
    d->breakpoint[n] =
        (struct debugger_breakpoint){.vspace = vspace, .asid = asid_of(m, vspace), .vaddr = vaddr};
    d->breakpoints++;
    debugger_follow_pages(m);
    return 0;
}

int debugger_clear_breakpoint(struct machine *m, paddr vspace, uint64_t vaddr)
{
    struct debugger_breakpoint *b = debugger_find(m, vspace, vaddr);

    if (b == NULL)
        return -EINVAL;
    remove_breakpoint(m, b);
    return 0;
}

/* ------------------------------------------------------------------ watchpoints */

static struct debugger_watchpoint *find_watchpoint(struct machine *m, paddr vspace, uint64_t vaddr,
                                                   uint32_t size, enum debugger_watch kind)
{
    for (unsigned n = 0; n < DEBUGGER_WATCHPOINTS; n++) {
        struct debugger_watchpoint *w = &m->debugger.watchpoint[n];

        if (w->vspace == vspace && w->vaddr == vaddr && w->size == size && w->kind == kind)
            return w;
    }
    return NULL;
}

int debugger_set_watchpoint(struct machine *m, paddr vspace, uint64_t vaddr, uint32_t size,
                            enum debugger_watch kind)
{
    struct debugger_watchpoint *w = find_watchpoint(m, vspace, vaddr, size, kind);

    if (vspace == 0 || size == 0 || size > DEBUGGER_WATCH_MAX || vaddr >= USER_TOP - size)
        return -EINVAL;
    if (w != NULL)
        return 0;
    w = find_watchpoint(m, 0, 0, 0, 0);
    if (w == NULL)
        return -ENOSPC;
    *w = (struct debugger_watchpoint){
        .vspace = vspace, .asid = asid_of(m, vspace), .vaddr = vaddr, .size = size, .kind = kind};
    m->debugger.watchpoints++;
    debugger_read(m, vspace, vaddr, w->bytes, size);
    return 0;
}

int debugger_clear_watchpoint(struct machine *m, paddr vspace, uint64_t vaddr, uint32_t size,
                              enum debugger_watch kind)
{
    struct debugger_watchpoint *w = find_watchpoint(m, vspace, vaddr, size, kind);

    if (vspace == 0 || w == NULL)
        return -EINVAL;
    *w = (struct debugger_watchpoint){0};
    m->debugger.watchpoints--;
    return 0;
}

const struct debugger_watchpoint *debugger_changed(struct machine *m)
{
    const struct debugger_watchpoint *changed = NULL;
    uint8_t now[DEBUGGER_WATCH_MAX];

    for (unsigned n = 0; n < DEBUGGER_WATCHPOINTS; n++) {
        struct debugger_watchpoint *w = &m->debugger.watchpoint[n];

        if (w->vspace != 0 && !lives(m, w->vspace, w->asid)) {
            *w = (struct debugger_watchpoint){0};
            m->debugger.watchpoints--;
        }
        if (w->vspace == 0 || w->kind == DEBUGGER_WATCH_READ ||
            !debugger_read(m, w->vspace, w->vaddr, now, w->size) ||
            memcmp(now, w->bytes, w->size) == 0)
            continue;
        memcpy(w->bytes, now, w->size);
        changed = w;
    }
    return changed;
}

static bool meets(struct machine *m, const struct access *a, const struct debugger_watchpoint *w)
{
    for (unsigned n = 0; n < a->memory_count; n++) {
        const struct access_memory *memory = &a->memory[n];
        uint64_t start = emulate_address(m, a, memory);

        if ((memory->reads || w->kind == DEBUGGER_WATCH_ACCESS) && start < w->vaddr + w->size &&
            w->vaddr < start + memory->size)
            return true;
    }
    return false;
}

uint32_t debugger_foresee(struct machine *m)
{
    paddr vspace = kernel_vspace(&m->kernel, m->kernel.current);
    const struct access *a = NULL;
    uint32_t met = 0;

    for (unsigned n = 0; n < DEBUGGER_WATCHPOINTS; n++) {
        const struct debugger_watchpoint *w = &m->debugger.watchpoint[n];

        if (w->vspace == 0 || w->vspace != vspace || w->kind == DEBUGGER_WATCH_WRITE)
            continue;
        if (a == NULL)
            a = emulate_decode(m);
        met |= meets(m, a, w) ? 1u << n : 0;
    }
    return met;
}

bool debugger_is_watched(const struct machine *m, paddr vspace)
{
    for (unsigned n = 0; n < DEBUGGER_WATCHPOINTS; n++) {
        if (m->debugger.watchpoint[n].vspace == vspace && vspace != 0)
            return true;
    }
    return false;
}

/* ------------------------------------------------------------------ memory */

/* One page's part of [vaddr, vaddr + size). */
static uint64_t piece(uint64_t vaddr, uint64_t size)
{
    uint64_t left = BIT(PAGE_BITS) - (vaddr & MASK(PAGE_BITS));

    return size < left ? size : left;
}

static void hide_breakpoints(const struct machine *m, paddr at, uint8_t *bytes, uint64_t size)
{
    const struct debugger *d = &m->debugger;

    for (unsigned n = 0, left = d->breakpoints; left > 0; n++) {
        const struct debugger_breakpoint *b = &d->breakpoint[n];

        left -= b->vspace != 0;
        if (b->vspace != 0 && b->at != 0 && b->at - at < size && bytes[b->at - at] == INT3)
            bytes[b->at - at] = b->byte;
    }
}

bool debugger_read(struct machine *m, paddr vspace, uint64_t vaddr, void *bytes, uint64_t size)
{
    uint8_t *to = bytes;

    for (uint64_t n; size > 0; vaddr += n, to += n, size -= n) {
        paddr at = locate(m, vspace, vaddr);

        if (at == 0)
            return false;
        n = piece(vaddr, size);
        memcpy(to, byte_at(m, at), n);
        hide_breakpoints(m, at, to, n);
    }
    return true;
}

/* What is written where int3 is becomes what that stands for. */
static void keep_breakpoints(struct machine *m, paddr at, const uint8_t *bytes, uint64_t size)
{
    struct debugger *d = &m->debugger;

    for (unsigned n = 0, left = d->breakpoints; left > 0; n++) {
        struct debugger_breakpoint *b = &d->breakpoint[n];

        left -= b->vspace != 0;
        if (b->vspace == 0 || b->at == 0 || b->at - at >= size)
            continue;
        b->byte = bytes[b->at - at];
        *byte_at(m, b->at) = INT3;
    }
}

bool debugger_write(struct machine *m, paddr vspace, uint64_t vaddr, const void *bytes,
                    uint64_t size)
{
    const uint8_t *from = bytes;

    for (uint64_t n, done = 0; done < size; done += n) {
        if (locate(m, vspace, vaddr + done) == 0)
            return false;
        n = piece(vaddr + done, size - done);
    }
    for (uint64_t n; size > 0; vaddr += n, from += n, size -= n) {
        paddr at = locate(m, vspace, vaddr);

        n = piece(vaddr, size);
        memcpy(byte_at(m, at), from, n);
        platform_used(&m->kernel, at, n);
        keep_breakpoints(m, at, from, n);
    }
    debugger_changed(m); /* not by the guest */
    return true;
}
