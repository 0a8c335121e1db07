/*
 * Checks go from the outside in: file, identity, program headers one by one, then all together.
 * libelf converts and bounds what it hands out; offsets into the file are checked again here,
 * because segment data is used straight from the copy of the file.
 */
#include "loader/elf.h"

#include <elf.h>
#include <errno.h>
#include <gelf.h>
#include <inttypes.h>
#include <libelf.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "loader/file.h"
#include "loader/kernel_image.h"

#define FILE_LIMIT    (4ull << 30)
#define PAGE_SIZE     4096ull
#define USER_TOP      0x00007ffffffff000ull /* seL4_UserTop */
#define STATIC_ADVICE "link the root task statically with -static -no-pie"

#define REFUSE(err, ...) (error_set(err, __VA_ARGS__), -ENOEXEC)

/* ------------------------------------------------------------------ identity */

static const char *machine_name(unsigned int machine)
{
    switch (machine) {
    case EM_386:
        return "32-bit x86";
    case EM_AARCH64:
        return "AArch64";
    case EM_ARM:
        return "32-bit Arm";
    case EM_RISCV:
        return "RISC-V";
    default:
        return "another architecture";
    }
}

/* What images come in, by the bytes that such files begin with; NULL: nothing known. */
static const char *container_name(const uint8_t *bytes, size_t size)
{
    static const struct {
        const char *name;
        uint8_t size, magic[6];
    } container[] = {
        {"gzip", 3, {0x1f, 0x8b, 0x08}},       {"xz", 6, {0xfd, '7', 'z', 'X', 'Z', 0}},
        {"zstd", 4, {0x28, 0xb5, 0x2f, 0xfd}}, {"bzip2", 3, {'B', 'Z', 'h'}},
        {"zip", 4, {'P', 'K', 3, 4}},          {"cpio", 6, {'0', '7', '0', '7', '0', '1'}},
    };

    for (size_t i = 0; i < sizeof(container) / sizeof(container[0]); i++) {
        if (size >= container[i].size && !memcmp(bytes, container[i].magic, container[i].size)) {
            return container[i].name;
        }
    }
    return NULL;
}

static int check_magic(const uint8_t *bytes, size_t size, struct error *err)
{
    const char *container = container_name(bytes, size);

    if (size == 0) {
        return REFUSE(err, "is empty; was the build interrupted? build the image again");
    }
    if (container) {
        return REFUSE(err, "is packed with %s; unpack it and give the ELF file inside", container);
    }
    if (size < SELFMAG || memcmp(bytes, ELFMAG, SELFMAG)) {
        return REFUSE(err, "is not an ELF file; give the root task's image, such as "
                           "images/NAME-image-x86_64-pc99");
    }
    if (size < EI_NIDENT) {
        return REFUSE(err, "is truncated: it ends inside the ELF header; build it again");
    }
    return 0;
}

static int check_class(const uint8_t *bytes, size_t size, struct error *err)
{
    if (bytes[EI_CLASS] == ELFCLASS32) {
        return REFUSE(err, "is a 32-bit ELF file; seL4's x86_64 needs a 64-bit root task "
                           "(configure the build with -DPLATFORM=x86_64)");
    }
    if (bytes[EI_CLASS] != ELFCLASS64 || bytes[EI_DATA] != ELFDATA2LSB) {
        return REFUSE(err, "is not a 64-bit little-endian ELF file; build it for x86_64");
    }
    if (size < sizeof(Elf64_Ehdr)) {
        return REFUSE(err, "is truncated: it ends inside the ELF header; build it again");
    }
    return 0;
}

static int check_header(const GElf_Ehdr *header, struct error *err)
{
    if (header->e_machine != EM_X86_64) {
        return REFUSE(err, "is for %s (ELF machine %u), not x86_64; build it for x86_64",
                      machine_name(header->e_machine), header->e_machine);
    }
    if (header->e_type == ET_REL) {
        return REFUSE(err, "is an object file, not a linked program; link it first");
    }
    /* seL4's boot code does not relocate: a static PIE is put where its headers say, mostly at 0.
     */
    if (header->e_type != ET_EXEC && header->e_type != ET_DYN) {
        return REFUSE(err, "is not an executable (ELF type %u); " STATIC_ADVICE, header->e_type);
    }
    return 0;
}

/* ------------------------------------------------------------------ program headers */

