/*
 * The process's mappings are a cache of its VSpace's page tables, filled by page faults, or ahead
 * of them where a touch is expected. Entries may be missing at any time, never stale: what the
 * tables changed is dropped, or replaced, before guest code runs again. Nothing here touches the
 * window.
 */
#include <linux/errno.h>

#include "stub/base_sites.h"
#include "stub/frames.h"
#include "stub/mappings.h"
#include "stub/patch.h"
#include "stub/stub.h"

/* Neighbours are mapped along with a page as far as this naturally aligned block goes. */
#define AROUND_BITS LARGE_BITS

/* Below this, Linux may refuse mappings (vm.mmap_min_addr). */
#define LOW_ADDRESSES 0x10000ull

#define MAX_MAP_LOW_TEXT                                                                           \
    "the guest maps its lowest addresses, which this host forbids: lower vm.mmap_min_addr"

#define TRUST_LIMIT 64 /* mappings made ahead between two that are not */

/*
 * Whether guests touch at once what they map: mapping it before they do spares a signal, and is in
 * vain if they don't. Every so often a mapping is left to be touched: if it is before the next one
 * comes, twice as many are made ahead as the last time; if not, none.
 */
static struct {
    uint32_t trust, left;
    uint64_t start, end; /* the mapping that was left and not touched yet */
} habit = {.trust = 4, .left = 4};

/* Copies of text pages must not outlive what they are copies of. */
static void forget_copies(struct lane *lane)
{
    struct kernel *k = &lane->machine->kernel;

    if (k->buffer_frame != 0 && lane->engine->copies)
        frames_written(lane, k->buffer_frame);
    k->buffer_frame = 0;
    if (lane->patch_epoch != lane->engine->patch_epoch) {
        patch_drop_written(lane);
        if (lane->machine->debugger.on)
            patch_suspend(lane);
    }
    lane->patch_epoch = lane->engine->patch_epoch;
}

static bool expect_touch(const struct translation *t)
{
    if (habit.end != 0)
        habit.trust = habit.left = 0;
    if (habit.left > 0) {
        habit.left--;
        return true;
    }
    habit.start = t->start;
    habit.end = t->end;
    return false;
}

static void note_touch(uint64_t address)
{
    if (address < habit.start || address >= habit.end)
        return;
    habit.end = 0;
    habit.trust = habit.trust < TRUST_LIMIT / 2 ? 2 * habit.trust + 1 : TRUST_LIMIT;
    habit.left = habit.trust;
}

static void note_writable(struct lane *lane, const struct translation *t)
{
    if (t->write && lane->engine->copies)
        frames_writable(lane, t->start, t->frame, t->end - t->start);
}

/* The one mapping that the tables have at [start, end), if that is what is there. */
static bool is_single(struct lane *lane, uint64_t start, uint64_t end, struct translation *t)
{
    return start >= LOW_ADDRESSES &&
           kernel_translate(&lane->machine->kernel, lane->slot->vspace, start, t) &&
           t->start == start && t->end == end && machine_is_ram(lane->machine, t->frame);
}

/* The tables have another content for [start, end), the only change if `alone`. */
static void change(struct lane *lane, uint64_t start, uint64_t end, bool alone)
{
    struct translation t;
    bool done = false;

    if (!is_single(lane, start, end, &t)) {
        mappings_drop(lane, start, end);
        return;
    }
    switch (mappings_state(&t)) {
    case EXTENT_SHOWN:
        done = mappings_show(lane, &t);
        break;
    case EXTENT_HIDDEN:
        if (!alone || !expect_touch(&t))
            return;
        done = mappings_show(lane, &t);
        break;
    case EXTENT_UNKNOWN:
        done = alone && expect_touch(&t) && mappings_map(lane, &t, true) == 0;
        break;
    }
    if (done)
        note_writable(lane, &t);
    else
        mappings_drop(lane, start, end);
}

void memory_forget_changes(struct lane *lane)
{
    struct pml4 *pml4 = kernel_at(&lane->machine->kernel, lane->slot->vspace);
    struct vspace_shadow *shadow = &pml4->shadow;

    if (shadow->flush_all || lane->slot->stale) {
        if (!mappings_none())
            mappings_drop_all(lane);
        if (lane->slot->stale)
            patch_begin(lane);
        shadow->flush_all = false;
        lane->slot->stale = false;
    } else {
        for (uint32_t i = 0; i < shadow->pending; i++)
            change(lane, shadow->range[i].start, shadow->range[i].end, shadow->pending == 1);
    }
    if (shadow->pending != 0)
        shadow->pending = 0;
    /* The first touch is sure to come. */
    if (mappings_none())
        memory_refill(lane, kernel_current(&lane->machine->kernel)->regs.rip, FAULT_FETCH);
    forget_copies(lane);
    if (base_sites_matter(lane))
        base_sites_retry(lane);
}

