/*
 * Boot: what the root task finds, compared with what the real kernel gave the same image on the
 * same machine, and that every byte of memory is accounted for once.
 */
#include "kernel/boot.h"
#include "kernel/cspace.h"
#include "kernel/thread.h"
#include "real_untypeds.h"

#include "kernel_test.h"

#define KERNEL_START    0x100000
#define KERNEL_BOOT_END 0x800000
#define KERNEL_END      0xa13000
#define RAM_END         0x3fe0000
#define VADDR_START     0x400000
#define VADDR_END       0x44d000
#define EXTRA_SIZE      1292
#define GRAIN           128 /* bytes: the size of the smallest piece of memory that boot makes */

static uint8_t extra[EXTRA_SIZE];

/* The machine and image of real_untypeds.h. */
static struct boot_image image_of_record(void)
{
    for (unsigned i = 0; i < EXTRA_SIZE; i++)
        extra[i] = (uint8_t)(i * 7 + 1);
    return (struct boot_image){
        .vaddr_start = VADDR_START,
        .vaddr_end = VADDR_END,
        .paddr_start = KERNEL_END,
        .entry = VADDR_START + 0xe8,
        .kernel_start = KERNEL_START,
        .kernel_boot_end = KERNEL_BOOT_END,
        .kernel_end = KERNEL_END,
        .memory_count = 1,
        .memory = {{KERNEL_START, RAM_END}},
        .reserved_count = 3,
        .reserved = {{0xfec00000, 0xfec01000}, {0xfee00000, 0xfee01000}, {0xfffffff8, 0x100000000}},
        .extra = extra,
        .extra_size = EXTRA_SIZE,
    };
}

static int setup(void **state)
{
    struct kernel *k = fake_kernel_new();

    k->config.root_cnode_bits = 13;
    *state = k;
    return 0;
}

static void boot(struct kernel *k, const struct boot_image *image)
{
    const char *why = "";

    if (kernel_boot(k, image, &why))
        fail_msg("%s", why);
}

static void *user(struct kernel *k, word vaddr)
{
    struct translation t;

    assert_true(kernel_translate(k, kernel_vspace(k, k->current), vaddr, &t));
    return kernel_at(k, t.frame + (vaddr - t.start));
}

static const struct boot_info *info_of(struct kernel *k)
{
    return user(k, kernel_current(k)->regs.rdi);
}

static const struct boot_slots *untyped_slots(struct kernel *k)
{
    return (const struct boot_slots *)(info_of(k) + 1) + (k->config.mcs ? 1 : 0);
}

static struct cap root_cap(struct kernel *k, word slot)
{
    return cte_at(k, fake_slot(kernel_current(k)->slot[TCB_CTABLE].cap.obj, slot))->cap;
}

static void the_untypeds_are_the_real_kernels(void **state)
{
    struct kernel *k = *state;
    struct boot_image image = image_of_record();
    unsigned count = sizeof(real_untypeds) / sizeof(real_untypeds[0]);

    boot(k, &image);
    const struct boot_slots *slots = untyped_slots(k);
    const struct boot_untyped *list = (const struct boot_untyped *)(slots + 1);
    assert_int_equal(slots->start, 97);
    assert_int_equal(slots->end - slots->start, count);
    for (unsigned i = 0; i < count; i++) {
        struct cap cap = root_cap(k, slots->start + i);

        assert_int_equal(list[i].address, real_untypeds[i].address);
        assert_int_equal(list[i].size_bits, real_untypeds[i].size_bits);
        assert_int_equal(list[i].is_device, real_untypeds[i].is_device);
        assert_int_equal(cap.type, CAP_UNTYPED);
        assert_int_equal(cap.obj, list[i].address);
        assert_int_equal(cap.untyped.size_bits, list[i].size_bits);
        assert_int_equal(cap.untyped.is_device, list[i].is_device);
        assert_int_equal(cap.untyped.free, BIT(list[i].size_bits));
    }
}

static void assert_slots(struct boot_slots slots, word start, word end)
{
    assert_int_equal(slots.start, start);
    assert_int_equal(slots.end, end);
}

