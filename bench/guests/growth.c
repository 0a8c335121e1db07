/*
 * How costs grow with what there is already: blocked threads, VSpaces, levels of CNodes, mapped
 * pages, relatives of a capability. Each figure is a call and a reply, a mapping or a copy that has
 * nothing to do with them, except where it is of that very kind.
 *
 * What is made goes into CNodes of its own: the root CNode is too small.
 */
#include "peer.h"

#define STORE_RADIX 14
#define VM          seL4_X86_Default_VMAttributes
#define FAR         0x200000000000ul /* where pages are mapped by the thousand */

static seL4_CPtr temporary; /* a slot */

/*
 * Objects come from the largest untyped that is left: the runtime's own allocator asks the small
 * ones first, which are many and soon full.
 */
static seL4_Error retype(seL4_CPtr slot, seL4_Word type)
{
    static seL4_Word bits = seL4_MaxUntypedBits, index;
    const seL4_BootInfo *info = seL4_GetBootInfo();
    seL4_Word count = info->untyped.end - info->untyped.start;

    for (; bits > seL4_LargePageBits; bits--, index = 0) {
        for (; index < count; index++) {
            const seL4_UntypedDesc *untyped = &info->untypedList[index];

            if (!untyped->isDevice && untyped->sizeBits == bits &&
                seL4_Untyped_Retype(info->untyped.start + index, type, 0, ROOT, 0, 0, slot, 1) ==
                    seL4_NoError)
                return seL4_NoError;
        }
    }
    return seL4_NotEnoughMemory;
}

static const char *numbered(const char *base, seL4_Word number)
{
    static char digits[24];
    size_t at = sizeof(digits) - 1;

    do {
        digits[--at] = (char)('0' + number % 10);
        number /= 10;
    } while (number);
    return bench_name(base, digits + at);
}

/* Moves what is in `slot` out of the root CNode. */
static void store(seL4_CPtr slot, seL4_Word index)
{
    static seL4_CPtr cnodes[80];
    seL4_Word which = index >> STORE_RADIX, inside = index & ((1ul << STORE_RADIX) - 1);

    if (which >= sizeof(cnodes) / sizeof(cnodes[0]))
        guest_die("too much to store");
    if (!cnodes[which])
        cnodes[which] = object_alloc(seL4_CapTableObject, STORE_RADIX);
    must("store", seL4_CNode_Move(cnodes[which], inside, STORE_RADIX, ROOT, slot, DEPTH));
}

static seL4_CPtr make(seL4_Word type)
{
    must("make", retype(temporary, type));
    return temporary;
}

static void round_trip(struct peer *peer, const char *name)
{
    struct bench *bench = bench_open(name, 1);

    while (bench_more(bench)) {
        seL4_Word start = cycles();

        seL4_Call(peer->endpoint, seL4_MessageInfo_new(0, 0, 0, 0));
        bench_add(bench, cycles() - start);
    }
    bench_close(bench);
}

/* ------------------------------------------------------------------ threads and VSpaces */

/* `syscall` and a loop, see start_receiver(). */
static const unsigned char code[] = {0x0f, 0x05, 0xeb, 0xfe};
static seL4_CPtr code_frame, quiet;
static seL4_Word code_here, stored;

/* A thread that waits on an endpoint for ever, in a VSpace where the code is at `address`. */
static void start_receiver(seL4_CPtr vspace, seL4_Word address)
{
    seL4_UserContext regs = {
        .rip = address, .rsp = address, .rdx = (seL4_Word)seL4_SysRecv, .rdi = quiet};
    seL4_CPtr tcb = make(seL4_TCBObject);

    must("configure", seL4_TCB_Configure(tcb, 0, ROOT, 0, vspace, 0, 0, 0));
    must("priority", seL4_TCB_SetSchedParams(tcb, OWN_TCB, PRIO_HIGH, PRIO_HIGH));
    must("start", seL4_TCB_WriteRegisters(tcb, true, 0, sizeof(regs) / sizeof(seL4_Word), &regs));
    store(tcb, stored++);
}

static void threads(void)
{
    static const seL4_Word counts[] = {10, 100, 1000, 10000};
    struct peer *peer = peer_start(false, PEER_ECHO, 0, PRIO_MAIN);
    seL4_Word made = 0;

    for (size_t i = 0; i < sizeof(counts) / sizeof(counts[0]); i++) {
        for (; made < counts[i]; made++)
            start_receiver(OWN_VSPACE, code_here);
        round_trip(peer, numbered("growth_call_threads", made));
    }
    peer_stop(peer);
}

/* A VSpace with a page of code and a thread that has run there. */
static void make_vspace(void)
{
    static const seL4_Word types[] = {seL4_X86_PDPTObject, seL4_X86_PageDirectoryObject,
                                      seL4_X86_PageTableObject};
    seL4_CPtr vspace = slot_alloc(), frame;
    seL4_Word address = 0x400000;

    must("PML4", object_try(vspace, seL4_X64_PML4Object, 0));
    must("ASID", seL4_X86_ASIDPool_Assign(seL4_CapInitThreadASIDPool, vspace));
    must("PDPT", seL4_X86_PDPT_Map(make(types[0]), vspace, address, VM));
    store(temporary, stored++);
    must("PD", seL4_X86_PageDirectory_Map(make(types[1]), vspace, address, VM));
    store(temporary, stored++);
    must("PT", seL4_X86_PageTable_Map(make(types[2]), vspace, address, VM));
    store(temporary, stored++);
    frame = cap_copy(code_frame, seL4_CanRead);
    must("code", seL4_X86_Page_Map(frame, vspace, address, seL4_CanRead, VM));
    start_receiver(vspace, address);
}

