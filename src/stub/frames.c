/* Which frames may be written, see frames.h. */
#include "stub/frames.h"

#include <linux/mman.h>

#include "kernel/thread.h"
#include "stub/mappings.h"
#include "stub/syscalls.h"

#define FD_FRAMES 6

/*
 * One mapping: the lane and the page number of the address, which has 47 bits at most. With
 * NOTHING else set it is a writable one; with COPIED it is where the only private copy is.
 */
#define PAGE_NUMBER MASK(35)
#define LANE_SHIFT  36
#define WRITABLE    BIT(60)
#define COPIED      BIT(61)
#define SHARED_COPY BIT(62) /* COPIED, in more than one place */
#define NEVER       BIT(63) /* written while copied, or writable in two places at once */

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

/* Whether the mapping that `note` names still gives its VSpace the right to write to the page. */
static bool still_writable(struct lane *lane, uint64_t note, paddr frame)
{
    const struct lane_slot *slot = &lane->engine->lane[note >> LANE_SHIFT & (LANE_MAX - 1)];
    uint64_t vaddr = (note & PAGE_NUMBER) << PAGE_BITS;
    struct translation t;

    return slot->vspace != 0 && kernel_translate(&lane->machine->kernel, slot->vspace, vaddr, &t) &&
           t.write && t.frame + (vaddr - t.start) == frame;
}

void frames_written(struct lane *lane, paddr frame)
{
    uint64_t *note = &frames()[frame >> PAGE_BITS];

    if (*note & COPIED)
        lane->engine->patch_epoch++;
    *note = NEVER;
}

void frames_writable(struct lane *lane, uint64_t vaddr, paddr frame, uint64_t size)
{
    uint64_t *note = &frames()[frame >> PAGE_BITS];
    uint64_t now = WRITABLE | mapping(lane, vaddr);

    for (uint64_t done = 0; done < size; done += BIT(PAGE_BITS), note++, now++) {
        if (*note == now || (*note & NEVER))
            continue;
        if ((*note & COPIED) || ((*note & WRITABLE) && still_writable(lane, *note, frame + done)))
            frames_written(lane, frame + done);
        else
            *note = now;
    }
}

/* The kernel writes messages to buffers, whatever the page's mappings say. */
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

    if (*note & NEVER)
        return false;
    if (*note & COPIED) {
        *note |= (*note & MASK(LANE_SHIFT + 12)) == here ? 0 : SHARED_COPY;
        return true;
    }
    if (*note != (WRITABLE | here) && (*note & WRITABLE) && still_writable(lane, *note, frame))
        return false;
    if (is_buffer(lane, frame)) {
        *note = NEVER;
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
