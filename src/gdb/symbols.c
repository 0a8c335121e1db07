/* Which ELF file is it? (see symbols.h) Nothing in a file is taken for granted. */
#include "gdb/symbols.h"

#include <elf.h>
#include <fcntl.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#define PAGE          4096u
#define PAGES_MAX     64 /* of each file are compared */
#define HEADERS_MAX   64 /* of program headers are looked at */
#define FOLDER_DEPTH  32
#define CPIO_MAGIC    "070701"
#define CPIO_HEADER   110
#define CPIO_FILESIZE 54 /* offsets of numbers of 8 digits */
#define CPIO_NAMESIZE 94

/* ------------------------------------------------------------------ one ELF file */

static bool has(size_t size, uint64_t offset, uint64_t length)
{
    return offset <= size && length <= size - offset;
}

static bool read_header(const uint8_t *data, size_t size, Elf64_Ehdr *header)
{
    if (size < sizeof *header)
        return false;
    memcpy(header, data, sizeof *header);
    return memcmp(header->e_ident, ELFMAG, SELFMAG) == 0 &&
           header->e_ident[EI_CLASS] == ELFCLASS64 && header->e_machine == EM_X86_64 &&
           (header->e_type == ET_EXEC || header->e_type == ET_DYN) &&
           header->e_phentsize == sizeof(Elf64_Phdr) && header->e_phnum > 0 &&
           has(size, header->e_phoff, (uint64_t)header->e_phnum * sizeof(Elf64_Phdr));
}

static Elf64_Phdr segment(const uint8_t *data, const Elf64_Ehdr *header, unsigned n)
{
    Elf64_Phdr p;

    memcpy(&p, data + header->e_phoff + n * sizeof p, sizeof p);
    return p;
}

static unsigned segment_count(const Elf64_Ehdr *header)
{
    return header->e_phnum < HEADERS_MAX ? header->e_phnum : HEADERS_MAX;
}

static bool has_sections(const Elf64_Ehdr *header, size_t size)
{
    return header->e_shentsize == sizeof(Elf64_Shdr) && header->e_shnum > 0 &&
           has(size, header->e_shoff, (uint64_t)header->e_shnum * sizeof(Elf64_Shdr));
}

/* Where the file ends that begins at `data`, with something else behind it maybe; 0: it is none. */
static size_t extent(const uint8_t *data, size_t size)
{
    Elf64_Ehdr header;
    uint64_t end;

    if (!read_header(data, size, &header))
        return 0;
    end = header.e_phoff + (uint64_t)header.e_phnum * sizeof(Elf64_Phdr);
    for (unsigned n = 0; n < segment_count(&header); n++) {
        Elf64_Phdr p = segment(data, &header, n);

        if (!has(size, p.p_offset, p.p_filesz))
            return 0;
        end = p.p_offset + p.p_filesz > end ? p.p_offset + p.p_filesz : end;
    }
    if (has_sections(&header, size)) {
        uint64_t behind = header.e_shoff + (uint64_t)header.e_shnum * sizeof(Elf64_Shdr);

        end = behind > end ? behind : end;
    }
    return (size_t)end;
}

static Elf64_Shdr section(const uint8_t *data, const Elf64_Ehdr *header, unsigned n)
{
    Elf64_Shdr s;

    memcpy(&s, data + header->e_shoff + n * sizeof s, sizeof s);
    return s;
}

static bool is_named(const uint8_t *data, size_t size, Elf64_Shdr names, Elf64_Shdr s,
                     const char *name)
{
    size_t length = strlen(name) + 1;

    return has(size, names.sh_offset, names.sh_size) && has(names.sh_size, s.sh_name, length) &&
           memcmp(data + names.sh_offset + s.sh_name, name, length) == 0;
}

/* 2: lines and types; 1: symbols; 0: nothing. */
static unsigned rank_of(const uint8_t *data, size_t size)
{
    Elf64_Ehdr header;
    unsigned rank = 0;

    if (!read_header(data, size, &header) || !has_sections(&header, size) ||
        header.e_shstrndx >= header.e_shnum)
        return 0;
    Elf64_Shdr names = section(data, &header, header.e_shstrndx);
    for (unsigned n = 0; n < header.e_shnum && rank < 2; n++) {
        Elf64_Shdr s = section(data, &header, n);

        if (is_named(data, size, names, s, ".debug_info"))
            rank = 2;
        else if (s.sh_type == SHT_SYMTAB)
            rank = 1;
    }
    return rank;
}

/* ------------------------------------------------------------------ the list */

