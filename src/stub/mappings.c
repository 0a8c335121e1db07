/* The host's mappings of this process, see mappings.h. */
#include "stub/mappings.h"

#include <linux/errno.h>
#include <linux/mman.h>

#include "stub/base_sites.h"
#include "stub/patch.h"
#include "stub/syscalls.h"

#define EXTENT_COUNT 16
#define EMPTY_COUNT  2

/* Neighbours are dropped along with a change: how far at most, and after how many in a row. */
#define AHEAD_LIMIT BIT(LARGE_BITS)
#define STREAK_MIN  8

#define HIDE_TRUST_LIMIT 8
#define HIDE_TRY         32 /* this often an extent is hidden without trust */

struct extent {
    uint64_t start, end;
    paddr frame; /* of `start` */
    bool write;
    bool executed;           /* some of it got that right by mappings_execute() */
    enum extent_state state; /* UNKNOWN: the entry is free */
};

struct range {
    uint64_t start, end;
};

static struct extent extents[EXTENT_COUNT];
static unsigned next_extent; /* the one that is forgotten next */

/* The last one is the first to give way. */
static struct range empty[EMPTY_COUNT] = {{0, USER_ADDRESSES_END}};
static struct range used = {UINT64_MAX, 0}; /* all that may be mapped, hidden or not */

/* Grows when a hidden extent is shown again, shrinks when one was hidden in vain. */
static unsigned hide_trust = HIDE_TRUST_LIMIT;
static unsigned unmapped; /* drops that hid nothing for lack of trust */

static unsigned streak;   /* drops in a row, each beside those before */
static struct range gone; /* what the streak has dropped */

static bool is_error(long result)
{
    return result < 0 && result >= -4095;
}

/* ------------------------------------------------------------------ what is known */

static bool overlap(uint64_t start, uint64_t end, uint64_t other_start, uint64_t other_end)
{
    return start < other_end && other_start < end;
}

/* Nothing is known of [start, end) any more. Of what it leaves of an extent, one side is kept. */
static void forget_extents(uint64_t start, uint64_t end)
{
    for (struct extent *x = extents; x < extents + EXTENT_COUNT; x++) {
        if (x->state == EXTENT_UNKNOWN || !overlap(x->start, x->end, start, end))
            continue;
        uint64_t below = start > x->start ? start - x->start : 0;
        uint64_t above = x->end > end ? x->end - end : 0;
        if (below == 0 && above == 0) {
            x->state = EXTENT_UNKNOWN;
        } else if (below >= above) {
            x->end = start;
        } else {
            x->frame += end - x->start;
            x->start = end;
        }
    }
}

static void note_extent(const struct translation *t, enum extent_state state)
{
    struct extent *x = extents;

    while (x < extents + EXTENT_COUNT && x->state != EXTENT_UNKNOWN)
        x++;
    if (x == extents + EXTENT_COUNT) {
        x = &extents[next_extent++ % EXTENT_COUNT];
        /* Left there it would only be in the way. */
        if (x->state == EXTENT_HIDDEN) {
            LINUX_CALL3(munmap, x->start, x->end - x->start, 0);
            hide_trust -= hide_trust > 0;
        }
    }
    *x = (struct extent){t->start, t->end, t->frame, t->write, false, state};
}

static struct extent *find_extent(uint64_t start, uint64_t end)
{
    for (struct extent *x = extents; x < extents + EXTENT_COUNT; x++) {
        if (x->state != EXTENT_UNKNOWN && x->start <= start && end <= x->end)
            return x;
    }
    return NULL;
}

static struct extent *find_same(const struct translation *t)
{
    struct extent *x = find_extent(t->start, t->end);

    return x && x->frame + (t->start - x->start) == t->frame ? x : NULL;
}

static bool is_empty(uint64_t start, uint64_t end)
{
    for (unsigned i = 0; i < EMPTY_COUNT; i++) {
        if (empty[i].start <= start && end <= empty[i].end)
            return true;
    }
    return false;
}

static void note_used(uint64_t start, uint64_t end)
{
    for (struct range *r = empty; r < empty + EMPTY_COUNT; r++) {
        if (!overlap(start, end, r->start, r->end))
            continue;
        uint64_t below = start > r->start ? start - r->start : 0;
        uint64_t above = r->end > end ? r->end - end : 0;
        if (below >= above)
            r->end = r->start + below;
        else
            r->start = end;
    }
    if (start < used.start)
        used.start = start;
    if (end > used.end)
        used.end = end;
}

