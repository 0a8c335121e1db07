/*
 * Objects and capabilities: making each kind of object, copying and deleting capabilities one by
 * one and by the thousand, and what one does to threads.
 *
 * Figures named _1000 are for one of the thousand, so they can be held against those for a single
 * one.
 */
#include "bench.h"

#define WORK_RADIX 11
#define MANY       1000
#define POOL_BITS  20 /* objects are made of an untyped of this size, up to 255 at a time */
#define LARGE_BITS 24 /* the same for large pages */

static seL4_CPtr work; /* a CNode of its own for what is made here */

static seL4_Error copy(seL4_Word slot, seL4_CPtr cap)
{
    return seL4_CNode_Copy(work, slot, WORK_RADIX, ROOT, cap, DEPTH, seL4_AllRights);
}

static seL4_Error delete (seL4_Word slot)
{
    return seL4_CNode_Delete(work, slot, WORK_RADIX);
}

/* ------------------------------------------------------------------ retype */

static seL4_Error retype(seL4_CPtr pool, seL4_Word type, seL4_Word bits, seL4_Word slot,
                         seL4_Word count)
{
    return seL4_Untyped_Retype(pool, type, bits, work, 0, 0, slot, count);
}

/*
 * An untyped whose objects are all gone is cleared by the next retype: one object that is not
 * measured bears that, and then as many are made as fit.
 */
static void retype_each(const char *name, seL4_CPtr pool, seL4_Word pool_bits, seL4_Word type,
                        seL4_Word bits, seL4_Word object_bits)
{
    struct bench *bench = bench_open(name, 1);
    seL4_Word fit = (1ul << (pool_bits - object_bits)) - 1, n = 1;

    if (fit > 255)
        fit = 255;
    for (; bench_more(bench); n++) {
        seL4_Word start;

        if (n > fit || n == 1) {
            must("revoke", cap_revoke(pool));
            must("clear", retype(pool, seL4_EndpointObject, 0, 0, 1));
            n = 1;
        }
        start = cycles();
        must(name, retype(pool, type, bits, n, 1));
        bench_add(bench, cycles() - start);
    }
    bench_close(bench);
    must("revoke", cap_revoke(pool));
}

static void retypes(void)
{
    static const struct {
        const char *name;
        seL4_Word type, bits, object_bits;
    } kinds[] = {
        {"retype_untyped", seL4_UntypedObject, 12, 12},
        {"retype_tcb", seL4_TCBObject, 0, seL4_TCBBits},
        {"retype_endpoint", seL4_EndpointObject, 0, seL4_EndpointBits},
        {"retype_notification", seL4_NotificationObject, 0, seL4_NotificationBits},
        {"retype_cnode_16", seL4_CapTableObject, 4, seL4_SlotBits + 4},
        {"retype_cnode_256", seL4_CapTableObject, 8, seL4_SlotBits + 8},
        {"retype_frame_4k", seL4_X86_4K, 0, seL4_PageBits},
        {"retype_page_table", seL4_X86_PageTableObject, 0, seL4_PageTableBits},
        {"retype_page_directory", seL4_X86_PageDirectoryObject, 0, seL4_PageDirBits},
        {"retype_pdpt", seL4_X86_PDPTObject, 0, seL4_PDPTBits},
        {"retype_pml4", seL4_X64_PML4Object, 0, seL4_PML4Bits},
    };
    seL4_CPtr pool = object_alloc(seL4_UntypedObject, POOL_BITS);
    seL4_CPtr large = object_alloc(seL4_UntypedObject, LARGE_BITS);

    for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
        retype_each(kinds[i].name, pool, POOL_BITS, kinds[i].type, kinds[i].bits,
                    kinds[i].object_bits);
    retype_each("retype_frame_2m", large, LARGE_BITS, seL4_X86_LargePageObject, 0,
                seL4_LargePageBits);
    must("delete", cap_delete(large));
    must("delete", cap_delete(pool));
}

/* 256 in one invocation; and the clearing of 1 MiB, which the first retype after a revoke does. */
static void retype_many(void)
{
    seL4_CPtr pool = object_alloc(seL4_UntypedObject, POOL_BITS);
    struct bench *many = bench_open("retype_frame_4k_x255", 255);
    struct bench *revoke = bench_open("untyped_revoke_x255", 255);
    struct bench *reset = bench_open("untyped_reset_1m", 1);

    while (bench_more(many)) {
        seL4_Word start = cycles();

        must("clear", retype(pool, seL4_EndpointObject, 0, 0, 1));
        bench_add(reset, cycles() - start);
        start = cycles();
        must("retype", retype(pool, seL4_X86_4K, 0, 1, 255));
        bench_add(many, cycles() - start);
        start = cycles();
        must("revoke", cap_revoke(pool));
        bench_add(revoke, cycles() - start);
    }
    bench_close(many);
    bench_close(revoke);
    bench_close(reset);
    must("delete", cap_delete(pool));
}

