/*
 * The file server: single requests of the root task, and the build of files.h.
 */
#include "bench.h"
#include "files.h"
#include "lib/standard.h"

#define MEMORY_PAGES 8
#define BANK_BITS    22
#define KIB          1024ul

extern const char guest_archive[];

static struct service server;
static struct member processes[FILES_PROCESSES];
static struct client files;
static seL4_CPtr endpoint;

static void check(const char *what, long result)
{
    if (result < 0)
        guest_die("%s: %s", what, server_error_text(result));
}

static long create(const char *path, size_t bytes)
{
    long file = file_open(
        &files, path, SEL4UX_HOST_OPEN_WRITE | SEL4UX_HOST_OPEN_CREATE | SEL4UX_HOST_OPEN_TRUNCATE);

    check(path, file);
    check(path, file_write_buffer(&files, file, bytes, 0));
    return file;
}

static void create_closed(const char *path, size_t bytes)
{
    check(path, file_close(&files, create(path, bytes)));
}

/* -------------------------------------------------------------- single requests */

static void measure_moves(const char *name, long file, size_t bytes, bool write)
{
    struct bench *bench = bench_open(name, 1);

    while (bench_more(bench)) {
        seL4_Word begun = cycles();
        long n = write ? file_write_buffer(&files, file, bytes, 0)
                       : file_read_buffer(&files, file, bytes, 0);

        bench_add(bench, cycles() - begun);
        check(name, n);
    }
    bench_close(bench);
}

static void measure_open(void)
{
    struct bench *bench = bench_open("file_open_close", 1);

    while (bench_more(bench)) {
        seL4_Word begun = cycles();
        long file = file_open(&files, "single", 0);

        check("open", file);
        check("close", file_close(&files, file));
        bench_add(bench, cycles() - begun);
    }
    bench_close(bench);
}

static void measure_requests(void)
{
    long file = create("single", 1024 * KIB);

    measure_open();
    measure_moves("file_read_4k", file, 4 * KIB, false);
    measure_moves("file_write_4k", file, 4 * KIB, true);
    measure_moves("file_read_1m", file, 1024 * KIB, false);
    measure_moves("file_write_1m", file, 1024 * KIB, true);
    check("close", file_close(&files, file));
}

/* -------------------------------------------------------------- the build */

static void create_sources(void)
{
    char header[] = "include/h00", source[] = "p0/unit00.c", folder[] = "p0";

    memset(files.buffer, 'x', FILES_SOURCE);
    check("mkdir", file_make_directory(&files, "include"));
    for (int h = 0; h < FILES_HEADERS; h += 2) {
        header[9] = (char)('0' + h / 10);
        header[10] = (char)('0' + h % 10);
        create_closed(header, FILES_HEADER);
    }
    for (int p = 0; p < FILES_PROCESSES; p++) {
        folder[1] = source[1] = (char)('0' + p);
        check("mkdir", file_make_directory(&files, folder));
        for (int unit = 0; unit < FILES_UNITS; unit++) {
            source[7] = (char)('0' + unit / 10);
            source[8] = (char)('0' + unit % 10);
            create_closed(source, FILES_SOURCE);
        }
    }
}

/* Waits until all are ready; each then waits for an answer. */
static void gather(seL4_CPtr replies[FILES_PROCESSES])
{
    for (int i = 0; i < FILES_PROCESSES; i++) {
        seL4_Word badge;
#ifdef CONFIG_KERNEL_MCS
        seL4_MessageInfo_t message = seL4_Recv(endpoint, &badge, replies[i]);
#else
        seL4_MessageInfo_t message = seL4_Recv(endpoint, &badge);
#endif
        if (seL4_MessageInfo_get_label(message) == LABEL_PRINT)
            process_print(message);
        if (seL4_MessageInfo_get_label(message) != FILES_READY)
            guest_die("process %lu failed: label %lu", badge, seL4_MessageInfo_get_label(message));
#ifndef CONFIG_KERNEL_MCS
        must("keep a reply", seL4_CNode_SaveCaller(ROOT, replies[i], DEPTH));
#endif
    }
}

/* Who gets which number is all the same: each has its own. */
static void begin(const seL4_CPtr replies[FILES_PROCESSES])
{
    for (seL4_Word i = 0; i < FILES_PROCESSES; i++) {
        seL4_SetMR(0, i);
        seL4_Send(replies[i], seL4_MessageInfo_new(0, 0, 0, 1));
    }
}

static void measure_build(void)
{
    seL4_CPtr replies[FILES_PROCESSES];
    struct bench *bench = bench_open("macro_build", FILES_PROCESSES * FILES_UNITS);

    for (int i = 0; i < FILES_PROCESSES; i++) {
#ifdef CONFIG_KERNEL_MCS
        replies[i] = object_alloc(seL4_ReplyObject, 0);
#else
        replies[i] = slot_alloc();
#endif
    }
    bench_limit(bench, 1, 1000, 5);
    gather(replies);
    while (bench_more(bench)) {
        seL4_Word begun = cycles();

        begin(replies);
        gather(replies);
        bench_add(bench, cycles() - begun);
    }
    bench_close(bench);
}

static void start_processes(void)
{
    size_t size;
    const void *elf = archive_find(guest_archive, "client", &size);

    endpoint = object_alloc(seL4_EndpointObject, 0);
    for (seL4_Word i = 0; i < FILES_PROCESSES; i++) {
        manager_client(&processes[i], elf, endpoint, i + 1, PRIO_LOW, BANK_BITS);
        check("connect", manager_connect(&processes[i], &server, seL4_LargePageBits, 0));
        process_start(&processes[i].process);
    }
}

int main(void)
{
    bench_init();
    check("file server", standard_start(STANDARD_FILE, &server, guest_archive,
                                        object_alloc(seL4_EndpointObject, 0), MEMORY_PAGES));
    check("connect",
          manager_connect_self(&server, seL4_LargePageBits, 0, &files.endpoint, &files.buffer));
    files.bytes = SERVER_BUFFER_MAX;
    measure_requests();
    create_sources();
    start_processes();
    measure_build();
    return 0;
}
