/*
 * The text of the program that a machine was started with, mapped from its own file, so that tools
 * which look at this process from outside (perf, gdb) find its name and its symbols there.
 *
 * These pages are private copies of frames like those of patch.c, with the same rules: what the
 * guest reads is what its frames hold, and whoever may write to a frame ends its copies.
 */
#include <linux/mman.h>

#include "stub/base_sites.h"
#include "stub/patch.h"
#include "stub/stub.h"
#include "stub/syscalls.h"

#define PAGE_SIZE BIT(PAGE_BITS)

static bool tried; /* since nothing was mapped */

void text_forget(void)
{
    tried = false;
}

/* As many pages from the start as may be copies. */
static uint64_t note_copies(struct lane *lane)
{
    const struct engine_state *e = lane->engine;
    uint64_t vaddr = e->text_start;

    while (vaddr < e->text_end && patch_note_copy(lane, vaddr))
        vaddr += PAGE_SIZE;
    return vaddr;
}

/* Gives the pages what their frames hold. False: this is another program at the same addresses. */
static bool take_frames(struct lane *lane, uint64_t end)
{
    const struct engine_state *e = lane->engine;
    struct kernel *k = &lane->machine->kernel;
    struct translation t;

    for (uint64_t vaddr = e->text_start; vaddr < end; vaddr += PAGE_SIZE) {
        kernel_translate(k, lane->slot->vspace, vaddr, &t);
        const void *frame = kernel_at(k, t.frame + (vaddr - t.start));
        if (__builtin_memcmp((void *)vaddr, frame, PAGE_SIZE) == 0)
            continue;
        /* The file goes on where the segment has ended. */
        if (vaddr + PAGE_SIZE != e->text_end)
            return false;
        __builtin_memcpy((void *)vaddr, frame, PAGE_SIZE);
    }
    return true;
}

bool text_show(struct lane *lane, uint64_t address)
{
    const struct engine_state *e = lane->engine;
    uint64_t start = e->text_start, end;
    long at;

    if (tried || address < start || address >= e->text_end)
        return false;
    tried = true;
    end = note_copies(lane);
    if (end == start)
        return false;
    at = LINUX_CALL6(mmap, start, end - start, PROT_READ | PROT_WRITE | PROT_EXEC,
                     MAP_PRIVATE | MAP_FIXED, STUB_FD_TEXT, e->text_offset);
    if (at == (long)start && take_frames(lane, end)) {
        for (uint64_t vaddr = start; vaddr < end; vaddr += PAGE_SIZE)
            base_sites_write(lane, vaddr);
        LINUX_CALL3(mprotect, start, end - start, PROT_READ | PROT_EXEC);
        return true;
    }
    LINUX_CALL3(munmap, start, end - start, 0);
    patch_unmapped(lane, start, end);
    return true;
}
