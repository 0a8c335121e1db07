/*
 * What is remembered of a frame: when a private copy may stand for it, and that this ends with what
 * it was for. VSpaces are page tables made by hand; each lane stands for one.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "fake_environment.h"
#include "stub/frames.h"
#include "stub/mappings.h"

#define LANES   3
#define TEXT    0x401000ull
#define OTHER   0x402000ull /* in the same page table */
#define FRAME   0x200000ull
#define TABLES  0x100000ull /* four pages for each lane */
#define ENTRY   (PTE_PRESENT | PTE_USER)
#define PATIENT 10000 /* more requests than any frame without a writer is barred for */

/* The table of frames lies far behind. */
_Alignas(BIT(PAGE_BITS)) char window_start[BIT(PAGE_BITS)];

static unsigned pages_changed;

void mappings_changed(uint64_t vaddr)
{
    (void)vaddr;
    pages_changed++;
}

static struct lane lanes[LANES];

static uint64_t *table(unsigned lane, unsigned level)
{
    return kernel_at(&lanes[lane].machine->kernel, TABLES + (4 * lane + level) * BIT(PAGE_BITS));
}

static void map(unsigned lane, uint64_t vaddr, paddr frame, bool write)
{
    table(lane, 3)[vaddr >> PAGE_BITS & 511] = frame | ENTRY | (write ? PTE_WRITE : 0);
    if (write)
        frames_writable(&lanes[lane], vaddr, frame, BIT(PAGE_BITS));
}

static void unmap(unsigned lane, uint64_t vaddr)
{
    table(lane, 3)[vaddr >> PAGE_BITS & 511] = 0;
}

static void make_vspace(struct machine *m, unsigned lane)
{
    paddr tables = TABLES + 4 * lane * BIT(PAGE_BITS);
    struct engine_state *e = engine_state_of(m);

    lanes[lane] = (struct lane){.machine = m, .engine = e, .index = lane, .slot = &e->lane[lane]};
    e->lane[lane].vspace = tables;
    table(lane, 0)[TEXT >> 39 & 511] = (tables + BIT(PAGE_BITS)) | ENTRY | PTE_WRITE;
    table(lane, 1)[TEXT >> 30 & 511] = (tables + 2 * BIT(PAGE_BITS)) | ENTRY | PTE_WRITE;
    table(lane, 2)[TEXT >> 21 & 511] = (tables + 3 * BIT(PAGE_BITS)) | ENTRY | PTE_WRITE;
}

static int setup(void **state)
{
    struct machine *m = fake_machine_new();

    engine_state_of(m)->lane_count = LANES;
    for (unsigned lane = 0; lane < LANES; lane++)
        make_vspace(m, lane);
    *state = m;
    return frames_make(FAKE_MACHINE_RAM) ? 0 : -1;
}

static int teardown(void **state)
{
    fake_machine_free(*state);
    return 0;
}

static bool copy(unsigned lane)
{
    return frames_copy(&lanes[lane], TEXT, FRAME);
}

/* How many requests are refused before one is not. */
static unsigned refused(unsigned lane)
{
    unsigned count = 0;

    while (count < PATIENT && !copy(lane))
        count++;
    return count;
}

static void text_of_two_vspaces_is_copied_in_both(void **state)
{
    (void)state;
    map(0, TEXT, FRAME, false);
    map(1, TEXT, FRAME, false);
    pages_changed = 0;
    assert_true(copy(0));
    assert_true(copy(1));
    assert_true(frames_is_copied(FRAME));
    assert_int_equal(pages_changed, 2);
}

static void a_writer_elsewhere_forbids_copies_as_long_as_it_may_write(void **state)
{
    (void)state;
    map(0, OTHER, FRAME, true);
    map(1, TEXT, FRAME, false);
    for (int i = 0; i < 100; i++)
        assert_false(copy(1));
    unmap(0, OTHER);
    assert_true(copy(1));
}

static void who_may_write_at_the_copy_itself_may_have_it(void **state)
{
    (void)state;
    map(0, TEXT, FRAME, true);
    assert_true(copy(0));
    assert_true(frames_is_copied(FRAME));
}

/* A loader that uses one frame again and again, for VSpaces that come and go. */
static void text_is_loaded_anew_many_times(void **state)
{
    struct engine_state *e = engine_state_of(*state);

    for (int i = 0; i < 100; i++) {
        unsigned lane = 1 + i % 2;

        map(0, OTHER, FRAME, true);
        unmap(0, OTHER);
        map(lane, TEXT, FRAME, false);
        assert_true(copy(lane));
        if (i % 3 == 0) { /* its process ends; another one gets the VSpace */
            e->lane[lane].vspace = 0;
        } else {
            unmap(lane, TEXT);
            if (i % 3 == 1)
                frames_copy_gone(&lanes[lane], TEXT, FRAME);
        }
        map(0, OTHER, FRAME, true);
        make_vspace(*state, lane);
    }
    assert_int_equal(e->patch_epoch, 0);
}