static void vspaces(void)
{
    static const seL4_Word counts[] = {1, 10, 100, 500};
    struct peer *peer = peer_start(true, PEER_ECHO, 0, PRIO_MAIN);
    seL4_Word made = 0;

    for (size_t i = 0; i < sizeof(counts) / sizeof(counts[0]); i++) {
        for (; made < counts[i]; made++)
            make_vspace();
        round_trip(peer, numbered("growth_call_vspaces", made));
    }
    peer_stop(peer);
}

/* ------------------------------------------------------------------ CNode levels */

/* Levels of one bit each, and a guard that takes the rest: the same capability, found the long way.
 */
static void cnode_levels(void)
{
    static const seL4_Word counts[] = {1, 4, 16, 48};
    struct peer *peer = peer_start(false, PEER_WAIT, 0, PRIO_LOW);

    for (size_t i = 0; i < sizeof(counts) / sizeof(counts[0]); i++) {
        struct bench *bench;
        seL4_CPtr top = object_alloc(seL4_CapTableObject, 1), at = top;

        for (seL4_Word level = 1; level < counts[i]; level++) {
            seL4_CPtr below = object_alloc(seL4_CapTableObject, 1);

            must("level", seL4_CNode_Copy(at, 0, 1, ROOT, below, DEPTH, seL4_AllRights));
            at = below;
        }
        must("leaf", seL4_CNode_Copy(at, 0, 1, ROOT, peer->ping, DEPTH, seL4_AllRights));
        bench = bench_open(numbered("growth_copy_levels", counts[i]), 1);
        while (bench_more(bench)) {
            seL4_Word start = cycles();

            must("copy", seL4_CNode_Copy(ROOT, temporary, DEPTH, top, 0, (seL4_Uint8)counts[i],
                                         seL4_AllRights));
            bench_add(bench, cycles() - start);
            must("delete", cap_delete(temporary));
        }
        bench_close(bench);
    }
    peer_stop(peer);
}

/* ------------------------------------------------------------------ pages and relatives */

static void next_table(seL4_Word vaddr)
{
    seL4_CPtr slot = slot_alloc();

    must("frame", object_try(slot, seL4_X86_4K, 0));
    must("tables", vspace_map(OWN_VSPACE, slot, vaddr, seL4_AllRights));
    must("unmap", seL4_X86_Page_Unmap(slot));
    must("delete", cap_delete(slot));
}

static bool map_next(seL4_Word page)
{
    seL4_Word vaddr = FAR + page * PAGE_SIZE;

    if (page % 512 == 0)
        next_table(vaddr);
    if (retype(temporary, seL4_X86_4K) != seL4_NoError)
        return false;
    must("map", seL4_X86_Page_Map(temporary, OWN_VSPACE, vaddr, seL4_AllRights, VM));
    *(volatile char *)vaddr = 1;
    store(temporary, stored++);
    return true;
}

static void pages(void)
{
    static const seL4_Word counts[] = {1, 1000, 10000, 100000, 1000000};
    volatile char *page = vspace_reserve(PAGE_SIZE);
    seL4_CPtr frame = object_alloc(seL4_X86_4K, 0);
    seL4_Word mapped = 0;

    must("tables", vspace_map(OWN_VSPACE, frame, (seL4_Word)page, seL4_AllRights));
    must("unmap", seL4_X86_Page_Unmap(frame));
    for (size_t i = 0; i < sizeof(counts) / sizeof(counts[0]); i++) {
        struct bench *bench;

        while (mapped < counts[i] && map_next(mapped))
            mapped++;
        if (mapped < counts[i])
            break; /* as much as the machine's memory holds */
        bench = bench_open(numbered("growth_map_pages", mapped), 1);
        while (bench_more(bench)) {
            seL4_Word start = cycles();

            must("map", seL4_X86_Page_Map(frame, OWN_VSPACE, (seL4_Word)page, seL4_AllRights, VM));
            *page = 1;
            bench_add(bench, cycles() - start);
            must("unmap", seL4_X86_Page_Unmap(frame));
        }
        bench_close(bench);
    }
}

static void relatives(void)
{
    static const seL4_Word counts[] = {1, 100, 10000, 100000};
    seL4_CPtr cap = object_alloc(seL4_EndpointObject, 0);
    seL4_Word made = 0;

    for (size_t i = 0; i < sizeof(counts) / sizeof(counts[0]); i++) {
        struct bench *bench, *deleted;

        for (; made < counts[i]; made++) {
            must("copy", seL4_CNode_Copy(ROOT, temporary, DEPTH, ROOT, cap, DEPTH, seL4_AllRights));
            store(temporary, stored++);
        }
        bench = bench_open(numbered("growth_copy_relatives", made), 1);
        deleted = bench_open(numbered("growth_delete_relatives", made), 1);
        while (bench_more(bench)) {
            seL4_Word start = cycles();

            must("copy", seL4_CNode_Copy(ROOT, temporary, DEPTH, ROOT, cap, DEPTH, seL4_AllRights));
            bench_add(bench, cycles() - start);
            start = cycles();
            must("delete", cap_delete(temporary));
            bench_add(deleted, cycles() - start);
        }
        bench_close(bench);
        bench_close(deleted);
    }
}

int main(void)
{
    void *page;

    bench_init();
    peer_init();
    page = page_alloc(&code_frame);
    memcpy(page, code, sizeof(code));
    code_here = (seL4_Word)page;
    quiet = object_alloc(seL4_EndpointObject, 0);
    temporary = slot_alloc();
    cnode_levels();
    threads();
    vspaces();
    relatives();
    pages();
    return 0;
}
