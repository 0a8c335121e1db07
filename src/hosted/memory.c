/*
 * The process's mappings as the root VSpace's tables want them: what an invocation changed is
 * changed here before guest code runs again, and only at addresses that this file has mapped.
 * What Linux or the C library has put somewhere is never touched.
 */
#include "hosted/hosted.h"

#include <errno.h>
#include <string.h>
#include <sys/mman.h>

#include "hosted/linux.h"
#include "kernel/cspace.h"
#include "kernel/ipc.h"
#include "kernel/vspace/tables.h"

/* ------------------------------------------------------------------ calls of Linux */

/*
 * Raw ones: ThreadSanitizer takes a mapping for a write that others must be in order with, and
 * ends the program at an address that it wants for itself.
 */
#define MAX_ERRNO 4095

static bool failed(long result)
{
    return result < 0 && result >= -MAX_ERRNO;
}

/* The address, or -errno. */
static long map_at(uint64_t start, uint64_t end, int prot, int how, int fd, uint64_t offset)
{
    return LINUX_CALL6(mmap, start, end - start, prot, how, fd, offset);
}

static void unmap(uint64_t start, uint64_t end)
{
    long result = LINUX_CALL3(munmap, start, end - start, 0);

    if (result != 0)
        hosted_fail("can't unmap 0x%llx: %s", (unsigned long long)start, strerror((int)-result));
}

/* ------------------------------------------------------------------ which addresses are ours */

struct range {
    uint64_t start, end;
};

/* Ascending, neither overlapping nor touching. */
static struct {
    struct range *range;
    size_t count, room;
} ours;

#define FIRST_ROOM 4096

/* The first range that ends behind `address`. */
static size_t first_behind(uint64_t address)
{
    size_t low = 0, high = ours.count;

    while (low < high) {
        size_t middle = (low + high) / 2;

        if (ours.range[middle].end > address)
            high = middle;
        else
            low = middle + 1;
    }
    return low;
}

static bool overlaps_ours(uint64_t start, uint64_t end)
{
    size_t i = first_behind(start);

    return i < ours.count && ours.range[i].start < end;
}

static void make_room(void)
{
    size_t before = ours.room * sizeof ours.range[0], size = before != 0 ? 2 * before : FIRST_ROOM;
    long at = before == 0
                  ? map_at(0, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0)
                  : LINUX_CALL6(mremap, ours.range, before, size, MREMAP_MAYMOVE, 0, 0);

    if (failed(at))
        hosted_fail("the host has no memory to keep track of mappings");
    ours.range = (struct range *)at;
    ours.room = size / sizeof ours.range[0];
}

static void insert(size_t at, struct range range)
{
    if (ours.count == ours.room)
        make_room();
    memmove(&ours.range[at + 1], &ours.range[at], (ours.count++ - at) * sizeof ours.range[0]);
    ours.range[at] = range;
}

static void delete (size_t at)
{
    ours.count--;
    memmove(&ours.range[at], &ours.range[at + 1], (ours.count - at) * sizeof ours.range[0]);
}

/* [start, end) is none of ours yet. */
static void add(uint64_t start, uint64_t end)
{
    size_t i = first_behind(start);

    if (i > 0 && ours.range[i - 1].end == start) {
        ours.range[--i].end = end;
    } else {
        insert(i, (struct range){start, end});
    }
    if (i + 1 < ours.count && ours.range[i + 1].start == end) {
        ours.range[i].end = ours.range[i + 1].end;
        delete (i + 1);
    }
}

/* Unmaps what is ours of [start, end). */
static void drop(uint64_t start, uint64_t end)
{
    size_t i = first_behind(start);

    while (i < ours.count && ours.range[i].start < end) {
        struct range r = ours.range[i];
        uint64_t from = r.start > start ? r.start : start, to = r.end < end ? r.end : end;

        unmap(from, to);
        delete (i);
        if (to < r.end)
            insert(i, (struct range){to, r.end});
        if (r.start < from)
            insert(i++, (struct range){r.start, from});
    }
}

/* ------------------------------------------------------------------ mapping */

static struct range reserved; /* by memory_refuses_map(): ours if the tables want it so */

static void tell_of_conflict(uint64_t start, uint64_t end)
{
    static bool told;

    if (!told)
        log_warning(&hosted.log,
                    "0x%llx-0x%llx can't be mapped: the Linux process uses these addresses already",
                    (unsigned long long)start, (unsigned long long)end);
    told = true;
}

static void map(const struct translation *t)
{
    int prot = PROT_READ | PROT_EXEC | (t->write ? PROT_WRITE : 0);
    bool is_reserved = t->start >= reserved.start && t->end <= reserved.end;
    int how = is_reserved ? MAP_FIXED : MAP_FIXED_NOREPLACE;
    uint64_t offset = KERNEL_RAM_OFFSET + t->frame;
    long at = map_at(t->start, t->end, prot, MAP_SHARED | how, hosted.memory.fd, offset);

    if (at == (long)t->start) {
        add(t->start, t->end);
        return;
    }
    if (failed(at) && at != -EEXIST)
        hosted_fail("can't map memory at 0x%llx: %s", (unsigned long long)t->start,
                    strerror((int)-at));
    tell_of_conflict(t->start, t->end);
    if (!failed(at))
        unmap((uint64_t)at, (uint64_t)at + (t->end - t->start));
}

/* Grows *t over what follows it in both address spaces, below `end`. */
static void grow(struct translation *t, uint64_t end)
{
    struct translation next;

    while (t->end < end && kernel_translate(hosted_kernel(), hosted.vspace, t->end, &next) &&
           next.frame == t->frame + (t->end - t->start) && next.write == t->write &&
           machine_is_ram(hosted.machine, next.frame))
        t->end = next.end;
}