static void note_empty(uint64_t start, uint64_t end)
{
    struct range *r = empty;

    while (r < empty + EMPTY_COUNT - 1 && (start > r->end || end < r->start))
        r++;
    if (start > r->end || end < r->start) {
        *r = (struct range){start, end};
        return;
    }
    if (start < r->start)
        r->start = start;
    if (end > r->end)
        r->end = end;
}

bool mappings_none(void)
{
    return used.end == 0;
}

void mappings_changed(uint64_t vaddr)
{
    forget_extents(vaddr, vaddr + BIT(PAGE_BITS));
    note_used(vaddr, vaddr + BIT(PAGE_BITS));
}

/* ------------------------------------------------------------------ dropping */

/* The window is not the guest's. */
static long unmap(uint64_t start, uint64_t end)
{
    uint64_t window = (uint64_t)window_start;
    long result = 0;

    if (start < window && end > start)
        result = LINUX_CALL3(munmap, start, (end < window ? end : window) - start, 0);
    if (end > WINDOW_END && end > start && !is_error(result)) {
        start = start > WINDOW_END ? start : WINDOW_END;
        result = LINUX_CALL3(munmap, start, end - start, 0);
    }
    return result;
}

void mappings_drop_all(struct lane *lane)
{
    unmap(used.start, used.end < USER_ADDRESSES_END ? used.end : USER_ADDRESSES_END);
    patch_unmapped(lane, 0, UINT64_MAX);
    forget_extents(0, UINT64_MAX);
    empty[0] = (struct range){0, USER_ADDRESSES_END};
    used = (struct range){UINT64_MAX, 0};
}

/* For a single mapping that is likely to come back. */
static bool hide(uint64_t start, uint64_t end)
{
    struct extent *x = find_extent(start, end);
    struct translation t;

    if (!x || x->state != EXTENT_SHOWN || (hide_trust == 0 && ++unmapped % HIDE_TRY != 0) ||
        is_error(LINUX_CALL3(mprotect, start, end - start, PROT_NONE)))
        return false;
    t = (struct translation){start, end, x->frame + (start - x->start), x->write};
    forget_extents(start, end);
    note_extent(&t, EXTENT_HIDDEN);
    note_empty(start, end);
    return true;
}

/*
 * Who drops one after the other goes on to do so: [*start, *end) grows by the neighbours that are
 * next, and the more of them the longer it has lasted. What was dropped too early comes back when
 * it is touched. Hidden extents go for good, or they would be in the way of larger ones.
 */
static void look_ahead(uint64_t *start, uint64_t *end)
{
    uint64_t ahead = (*end - *start) << (streak < STREAK_MIN + 8 ? streak - STREAK_MIN + 1 : 9);
    bool down = *end == gone.start;

    if (ahead > AHEAD_LIMIT)
        ahead = AHEAD_LIMIT;
    for (struct extent *x = extents; x < extents + EXTENT_COUNT; x++) {
        if (x->state != EXTENT_HIDDEN || x->start < gone.start || x->end > gone.end)
            continue;
        if (x->start < *start)
            *start = x->start;
        if (x->end > *end)
            *end = x->end;
    }
    if (!down)
        *end = USER_ADDRESSES_END - *end > ahead ? *end + ahead : USER_ADDRESSES_END;
    else
        *start = *start > ahead ? *start - ahead : 0;
}

static void note_gone(uint64_t start, uint64_t end, bool beside)
{
    gone.start = beside && gone.start < start ? gone.start : start;
    gone.end = beside && gone.end > end ? gone.end : end;
}

void mappings_drop(struct lane *lane, uint64_t start, uint64_t end)
{
    if (end > USER_ADDRESSES_END)
        end = USER_ADDRESSES_END;
    if (is_empty(start, end))
        return;
    bool beside = start == gone.end || end == gone.start;
    streak = beside ? streak + 1 : 0;
    if (streak < STREAK_MIN && hide(start, end)) {
        note_gone(start, end, beside);
        return;
    }
    if (streak >= STREAK_MIN)
        look_ahead(&start, &end);
    note_gone(start, end, beside);
    if (is_error(unmap(start, end))) {
        mappings_drop_all(lane); /* a hole would make too many mappings */
        return;
    }
    patch_unmapped(lane, start, end);
    forget_extents(start, end);
    note_empty(start, end);
}