/* The numbers here are those that the real kernel gave, too. */
static void the_boot_info_is_the_real_kernels(void **state)
{
    struct kernel *k = *state;
    struct boot_image image = image_of_record();

    boot(k, &image);
    const struct boot_info *info = info_of(k);
    assert_int_equal(kernel_current(k)->regs.rdi, 0x44e000);
    assert_int_equal(info->extra_size, EXTRA_SIZE);
    assert_int_equal(info->node, 0);
    assert_int_equal(info->node_count, 1);
    assert_int_equal(info->io_page_levels, ~0ull);
    assert_int_equal(info->ipc_buffer, 0x44d000);
    assert_slots(info->empty, 184, 8192);
    assert_slots(info->shared_frames, 0, 0);
    assert_slots(info->image_frames, 20, 97);
    assert_slots(info->image_paging, 16, 19);
    assert_slots(info->io_spaces, 0, 0);
    assert_slots(info->extra_frames, 19, 20);
    assert_int_equal(info->root_cnode_bits, 13);
    assert_int_equal(info->domain, 0);
    assert_memory_equal(user(k, 0x44f000), extra, EXTRA_SIZE);
    assert_int_equal(*(uint8_t *)user(k, 0x44f000 + EXTRA_SIZE), 0);
    assert_int_equal(root_cap(k, 9).obj, 0x3fc4000);
    assert_int_equal(root_cap(k, 10).obj, 0x3fc3000);
    assert_int_equal(root_cap(k, 19).obj, 0x3fc0000);
    assert_int_equal(root_cap(k, 20).obj, KERNEL_END);
    assert_int_equal(root_cap(k, 96).obj, KERNEL_END + 0x4c000);
}

static void the_initial_slots_are_filled(void **state)
{
    struct kernel *k = *state;
    struct boot_image image = image_of_record();
    static const uint8_t types[] = {
        CAP_NULL,        CAP_THREAD,         CAP_CNODE,      CAP_PML4,
        CAP_IRQ_CONTROL, CAP_ASID_CONTROL,   CAP_ASID_POOL,  CAP_IO_PORT_CONTROL,
        CAP_NULL,        CAP_FRAME,          CAP_FRAME,      CAP_DOMAIN,
        CAP_NULL,        CAP_NULL,           CAP_NULL,       CAP_NULL,
        CAP_PDPT,        CAP_PAGE_DIRECTORY, CAP_PAGE_TABLE, CAP_FRAME,
    };

    boot(k, &image);
    for (unsigned i = 0; i < sizeof(types); i++)
        assert_int_equal(root_cap(k, i).type, types[i]);
    for (word i = info_of(k)->empty.start; i < info_of(k)->empty.end; i++)
        assert_int_equal(root_cap(k, i).type, CAP_NULL);
    assert_consistent(k);
}

static void the_root_thread_is_ready_to_run(void **state)
{
    struct kernel *k = *state;
    struct boot_image image = image_of_record();
    paddr slot;

    boot(k, &image);
    const struct tcb *t = kernel_current(k);
    assert_int_equal(k->current, root_cap(k, 1).obj);
    assert_int_equal(t->state, THREAD_RUNNING);
    assert_int_equal(t->regs.rip, image.entry);
    assert_int_equal(t->regs.rsp, 0);
    assert_int_equal(t->priority, 255);
    assert_int_equal(t->mcp, 255);
    assert_int_equal(t->domain, 0);
    assert_int_equal(t->ipc_buffer, 0x44d000);
    assert_int_equal(thread_ipc_buffer(k, k->current, true), root_cap(k, 10).obj);
    assert_string_equal(t->name, "rootserver");
    assert_true(cspace_lookup_slot(k, k->current, 9, &slot));
    assert_int_equal(cte_at(k, slot)->cap.type, CAP_FRAME);
    assert_int_equal(kernel_vspace(k, k->current), root_cap(k, 3).obj);
    for (word v = VADDR_START; v < VADDR_END; v += 0x1000)
        assert_ptr_equal(user(k, v), kernel_at(k, KERNEL_END + (v - VADDR_START)));
}

/* ------------------------------------------------------------------ every byte, once */

struct account {
    uint8_t used[RAM_END / GRAIN];
};

static void count_bytes(struct account *a, paddr start, uint64_t size)
{
    assert_int_equal(start % GRAIN, 0);
    assert_int_equal(size % GRAIN, 0);
    assert_true(start + size <= RAM_END);
    for (paddr p = start; p < start + size; p += GRAIN) {
        if (a->used[p / GRAIN]++)
            fail_msg("0x%llx is given out twice", (unsigned long long)p);
    }
}

static void count_objects(struct kernel *k, struct account *a)
{
    for (word i = 0; i < info_of(k)->empty.start; i++) {
        struct cap cap = root_cap(k, i);
        bool device = cap.type == CAP_UNTYPED && cap.untyped.is_device;

        if (cap_size_bits(k, cap) && !device)
            count_bytes(a, cap.obj, BIT(cap_size_bits(k, cap)));
    }
}

static void memory_is_tiled(struct kernel *k, const struct boot_image *image)
{
    static struct account a;

    memset(&a, 0, sizeof(a));
    boot(k, image);
    count_objects(k, &a);
    count_bytes(&a, image->kernel_boot_end, image->kernel_end - image->kernel_boot_end);
    for (paddr p = KERNEL_START; p < RAM_END; p += GRAIN)
        if (a.used[p / GRAIN] != 1)
            fail_msg("0x%llx is lost", (unsigned long long)p);
    assert_consistent(k);
}

