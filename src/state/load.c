/*
 * Reading a machine's state from a file that may be anything (see file.h): nothing is taken from it
 * before it is checked, and what is wrong is said.
 */
#define _FILE_OFFSET_BITS 64
#include <errno.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "state/file.h"

static int refuse(struct error *err, const char *why)
{
    error_set(err, "%s", why);
    return -EINVAL;
}

/* All of it; -EINVAL at the end of the file. */
static int read_at(int fd, void *to, uint64_t size, uint64_t at, struct error *err)
{
    char *bytes = to;

    while (size > 0) {
        ssize_t n = pread(fd, bytes, size < (1u << 30) ? size : 1u << 30, (off_t)at);

        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return error_errno(err, errno, "can't be read");
        if (n == 0)
            return refuse(err, "is cut short: the file ends too early");
        bytes += n;
        at += (uint64_t)n;
        size -= (uint64_t)n;
    }
    return 0;
}

static int check_header(const struct state_header *h, uint64_t file_size, struct error *err)
{
    uint64_t room = file_size - sizeof *h;

    if (memcmp(h->magic, STATE_MAGIC, sizeof h->magic) != 0)
        return refuse(err, "is no state of a machine; 'sel4ux run --save FILE' writes one");
    if (h->version != STATE_VERSION || h->header_size != sizeof *h || h->layout != state_layout())
        return refuse(err, "was written by another version of sel4ux, which is the one to read it");
    if (!state_size_is_valid(h->memory_size))
        return refuse(err, "is damaged: there is no machine with so much memory");
    if (h->extent_count > room / sizeof(struct state_extent) ||
        h->data_size > room - h->extent_count * sizeof(struct state_extent))
        return refuse(err, "is cut short: the file ends too early");
    if (h->data_size != room - h->extent_count * sizeof(struct state_extent))
        return refuse(err, "is damaged: the file goes on behind its end");
    return 0;
}

static bool is_extent_valid(struct state_extent e, uint64_t end_before, uint64_t memory_size)
{
    return e.size != 0 && e.start % BIT(PAGE_BITS) == 0 && e.size % BIT(PAGE_BITS) == 0 &&
           e.start >= end_before && e.start < memory_size && e.size <= memory_size - e.start;
}

/* Each extent's bytes go where they belong as it is found to be right. */
static int read_extents(struct state *s, int fd, const struct state_header *h, char *memory,
                        struct error *err)
{
    uint64_t table = sizeof *h, data = table + h->extent_count * sizeof(struct state_extent);
    uint64_t end = 0, hash = 0, left = h->data_size;
    struct state_extent e;
    int status = 0;

    for (uint64_t i = 0; status == 0 && i < h->extent_count; i++) {
        status = read_at(fd, &e, sizeof e, table + i * sizeof e, err);
        if (status != 0)
            return status;
        hash = state_hash_extent(hash, e);
        if (!is_extent_valid(e, end, h->memory_size) || e.size > left)
            return refuse(err, "is damaged: its table of memory makes no sense");
        status = read_at(fd, memory + e.start, e.size, data, err);
        state_mark_pages(s, e.start, e.start + e.size);
        end = e.start + e.size;
        data += e.size;
        left -= e.size;
    }
    if (status == 0 && (left != 0 || hash != h->table_hash))
        return refuse(err, "is damaged: its table of memory makes no sense");
    return status;
}

static int read_memory(struct state *s, int fd, const struct state_header *h, struct error *err)
{
    void *memory = mmap(NULL, h->memory_size, PROT_READ | PROT_WRITE,
                        MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    int status;

    if (memory == MAP_FAILED)
        return error_errno(err, errno, "needs more memory than there is");
    *s = (struct state){.machine = memory, .size = h->memory_size};
    status = state_make_pages(s, err);
    if (status == 0)
        status = read_extents(s, fd, h, memory, err);
    if (status != 0)
        state_free(s);
    return status;
}

int state_load(struct state *s, int fd, struct error *err)
{
    struct state_header header;
    struct stat file;
    int status;

    *s = (struct state){.size = 0};
    if (fstat(fd, &file) != 0)
        return error_errno(err, errno, "can't be read");
    if (!S_ISREG(file.st_mode))
        return refuse(err, "is no file");
    if (file.st_size == 0)
        return refuse(err, "is empty: the run that was to write it did not come to its end");
    if ((uint64_t)file.st_size < sizeof header)
        return refuse(err, "is no state of a machine; 'sel4ux run --save FILE' writes one");
    status = read_at(fd, &header, sizeof header, 0, err);
    if (status == 0)
        status = check_header(&header, (uint64_t)file.st_size, err);
    return status == 0 ? read_memory(s, fd, &header, err) : status;
}
