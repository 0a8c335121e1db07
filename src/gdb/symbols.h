/*
 * ELF files that may be what runs in a VSpace: the root task's own, those that lie in it (as they
 * are, or in CPIO archives), and those of the folders that the user named. Which one it is shows
 * when the bytes of its text are compared with the VSpace's.
 */
#ifndef SEL4UX_GDB_SYMBOLS_H
#define SEL4UX_GDB_SYMBOLS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#define SYMBOLS_MAX 4096 /* files */

struct symbol_file {
    char *path; /* of a file of the host; or of none, below /sel4ux, if it lies in the image */
    const uint8_t *data;
    size_t size;
    bool mapped;  /* by us, whole: it is a file of the host, */
    dev_t device; /* which is this one */
    ino_t inode;
    bool in_image; /* it lies in the first file */
    unsigned rank; /* what debuggers can learn from it: the higher the better */
};

struct symbols {
    struct symbol_file *file;
    size_t count;
};

/* What can't be read is left out. Files stay open until symbols_close(). */
void symbols_open(struct symbols *s, const char *image_path, const char **folders, size_t count);
void symbols_close(struct symbols *s);

/* Finds the ELF files in `data`; what `image` is, counts itself, at offset 0. */
void symbols_scan(struct symbols *s, const char *image, const uint8_t *data, size_t size);

/* Reads a VSpace's memory; false: not there. */
typedef bool symbols_reader(void *context, uint64_t address, void *bytes, size_t size);

/* The file whose text is there: its number, or -1. */
int symbols_match(const struct symbols *s, symbols_reader *read, void *context);

int symbols_by_path(const struct symbols *s, const char *path); /* -1: none */

/* False: its bytes are not to be touched, since the host's file has been cut off meanwhile. */
bool symbols_is_whole(const struct symbols *s, const struct symbol_file *f);

#endif
