/*
 * A root task's ELF file, checked: whatever the file holds, an image that image_load() accepted
 * can be copied into memory without further checks, and one that it refused has a message.
 *
 * The rules are those of seL4's own x86_64 boot code, which copies every program header that
 * occupies memory, of whatever type and in file order, plus what a root task needs to make sense.
 */
#ifndef SEL4UX_LOADER_ELF_H
#define SEL4UX_LOADER_ELF_H

#include <stddef.h>
#include <stdint.h>

#include "base/error.h"

#define IMAGE_MAX_SEGMENTS 256

enum image_flags { IMAGE_EXECUTE = 1, IMAGE_WRITE = 2, IMAGE_READ = 4 };

struct image_segment {
    uint64_t vaddr;
    uint64_t filesz, memsz; /* bytes; filesz <= memsz, memsz > 0, vaddr + memsz in user space */
    uint32_t type;          /* PT_LOAD and others of <elf.h>; the boot code treats all alike */
    uint32_t flags;         /* enum image_flags; for people: seL4 maps everything alike */
    const uint8_t *data;    /* filesz bytes inside struct image's file */
};

struct image {
    uint64_t entry;                  /* inside an executable or at least a loaded segment */
    uint64_t vaddr_start, vaddr_end; /* of all segments; page aligned, end exclusive */
    size_t segment_count;
    struct image_segment segment[IMAGE_MAX_SEGMENTS]; /* in file order: later ones overwrite */
    uint8_t *file;                                    /* owned copy of the whole file, or NULL */
    size_t file_size;
};

/*
 * Reads and checks the file at `path`. Returns 0, or -errno with one line in *err that starts
 * with the path: -ENOEXEC for a file that is not a root task, else what opening or reading said.
 */
int image_load(struct image *image, const char *path, struct error *err);

/* The same for `size` bytes at `bytes`, which stay the caller's and must outlive the image. */
int image_parse(struct image *image, const void *bytes, size_t size, struct error *err);

void image_free(struct image *image);

#endif
