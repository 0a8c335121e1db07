/* Which frames may be written, see frames.h. */
#include "stub/frames.h"

#include <linux/mman.h>

#include "kernel/thread.h"
#include "stub/mappings.h"
#include "stub/syscalls.h"

#define FD_FRAMES 6

#define TOP_LEVEL  39 /* log2 of what an entry of a PML4 covers */
#define LEVEL_STEP 9

/*
 * A word is 0, or one of three notes. WRITABLE and COPIED name one mapping: the lane and the page
 * number of the address, which has 47 bits at most. BARRED does not know where the frame may be
 * written; it counts requests for a copy until all page tables are searched for that.
 */
#define PAGE_NUMBER MASK(35)
#define LANE_SHIFT  36
#define WRITABLE    BIT(60)
#define COPIED      BIT(61)
#define SHARED_COPY BIT(62) /* COPIED, in more than one place: the word names the first */
#define BARRED      BIT(63) /* written while copied, or writable in two places at once */

#define COUNT_MASK     MASK(16) /* BARRED: requests that are refused before the next search */
#define PATIENCE_SHIFT 16       /* and their number after the last one */

/* Requests come with traps. So many cost what a copy costs, and so many a search at least. */
#define AFTER_WRITE  16u
#define AFTER_SEARCH 64u
#define PATIENCE_MAX 8192u

_Static_assert(LANE_MAX <= 1 << 12, "a lane's index fits");

static uint64_t *frames(void)
{
    return (uint64_t *)(window_start + WINDOW_FRAMES_OFFSET);
}

static uint64_t table_size(uint64_t memory_size)
{
    return ((memory_size >> PAGE_BITS) * sizeof(uint64_t) + MASK(PAGE_BITS)) & ~MASK(PAGE_BITS);
}

bool frames_map(uint64_t memory_size)
{
    long at = LINUX_CALL6(mmap, frames(), table_size(memory_size), PROT_READ | PROT_WRITE,
                          MAP_SHARED | MAP_FIXED | MAP_NORESERVE, FD_FRAMES, 0);

    return at == (long)frames();
}

bool frames_make(uint64_t memory_size)
{
    long fd = LINUX_CALL3(memfd_create, "sel4ux-frames", 0, 0);

    if (fd < 0 || LINUX_CALL3(ftruncate, fd, table_size(memory_size), 0) != 0)
        return false;
    if (fd != FD_FRAMES &&
        (LINUX_CALL3(dup2, fd, FD_FRAMES, 0) < 0 || LINUX_CALL3(close, fd, 0, 0) < 0))
        return false;
    return frames_map(memory_size);
}

static uint64_t mapping(const struct lane *lane, uint64_t vaddr)
{
    return (uint64_t)lane->index << LANE_SHIFT | (vaddr >> PAGE_BITS & PAGE_NUMBER);
}

/* Whether the mapping that `note` names is still there, and with the right to write if asked. */
static bool still_there(struct lane *lane, uint64_t note, paddr frame, bool write)
{
    const struct lane_slot *slot = &lane->engine->lane[note >> LANE_SHIFT & (LANE_MAX - 1)];
    uint64_t vaddr = (note & PAGE_NUMBER) << PAGE_BITS;
    struct translation t;

    return slot->vspace != 0 && kernel_translate(&lane->machine->kernel, slot->vspace, vaddr, &t) &&
           (t.write || !write) && t.frame + (vaddr - t.start) == frame;
}

static uint64_t barred(uint64_t patience)
{
    return BARRED | patience << PATIENCE_SHIFT | patience;
}

void frames_written(struct lane *lane, paddr frame)
{
    uint64_t *note = &frames()[frame >> PAGE_BITS];

    if (*note & COPIED)
        lane->engine->patch_epoch++;
    if (!(*note & BARRED))
        *note = barred(AFTER_WRITE);
}

void frames_written_here(struct lane *lane, uint64_t vaddr, paddr frame)
{
    if (frames()[frame >> PAGE_BITS] != (COPIED | mapping(lane, vaddr)))
        frames_written(lane, frame);
}

void frames_writable(struct lane *lane, uint64_t vaddr, paddr frame, uint64_t size)
{
    uint64_t *note = &frames()[frame >> PAGE_BITS];
    uint64_t now = WRITABLE | mapping(lane, vaddr);

    for (uint64_t done = 0; done < size; done += BIT(PAGE_BITS), note++, now++) {
        if (*note == now || (*note & BARRED))
            continue;
        if (*note != 0 &&
            ((*note & SHARED_COPY) || still_there(lane, *note, frame + done, *note & WRITABLE)))
            frames_written(lane, frame + done);
        else
            *note = now;
    }
}

