/* What image_parse() makes of an ELF file; refusals in detail are tests/cli's. */
#include <elf.h>
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "loader/elf.h"
#include "loader/kernel_image.h"

#define PHDRS 3

struct file {
    Elf64_Ehdr header;
    Elf64_Phdr ph[PHDRS];
    uint8_t data[64];
};

static struct image image;
static struct error err;

static Elf64_Phdr phdr(uint32_t type, uint64_t vaddr, uint64_t filesz, uint64_t memsz)
{
    return (Elf64_Phdr){.p_type = type,
                        .p_flags = PF_R | PF_X,
                        .p_offset = offsetof(struct file, data),
                        .p_vaddr = vaddr,
                        .p_filesz = filesz,
                        .p_memsz = memsz};
}

static struct file good_file(void)
{
    struct file f = {
        .header =
            {
                .e_ident = {ELFMAG0, ELFMAG1, ELFMAG2, ELFMAG3, ELFCLASS64, ELFDATA2LSB,
                            EV_CURRENT},
                .e_type = ET_EXEC,
                .e_machine = EM_X86_64,
                .e_version = EV_CURRENT,
                .e_entry = 0x400004,
                .e_phoff = offsetof(struct file, ph),
                .e_ehsize = sizeof(Elf64_Ehdr),
                .e_phentsize = sizeof(Elf64_Phdr),
                .e_phnum = PHDRS,
            },
        .ph = {phdr(PT_LOAD, 0x400000, 64, 64), phdr(PT_LOAD, 0x402000, 16, 0x2345),
               phdr(PT_TLS, 0x400010, 0, 8)},
    };

    f.ph[1].p_flags = PF_R | PF_W;
    for (size_t i = 0; i < sizeof(f.data); i++) {
        f.data[i] = (uint8_t)(i + 1);
    }
    return f;
}

/* Parses an exactly sized heap copy, so that a read beyond it is a sanitizer's finding. */
static int parse(const void *bytes, size_t size)
{
    uint8_t *copy = malloc(size);
    int r;

    assert_non_null(copy);
    memcpy(copy, bytes, size);
    memset(&err, 0, sizeof(err));
    r = image_parse(&image, copy, size, &err);
    if (r) {
        assert_int_equal(r, -ENOEXEC);
        assert_true(err.message[0]);
    } else {
        assert_string_equal(err.message, "");
    }
    for (size_t i = 0; !r && i < image.segment_count; i++) {
        /* the copy goes away: remember the data as an offset for the caller */
        image.segment[i].data = (const uint8_t *)bytes + (image.segment[i].data - copy);
    }
    free(copy);
    return r;
}

static void segments_are_read_in_order(void **state)
{
    struct file f = good_file();

    (void)state;
    assert_int_equal(parse(&f, sizeof(f)), 0);
    assert_int_equal(image.entry, 0x400004);
    assert_int_equal(image.vaddr_start, 0x400000);
    assert_int_equal(image.vaddr_end, 0x405000);
    assert_int_equal(image.segment_count, 3);
    assert_int_equal(image.segment[0].flags, IMAGE_READ | IMAGE_EXECUTE);
    assert_int_equal(image.segment[1].flags, IMAGE_READ | IMAGE_WRITE);
    assert_int_equal(image.segment[1].filesz, 16);
    assert_int_equal(image.segment[1].memsz, 0x2345);
    assert_memory_equal(image.segment[1].data, f.data, 16);
}

/* seL4's boot code copies and clears whatever occupies memory: TLS too, and it counts its size. */
static void other_types_occupy_memory_as_in_sel4(void **state)
{
    struct file f = good_file();

    (void)state;
    f.ph[2] = phdr(PT_TLS, 0x404ff8, 0, 16);
    assert_int_equal(parse(&f, sizeof(f)), 0);
    assert_int_equal(image.segment[2].type, PT_TLS);
    assert_int_equal(image.vaddr_end, 0x406000);
    f.ph[2] = phdr(PT_GNU_STACK, 0, 0, 0);
    assert_int_equal(parse(&f, sizeof(f)), 0);
    assert_int_equal(image.segment_count, 2);
}