static void a_write_ends_all_copies_for_a_while(void **state)
{
    struct engine_state *e = engine_state_of(*state);
    unsigned count;

    map(0, TEXT, FRAME, true);
    assert_true(copy(0));
    frames_written(&lanes[0], FRAME);
    assert_int_equal(e->patch_epoch, 1);
    assert_false(frames_is_copied(FRAME));
    count = refused(0);
    assert_in_range(count, 1, 100);
    assert_true(frames_is_copied(FRAME));
    /* It does not get worse. */
    frames_written(&lanes[0], FRAME);
    assert_int_equal(refused(0), count);
}

static void a_write_that_is_forgiven_ends_the_only_copy(void **state)
{
    struct engine_state *e = engine_state_of(*state);

    map(0, TEXT, FRAME, true);
    for (int i = 0; i < 3; i++) {
        assert_true(copy(0));
        frames_written_here(&lanes[0], TEXT, FRAME);
        frames_copy_gone(&lanes[0], TEXT, FRAME);
        assert_false(frames_is_copied(FRAME));
        frames_writable(&lanes[0], TEXT, FRAME, BIT(PAGE_BITS));
    }
    assert_int_equal(e->patch_epoch, 0);
    /* Another copy must not outlive the write. */
    assert_true(copy(0));
    map(1, TEXT, FRAME, false);
    assert_true(copy(1));
    frames_written_here(&lanes[0], TEXT, FRAME);
    assert_int_equal(e->patch_epoch, 1);
    assert_false(frames_is_copied(FRAME));
    assert_false(copy(1));
}

static void a_second_writer_ends_all_copies(void **state)
{
    struct engine_state *e = engine_state_of(*state);

    map(0, TEXT, FRAME, false);
    assert_true(copy(0));
    map(1, OTHER, FRAME, true);
    assert_int_equal(e->patch_epoch, 1);
    assert_false(frames_is_copied(FRAME));
    assert_int_equal(refused(0), PATIENT);
    unmap(1, OTHER);
    assert_in_range(refused(0), 1, PATIENT - 1);
}

static void two_writers_forbid_copies_until_both_are_gone(void **state)
{
    (void)state;
    map(0, OTHER, FRAME, true);
    map(1, OTHER, FRAME, true);
    map(2, TEXT, FRAME, false);
    assert_int_equal(refused(2), PATIENT);
    unmap(0, OTHER);
    assert_int_equal(refused(2), PATIENT);
    unmap(1, OTHER);
    assert_in_range(refused(2), 1, PATIENT - 1);
}

static void a_writer_elsewhere_in_the_same_vspace_counts(void **state)
{
    (void)state;
    map(0, OTHER, FRAME, true);
    map(1, OTHER, FRAME, true);
    unmap(1, OTHER);
    map(0, TEXT, FRAME, true);
    assert_int_equal(refused(0), PATIENT);
    unmap(0, OTHER);
    assert_in_range(refused(0), 1, PATIENT - 1);
}

static void a_frame_that_is_cleared_begins_anew(void **state)
{
    (void)state;
    map(0, OTHER, FRAME, true);
    map(1, OTHER, FRAME, true);
    map(2, TEXT, FRAME, false);
    assert_false(copy(2));
    unmap(0, OTHER);
    unmap(1, OTHER);
    frames_cleared(FRAME - BIT(PAGE_BITS), BIT(PAGE_BITS));
    frames_cleared(FRAME + BIT(PAGE_BITS), BIT(PAGE_BITS));
    assert_false(copy(2));
    frames_cleared(FRAME, BIT(PAGE_BITS));
    assert_true(copy(2));
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(text_of_two_vspaces_is_copied_in_both),
        TEST(a_writer_elsewhere_forbids_copies_as_long_as_it_may_write),
        TEST(who_may_write_at_the_copy_itself_may_have_it),
        TEST(text_is_loaded_anew_many_times),
        TEST(a_write_ends_all_copies_for_a_while),
        TEST(a_write_that_is_forgiven_ends_the_only_copy),
        TEST(a_second_writer_ends_all_copies),
        TEST(two_writers_forbid_copies_until_both_are_gone),
        TEST(a_writer_elsewhere_in_the_same_vspace_counts),
        TEST(a_frame_that_is_cleared_begins_anew),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
