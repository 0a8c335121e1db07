/*
 * Making processes. vspace_create is the least that runs: paging structures for one page of code,
 * an ASID, a thread; up to the message that its first instruction sends. process_create loads an
 * ELF file and ends with its first message. Threads: the same without a VSpace.
 */
#include "bench.h"

#define CODE_ADDRESS 0x400000ul
#define POOL_BITS    17
#define PARTS        6

extern const char guest_archive[];

/*
 * `syscall` and a loop; all that the thread needs is in its registers. Its priority is lower than
 * that of whom it sends to, so it does not get to the loop.
 */
static const unsigned char code[] = {0x0f, 0x05, 0xeb, 0xfe};

static seL4_CPtr endpoint, pool, code_frame, parts;

enum part { PML4, PDPT, DIRECTORY, TABLE, TCB, FRAME };

static void make(enum part part, seL4_Word type)
{
    must("make", seL4_Untyped_Retype(pool, type, 0, ROOT, 0, 0, parts + part, 1));
}

static void build_vspace(void)
{
    seL4_X86_VMAttributes vm = seL4_X86_Default_VMAttributes;

    make(PML4, seL4_X64_PML4Object);
    make(PDPT, seL4_X86_PDPTObject);
    make(DIRECTORY, seL4_X86_PageDirectoryObject);
    make(TABLE, seL4_X86_PageTableObject);
    must("ASID", seL4_X86_ASIDPool_Assign(seL4_CapInitThreadASIDPool, parts + PML4));
    must("PDPT", seL4_X86_PDPT_Map(parts + PDPT, parts + PML4, CODE_ADDRESS, vm));
    must("PD", seL4_X86_PageDirectory_Map(parts + DIRECTORY, parts + PML4, CODE_ADDRESS, vm));
    must("PT", seL4_X86_PageTable_Map(parts + TABLE, parts + PML4, CODE_ADDRESS, vm));
    must("copy",
         seL4_CNode_Copy(ROOT, parts + FRAME, DEPTH, ROOT, code_frame, DEPTH, seL4_CanRead));
    must("map", seL4_X86_Page_Map(parts + FRAME, parts + PML4, CODE_ADDRESS, seL4_CanRead, vm));
}

static void start_thread_in(seL4_CPtr vspace, seL4_Word address)
{
    seL4_UserContext regs = {.rip = address,
                             .rsp = address,
                             .rdx = (seL4_Word)seL4_SysSend,
                             .rdi = endpoint,
                             .rsi = seL4_MessageInfo_new(0, 0, 0, 0).words[0]};

    make(TCB, seL4_TCBObject);
    must("configure",
         seL4_TCB_Configure(parts + TCB, 0, ROOT, seL4_NilData, vspace, seL4_NilData, 0, 0));
    must("priority", seL4_TCB_SetSchedParams(parts + TCB, OWN_TCB, PRIO_LOW, PRIO_LOW));
    must("start",
         seL4_TCB_WriteRegisters(parts + TCB, true, 0, sizeof(regs) / sizeof(seL4_Word), &regs));
}

/* What is made of the pool goes with it; one endpoint bears its clearing. */
static void reset(void)
{
    must("revoke", cap_revoke(pool));
    must("clear", seL4_Untyped_Retype(pool, seL4_EndpointObject, 0, ROOT, 0, 0, parts + PARTS, 1));
}

static void vspaces(void)
{
    struct bench *created = bench_open("vspace_create", 1);
    struct bench *destroyed = bench_open("vspace_destroy", 1);

    reset();
    while (bench_more(created)) {
        seL4_Word start = cycles();

        build_vspace();
        start_thread_in(parts + PML4, CODE_ADDRESS);
        seL4_Recv(endpoint, NULL);
        bench_add(created, cycles() - start);
        start = cycles();
        must("delete", cap_delete(parts + TCB));
        must("delete", cap_delete(parts + PML4));
        bench_add(destroyed, cycles() - start);
        must("delete", cap_delete(parts + FRAME));
        reset();
    }
    bench_close(created);
    bench_close(destroyed);
}

static void threads(const void *page)
{
    struct bench *created = bench_open("thread_create", 1);
    struct bench *destroyed = bench_open("thread_destroy", 1);

    reset();
    while (bench_more(created)) {
        seL4_Word start = cycles();

        start_thread_in(OWN_VSPACE, (seL4_Word)page);
        seL4_Recv(endpoint, NULL);
        bench_add(created, cycles() - start);
        start = cycles();
        must("delete", cap_delete(parts + TCB));
        bench_add(destroyed, cycles() - start);
        reset();
    }
    bench_close(created);
    bench_close(destroyed);
}

/* Each leaves its frames behind, hence few. */
static void processes(void)
{
    struct bench *created = bench_open("process_create", 1);
    size_t size;
    const void *elf = archive_find(guest_archive, "child", &size);

    bench_limit(created, 2, 20, 1);
    while (bench_more(created)) {
        struct process process;
        seL4_Word start = cycles();

        process_create(&process, elf, endpoint, 0, PRIO_MAIN);
        process_start(&process);
        seL4_Recv(endpoint, NULL);
        bench_add(created, cycles() - start);
        /* The thread first, all of its capabilities: it holds the CSpace and the VSpace. Deleted
         * with the CSpace, it would be left as a zombie in its own slots, and the VSpace with it.
         */
        must("revoke", cap_revoke(process.tcb));
        must("delete", cap_delete(process.tcb));
        must("delete", cap_delete(process.cnode));
        must("delete", cap_delete(process.vspace));
    }
    bench_close(created);
}

int main(void)
{
    void *page = page_alloc(&code_frame);

    bench_init();
    endpoint = object_alloc(seL4_EndpointObject, 0);
    pool = object_alloc(seL4_UntypedObject, POOL_BITS);
    parts = slots_alloc(PARTS + 1);
    memcpy(page, code, sizeof(code));
    threads(page);
    vspaces();
    processes();
    return 0;
}