/* ------------------------------------------------------------------ capabilities */

static void single(seL4_CPtr cap)
{
    struct bench *copied = bench_open("cnode_copy", 1), *minted = bench_open("cnode_mint", 1);
    struct bench *moved = bench_open("cnode_move", 1), *deleted = bench_open("cnode_delete", 1);
    struct bench *revoked = bench_open("cnode_revoke", 1);

    while (bench_more(copied)) {
        seL4_Word start = cycles();

        must("copy", copy(1, cap));
        bench_add(copied, cycles() - start);
        start = cycles();
        must("move", seL4_CNode_Move(work, 2, WORK_RADIX, work, 1, WORK_RADIX));
        bench_add(moved, cycles() - start);
        start = cycles();
        must("delete", delete (2));
        bench_add(deleted, cycles() - start);
        start = cycles();
        must("mint", seL4_CNode_Mint(work, 1, WORK_RADIX, ROOT, cap, DEPTH, seL4_AllRights, 7));
        bench_add(minted, cycles() - start);
        start = cycles();
        must("revoke", cap_revoke(cap));
        bench_add(revoked, cycles() - start);
    }
    bench_close(copied);
    bench_close(minted);
    bench_close(moved);
    bench_close(deleted);
    bench_close(revoked);
}

static void mint_many(seL4_CPtr cap, struct bench *bench)
{
    seL4_Word start = cycles();

    for (seL4_Word i = 0; i < MANY; i++)
        must("mint", seL4_CNode_Mint(work, i, WORK_RADIX, ROOT, cap, DEPTH, seL4_AllRights, i + 1));
    bench_add(bench, cycles() - start);
}

static void thousand(seL4_CPtr cap)
{
    struct bench *copied = bench_open("cnode_copy_1000", MANY);
    struct bench *deleted = bench_open("cnode_delete_1000", MANY);
    struct bench *minted = bench_open("cnode_mint_1000", MANY);
    struct bench *revoked = bench_open("cnode_revoke_1000", MANY);

    while (bench_more(copied)) {
        seL4_Word start = cycles();

        for (seL4_Word i = 0; i < MANY; i++)
            must("copy", copy(i, cap));
        bench_add(copied, cycles() - start);
        start = cycles();
        for (seL4_Word i = 0; i < MANY; i++)
            must("delete", delete (i));
        bench_add(deleted, cycles() - start);
        mint_many(cap, minted);
        start = cycles();
        must("revoke", cap_revoke(cap));
        bench_add(revoked, cycles() - start);
    }
    bench_close(copied);
    bench_close(deleted);
    bench_close(minted);
    bench_close(revoked);
}

/* ------------------------------------------------------------------ threads */

static void nothing(void *argument)
{
    (void)argument;
}

/* A thread that never runs: its priority is too low. */
static void thread_control(void)
{
    static struct thread thread;
    seL4_CPtr notification = object_alloc(seL4_NotificationObject, 0);
    struct bench *read = bench_open("tcb_read_registers", 1);
    struct bench *write = bench_open("tcb_write_registers", 1);
    struct bench *priority = bench_open("tcb_set_priority", 1);
    struct bench *resume = bench_open("tcb_resume", 1), *suspend = bench_open("tcb_suspend", 1);
    struct bench *bind = bench_open("tcb_bind_notification", 1);
    seL4_UserContext regs;

    thread_create(&thread, nothing, NULL, PRIO_IDLE, 0);
    while (bench_more(read)) {
        seL4_Word start = cycles();

        must("read", seL4_TCB_ReadRegisters(thread.tcb, false, 0, 20, &regs));
        bench_add(read, cycles() - start);
        start = cycles();
        must("write", seL4_TCB_WriteRegisters(thread.tcb, false, 0, 20, &regs));
        bench_add(write, cycles() - start);
        start = cycles();
        must("priority", seL4_TCB_SetPriority(thread.tcb, OWN_TCB, PRIO_IDLE));
        bench_add(priority, cycles() - start);
        start = cycles();
        must("resume", seL4_TCB_Resume(thread.tcb));
        bench_add(resume, cycles() - start);
        start = cycles();
        must("suspend", seL4_TCB_Suspend(thread.tcb));
        bench_add(suspend, cycles() - start);
        start = cycles();
        must("bind", seL4_TCB_BindNotification(thread.tcb, notification));
        bench_add(bind, cycles() - start);
        must("unbind", seL4_TCB_UnbindNotification(thread.tcb));
    }
    bench_close(read);
    bench_close(write);
    bench_close(priority);
    bench_close(resume);
    bench_close(suspend);
    bench_close(bind);
}

int main(void)
{
    seL4_CPtr cap;

    bench_init();
    work = object_alloc(seL4_CapTableObject, WORK_RADIX);
    cap = object_alloc(seL4_EndpointObject, 0);
    retypes();
    retype_many();
    single(cap);
    thousand(cap);
    thread_control();
    return 0;
}
