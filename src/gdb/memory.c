/*
 * Memory of the general thread's VSpace, and what is set on it: breakpoints and watchpoints. What
 * is not mapped, or is no RAM, is an error; registers of devices are not for reading by the way.
 */
#include <errno.h>
#include <string.h>

#include "gdb/session.h"

#define PIECE_MAX 4096 /* bytes read at once */

static paddr vspace_of(struct gdb *g)
{
    paddr thread = gdb_general(g);

    return thread != 0 ? kernel_vspace(gdb_kernel(g), thread) : 0;
}

/* ADDRESS,LENGTH */
static bool parse_range(const char **args, uint64_t *address, uint64_t *length)
{
    bool given = gdb_is_number(*args);

    *address = gdb_number(args);
    given = given && gdb_skip(args, ",") && gdb_is_number(*args);
    *length = gdb_number(args);
    return given;
}

/* As much as can be read from there on, up to PIECE_MAX. */
static uint64_t read_some(struct gdb *g, uint64_t address, uint64_t length, uint8_t *bytes)
{
    uint64_t done = 0;

    length = length < PIECE_MAX ? length : PIECE_MAX;
    while (done < length) {
        uint64_t at = address + done, n = BIT(PAGE_BITS) - (at & MASK(PAGE_BITS));

        n = n < length - done ? n : length - done;
        if (!debugger_read(g->machine, vspace_of(g), at, bytes + done, n))
            break;
        done += n;
    }
    return done;
}

static uint64_t read_range(struct gdb *g, const char *args, uint8_t *bytes, bool *empty)
{
    uint64_t address, length, n;

    if (!parse_range(&args, &address, &length)) {
        gdb_error(g, GDB_ERROR_ARGUMENT);
        return 0;
    }
    n = read_some(g, address, length, bytes);
    *empty = length == 0;
    if (n == 0 && length > 0)
        gdb_error(g, GDB_ERROR_MEMORY);
    return n;
}

void gdb_read_memory(struct gdb *g, const char *args)
{
    uint8_t bytes[PIECE_MAX];
    bool empty = false;
    uint64_t n = read_range(g, args, bytes, &empty);

    gdb_text_hex(&g->reply, bytes, n);
}

/* As lldb knows it: the bytes, or OK for none. */
void gdb_read_binary(struct gdb *g, const char *args)
{
    uint8_t bytes[PIECE_MAX];
    bool empty = false;
    uint64_t n = read_range(g, args, bytes, &empty);

    if (empty)
        gdb_answer(g, "OK");
    gdb_text_add(&g->reply, bytes, n);
}

static void write(struct gdb *g, uint64_t address, const void *bytes, uint64_t size)
{
    if (size == 0 || debugger_write(g->machine, vspace_of(g), address, bytes, size))
        gdb_answer(g, "OK");
    else
        gdb_error(g, GDB_ERROR_MEMORY);
}

void gdb_write_memory(struct gdb *g, const char *args)
{
    uint8_t bytes[GDB_PACKET_MAX / 2];
    uint64_t address, length;

    if (!parse_range(&args, &address, &length) || !gdb_skip(&args, ":") || length > sizeof bytes ||
        gdb_unhex(args, strlen(args), bytes, length) != length)
        gdb_error(g, GDB_ERROR_ARGUMENT);
    else
        write(g, address, bytes, length);
}

void gdb_write_binary(struct gdb *g, const char *args)
{
    const char *end = g->decoder.data + g->decoder.size;
    uint64_t address, length;

    if (!parse_range(&args, &address, &length) || !gdb_skip(&args, ":") ||
        length != (uint64_t)(end - args))
        gdb_error(g, GDB_ERROR_ARGUMENT);
    else
        write(g, address, args, length);
}

/* ------------------------------------------------------------------ breakpoints and watchpoints */

/* By the protocol's numbers; the last three are those of enum debugger_watch, in their order. */
enum point { POINT_SOFTWARE, POINT_HARDWARE, POINT_WRITE, POINT_READ, POINT_ACCESS };

static int change(struct gdb *g, uint64_t type, uint64_t address, uint64_t size, bool set)
{
    paddr vspace = vspace_of(g);

    if (type >= POINT_WRITE) {
        enum debugger_watch kind = (enum debugger_watch)(type - POINT_WRITE);

        if (size > DEBUGGER_WATCH_MAX)
            return -EINVAL;
        return set ? debugger_set_watchpoint(g->machine, vspace, address, (uint32_t)size, kind)
                   : debugger_clear_watchpoint(g->machine, vspace, address, (uint32_t)size, kind);
    }
    return set ? debugger_set_breakpoint(g->machine, vspace, address)
               : debugger_clear_breakpoint(g->machine, vspace, address);
}

/* Of one whose VSpace has gone nothing is left to be cleared. */
void gdb_change_point(struct gdb *g, const char *args, bool set)
{
    bool given = gdb_is_number(args);
    uint64_t type = gdb_number(&args), address, size;
    int status;

    if (!given || type > POINT_ACCESS)
        return; /* an empty reply: not supported */
    if (!gdb_skip(&args, ",") || !parse_range(&args, &address, &size)) {
        gdb_error(g, GDB_ERROR_ARGUMENT);
        return;
    }
    status = change(g, type, address, size, set);
    if (status == 0 || !set)
        gdb_answer(g, "OK");
    else
        gdb_error(g, status == -ENOSPC ? GDB_ERROR_SPACE : GDB_ERROR_ARGUMENT);
}