static int check_range(size_t index, const GElf_Phdr *ph, size_t size, struct error *err)
{
    if (ph->p_memsz < ph->p_filesz) {
        return REFUSE(err,
                      "segment %zu has more bytes in the file (0x%" PRIx64
                      ") than in memory (0x%" PRIx64 "); the file is damaged, link it again",
                      index, ph->p_filesz, ph->p_memsz);
    }
    /* What has no bytes in the file may begin behind its end, and does where linkers put a .tbss.
     */
    if (ph->p_filesz && (ph->p_offset > size || ph->p_filesz > size - ph->p_offset)) {
        return REFUSE(err,
                      "is truncated: segment %zu needs bytes 0x%" PRIx64 " to 0x%" PRIx64
                      " of a file of 0x%zx; copy or build it again",
                      index, ph->p_offset, ph->p_offset + ph->p_filesz, size);
    }
    if (ph->p_vaddr + ph->p_memsz < ph->p_vaddr) {
        return REFUSE(err,
                      "segment %zu wraps around the address space (0x%" PRIx64 " + 0x%" PRIx64
                      "); link it below seL4_UserTop",
                      index, ph->p_vaddr, ph->p_memsz);
    }
    if (ph->p_vaddr + ph->p_memsz > USER_TOP) {
        return REFUSE(err,
                      "segment %zu ends at 0x%" PRIx64 ", above seL4_UserTop (0x%" PRIx64
                      "); link it lower",
                      index, ph->p_vaddr + ph->p_memsz, (uint64_t)USER_TOP);
    }
    return 0;
}

static int add_segment(struct image *image, size_t index, const GElf_Phdr *ph, const uint8_t *bytes,
                       size_t size, struct error *err)
{
    int r;

    if (ph->p_type == PT_INTERP) {
        return REFUSE(err, "is dynamically linked; " STATIC_ADVICE);
    }
    if (ph->p_memsz == 0 && ph->p_filesz == 0) {
        return 0;
    }
    r = check_range(index, ph, size, err);
    if (r) {
        return r;
    }
    image->segment[image->segment_count++] = (struct image_segment){
        .vaddr = ph->p_vaddr,
        .filesz = ph->p_filesz,
        .memsz = ph->p_memsz,
        .type = ph->p_type,
        .flags = (ph->p_flags & PF_R ? IMAGE_READ : 0) | (ph->p_flags & PF_W ? IMAGE_WRITE : 0) |
                 (ph->p_flags & PF_X ? IMAGE_EXECUTE : 0),
        .data = bytes + (ph->p_filesz ? ph->p_offset : 0),
    };
    return 0;
}

/* The table must be where the header says, of the size that we read it with. */
static int check_table(const GElf_Ehdr *header, size_t count, size_t size, struct error *err)
{
    if (count == 0) {
        return REFUSE(err, "has no program headers, so nothing to load; link it into a program");
    }
    if (count > IMAGE_MAX_SEGMENTS) {
        return REFUSE(err, "has %zu program headers, more than the limit of %d; link it with fewer",
                      count, IMAGE_MAX_SEGMENTS);
    }
    if (header->e_phentsize != sizeof(Elf64_Phdr)) {
        return REFUSE(err, "has program headers of %u bytes instead of %zu; the file is damaged",
                      header->e_phentsize, sizeof(Elf64_Phdr));
    }
    if (header->e_phoff > size || count * sizeof(Elf64_Phdr) > size - header->e_phoff) {
        return REFUSE(err, "is truncated: it ends inside the program headers; build it again");
    }
    return 0;
}

static int read_segments(struct image *image, Elf *elf, const GElf_Ehdr *header,
                         const uint8_t *bytes, size_t size, struct error *err)
{
    /* the header's own count: libelf's is cut down to what the file holds */
    size_t count = header->e_phnum;
    int r;

    r = check_table(header, count, size, err);
    for (size_t i = 0; !r && i < count; i++) {
        GElf_Phdr ph;

        if (!gelf_getphdr(elf, (int)i, &ph)) {
            return REFUSE(err, "has an unreadable program header %zu (%s); build it again", i,
                          elf_errmsg(-1));
        }
        r = add_segment(image, i, &ph, bytes, size, err);
    }
    return r;
}

/* ------------------------------------------------------------------ all together */

static bool is_load(const struct image_segment *s)
{
    return s->type == PT_LOAD;
}