/* Grows *t over its neighbours that continue it in both address spaces, with the same right. */
static void grow(const struct machine *m, paddr pml4, struct translation *t)
{
    uint64_t low = t->start & ~MASK(AROUND_BITS), high = low + BIT(AROUND_BITS);
    struct translation next;

    while (t->start > low && kernel_translate(&m->kernel, pml4, t->start - 1, &next) &&
           next.frame + (next.end - next.start) == t->frame && next.write == t->write &&
           machine_is_ram(m, next.frame)) {
        t->start = next.start;
        t->frame = next.frame;
    }
    while (t->end < high && kernel_translate(&m->kernel, pml4, t->end, &next) &&
           next.frame == t->frame + (t->end - t->start) && next.write == t->write &&
           machine_is_ram(m, next.frame))
        t->end = next.end;
}

void memory_fail(struct lane *lane, long result)
{
    stub_fail(lane->machine, result == -EPERM || result == -EACCES
                                 ? "the host refuses executable shared memory (vm.memfd_noexec?)"
                                 : "the host has no memory for another mapping");
}

static void map_or_fail(struct lane *lane, const struct translation *t)
{
    long result = mappings_map(lane, t, true);

    if (result == -ENOMEM)
        result = mappings_map(lane, t, true); /* it was vm.max_map_count; nothing is mapped now */
    if (result == 0)
        return;
    if (t->start < LOW_ADDRESSES && (result == -EPERM || result == -EACCES))
        stub_fail(lane->machine, MAX_MAP_LOW_TEXT);
    memory_fail(lane, result);
}

/* Of *t, the page at `address`. */
static void narrow(struct translation *t, uint64_t address)
{
    uint64_t start = address & ~MASK(PAGE_BITS);

    t->frame += start - t->start;
    t->start = start;
    t->end = start + BIT(PAGE_BITS);
}

/* A large page at the lowest addresses: leave out what Linux may refuse, unless it is wanted. */
static void spare_low(struct translation *t, uint64_t address)
{
    if (t->start < LOW_ADDRESSES && address >= LOW_ADDRESSES) {
        t->frame += LOW_ADDRESSES - t->start;
        t->start = LOW_ADDRESSES;
    }
}

/* Maps *t, or the page at `address` at least; *t becomes what has been mapped. */
static void map_around(struct lane *lane, struct translation *t, uint64_t address, bool fetch)
{
    struct translation around = *t;

    if (mappings_state(t) == EXTENT_HIDDEN && mappings_show(lane, t))
        return;
    grow(lane->machine, lane->slot->vspace, &around);
    mappings_clip(&around, address);
    spare_low(&around, address);
    /* Where a neighbour is mapped already, it keeps what Linux has built for it. */
    if (mappings_map(lane, &around, false) != 0) {
        around = *t;
        if (fetch && base_sites_matter(lane))
            narrow(&around, address);
        spare_low(&around, address);
        map_or_fail(lane, &around);
    }
    if (around.end - around.start > BIT(PAGE_BITS))
        mappings_touch(address & ~MASK(PAGE_BITS));
    *t = around;
}

enum refill_result memory_refill(struct lane *lane, uint64_t address, unsigned error)
{
    struct machine *m = lane->machine;
    bool write = error & FAULT_WRITE, fetch = error & FAULT_FETCH;
    struct translation t;

    if (address >= USER_ADDRESSES_END ||
        !kernel_translate(&m->kernel, lane->slot->vspace, address, &t) || (write && !t.write))
        return REFILL_FAULT;
    if (!machine_is_ram(m, t.frame + (address - t.start)))
        return REFILL_DEVICE;

    note_touch(address);
    if (write)
        patch_written(lane, address);
    /* Only the right to execute may be missing. */
    if (!(fetch && (error & FAULT_PRESENT) && base_sites_matter(lane))) {
        map_around(lane, &t, address, fetch);
        note_writable(lane, &t);
        if (t.write && lane->engine->copies)
            forget_copies(lane);
    }
    if (!write && text_show(lane, address))
        return REFILL_DONE;
    if (fetch && base_sites_matter(lane))
        base_sites_execute(lane, address);
    return REFILL_DONE;
}
