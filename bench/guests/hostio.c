/*
 * Requests to host objects, in cycles each: one that does nothing, and reads and writes of a file
 * that is in the host's page cache. bench/hostio_linux.c does the same without sel4ux.
 */
#include <sel4ux/host.h>

#include "bench.h"

#define FILE_SIZE (16ul << 20)

static struct sel4ux_host_buffer data;
static seL4_CPtr file;

static void measure_requests(void)
{
    struct bench *b = bench_open("host_request", 1);
    seL4_Word kind, writable, detail[2];

    while (bench_more(b)) {
        seL4_Word start = cycles();

        sel4ux_host_identify(file, &kind, &writable, detail);
        bench_add(b, cycles() - start);
    }
    bench_close(b);
}

/* Through the file, again and again. */
static void measure_moves(const char *name, bool write, seL4_Word size)
{
    struct bench *b = bench_open(name, 1);
    seL4_Word position = 0;

    data.length = size;
    while (bench_more(b)) {
        seL4_Word start = cycles();
        long moved = write ? sel4ux_host_write(file, data, position)
                           : sel4ux_host_read(file, data, position);

        bench_add(b, cycles() - start);
        if (moved != (long)size)
            guest_die("%s: %ld", name, moved);
        position = (position + size) % FILE_SIZE;
    }
    bench_close(b);
}

static void make_file(seL4_CPtr directory)
{
    static const char path[] = "bench-hostio";
    seL4_CPtr page;
    struct sel4ux_host_slot slot = {ROOT, slot_alloc(), DEPTH};

    memcpy(page_alloc(&page), path, sizeof(path));
    file = slot.index;
    if (sel4ux_host_open(directory, (struct sel4ux_host_buffer){page, 0, sizeof(path) - 1}, slot,
                         SEL4UX_HOST_OPEN_WRITE | SEL4UX_HOST_OPEN_CREATE) < 0)
        guest_die("the folder can't be written");
    data.length = 2ul << 20;
    for (seL4_Word at = 0; at < FILE_SIZE; at += data.length)
        sel4ux_host_write(file, data, at);
}

int main(void)
{
    static const struct {
        const char *read, *write;
        seL4_Word size;
    } moves[] = {{"host_read_4k", "host_write_4k", 4096},
                 {"host_read_64k", "host_write_64k", 65536},
                 {"host_read_2m", "host_write_2m", 2ul << 20}};
    const struct sel4ux_host_grant *grant =
        sel4ux_host_find(seL4_GetBootInfo(), SEL4UX_HOST_DIRECTORY, 0);

    bench_init();
    if (grant == 0)
        guest_die("run me with --host dir=FOLDER:rw");
    data.frame = object_alloc(seL4_X86_LargePageObject, 0);
    make_file(grant->slot);
    measure_requests();
    for (unsigned i = 0; i < sizeof(moves) / sizeof(moves[0]); i++) {
        measure_moves(moves[i].read, false, moves[i].size);
        measure_moves(moves[i].write, true, moves[i].size);
    }
    guest_exit();
}
