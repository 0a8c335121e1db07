/*
 * Writing a machine's state to a file (see file.h). Two passes over the pages that the memory has
 * stored: the first finds the extents, the second writes them. The machine is at its end.
 */
#define _FILE_OFFSET_BITS 64
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "state/file.h"

struct extents {
    struct state_extent *extent;
    size_t count, room;
    uint64_t size;
};

static bool is_zero(const struct machine *m, uint64_t page)
{
    const uint64_t *words = (const void *)((const char *)m + page);

    for (size_t i = 0; i < BIT(PAGE_BITS) / sizeof *words; i++) {
        if (words[i] != 0)
            return false;
    }
    return true;
}

static int add_page(struct extents *e, uint64_t page)
{
    struct state_extent *last = e->count > 0 ? &e->extent[e->count - 1] : NULL;

    e->size += BIT(PAGE_BITS);
    if (last != NULL && last->start + last->size == page) {
        last->size += BIT(PAGE_BITS);
        return 0;
    }
    if (e->count == e->room) {
        size_t room = e->room ? 2 * e->room : 1024;
        struct state_extent *more = realloc(e->extent, room * sizeof *more);

        if (more == NULL)
            return -ENOMEM;
        e->extent = more;
        e->room = room;
    }
    e->extent[e->count++] = (struct state_extent){page, BIT(PAGE_BITS)};
    return 0;
}

/* Of the stored pages those that aren't zero. */
static int find_extents(struct extents *e, const struct machine *m, uint64_t size, int memory)
{
    off_t start, end = 0;
    int status = 0;

    while (status == 0 && (uint64_t)end < size && (start = lseek(memory, end, SEEK_DATA)) >= 0) {
        end = lseek(memory, start, SEEK_HOLE);
        if (end <= start)
            return -EIO;
        for (off_t page = start; status == 0 && page < end; page += BIT(PAGE_BITS)) {
            if (!is_zero(m, (uint64_t)page))
                status = add_page(e, (uint64_t)page);
        }
    }
    return status;
}

static int write_all(int fd, const void *bytes, uint64_t size)
{
    const char *at = bytes;

    while (size > 0) {
        ssize_t n = write(fd, at, size < (1u << 30) ? size : 1u << 30);

        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            return n < 0 ? -errno : -EIO;
        at += n;
        size -= (uint64_t)n;
    }
    return 0;
}

static int write_file(const struct extents *e, const struct machine *m, uint64_t size, int fd)
{
    struct state_header header = {.magic = STATE_MAGIC,
                                  .version = STATE_VERSION,
                                  .header_size = sizeof header,
                                  .layout = state_layout(),
                                  .memory_size = size,
                                  .extent_count = e->count,
                                  .data_size = e->size};
    int status;

    for (size_t i = 0; i < e->count; i++)
        header.table_hash = state_hash_extent(header.table_hash, e->extent[i]);
    status = write_all(fd, &header, sizeof header);
    if (status == 0)
        status = write_all(fd, e->extent, e->count * sizeof *e->extent);
    for (size_t i = 0; status == 0 && i < e->count; i++)
        status = write_all(fd, (const char *)m + e->extent[i].start, e->extent[i].size);
    return status;
}

int state_save(const struct machine *m, uint64_t size, int memory, int fd, struct error *err)
{
    struct extents extents = {.extent = NULL};
    int status = find_extents(&extents, m, size, memory);

    if (status == 0)
        status = write_file(&extents, m, size, fd);
    free(extents.extent);
    return status == 0 ? 0 : error_errno(err, -status, "can't write the machine's state");
}