static struct symbol_file *add(struct symbols *s, const char *path, const uint8_t *data,
                               size_t size)
{
    struct symbol_file *more, *f;

    if (s->count == SYMBOLS_MAX)
        return NULL;
    more = realloc(s->file, (s->count + 1) * sizeof *more);
    if (more == NULL)
        return NULL;
    s->file = more;
    f = &s->file[s->count];
    *f = (struct symbol_file){.path = strdup(path), .data = data, .size = size};
    if (f->path == NULL)
        return NULL;
    f->rank = rank_of(data, size);
    s->count++;
    return f;
}

int symbols_by_path(const struct symbols *s, const char *path)
{
    for (size_t n = 0; n < s->count; n++) {
        if (strcmp(s->file[n].path, path) == 0)
            return (int)n;
    }
    return -1;
}

static const uint8_t *map_file(const char *path, struct stat *status)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    void *data = MAP_FAILED;

    if (fd < 0)
        return NULL;
    if (fstat(fd, status) == 0 && S_ISREG(status->st_mode) && status->st_size > 0)
        data = mmap(NULL, (size_t)status->st_size, PROT_READ, MAP_PRIVATE, fd, 0);
    close(fd);
    return data == MAP_FAILED ? NULL : data;
}

static struct symbol_file *add_mapped(struct symbols *s, const char *path, const uint8_t *data,
                                      const struct stat *status)
{
    struct symbol_file *f = add(s, path, data, (size_t)status->st_size);

    if (f == NULL)
        return NULL;
    f->mapped = true;
    f->device = status->st_dev;
    f->inode = status->st_ino;
    return f;
}

/* Who builds a program anew may write its file in place: pages behind its end are gone then. */
bool symbols_is_whole(const struct symbols *s, const struct symbol_file *f)
{
    const struct symbol_file *host = f->in_image ? &s->file[0] : f;
    struct stat now;

    return !host->mapped || stat(host->path, &now) != 0 || now.st_dev != host->device ||
           now.st_ino != host->inode || (size_t)now.st_size >= host->size;
}

/* ------------------------------------------------------------------ files in files */

/* What one in the image is called: its name in the archive, or where it is. */
static void add_inner(struct symbols *s, const char *image, const char *name, size_t name_size,
                      const uint8_t *data, size_t offset, size_t size)
{
    const char *base = strrchr(image, '/');
    char path[512];

    base = base != NULL ? base + 1 : image;
    if (name != NULL)
        snprintf(path, sizeof path, "/sel4ux/%.200s/%.*s", base, (int)name_size, name);
    else
        snprintf(path, sizeof path, "/sel4ux/%.200s/0x%zx", base, offset);
    if (symbols_by_path(s, path) < 0) {
        struct symbol_file *f = add(s, path, data + offset, size);

        if (f != NULL)
            f->in_image = true;
    }
}

static bool cpio_number(const uint8_t *digits, uint64_t *number)
{
    char text[9], *end;

    memcpy(text, digits, 8);
    text[8] = '\0';
    *number = strtoull(text, &end, 16);
    return end == text + 8;
}

static uint64_t round_up_4(uint64_t n)
{
    return (n + 3) & ~(uint64_t)3;
}

/*
 * An entry of an archive (newc) at `at`: if it holds an ELF file, where its data are and what it is
 * called. Its parts are aligned within the archive, which may begin anywhere.
 */
static bool cpio_entry(const uint8_t *data, size_t size, size_t at, size_t *offset,
                       const char **name, size_t *name_size)
{
    uint64_t file, length;

    if (!has(size, at, CPIO_HEADER) || !cpio_number(data + at + CPIO_FILESIZE, &file) ||
        !cpio_number(data + at + CPIO_NAMESIZE, &length) || length == 0 || length > 256)
        return false;
    *offset = at + round_up_4(CPIO_HEADER + length);
    *name = (const char *)data + at + CPIO_HEADER;
    *name_size = (size_t)length - 1;
    return has(size, *offset, file) && file > SELFMAG &&
           memcmp(data + *offset, ELFMAG, SELFMAG) == 0;
}

