/*
 * Fuzzes reading a machine's state from a file: the input as the file, and as what stands behind a
 * header that is in order. What is read can be looked at; what is refused has a reason of one line.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "state/file.h"
#include "view/view.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(bool holds, const char *what)
{
    if (!holds) {
        fprintf(stderr, "broken promise: %s\n", what);
        abort();
    }
}

static void take(void *context, const char *words, size_t size)
{
    (void)words;
    *(size_t *)context += size;
}

static void look(const struct state *s)
{
    size_t size = 0;
    struct view_out out = {.write = take, .context = &size};
    struct view_subject subject = {.kernel = &s->machine->kernel,
                                   .ram = state_ram(s),
                                   .pages = s->pages,
                                   .machine = s->machine};

    view_short(&subject, true, &out);
    view_print(&subject, VIEW_ALL, NULL, &out, NULL);
    check(size > 0, "something is said");
}

static void try_file(const void *header, size_t header_size, const uint8_t *data, size_t size)
{
    int fd = memfd_create("fuzz", MFD_CLOEXEC);
    struct error err = {{0}};
    struct state s;

    check(fd >= 0, "a file");
    check(write(fd, header, header_size) == (ssize_t)header_size, "a header");
    check(write(fd, data, size) == (ssize_t)size, "what stands in it");
    if (state_load(&s, fd, &err) == 0) {
        look(&s);
        state_free(&s);
    } else {
        check(err.message[0] != '\0' && strchr(err.message, '\n') == NULL, "a reason");
        check(s.machine == NULL && s.pages == NULL, "nothing is left");
    }
    close(fd);
}

/* One extent, of whole pages at page `place` of a small machine's memory. */
static void try_extent(const uint8_t *data, size_t size, uint64_t place)
{
    static uint8_t file[1 << 20];
    struct state_extent e = {.start = place << PAGE_BITS};
    struct state_header header = {.magic = STATE_MAGIC,
                                  .version = STATE_VERSION,
                                  .header_size = sizeof header,
                                  .layout = state_layout(),
                                  .memory_size = KERNEL_RAM_OFFSET + (1u << 20),
                                  .extent_count = 1};

    e.size = (size + MASK(PAGE_BITS)) & ~MASK(PAGE_BITS);
    if (e.size == 0 || e.size > sizeof file - sizeof e)
        return;
    header.data_size = e.size;
    header.table_hash = state_hash_extent(0, e);
    memset(file, 0, sizeof e + e.size);
    memcpy(file, &e, sizeof e);
    memcpy(file + sizeof e, data, size);
    try_file(&header, sizeof header, file, sizeof e + e.size);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    try_file(NULL, 0, data, size);
    if (size > 1) {
        try_extent(data + 1, size - 1, data[0] & 1 ? 0 : KERNEL_RAM_OFFSET >> PAGE_BITS);
        try_extent(data + 1, size - 1, data[0]);
    }
    return 0;
}