/* The first address behind `vaddr` that may be mapped, as far as the tables above it say. */
static uint64_t skip_hole(uint64_t vaddr)
{
    unsigned level = LEVEL_PT;

    walk(hosted_kernel(), hosted.vspace, vaddr, LEVEL_PT, &level);
    return (vaddr & ~MASK(level)) + BIT(level);
}

static void map_range(uint64_t start, uint64_t end)
{
    while (start < end) {
        struct translation t;

        if (!kernel_translate(hosted_kernel(), hosted.vspace, start, &t)) {
            start = skip_hole(start);
            continue;
        }
        if (machine_is_ram(hosted.machine, t.frame)) {
            grow(&t, end);
            map(&t);
        }
        start = t.end;
    }
}

static void release_reserved(void)
{
    for (uint64_t at = reserved.start; at < reserved.end;) {
        size_t i = first_behind(at);
        uint64_t end = i < ours.count && ours.range[i].start < reserved.end ? ours.range[i].start
                                                                            : reserved.end;
        if (end > at)
            unmap(at, end);
        at = end < reserved.end ? ours.range[i].end : end;
    }
    reserved = (struct range){0};
}

void memory_apply(void)
{
    struct pml4 *pml4 = kernel_at(hosted_kernel(), hosted.vspace);
    struct vspace_shadow *shadow = &pml4->shadow;

    if (shadow->flush_all) {
        drop(0, USER_TOP);
        map_range(0, USER_TOP);
        shadow->flush_all = false;
    }
    for (uint32_t i = 0; i < shadow->pending; i++) {
        drop(shadow->range[i].start, shadow->range[i].end);
        map_range(shadow->range[i].start, shadow->range[i].end);
    }
    shadow->pending = 0;
    if (reserved.end != 0)
        release_reserved();
}

/* ------------------------------------------------------------------ faults */

bool memory_refill(uint64_t address, bool write)
{
    struct translation t;

    if (!kernel_translate(hosted_kernel(), hosted.vspace, address, &t) || (write && !t.write) ||
        !machine_is_ram(hosted.machine, t.frame) || overlaps_ours(t.start, t.end))
        return false;
    map(&t);
    return overlaps_ours(t.start, t.end);
}

bool memory_is_device(uint64_t address)
{
    struct translation t;

    return kernel_translate(hosted_kernel(), hosted.vspace, address, &t) &&
           !machine_is_ram(hosted.machine, t.frame);
}

/* ------------------------------------------------------------------ asking Linux first */

/* Takes [start, end) if nothing is there. */
static bool reserve(uint64_t start, uint64_t end)
{
    long at = map_at(start, end, PROT_NONE,
                     MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_FIXED_NOREPLACE, -1, 0);

    if (at == (long)start)
        return true;
    if (!failed(at))
        unmap((uint64_t)at, (uint64_t)at + (end - start));
    return false;
}

/* Below everything that guests and loaders like to use, and in the same table as what they like. */
#define ROOM_START 0xfe00000ull
#define ROOM_STEP  0x200000ull
#define ROOM_TRIES 4096

uint64_t memory_find_room(uint64_t size)
{
    for (unsigned n = 0; n < ROOM_TRIES; n++) {
        uint64_t start = ROOM_START + n * ROOM_STEP;

        if (!reserve(start, start + size))
            continue;
        unmap(start, start + size);
        return start;
    }
    return 0;
}

#define MAP_WORDS 3
#define MAP_CAPS  1

/* The VSpace that a Map names is the first of the message's capabilities. */
static bool is_for_us(struct kernel *k)
{
    paddr buffer = thread_ipc_buffer(k, k->current, false), slot;
    struct cap root;

    return buffer != 0 &&
           cspace_lookup_cap(k, k->current, ipc_buffer_words(k, buffer)[IPC_BUF_CAPS], &root,
                             &slot) &&
           root.type == CAP_PML4 && root.obj == hosted.vspace;
}

static bool is_page_map(struct kernel *k, uint64_t label)
{
    return label < ABI_MAX_LABEL && k->abi.invocation[label] == INV_X86_PAGE_MAP;
}

/*
 * seL4 has no error for "your host has something else there"; DeleteFirst is what a page gets that
 * would replace a table.
 */
static void refuse(struct kernel *k, uint64_t start, uint64_t end)
{
    tell_of_conflict(start, end);
    ipc_set_info(kernel_current(k), (struct message_info){.label = seL4_DeleteFirst});
}

bool memory_refuses_map(struct lane *lane)
{
    struct kernel *k = hosted_kernel();
    struct message_info info = message_info_from_word(lane_tcb(lane)->regs.rsi);
    uint64_t vaddr = ipc_get_mr(k, lane->tcb, 0, 0), size;
    struct translation t;
    struct cap frame;
    paddr slot;

    if (!is_page_map(k, info.label) || info.length < MAP_WORDS || info.extra_caps < MAP_CAPS ||
        !cspace_lookup_cap(k, lane->tcb, lane_tcb(lane)->regs.rdi, &frame, &slot) ||
        frame.type != CAP_FRAME || frame.frame.map != FRAME_UNMAPPED || !is_for_us(k))
        return false;
    size = BIT(frame_bits(frame));
    if ((vaddr & (size - 1)) != 0 || vaddr > USER_TOP - size ||
        overlaps_ours(vaddr, vaddr + size) || kernel_translate(k, hosted.vspace, vaddr, &t))
        return false;
    if (reserve(vaddr, vaddr + size)) {
        reserved = (struct range){vaddr, vaddr + size};
        return false;
    }
    refuse(k, vaddr, vaddr + size);
    return true;
}