void symbols_scan(struct symbols *s, const char *image, const uint8_t *data, size_t size)
{
    const uint8_t *at = data, *end = data + size;
    size_t named_at = 0, named_size = 0; /* of the entry last met */
    const char *name = NULL;

    while (at < end) {
        const uint8_t *elf = memmem(at, (size_t)(end - at), ELFMAG, SELFMAG);
        const uint8_t *cpio = memmem(at, (size_t)(end - at), CPIO_MAGIC, strlen(CPIO_MAGIC));
        size_t offset, length;

        if (cpio != NULL && (elf == NULL || cpio < elf)) {
            if (cpio_entry(data, size, (size_t)(cpio - data), &named_at, &name, &named_size))
                at = data + named_at;
            else
                at = cpio + 1;
            continue;
        }
        if (elf == NULL)
            break;
        offset = (size_t)(elf - data);
        length = extent(elf, size - offset);
        if (length > 0 && offset > 0)
            add_inner(s, image, named_at == offset ? name : NULL, named_size, data, offset, length);
        /* The image itself contains the others. */
        at = elf + (length > 0 && offset > 0 ? length : 1);
    }
}

/* ------------------------------------------------------------------ folders */

static struct symbols *walking; /* nftw() has no context */

static int visit(const char *path, const struct stat *met, int type, struct FTW *place)
{
    const uint8_t *data;
    struct stat status;
    Elf64_Ehdr header;

    (void)place;
    if (type != FTW_F || !S_ISREG(met->st_mode))
        return walking->count == SYMBOLS_MAX;
    data = map_file(path, &status);
    if (data == NULL)
        return 0;
    if (!read_header(data, (size_t)status.st_size, &header) ||
        symbols_by_path(walking, path) >= 0 || add_mapped(walking, path, data, &status) == NULL)
        munmap((void *)data, (size_t)status.st_size);
    return 0;
}

void symbols_open(struct symbols *s, const char *image_path, const char **folders, size_t count)
{
    char *real = realpath(image_path, NULL);
    struct stat status = {.st_size = 0};
    const uint8_t *data = map_file(image_path, &status);
    size_t size = (size_t)status.st_size;

    *s = (struct symbols){NULL, 0};
    if (data != NULL && real != NULL && extent(data, size) > 0 &&
        add_mapped(s, real, data, &status) != NULL)
        symbols_scan(s, real, data, size);
    else if (data != NULL)
        munmap((void *)data, size);
    free(real);
    for (size_t n = 0; n < count; n++) {
        real = realpath(folders[n], NULL);
        walking = s;
        if (real != NULL)
            nftw(real, visit, FOLDER_DEPTH, FTW_PHYS);
        free(real);
    }
}

void symbols_close(struct symbols *s)
{
    for (size_t n = 0; n < s->count; n++) {
        if (s->file[n].mapped)
            munmap((void *)s->file[n].data, s->file[n].size);
        free(s->file[n].path);
    }
    free(s->file);
    *s = (struct symbols){NULL, 0};
}

/* ------------------------------------------------------------------ comparing */

/* How many bytes of a segment are there as in the file; -1: some are others. */
static long compare_segment(const uint8_t *data, const Elf64_Phdr *p, unsigned *pages,
                            symbols_reader *read, void *context)
{
    uint8_t bytes[PAGE];
    long same = 0;

    for (uint64_t done = 0; done < p->p_filesz && *pages < PAGES_MAX; (*pages)++) {
        uint64_t at = p->p_vaddr + done, n = PAGE - at % PAGE;

        n = n < p->p_filesz - done ? n : p->p_filesz - done;
        if (read(context, at, bytes, n)) {
            if (memcmp(bytes, data + p->p_offset + done, n) != 0)
                return -1;
            same += (long)n;
        }
        done += n;
    }
    return same;
}

static long compare(const struct symbol_file *f, symbols_reader *read, void *context)
{
    Elf64_Ehdr header;
    unsigned pages = 0;
    long all = 0;

    if (!read_header(f->data, f->size, &header))
        return -1;
    for (unsigned n = 0; n < segment_count(&header); n++) {
        Elf64_Phdr p = segment(f->data, &header, n);
        long same;

        if (p.p_type != PT_LOAD || !(p.p_flags & PF_X) || (p.p_flags & PF_W) ||
            !has(f->size, p.p_offset, p.p_filesz))
            continue;
        same = compare_segment(f->data, &p, &pages, read, context);
        if (same < 0)
            return -1;
        all += same;
    }
    return all;
}

int symbols_match(const struct symbols *s, symbols_reader *read, void *context)
{
    long best = 0;
    int found = -1;

    for (size_t n = 0; n < s->count; n++) {
        long same = symbols_is_whole(s, &s->file[n]) ? compare(&s->file[n], read, context) : -1;

        if (same > best ||
            (same == best && found >= 0 && same > 0 && s->file[n].rank > s->file[found].rank)) {
            best = same;
            found = (int)n;
        }
    }
    return found;
}
