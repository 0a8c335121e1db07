/*
 * The process's mappings are a cache of its VSpace's page tables, filled by page faults. Entries
 * may be missing at any time, never stale: what the tables changed is dropped before guest code
 * runs again. Nothing here ever touches the window.
 */
#include <linux/mman.h>
#include <linux/errno.h>

#include "stub/frames.h"
#include "stub/patch.h"
#include "stub/stub.h"
#include "stub/syscalls.h"

/* Neighbours are mapped along with a page as far as this naturally aligned block goes. */
#define AROUND_BITS LARGE_BITS

/* Below this, Linux may refuse mappings (vm.mmap_min_addr). */
#define LOW_ADDRESSES 0x10000ull

#define MAX_MAP_LOW_TEXT                                                                           \
    "the guest maps its lowest addresses, which this host forbids: lower vm.mmap_min_addr"

static void unmap(struct lane *lane, uint64_t start, uint64_t end)
{
    if (end > start && LINUX_CALL3(munmap, start, end - start, 0) == -ENOMEM)
        memory_forget_all(lane); /* a hole would make too many mappings */
    else
        patch_unmapped(lane, start, end);
}

void memory_forget_all(struct lane *lane)
{
    LINUX_CALL3(munmap, 0, (uint64_t)window_start, 0);
    LINUX_CALL3(munmap, WINDOW_END, USER_ADDRESSES_END - WINDOW_END, 0);
    patch_unmapped(lane, 0, UINT64_MAX);
    lane->mapped_start = UINT64_MAX;
    lane->mapped_end = 0;
}

static void forget(struct lane *lane, uint64_t start, uint64_t end)
{
    uint64_t window = (uint64_t)window_start;

    if (start < lane->mapped_start)
        start = lane->mapped_start;
    if (end > lane->mapped_end)
        end = lane->mapped_end;
    if (start < window && end > window) {
        unmap(lane, start, window);
        unmap(lane, WINDOW_END, end);
    } else if (start < window || start >= WINDOW_END) {
        unmap(lane, start, end);
    } else {
        unmap(lane, WINDOW_END, end);
    }
}

/* Copies of text pages must not outlive what they are copies of. */
static void forget_copies(struct lane *lane)
{
    struct kernel *k = &lane->machine->kernel;

    if (k->buffer_frame != 0 && lane->engine->patches)
        frames_written(lane, k->buffer_frame);
    k->buffer_frame = 0;
    if (lane->patch_epoch != lane->engine->patch_epoch)
        patch_drop_written(lane);
    lane->patch_epoch = lane->engine->patch_epoch;
}

void memory_forget_changes(struct lane *lane)
{
    struct pml4 *pml4 = kernel_at(&lane->machine->kernel, lane->slot->vspace);
    struct vspace_shadow *shadow = &pml4->shadow;

    if (shadow->flush_all || lane->slot->stale) {
        if (lane->mapped_end != 0)
            memory_forget_all(lane);
        if (lane->slot->stale)
            patch_begin(lane);
        shadow->flush_all = false;
        lane->slot->stale = false;
    } else {
        for (uint32_t i = 0; i < shadow->pending; i++)
            forget(lane, shadow->range[i].start, shadow->range[i].end);
    }
    shadow->pending = 0;
    forget_copies(lane);
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

static long map(const struct translation *t, int how)
{
    int prot = PROT_READ | PROT_EXEC | (t->write ? PROT_WRITE : 0);

    return LINUX_CALL6(mmap, t->start, t->end - t->start, prot, MAP_SHARED | how, STUB_FD_MEMORY,
                       KERNEL_RAM_OFFSET + t->frame);
}

static bool is_error(long result)
{
    return result < 0 && result >= -4095;
}

static void map_or_fail(struct lane *lane, const struct translation *t)
{
    long result = map(t, MAP_FIXED);

    if (result == -ENOMEM) {
        memory_forget_all(lane); /* vm.max_map_count */
        result = map(t, MAP_FIXED);
    }
    if (!is_error(result))
        return;
    if (t->start < LOW_ADDRESSES && (result == -EPERM || result == -EACCES))
        stub_fail(lane->machine, MAX_MAP_LOW_TEXT);
    stub_fail(lane->machine, result == -EPERM || result == -EACCES
                                 ? "the host refuses executable shared memory (vm.memfd_noexec?)"
                                 : "the host has no memory for another mapping");
}

/* A large page at the lowest addresses: leave out what Linux may refuse, unless it is wanted. */
static void spare_low(struct translation *t, uint64_t address)
{
    if (t->start < LOW_ADDRESSES && address >= LOW_ADDRESSES) {
        t->frame += LOW_ADDRESSES - t->start;
        t->start = LOW_ADDRESSES;
    }
}

enum refill_result memory_refill(struct lane *lane, uint64_t address, bool write)
{
    struct machine *m = lane->machine;
    paddr pml4 = lane->slot->vspace;
    struct translation t;

    if (address >= USER_ADDRESSES_END || !kernel_translate(&m->kernel, pml4, address, &t) ||
        (write && !t.write))
        return REFILL_FAULT;
    if (!machine_is_ram(m, t.frame + (address - t.start)))
        return REFILL_DEVICE;

    if (write)
        patch_written(lane, address);
    struct translation around = t;
    grow(m, pml4, &around);
    spare_low(&around, address);
    /* Where a neighbour is mapped already, it keeps what Linux has built for it. */
    if (is_error(map(&around, MAP_FIXED_NOREPLACE))) {
        around = t;
        spare_low(&around, address);
        map_or_fail(lane, &around);
    }
    if (t.write && lane->engine->patches) {
        frames_writable(lane, around.start, around.frame, around.end - around.start);
        forget_copies(lane);
    }
    if (around.start < lane->mapped_start)
        lane->mapped_start = around.start;
    if (around.end > lane->mapped_end)
        lane->mapped_end = around.end;
    return REFILL_DONE;
}
