/* The note that a program carries: where it is found, and files that only look as if they had one.
 */
#include <elf.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "loader/note.h"

#define TEXT        "{\"a\": 1}"
#define NOTES       256 /* where they begin in the file */
#define SECTIONS    512
#define OTHER_OWNER "GNU"

static uint8_t file[1024];
static struct image image;

static size_t add_note(size_t at, const char *owner, uint32_t type, const void *text, uint32_t size)
{
    Elf64_Nhdr note = {.n_namesz = (uint32_t)strlen(owner) + 1, .n_descsz = size, .n_type = type};

    memcpy(file + at, &note, sizeof(note));
    at += sizeof(note);
    memcpy(file + at, owner, note.n_namesz);
    at += (note.n_namesz + 3) & ~3u;
    memcpy(file + at, text, size);
    return at + ((size + 3) & ~3u);
}

static int start(void **state)
{
    (void)state;
    memset(file, 0, sizeof(file));
    memset(&image, 0, sizeof(image));
    image.file = file;
    image.file_size = sizeof(file);
    return 0;
}

static void set_section(uint64_t offset, uint64_t size)
{
    Elf64_Ehdr header = {.e_shoff = SECTIONS, .e_shentsize = sizeof(Elf64_Shdr), .e_shnum = 1};
    Elf64_Shdr section = {.sh_type = SHT_NOTE, .sh_offset = offset, .sh_size = size};

    memcpy(file, &header, sizeof(header));
    memcpy(file + SECTIONS, &section, sizeof(section));
}

static void expect_text(void)
{
    size_t size;
    const void *text = note_config(&image, &size);

    assert_non_null(text);
    assert_int_equal(size, sizeof(TEXT) - 1);
    assert_memory_equal(text, TEXT, size);
}

static void expect_nothing(void)
{
    size_t size;

    assert_null(note_config(&image, &size));
}

static void test_in_a_section_behind_others(void **state)
{
    size_t end = add_note(NOTES, OTHER_OWNER, NOTE_CONFIG, "xyz", 3);

    (void)state;
    end = add_note(end, NOTE_OWNER, NOTE_CONFIG + 1, "no", 2);
    end = add_note(end, NOTE_OWNER, NOTE_CONFIG, TEXT, sizeof(TEXT) - 1);
    set_section(NOTES, end - NOTES);
    expect_text();
}

static void test_in_a_segment(void **state)
{
    size_t end = add_note(NOTES, NOTE_OWNER, NOTE_CONFIG, TEXT, sizeof(TEXT) - 1);

    (void)state;
    image.segment_count = 1;
    image.segment[0] =
        (struct image_segment){.type = PT_NOTE, .data = file + NOTES, .filesz = end - NOTES};
    expect_text();
    image.segment[0].type = PT_LOAD;
    expect_nothing();
}

static void test_cut_off(void **state)
{
    size_t end = add_note(NOTES, NOTE_OWNER, NOTE_CONFIG, TEXT, sizeof(TEXT) - 1);

    (void)state;
    for (size_t size = 0; size < sizeof(Elf64_Nhdr) + 8 + sizeof(TEXT) - 1; size++) {
        set_section(NOTES, size);
        expect_nothing();
    }
    set_section(NOTES, end - NOTES);
    expect_text();
}

static void test_sizes_that_lie(void **state)
{
    static const uint32_t sizes[] = {64, 0x7fffffff, 0xfffffffc, 0xfffffffd, 0xffffffff};

    (void)state;
    for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
        Elf64_Nhdr note = {.n_namesz = 7, .n_descsz = sizes[i], .n_type = NOTE_CONFIG};
        size_t end = add_note(NOTES, NOTE_OWNER, NOTE_CONFIG, TEXT, sizeof(TEXT) - 1);

        memcpy(file + NOTES, &note, sizeof(note));
        set_section(NOTES, end - NOTES);
        expect_nothing();
        note.n_namesz = sizes[i];
        note.n_descsz = 0;
        memcpy(file + NOTES, &note, sizeof(note));
        expect_nothing();
    }
}

static void test_sections_outside(void **state)
{
    Elf64_Ehdr header = {.e_shentsize = sizeof(Elf64_Shdr), .e_shnum = 1};
    static const uint64_t places[] = {sizeof(file), sizeof(file) - 8, UINT64_MAX - 8};

    (void)state;
    for (size_t i = 0; i < sizeof(places) / sizeof(places[0]); i++) {
        set_section(places[i], 64);
        expect_nothing();
        header.e_shoff = places[i];
        memcpy(file, &header, sizeof(header));
        expect_nothing();
    }
    image.file_size = sizeof(header) - 1;
    expect_nothing();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(test_in_a_section_behind_others, start),
        cmocka_unit_test_setup(test_in_a_segment, start),
        cmocka_unit_test_setup(test_cut_off, start),
        cmocka_unit_test_setup(test_sizes_that_lie, start),
        cmocka_unit_test_setup(test_sections_outside, start),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
