/* A machine's state in a file: what comes back, and what is not taken. */
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cmocka.h>

#include "state/file.h"

#define RAM  (1u << 20)
#define SIZE (KERNEL_RAM_OFFSET + RAM)

struct scene {
    int memory, file;
    struct machine *machine;
};

static int set_up(void **state)
{
    static struct scene s;

    s.memory = memfd_create("sel4ux-machine", MFD_ALLOW_SEALING);
    s.file = memfd_create("file", 0);
    assert_int_equal(ftruncate(s.memory, SIZE), 0);
    assert_int_equal(fcntl(s.memory, F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW), 0);
    s.machine = mmap(NULL, SIZE, PROT_READ | PROT_WRITE, MAP_SHARED, s.memory, 0);
    assert_ptr_not_equal(s.machine, MAP_FAILED);
    *state = &s;
    return 0;
}

static int tear_down(void **state)
{
    struct scene *s = *state;

    munmap(s->machine, SIZE);
    close(s->memory);
    close(s->file);
    return 0;
}

static void save(struct scene *s)
{
    struct error err;

    assert_int_equal(state_save(s->machine, SIZE, s->memory, s->file, &err), 0);
}

static char *ram(const struct machine *m, paddr at)
{
    return kernel_at(&m->kernel, at);
}

static bool has_page(const struct state *s, paddr at)
{
    return s->pages[at >> 12 >> 6] >> (at >> 12 & 63) & 1;
}

static void what_was_there_comes_back(void **state)
{
    struct scene *s = *state;
    struct state_identity identity;
    struct state loaded;
    struct error err;

    s->machine->kernel.entries = 42;
    strcpy(ram(s->machine, 0x3000), "here");
    strcpy(ram(s->machine, RAM - 8), "end");
    ram(s->machine, 0x8000)[0] = 1; /* stored, but zero */
    ram(s->machine, 0x8000)[0] = 0;
    state_identify(s->machine, "patch", "image.elf");
    save(s);
    assert_true(lseek(s->file, 0, SEEK_END) < 64 << 10);
    assert_int_equal(state_load(&loaded, s->file, &err), 0);
    assert_int_equal(state_ram(&loaded), RAM);
    assert_int_equal(loaded.machine->kernel.entries, 42);
    assert_string_equal(ram(loaded.machine, 0x3000), "here");
    assert_string_equal(ram(loaded.machine, RAM - 8), "end");
    assert_true(has_page(&loaded, 0x3000) && has_page(&loaded, RAM - 1));
    assert_false(has_page(&loaded, 0x4000) || has_page(&loaded, 0x8000));
    assert_true(state_identity(&loaded, &identity));
    assert_string_equal(identity.image, "image.elf");
    assert_string_equal(identity.engine, "patch");
    state_free(&loaded);
}

static void refuse(struct scene *s, const char *says)
{
    struct error err = {{0}};
    struct state loaded;

    assert_int_equal(state_load(&loaded, s->file, &err), -22);
    if (strstr(err.message, says) == NULL)
        fail_msg("\"%s\" does not say \"%s\"", err.message, says);
    assert_null(loaded.machine);
}

static void poke(struct scene *s, size_t at, uint64_t value)
{
    assert_int_equal(pwrite(s->file, &value, sizeof value, (off_t)at), sizeof value);
}

static void an_extent_must_lie_in_the_memory_and_behind_the_last(void **state)
{
    const size_t table = sizeof(struct state_header);
    struct scene *s = *state;

    s->machine->kernel.entries = 1;
    ram(s->machine, 0x3000)[0] = 1;
    save(s);
    poke(s, table, 1); /* not a page */
    refuse(s, "makes no sense");
    poke(s, table, SIZE);
    refuse(s, "makes no sense");
    poke(s, table, 0);
    poke(s, table + 16, 0); /* overlaps the first */
    refuse(s, "makes no sense");
}

static void sizes_must_add_up(void **state)
{
    struct scene *s = *state;

    s->machine->kernel.entries = 1;
    save(s);
    poke(s, offsetof(struct state_header, memory_size), ~0ull << 12);
    refuse(s, "no machine with so much memory");
    poke(s, offsetof(struct state_header, memory_size), SIZE);
    poke(s, offsetof(struct state_header, extent_count), ~0ull / 16);
    refuse(s, "cut short");
    poke(s, offsetof(struct state_header, extent_count), 0);
    refuse(s, "goes on behind its end");
}

static void memory_that_may_shrink_is_not_mapped(void **state)
{
    struct scene *s = *state;
    struct state mapped;
    struct error err;
    int open_end = memfd_create("sel4ux-machine", MFD_ALLOW_SEALING);

    assert_int_equal(ftruncate(open_end, SIZE), 0);
    assert_int_equal(state_map(&mapped, open_end, SIZE, &err), -22);
    assert_int_equal(state_map(&mapped, s->memory, SIZE + 4096, &err), -22);
    assert_int_equal(state_map(&mapped, s->memory, SIZE, &err), 0);
    state_free(&mapped);
    close(open_end);
}

static void looking_stores_nothing(void **state)
{
    struct scene *s = *state;
    struct state mapped;
    struct error err;

    ram(s->machine, 0x5000)[0] = 1;
    assert_int_equal(state_map(&mapped, s->memory, SIZE, &err), 0);
    assert_int_equal(state_find_pages(&mapped, s->memory, &err), 0);
    assert_true(has_page(&mapped, 0x5000));
    assert_false(has_page(&mapped, 0x6000));
    state_free(&mapped);
}

#define FILE_TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        FILE_TEST(what_was_there_comes_back),
        FILE_TEST(an_extent_must_lie_in_the_memory_and_behind_the_last),
        FILE_TEST(sizes_must_add_up),
        FILE_TEST(memory_that_may_shrink_is_not_mapped),
        FILE_TEST(looking_stores_nothing),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
