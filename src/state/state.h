/*
 * The memory of a machine that one only wants to look at: of a running one, shared read-only by its
 * monitor, or read from a file that holds a machine's last state.
 *
 * Neither is trusted: sizes are checked, the memory can't shrink under its reader, and what is in
 * it is for src/view to be careful with.
 */
#ifndef SEL4UX_STATE_STATE_H
#define SEL4UX_STATE_STATE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"
#include "machine/machine.h"

struct state {
    const struct machine *machine; /* mapped; guest physical memory follows as in the machine */
    uint64_t size;                 /* bytes of the mapping */
    uint64_t *pages;               /* a bit for each page of guest memory: it holds something */
    uint64_t pages_size;           /* bytes; NULL and 0: unknown */
};

static inline uint64_t state_ram(const struct state *s)
{
    return s->size - KERNEL_RAM_OFFSET;
}

/* What both ends must agree on to understand each other's memory: changes with any layout in it. */
uint64_t state_layout(void);

/*
 * Who a machine is, at MACHINE_IDENTITY_OFFSET of its memory, where every version of sel4ux looks
 * first. The monitor writes it before the machine starts.
 */
#define STATE_IDENTITY_MAGIC "sel4uxM"

struct state_identity {
    char magic[8];
    uint64_t layout;  /* state_layout() */
    uint64_t started; /* s since 1970 */
    uint32_t pid;     /* of the monitor */
    char engine[20];
    char image[512]; /* path, as it was given */
};

void state_identify(struct machine *m, const char *engine, const char *image);

/* A copy with all strings ended; false: it is not there, or of another version. */
bool state_identity(const struct state *s, struct state_identity *identity);

/* Whether a machine's memory may have this size. */
bool state_size_is_valid(uint64_t size);

/*
 * Maps a machine's memory file for reading. The file stays the caller's; it must be sealed against
 * shrinking. Returns 0 or -errno with *err set.
 */
int state_map(struct state *s, int fd, uint64_t size, struct error *err);

/* Fills `pages` with what the file has stored, so that looking at the rest does not fill it. */
int state_find_pages(struct state *s, int fd, struct error *err);

void state_free(struct state *s);

/* ------------------------------------------------------------------ files */

/* Writes what is in the memory to `fd`, an empty file. Returns 0 or -errno with *err set. */
int state_save(const struct machine *m, uint64_t size, int memory, int fd, struct error *err);

/* Reads such a file. Returns 0, or -errno with *err set: -EINVAL when it is not one of ours. */
int state_load(struct state *s, int fd, struct error *err);

#endif