static void only_loads_must_not_overlap(void **state)
{
    struct file f = good_file();

    (void)state;
    f.ph[2] = phdr(PT_LOAD, 0x40003f, 1, 1);
    assert_int_equal(parse(&f, sizeof(f)), -ENOEXEC);
    f.ph[2].p_type = PT_NOTE;
    assert_int_equal(parse(&f, sizeof(f)), 0);
    f.ph[2] = phdr(PT_LOAD, 0x400040, 1, 1);
    assert_int_equal(parse(&f, sizeof(f)), 0);
}

static void limits_are_exact(void **state)
{
    const uint64_t top = 0x00007ffffffff000ull;
    struct file f = good_file();

    (void)state;
    f.ph[2] = phdr(PT_LOAD, top - 0x3000, 0, 0x1000); /* two pages stay free behind it */
    assert_int_equal(parse(&f, sizeof(f)), 0);
    assert_int_equal(image.vaddr_end, top - 0x2000);
    f.ph[2].p_memsz++;
    assert_int_equal(parse(&f, sizeof(f)), -ENOEXEC);
    f = good_file();
    f.header.e_entry = 0x40003f;
    assert_int_equal(parse(&f, sizeof(f)), 0);
    f.header.e_entry = 0x400040;
    assert_int_equal(parse(&f, sizeof(f)), -ENOEXEC);
    f.header.e_entry = 0x402000 + 0x2344; /* in what is not in the file */
    assert_int_equal(parse(&f, sizeof(f)), 0);
}

static void every_shorter_file_is_refused(void **state)
{
    struct file f = good_file();

    (void)state;
    for (size_t size = 1; size < sizeof(f); size++) {
        assert_int_equal(parse(&f, size), -ENOEXEC);
    }
}

/* Each byte of the headers set to a few hostile values: refused or accepted, but within bounds. */
static void damaged_headers_are_safe(void **state)
{
    static const uint8_t value[] = {0x00, 0x01, 0x7f, 0x80, 0xff};

    (void)state;
    for (size_t at = 0; at < offsetof(struct file, data); at++) {
        for (size_t v = 0; v < sizeof(value); v++) {
            struct file f = good_file();

            ((uint8_t *)&f)[at] = value[v];
            if (parse(&f, sizeof(f))) {
                continue;
            }
            for (size_t i = 0; i < image.segment_count; i++) {
                const struct image_segment *s = &image.segment[i];

                assert_true(s->data >= (uint8_t *)&f);
                assert_true(s->filesz <= sizeof(f));
                assert_true(s->data + s->filesz <= (uint8_t *)(&f + 1));
                assert_true(s->vaddr >= image.vaddr_start);
                assert_true(s->vaddr + s->memsz <= image.vaddr_end);
            }
        }
    }
}

static void kernels_are_known_by_their_multiboot_header(void **state)
{
    uint32_t words[64] = {0};

    (void)state;
    assert_false(is_kernel_image(words, sizeof(words)));
    words[61] = 0x1badb002;
    words[62] = 3;
    words[63] = -(0x1badb002u + 3);
    assert_true(is_kernel_image(words, sizeof(words)));
    assert_false(is_kernel_image(words, sizeof(words) - 1));
    words[62] = 4; /* the checksum is wrong now: by chance, not a header */
    assert_false(is_kernel_image(words, sizeof(words)));
    assert_false(is_kernel_image(words, 0));
}

static void load_names_the_file(void **state)
{
    (void)state;
    assert_int_equal(image_load(&image, "/nonexistent/file", &err), -ENOENT);
    assert_string_equal(err.message, "/nonexistent/file: cannot open: No such file or directory");
    assert_int_equal(image_load(&image, "/", &err), -EISDIR);
    assert_int_equal(image_load(&image, "/dev/null", &err), -EINVAL);
    assert_null(image.file);
    image_free(&image);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(segments_are_read_in_order),
        cmocka_unit_test(other_types_occupy_memory_as_in_sel4),
        cmocka_unit_test(only_loads_must_not_overlap),
        cmocka_unit_test(limits_are_exact),
        cmocka_unit_test(every_shorter_file_is_refused),
        cmocka_unit_test(damaged_headers_are_safe),
        cmocka_unit_test(kernels_are_known_by_their_multiboot_header),
        cmocka_unit_test(load_names_the_file),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
