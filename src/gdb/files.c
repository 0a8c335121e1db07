/*
 * Symbols without typing paths: which file runs in a process (qXfer:exec-file), and that file's
 * bytes (vFile). Only the files of symbols.h can be opened, and only for reading.
 */
#include <inttypes.h>
#include <string.h>

#include "gdb/session.h"

#define FILE_IO_ENOENT 2
#define FILE_IO_EIO    5
#define FILE_IO_EBADF  9
#define FILE_IO_EACCES 13
#define FILE_IO_EINVAL 22
#define FILE_IO_EMFILE 24

#define OPEN_FOR_WRITING 3 /* bits of the flags */
#define MODE_REGULAR     0100444
#define STAT_SIZE        64
#define READ_MAX         8000 /* bytes, each of which may have to be escaped */

struct memory {
    struct gdb *g;
    paddr vspace;
};

static bool read_vspace(void *context, uint64_t address, void *bytes, size_t size)
{
    const struct memory *m = context;

    return debugger_read(m->g->machine, m->vspace, address, bytes, size);
}

void gdb_exec_file(struct gdb *g, struct gdb_text *t, const char *annex)
{
    paddr thread = gdb_general(g);
    struct memory memory = {g, 0};
    int file;

    if (gdb_is_number(annex))
        memory.vspace = gdb_find_vspace(g, (int64_t)gdb_number(&annex));
    else if (thread != 0)
        memory.vspace = kernel_vspace(gdb_kernel(g), thread);
    file = memory.vspace != 0 ? symbols_match(&g->symbols, read_vspace, &memory) : -1;
    if (file >= 0)
        gdb_text_print(t, "%s", g->symbols.file[file].path);
}

/* ------------------------------------------------------------------ vFile */

static void failed(struct gdb *g, int error)
{
    gdb_answer(g, "F-1,%x", error);
}

static void open_file(struct gdb *g, const char *args)
{
    const char *comma = strchr(args, ',');
    char path[1024];
    size_t n = gdb_unhex(args, comma != NULL ? (size_t)(comma - args) : 0, path, sizeof path - 1);
    unsigned fd = 0;
    int file;

    path[n] = '\0';
    if (comma == NULL) {
        failed(g, FILE_IO_EINVAL);
        return;
    }
    comma++;
    file = symbols_by_path(&g->symbols, path);
    while (fd < FILES_MAX && g->file[fd] != 0)
        fd++;
    if (gdb_number(&comma) & OPEN_FOR_WRITING) {
        failed(g, FILE_IO_EACCES);
    } else if (file < 0) {
        failed(g, FILE_IO_ENOENT);
    } else if (fd == FILES_MAX) {
        failed(g, FILE_IO_EMFILE);
    } else {
        g->file[fd] = 1 + (uint32_t)file;
        gdb_answer(g, "F%x", fd);
    }
}

static const struct symbol_file *opened(struct gdb *g, const char **args, unsigned *fd)
{
    uint64_t number = gdb_is_number(*args) ? gdb_number(args) : FILES_MAX;

    *fd = number < FILES_MAX ? (unsigned)number : 0;
    if (number >= FILES_MAX || g->file[number] == 0) {
        failed(g, FILE_IO_EBADF);
        return NULL;
    }
    return &g->symbols.file[g->file[number] - 1];
}

static void read_file(struct gdb *g, const char *args)
{
    unsigned fd;
    const struct symbol_file *f = opened(g, &args, &fd);
    uint64_t count, offset;

    if (f == NULL)
        return;
    if (!symbols_is_whole(&g->symbols, f)) {
        failed(g, FILE_IO_EIO);
        return;
    }
    gdb_skip(&args, ",");
    count = gdb_number(&args);
    gdb_skip(&args, ",");
    offset = gdb_number(&args);
    count = count < READ_MAX ? count : READ_MAX;
    if (offset >= f->size)
        count = 0;
    else if (count > f->size - offset)
        count = f->size - offset;
    gdb_answer(g, "F%" PRIx64 ";", count);
    if (count > 0)
        gdb_text_add(&g->reply, f->data + offset, count);
}

static void put_big_endian(uint8_t *to, uint64_t value, unsigned size)
{
    while (size-- > 0) {
        to[size] = (uint8_t)value;
        value >>= 8;
    }
}

static void stat_file(struct gdb *g, const char *args)
{
    uint8_t status[STAT_SIZE] = {0};
    unsigned fd;
    const struct symbol_file *f = opened(g, &args, &fd);

    if (f == NULL)
        return;
    put_big_endian(status + 4, g->file[fd], 4); /* inode */
    put_big_endian(status + 8, MODE_REGULAR, 4);
    put_big_endian(status + 12, 1, 4); /* links */
    put_big_endian(status + 28, f->size, 8);
    put_big_endian(status + 36, 4096, 8);
    put_big_endian(status + 44, (f->size + 511) / 512, 8);
    gdb_answer(g, "F%x;", STAT_SIZE);
    gdb_text_add(&g->reply, status, sizeof status);
}

void gdb_file(struct gdb *g, const char *args)
{
    unsigned fd;

    if (gdb_skip(&args, "setfs:")) {
        gdb_answer(g, "F0");
    } else if (gdb_skip(&args, "open:")) {
        open_file(g, args);
    } else if (gdb_skip(&args, "pread:")) {
        read_file(g, args);
    } else if (gdb_skip(&args, "fstat:")) {
        stat_file(g, args);
    } else if (gdb_skip(&args, "close:")) {
        if (opened(g, &args, &fd) == NULL)
            return;
        g->file[fd] = 0;
        gdb_answer(g, "F0");
    }
}