static int check_overlap(const struct image *image, struct error *err)
{
    for (size_t i = 0; i < image->segment_count; i++) {
        for (size_t j = i + 1; j < image->segment_count; j++) {
            const struct image_segment *a = &image->segment[i], *b = &image->segment[j];

            if (is_load(a) && is_load(b) && a->vaddr < b->vaddr + b->memsz &&
                b->vaddr < a->vaddr + a->memsz) {
                return REFUSE(err,
                              "has overlapping segments (0x%" PRIx64 "-0x%" PRIx64 " and 0x%" PRIx64
                              "-0x%" PRIx64 "); check its linker script",
                              a->vaddr, a->vaddr + a->memsz, b->vaddr, b->vaddr + b->memsz);
            }
        }
    }
    return 0;
}

static int check_entry(const struct image *image, struct error *err)
{
    for (size_t i = 0; i < image->segment_count; i++) {
        const struct image_segment *s = &image->segment[i];

        if (is_load(s) && image->entry >= s->vaddr && image->entry - s->vaddr < s->memsz) {
            return 0;
        }
    }
    return REFUSE(err,
                  "has its entry point 0x%" PRIx64
                  " outside of every segment; is _start linked in (ld -e _start)?",
                  image->entry);
}

static int check_layout(struct image *image, struct error *err)
{
    uint64_t start = UINT64_MAX, end = 0;
    bool any = false;

    for (size_t i = 0; i < image->segment_count; i++) {
        const struct image_segment *s = &image->segment[i];

        any |= is_load(s);
        start = s->vaddr < start ? s->vaddr : start;
        end = s->vaddr + s->memsz > end ? s->vaddr + s->memsz : end;
    }
    if (!any) {
        return REFUSE(err, "has no loadable segment (PT_LOAD); link it into a program");
    }
    if (start % PAGE_SIZE) {
        return REFUSE(err,
                      "starts at 0x%" PRIx64 ", which is not a multiple of 4096 as seL4's boot "
                      "code demands; align the first segment",
                      start);
    }
    image->vaddr_start = start;
    image->vaddr_end = (end + PAGE_SIZE - 1) & ~(PAGE_SIZE - 1);
    if (image->vaddr_end + 2 * PAGE_SIZE > USER_TOP) {
        return REFUSE(err,
                      "ends at 0x%" PRIx64
                      ", too near to seL4_UserTop for the two pages behind it (IPC buffer and "
                      "boot info); link it lower",
                      image->vaddr_end);
    }
    return 0;
}

static int parse_elf(struct image *image, const uint8_t *bytes, size_t size, struct error *err)
{
    GElf_Ehdr header;
    Elf *elf;
    int r;

    elf_version(EV_CURRENT);
    /* libelf only reads from it: nothing here updates or writes the descriptor */
    elf = elf_memory((char *)(uintptr_t)bytes, size);
    if (!elf || !gelf_getehdr(elf, &header)) {
        r = REFUSE(err, "has an unreadable ELF header (%s); build it again", elf_errmsg(-1));
    } else {
        r = check_header(&header, err);
        if (!r) {
            image->entry = header.e_entry;
            r = read_segments(image, elf, &header, bytes, size, err);
        }
    }
    elf_end(elf);
    return r;
}

int image_parse(struct image *image, const void *bytes, size_t size, struct error *err)
{
    int r;

    memset(image, 0, sizeof(*image));
    r = check_magic(bytes, size, err);
    if (r) {
        return r;
    }
    if (is_kernel_image(bytes, size)) {
        return REFUSE(err, "is the seL4 kernel itself, which sel4ux stands in for; give the root "
                           "task beside it, such as images/NAME-image-x86_64-pc99");
    }
    r = check_class(bytes, size, err);
    if (!r) {
        r = parse_elf(image, bytes, size, err);
    }
    if (!r) {
        r = check_layout(image, err);
    }
    if (!r) {
        r = check_overlap(image, err);
    }
    if (!r) {
        r = check_entry(image, err);
    }
    return r;
}

int image_load(struct image *image, const char *path, struct error *err)
{
    uint8_t *file;
    size_t size;
    int r;

    memset(image, 0, sizeof(*image));
    r = file_read(path, FILE_LIMIT, &file, &size, err);
    if (!r) {
        r = image_parse(image, file, size, err);
        image->file = file;
        image->file_size = size;
    }
    if (r) {
        error_wrap(err, "%s", path);
        image_free(image);
    }
    return r;
}

void image_free(struct image *image)
{
    free(image->file);
    memset(image, 0, sizeof(*image));
}
