/* Queries and settings: what both sides can do, who there is, and files of information. */
#include <inttypes.h>
#include <string.h>

#include "gdb/session.h"

#define LISTED_MAX 128 /* threads in one packet */

/* ------------------------------------------------------------------ what both can do */

static void supported(struct gdb *g, const char *args)
{
    g->multiprocess = strstr(args, "multiprocess+") != NULL;
    g->swbreak = strstr(args, "swbreak+") != NULL;
    gdb_answer(g,
               "PacketSize=%x;QStartNoAckMode+;QNonStop+;multiprocess+;swbreak+;hwbreak-;"
               "vContSupported+;qXfer:features:read+;qXfer:threads:read+;qXfer:exec-file:read+",
               GDB_PACKET_MAX);
}

/* For lldb, which asks for the host before it knows of target.xml. */
static void host_info(struct gdb *g)
{
    gdb_answer(g, "triple:");
    gdb_text_hex(&g->reply, "x86_64-unknown-unknown", strlen("x86_64-unknown-unknown"));
    gdb_answer(g, ";endian:little;ptrsize:8;");
}

static void process_info(struct gdb *g)
{
    paddr thread = gdb_general(g);

    gdb_answer(g, "pid:%x;", thread != 0 ? gdb_pid(g, thread) : 0);
    host_info(g);
}

/* ------------------------------------------------------------------ threads */

static void list_threads(struct gdb *g, bool from_the_start)
{
    paddr p = from_the_start ? gdb_first_thread(g) : gdb_find_serial(g, g->listed);

    if (!from_the_start && p != 0)
        p = gdb_next_thread(g, p);
    if (p == 0) {
        gdb_answer(g, "l");
        return;
    }
    for (unsigned n = 0; p != 0 && n < LISTED_MAX; n++, p = gdb_next_thread(g, p)) {
        gdb_answer(g, n == 0 ? "m" : ",");
        gdb_print_id(g, &g->reply, p);
        g->listed = kernel_tcb(gdb_kernel(g), p)->serial;
    }
}

static void current_thread(struct gdb *g)
{
    gdb_answer(g, "QC");
    gdb_print_id(g, &g->reply, gdb_general(g));
}

static void extra_info(struct gdb *g, const char *args)
{
    struct gdb_text t = {0};
    struct gdb_thread_id id;
    paddr thread = gdb_thread_id(&args, &id) ? gdb_find_thread(g, id) : 0;

    if (thread == 0) {
        gdb_error(g, GDB_ERROR_ARGUMENT);
        return;
    }
    gdb_text_print(&t, "%.*s: ", THREAD_NAME_SIZE, kernel_tcb(gdb_kernel(g), thread)->name);
    gdb_extra_info(g, &t, thread);
    gdb_text_hex(&g->reply, t.data, t.size);
    gdb_text_free(&t);
}

/* ------------------------------------------------------------------ qXfer */

/* OBJECT:read:ANNEX; false: there is none. */
static bool make_object(struct gdb *g, const char *what)
{
    if (strcmp(what, "features:read:target.xml") == 0)
        gdb_target_xml(&g->object);
    else if (strcmp(what, "threads:read:") == 0)
        gdb_threads_xml(g, &g->object);
    else if (gdb_skip(&what, "exec-file:read:"))
        gdb_exec_file(g, &g->object, what);
    else
        return false;
    return true;
}

/* OBJECT:read:ANNEX:OFFSET,LENGTH. What is read in pieces is made with the first of them. */
static void transfer(struct gdb *g, const char *args)
{
    const char *colon = strrchr(args, ':'), *range = colon != NULL ? colon + 1 : "";
    size_t name_size = colon != NULL ? (size_t)(colon - args) : 0;
    char name[sizeof g->object_name];
    uint64_t offset = gdb_number(&range), length;
    bool is_range = gdb_skip(&range, ",") && gdb_is_number(range);

    length = gdb_number(&range);
    if (!is_range || name_size == 0 || name_size >= sizeof name) {
        gdb_error(g, GDB_ERROR_ARGUMENT);
        return;
    }
    memcpy(name, args, name_size);
    name[name_size] = '\0';
    if (offset == 0 || strcmp(name, g->object_name) != 0) {
        gdb_text_clear(&g->object);
        g->object_name[0] = '\0';
        if (!make_object(g, name))
            return; /* an empty reply: not supported */
        memcpy(g->object_name, name, sizeof name);
    }
    if (offset > g->object.size)
        offset = g->object.size;
    length = length < GDB_PACKET_MAX / 2 ? length : GDB_PACKET_MAX / 2;
    if (length > g->object.size - offset)
        length = g->object.size - offset;
    gdb_answer(g, offset + length == g->object.size ? "l" : "m");
    if (length > 0)
        gdb_text_add(&g->reply, g->object.data + offset, length);
}

/* ------------------------------------------------------------------ q and Q */

static void command(struct gdb *g, const char *hex)
{
    char text[1024];
    size_t n = gdb_unhex(hex, strlen(hex), text, sizeof text - 1);

    text[n] = '\0';
    gdb_command(g, text);
}

void gdb_query(struct gdb *g, const char *args)
{
    if (gdb_skip(&args, "Supported"))
        supported(g, args);
    else if (gdb_skip(&args, "Xfer:"))
        transfer(g, args);
    else if (gdb_skip(&args, "Rcmd,"))
        command(g, args);
    else if (gdb_skip(&args, "ThreadExtraInfo,"))
        extra_info(g, args);
    else if (gdb_skip(&args, "fThreadInfo"))
        list_threads(g, true);
    else if (gdb_skip(&args, "sThreadInfo"))
        list_threads(g, false);
    else if (gdb_skip(&args, "HostInfo"))
        host_info(g);
    else if (gdb_skip(&args, "ProcessInfo"))
        process_info(g);
    else if (gdb_skip(&args, "Attached"))
        gdb_answer(g, g->setup.listener >= 0 ? "0" : "1");
    else if (gdb_skip(&args, "Symbol"))
        gdb_answer(g, "OK");
    else if (strcmp(args, "C") == 0)
        current_thread(g);
}

void gdb_set(struct gdb *g, const char *args)
{
    if (gdb_skip(&args, "StartNoAckMode")) {
        g->start_no_acks = true;
        gdb_answer(g, "OK");
    } else if (gdb_skip(&args, "NonStop:")) {
        gdb_set_non_stop(g, *args == '1');
        gdb_answer(g, "OK");
    }
}