void frames_filled(struct lane *lane, paddr start, uint64_t size)
{
    for (paddr frame = start & ~MASK(PAGE_BITS); frame < start + size; frame += BIT(PAGE_BITS)) {
        if (frames()[frame >> PAGE_BITS] & COPIED)
            frames_written(lane, frame);
    }
}

void frames_cleared(paddr start, uint64_t size)
{
    __builtin_memset(&frames()[start >> PAGE_BITS], 0, size >> PAGE_BITS << 3);
}

/* Whether a table whose entries are of `level` lets anyone write to the frame but at `here`. */
static bool lets_write(const struct kernel *k, paddr table, unsigned level, uint64_t vaddr,
                       paddr frame, uint64_t here)
{
    const uint64_t *entry = kernel_at(k, table), rights = PTE_WRITE | PTE_USER;
    unsigned count = level == TOP_LEVEL ? 256 : 512;

    for (unsigned i = 0; i < count; i++, entry++, vaddr += BIT(level)) {
        if (!(*entry & PTE_PRESENT))
            continue;
        if (level != PAGE_BITS && !(*entry & PTE_LARGE)) {
            if (lets_write(k, *entry & PTE_ADDR_MASK, level - LEVEL_STEP, vaddr, frame, here))
                return true;
            continue;
        }
        uint64_t offset = frame - (*entry & PTE_ADDR_MASK & ~MASK(level));
        if (offset < BIT(level) && (*entry & rights) == rights && vaddr + offset != here)
            return true;
    }
    return false;
}

/* Asks the tables of all VSpaces that have a process. */
static bool is_writable_elsewhere(struct lane *lane, uint64_t vaddr, paddr frame)
{
    const struct engine_state *e = lane->engine;

    for (uint32_t i = 0; i < e->lane_count; i++) {
        if (e->lane[i].vspace != 0 &&
            lets_write(&lane->machine->kernel, e->lane[i].vspace, TOP_LEVEL, 0, frame,
                       i == lane->index ? vaddr : UINT64_MAX))
            return true;
    }
    return false;
}

/* Whether the frame at vaddr is still barred; asked again, it may not be. */
static bool is_barred(struct lane *lane, uint64_t vaddr, paddr frame)
{
    uint64_t *note = &frames()[frame >> PAGE_BITS], patience;

    if (!(*note & BARRED))
        return false;
    if (*note & COUNT_MASK) {
        --*note;
        return true;
    }
    if (!is_writable_elsewhere(lane, vaddr, frame))
        return false;
    patience = 2 * (*note >> PATIENCE_SHIFT & COUNT_MASK);
    if (patience < AFTER_SEARCH)
        patience = AFTER_SEARCH;
    *note = barred(patience < PATIENCE_MAX ? patience : PATIENCE_MAX);
    return true;
}

/*
 * The kernel writes messages to buffers, whatever the page's mappings say. Each has been barred
 * when it became one, so only what comes from there has to be asked.
 */
static bool is_buffer(struct lane *lane, paddr frame)
{
    struct kernel *k = &lane->machine->kernel;

    for (paddr tcb = k->all_threads; tcb != 0; tcb = kernel_tcb(k, tcb)->all_next) {
        if (thread_ipc_buffer(k, tcb, true) >> PAGE_BITS == frame >> PAGE_BITS)
            return true;
    }
    return false;
}

static bool may_copy(struct lane *lane, uint64_t vaddr, paddr frame)
{
    uint64_t *note = &frames()[frame >> PAGE_BITS];
    uint64_t here = mapping(lane, vaddr);

    if (is_barred(lane, vaddr, frame))
        return false;
    if (*note & COPIED) {
        *note |= (*note & MASK(LANE_SHIFT + 12)) == here ? 0 : SHARED_COPY;
        return true;
    }
    if (*note != (WRITABLE | here) && (*note & WRITABLE) && still_there(lane, *note, frame, true))
        return false;
    if ((*note & BARRED) && is_buffer(lane, frame)) {
        *note = barred(AFTER_SEARCH);
        return false;
    }
    *note = COPIED | here;
    return true;
}

bool frames_copy(struct lane *lane, uint64_t vaddr, paddr frame)
{
    if (!may_copy(lane, vaddr, frame))
        return false;
    mappings_changed(vaddr);
    return true;
}

void frames_copy_gone(struct lane *lane, uint64_t vaddr, paddr frame)
{
    uint64_t *note = &frames()[frame >> PAGE_BITS];

    if (*note == (COPIED | mapping(lane, vaddr)))
        *note = 0;
}

bool frames_is_copied(paddr frame)
{
    return frames()[frame >> PAGE_BITS] & COPIED;
}
