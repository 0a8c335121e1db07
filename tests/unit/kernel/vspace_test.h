/* VSpaces for tests: a PML4 with an ASID, tables and frames in numbered slots. */
#ifndef SEL4UX_TESTS_VSPACE_TEST_H
#define SEL4UX_TESTS_VSPACE_TEST_H

#include "kernel/mdb.h"
#include "kernel/vspace/vspace.h"

#include "kernel_test.h"

#define READ_WRITE 3 /* seL4_CapRights */
#define READ       2

enum { SLOT_POOL = 1, SLOT_ROOT, SLOT_OTHER_ROOT, SLOT_PDPT, SLOT_PD, SLOT_PT, SLOT_FREE = 16 };

static inline struct cap table_cap(struct kernel *k, enum cap_type type)
{
    return (struct cap){.table = {.type = type, .obj = fake_alloc(k, TABLE_BITS)}};
}

static inline struct cap frame_cap(paddr frame, enum frame_size size)
{
    return (struct cap){
        .frame = {.type = CAP_FRAME, .obj = frame, .size = size, .rights = VM_READ_WRITE}};
}

/* A pool for ASIDs 0..511 in SLOT_POOL, as boot makes it. */
static inline void make_pool(struct kernel *k)
{
    struct cap pool = {.asid_pool = {.type = CAP_ASID_POOL, .obj = fake_alloc(k, ASID_POOL_BITS)}};

    k->asid_table[0] = pool.obj;
    fake_put(k, own(k, SLOT_POOL), pool);
}

static inline enum outcome assign(struct kernel *k, unsigned root)
{
    struct invocation inv =
        fake_invocation(k, own(k, SLOT_POOL), INV_X86_ASID_POOL_ASSIGN, 0, NULL);

    fake_extra(&inv, own(k, root));
    return decode_asid_pool(k, &inv);
}

static inline void make_root(struct kernel *k, unsigned slot)
{
    fake_put(k, own(k, slot), table_cap(k, CAP_PML4));
    assert_int_equal(assign(k, slot), DONE);
}

static inline enum outcome map_table(struct kernel *k, unsigned slot, unsigned root, word vaddr)
{
    static const enum abi_invocation label[] = {
        [CAP_PAGE_TABLE] = INV_X86_PAGE_TABLE_MAP,
        [CAP_PAGE_DIRECTORY] = INV_X86_PAGE_DIRECTORY_MAP,
        [CAP_PDPT] = INV_X86_PDPT_MAP,
    };
    unsigned type = cte(k, slot)->cap.type;
    struct invocation inv = fake_invocation(k, own(k, slot), label[type], ARGS(vaddr, 0));

    fake_extra(&inv, own(k, root));
    return type == CAP_PDPT             ? decode_pdpt(k, &inv)
           : type == CAP_PAGE_DIRECTORY ? decode_page_directory(k, &inv)
                                        : decode_page_table(k, &inv);
}

static inline void add_table(struct kernel *k, enum cap_type type, unsigned slot, unsigned root,
                             word vaddr)
{
    fake_put(k, own(k, slot), table_cap(k, type));
    assert_int_equal(map_table(k, slot, root, vaddr), DONE);
}

/* All tables for 4K pages at `vaddr`, in slots SLOT_PDPT and on. */
static inline void add_tables(struct kernel *k, unsigned root, word vaddr)
{
    add_table(k, CAP_PDPT, SLOT_PDPT, root, vaddr);
    add_table(k, CAP_PAGE_DIRECTORY, SLOT_PD, root, vaddr);
    add_table(k, CAP_PAGE_TABLE, SLOT_PT, root, vaddr);
}

static inline enum outcome map(struct kernel *k, unsigned slot, unsigned root, word vaddr,
                               word rights, word attributes)
{
    struct invocation inv =
        fake_invocation(k, own(k, slot), INV_X86_PAGE_MAP, ARGS(vaddr, rights, attributes));

    fake_extra(&inv, own(k, root));
    return decode_frame(k, &inv);
}

static inline enum outcome unmap(struct kernel *k, unsigned slot)
{
    struct invocation inv = fake_invocation(k, own(k, slot), INV_X86_PAGE_UNMAP, 0, NULL);

    return decode_frame(k, &inv);
}

static inline paddr pml4_of(struct kernel *k, unsigned root)
{
    return cte(k, root)->cap.obj;
}

static inline struct vspace_shadow *shadow_of(struct kernel *k, unsigned root)
{
    return &pml4_at(k, pml4_of(k, root))->shadow;
}

static inline void assert_maps(struct kernel *k, unsigned root, word vaddr, paddr frame, bool write)
{
    struct translation t;

    assert_true(kernel_translate(k, pml4_of(k, root), vaddr, &t));
    assert_true(t.start <= vaddr && vaddr < t.end);
    assert_int_equal(t.frame + (vaddr - t.start), frame);
    assert_int_equal(t.write, write);
}

static inline void assert_unmapped(struct kernel *k, unsigned root, word vaddr)
{
    struct translation t;

    assert_false(kernel_translate(k, pml4_of(k, root), vaddr, &t));
}

static inline void assert_argument(struct kernel *k, enum outcome outcome, unsigned argument)
{
    assert_error(k, outcome, seL4_InvalidArgument);
    assert_int_equal(k->error.argument, argument);
}

static inline void assert_capability(struct kernel *k, enum outcome outcome, unsigned number)
{
    assert_error(k, outcome, seL4_InvalidCapability);
    assert_int_equal(k->error.argument, number);
}

static inline void assert_missing(struct kernel *k, enum outcome outcome, unsigned bits)
{
    assert_lookup(k, outcome, false,
                  (struct lookup_fault){.type = seL4_MissingCapability, .bits_left = bits});
}

#endif