static void all_memory_is_someones(void **state)
{
    struct boot_image image = image_of_record();

    memory_is_tiled(*state, &image);
}

static void all_memory_is_someones_with_other_sizes(void **state)
{
    struct kernel *k = *state;
    struct boot_image image = image_of_record();
    static const uint8_t much[5 * 4096 + 1];

    /* Extra boot info larger than the root CNode, an image across four page tables. */
    image.vaddr_start = 0x3ff000;
    image.vaddr_end = 0x800000;
    image.entry = 0x400000;
    image.extra = much;
    image.extra_size = sizeof(much);
    k->config.root_cnode_bits = 12;
    memory_is_tiled(k, &image);
    assert_slots(info_of(k)->image_paging, 16, 22);
    assert_slots(info_of(k)->extra_frames, 22, 30);
}

static void all_memory_is_someones_without_extra(void **state)
{
    struct kernel *k = *state;
    struct boot_image image = image_of_record();

    image.extra_size = 0;
    image.extra = NULL;
    k->config.root_cnode_bits = 8;
    image.vaddr_end = image.vaddr_start + 0x1000;
    memory_is_tiled(k, &image);
    assert_int_equal(info_of(k)->extra_size, 0);
    assert_slots(info_of(k)->extra_frames, 19, 19);
}

static void devices_are_all_else(void **state)
{
    struct kernel *k = *state;
    struct boot_image image = image_of_record();
    uint64_t total = 0;

    boot(k, &image);
    const struct boot_slots *slots = untyped_slots(k);
    for (word i = slots->start; i < slots->end; i++) {
        struct cap cap = root_cap(k, i);

        if (!cap.untyped.is_device)
            continue;
        paddr end = cap.obj + BIT(cap.untyped.size_bits);
        total += BIT(cap.untyped.size_bits);
        assert_true(end <= KERNEL_START || cap.obj >= RAM_END);
        for (unsigned r = 0; r < image.reserved_count; r++)
            assert_true(end <= image.reserved[r].start || cap.obj >= image.reserved[r].end);
    }
    /* RAM, the two controllers' pages, and the 16 bytes that end 4 GiB, half of them reserved. */
    assert_int_equal(total, PADDR_DEVICE_TOP - (RAM_END - KERNEL_START) - 2 * 0x1000 - 16);
}

/* ------------------------------------------------------------------ refusals */

static void assert_refused(struct kernel *k, const struct boot_image *image, int error)
{
    const char *why = NULL;

    assert_int_equal(kernel_boot(k, image, &why), error);
    assert_non_null(why);
}

static void impossible_images_are_refused(void **state)
{
    struct kernel *k = *state;
    struct boot_image image = image_of_record(), bad = image;

    bad.vaddr_end += 8;
    assert_refused(k, &bad, BOOT_INVALID);
    bad = image;
    bad.entry = VADDR_END;
    assert_refused(k, &bad, BOOT_INVALID);
    bad = image;
    bad.vaddr_end = bad.vaddr_start;
    assert_refused(k, &bad, BOOT_INVALID);
    bad = image;
    bad.vaddr_start = USER_TOP - 0x2000;
    bad.vaddr_end = USER_TOP;
    bad.entry = bad.vaddr_start;
    assert_refused(k, &bad, BOOT_INVALID);
    bad = image;
    bad.memory[0].end = FAKE_RAM_SIZE + 0x1000;
    assert_refused(k, &bad, BOOT_INVALID);
    bad = image;
    bad.vaddr_end += RAM_END;
    assert_refused(k, &bad, BOOT_NO_SPACE);
    bad = image;
    bad.memory[0].end = KERNEL_END + 0x4d000 + 0x1000;
    assert_refused(k, &bad, BOOT_NO_SPACE);
    k->config.max_untyped_caps = 1000;
    assert_refused(k, &image, BOOT_INVALID);
    k->config.max_untyped_caps = 230;
    k->config.root_cnode_bits = 27;
    assert_refused(k, &image, BOOT_INVALID);
    k->config.root_cnode_bits = 7;
    assert_refused(k, &image, BOOT_NO_SPACE);
}

#define BOOT_TEST(f) cmocka_unit_test_setup_teardown(f, setup, kernel_test_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        BOOT_TEST(the_untypeds_are_the_real_kernels),
        BOOT_TEST(the_boot_info_is_the_real_kernels),
        BOOT_TEST(the_initial_slots_are_filled),
        BOOT_TEST(the_root_thread_is_ready_to_run),
        BOOT_TEST(all_memory_is_someones),
        BOOT_TEST(all_memory_is_someones_with_other_sizes),
        BOOT_TEST(all_memory_is_someones_without_extra),
        BOOT_TEST(devices_are_all_else),
        BOOT_TEST(impossible_images_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