/* ------------------------------------------------------------------ mapping */

static int protection(const struct lane *lane, const struct translation *t)
{
    return PROT_READ | (t->write ? PROT_WRITE : 0) | (base_sites_matter(lane) ? 0 : PROT_EXEC);
}

enum extent_state mappings_state(const struct translation *t)
{
    struct extent *x = find_same(t);

    return x ? x->state : EXTENT_UNKNOWN;
}

bool mappings_show(const struct lane *lane, const struct translation *t)
{
    struct extent *x = find_same(t);

    if (!x)
        return false;
    /* What was searched may be other text by now. */
    if (x->state == EXTENT_SHOWN && x->write == t->write && !x->executed)
        return true;
    bool was_hidden = x->state == EXTENT_HIDDEN;
    /* A call that fails may have got half of the way. */
    forget_extents(t->start, t->end);
    note_used(t->start, t->end);
    if (is_error(LINUX_CALL3(mprotect, t->start, t->end - t->start, protection(lane, t))))
        return false;
    if (was_hidden)
        hide_trust = HIDE_TRUST_LIMIT;
    note_extent(t, EXTENT_SHOWN);
    return true;
}

long mappings_map(struct lane *lane, const struct translation *t, bool replace)
{
    /* Of more than a page, some may never be touched. */
    int flags = MAP_SHARED | (replace ? MAP_FIXED : MAP_FIXED_NOREPLACE) |
                (t->end - t->start == BIT(PAGE_BITS) ? MAP_POPULATE : 0);
    long result = LINUX_CALL6(mmap, t->start, t->end - t->start, protection(lane, t), flags,
                              STUB_FD_MEMORY, KERNEL_RAM_OFFSET + t->frame);

    if (replace && !is_empty(t->start, t->end))
        patch_unmapped(lane, t->start, t->end);
    if (find_extent(t->start, t->end) && find_extent(t->start, t->end)->state == EXTENT_HIDDEN)
        hide_trust -= hide_trust > 0;
    if (is_error(result)) {
        if (replace)
            mappings_drop_all(lane);
        return result;
    }
    forget_extents(t->start, t->end);
    note_extent(t, EXTENT_SHOWN);
    note_used(t->start, t->end);
    return 0;
}

void mappings_touch(uint64_t page)
{
    LINUX_CALL3(madvise, page, BIT(PAGE_BITS), MADV_POPULATE_READ);
}

void mappings_around(uint64_t page, uint64_t *start, uint64_t *end)
{
    struct extent *x = find_extent(page, page + BIT(PAGE_BITS));
    bool shown = x && x->state == EXTENT_SHOWN;

    *start = shown ? x->start : page;
    *end = shown ? x->end : page + BIT(PAGE_BITS);
}

void mappings_execute(struct lane *lane, uint64_t start, uint64_t end)
{
    struct translation t;

    kernel_translate(&lane->machine->kernel, lane->slot->vspace, start, &t);
    for (struct extent *x = extents; x < extents + EXTENT_COUNT; x++) {
        if (x->state == EXTENT_SHOWN && overlap(x->start, x->end, start, end))
            x->executed = true;
    }
    long result = LINUX_CALL3(mprotect, start, end - start, protection(lane, &t) | PROT_EXEC);
    if (result == -ENOMEM)
        mappings_drop_all(lane); /* vm.max_map_count */
    else if (is_error(result))
        memory_fail(lane, result);
}

void mappings_clip(struct translation *t, uint64_t address)
{
    for (struct extent *x = extents; x < extents + EXTENT_COUNT; x++) {
        if (x->state == EXTENT_UNKNOWN || !overlap(x->start, x->end, t->start, t->end))
            continue;
        if (x->state == EXTENT_HIDDEN && !is_error(unmap(x->start, x->end))) {
            x->state = EXTENT_UNKNOWN;
        } else if (x->end <= address) {
            t->frame += x->end - t->start;
            t->start = x->end;
        } else if (x->start > address) {
            t->end = x->start;
        }
    }
}
