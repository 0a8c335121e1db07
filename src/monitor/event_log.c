/* The event log as text (see event_log.h). */
#include "monitor/event_log.h"

#include <ctype.h>
#include <errno.h>
#include <inttypes.h>

#define NS_PER_S UINT64_C(1000000000)

#define THREAD_TEXT 64
#define STOP_TEXT   160

int event_log_open(struct event_log *log, const char *path, struct machine *m, struct error *err)
{
    if (path == NULL)
        return 0;
    log->path = path;
    log->file = fopen(path, "we");
    if (log->file == NULL)
        return error_errno(err, errno, "--log %s", path);
    m->events.on = true;
    return 0;
}

/* ------------------------------------------------------------------ text */

static void thread_text(const struct event_thread *t, char *text)
{
    char name[EVENT_NAME_SIZE];

    if (t->tcb == 0) {
        snprintf(text, THREAD_TEXT, "idle");
        return;
    }
    for (int n = 0; n < EVENT_NAME_SIZE; n++)
        name[n] = t->name[n] == '\0' || isgraph((unsigned char)t->name[n]) ? t->name[n] : '_';
    name[EVENT_NAME_SIZE - 1] = '\0';
    snprintf(text, THREAD_TEXT, "%s@%" PRIx64, name, t->tcb);
}

/* Message info: label, capsUnwrapped (0 in a sent one), extraCaps, length. */
static void message_text(const struct event *e, char *text)
{
    snprintf(text, STOP_TEXT, "%s cap 0x%" PRIx64 " label %" PRIu64 " length %u caps %u",
             abi_syscall_name(e->call), e->address, e->code >> 12, (unsigned)(e->code & 0x7f),
             (unsigned)(e->code >> 7 & 3));
}

static void syscall_text(const struct event *e, char *text)
{
    switch ((enum abi_syscall)e->call) {
    case SYS_INVALID:
        snprintf(text, STOP_TEXT, "syscall %" PRId64 " unknown", (int64_t)e->number);
        break;
    case SYS_CALL:
    case SYS_SEND:
    case SYS_NB_SEND:
    case SYS_REPLY:
    case SYS_REPLY_RECV:
    case SYS_NB_SEND_RECV:
    case SYS_NB_SEND_WAIT:
        message_text(e, text);
        break;
    case SYS_YIELD:
    case SYS_DEBUG_HALT:
    case SYS_DEBUG_DUMP_SCHEDULER:
        snprintf(text, STOP_TEXT, "%s", abi_syscall_name(e->call));
        break;
    case SYS_DEBUG_PUT_CHAR:
        snprintf(text, STOP_TEXT, isgraph((int)(e->address & 0xff)) ? "%s '%c'" : "%s 0x%02x",
                 abi_syscall_name(e->call), (unsigned)(e->address & 0xff));
        break;
    default:
        snprintf(text, STOP_TEXT, "%s cap 0x%" PRIx64, abi_syscall_name(e->call), e->address);
        break;
    }
}

static void stop_text(const struct event *e, char *text)
{
    switch ((enum stop_kind)e->kind) {
    case STOP_SYSCALL:
        syscall_text(e, text);
        break;
    case STOP_UNKNOWN_SYSCALL:
        snprintf(text, STOP_TEXT, "syscall %" PRId64 " unknown", (int64_t)e->number);
        break;
    case STOP_VM_FAULT:
        snprintf(text, STOP_TEXT, "page fault at 0x%" PRIx64 " code %" PRIu64, e->address, e->code);
        break;
    case STOP_EXCEPTION:
        snprintf(text, STOP_TEXT, "exception %" PRIu64 " code %" PRIu64, e->number, e->code);
        break;
    case STOP_DEBUG:
        snprintf(text, STOP_TEXT, "debug exception at 0x%" PRIx64 " reason 0x%" PRIx64, e->address,
                 e->number);
        break;
    case STOP_INTERRUPT:
        snprintf(text, STOP_TEXT, "interrupt %" PRIu64, e->number);
        break;
    case STOP_HOST:
        snprintf(text, STOP_TEXT, "event of host object %" PRIu64, e->number);
        break;
    case STOP_TICK:
        snprintf(text, STOP_TEXT, "tick");
        break;
    case STOP_NONE:
        snprintf(text, STOP_TEXT, "nothing");
        break;
    }
}

static void write_line(struct event_log *log, const struct event *e)
{
    char thread[THREAD_TEXT], next[THREAD_TEXT], stop[STOP_TEXT];

    thread_text(&e->thread, thread);
    thread_text(&e->next, next);
    stop_text(e, stop);
    if (fprintf(log->file, "%4" PRIu64 ".%09" PRIu64 " %s %s -> %s\n", e->now / NS_PER_S,
                e->now % NS_PER_S, thread, stop, next) < 0 &&
        log->error == 0)
        log->error = errno;
}

void event_log_pump(struct event_log *log, struct machine *m, uint64_t seen, uint64_t end)
{
    const struct event *e;

    while ((e = events_peek(&m->events)) != NULL && (e->output <= seen || log->complete)) {
        if (log->file != NULL && log->error == 0 && !log->complete)
            write_line(log, e);
        log->complete = log->complete || e->output >= end;
        events_drop(&m->events);
    }
    if (log->file != NULL && fflush(log->file) != 0 && log->error == 0)
        log->error = errno;
}

int event_log_close(struct event_log *log, struct error *err)
{
    int status = log->error;

    if (log->file == NULL)
        return 0;
    if (fclose(log->file) != 0 && status == 0)
        status = errno;
    log->file = NULL;
    return status == 0 ? 0 : error_errno(err, status, "--log %s", log->path);
}
