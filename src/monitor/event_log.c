/* The event log as text (see event_log.h). */
#include "monitor/event_log.h"

#include <ctype.h>
#include <inttypes.h>
#include <stdio.h>

#define NS_PER_S UINT64_C(1000000000)

#define THREAD_TEXT 64
#define STOP_TEXT   160
#define NAME_SHOWN  19 /* characters of a thread's name */

/* ------------------------------------------------------------------ text */

static void thread_text(const struct event_log *log, paddr tcb, char *text)
{
    char name[NAME_SHOWN + 1] = "";
    const struct thread *thread = threads_get(log->threads, tcb);

    if (thread == NULL) {
        snprintf(text, THREAD_TEXT, "idle");
        return;
    }
    for (int n = 0; n < NAME_SHOWN && thread->name[n] != '\0'; n++) {
        name[n] = isgraph((unsigned char)thread->name[n]) ? thread->name[n] : '_';
        name[n + 1] = '\0';
    }
    snprintf(text, THREAD_TEXT, "%s@%" PRIx64, name, tcb);
}

/* Message info: label, capsUnwrapped (0 in a sent one), extraCaps, length. */
static void message_text(const struct event *e, char *text)
{
    word info = e->words[2];

    snprintf(text, STOP_TEXT, "%s cap 0x%" PRIx64 " label %" PRIu64 " length %u caps %u",
             abi_syscall_name(e->detail), e->words[1], info >> 12, (unsigned)(info & 0x7f),
             (unsigned)(info >> 7 & 3));
}

static void syscall_text(const struct event *e, char *text)
{
    switch ((enum abi_syscall)e->detail) {
    case SYS_INVALID:
        snprintf(text, STOP_TEXT, "syscall %" PRId64 " unknown", (int64_t)e->words[3]);
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
        snprintf(text, STOP_TEXT, "%s", abi_syscall_name(e->detail));
        break;
    case SYS_DEBUG_PUT_CHAR:
        snprintf(text, STOP_TEXT, isgraph((int)(e->words[1] & 0xff)) ? "%s '%c'" : "%s 0x%02x",
                 abi_syscall_name(e->detail), (unsigned)(e->words[1] & 0xff));
        break;
    default:
        snprintf(text, STOP_TEXT, "%s cap 0x%" PRIx64, abi_syscall_name(e->detail), e->words[1]);
        break;
    }
}

static void stop_text(const struct event *e, char *text)
{
    word number = e->words[1], address = e->words[2], code = e->words[3];

    switch ((enum stop_kind)e->detail) {
    case STOP_UNKNOWN_SYSCALL:
        snprintf(text, STOP_TEXT, "syscall %" PRId64 " unknown", (int64_t)number);
        break;
    case STOP_VM_FAULT:
        snprintf(text, STOP_TEXT, "page fault at 0x%" PRIx64 " code %" PRIu64, address, code);
        break;
    case STOP_EXCEPTION:
        snprintf(text, STOP_TEXT, "exception %" PRIu64 " code %" PRIu64, number, code);
        break;
    case STOP_DEBUG:
        snprintf(text, STOP_TEXT, "debug exception at 0x%" PRIx64 " reason 0x%" PRIx64, address,
                 number);
        break;
    case STOP_INTERRUPT:
        snprintf(text, STOP_TEXT, "interrupt %" PRIu64, number);
        break;
    case STOP_HOST:
        snprintf(text, STOP_TEXT, "event of host object %" PRIu64, number);
        break;
    case STOP_TICK:
        snprintf(text, STOP_TEXT, "tick");
        break;
    case STOP_SYSCALL: /* by an idle machine: it can't be */
    case STOP_NONE:
        snprintf(text, STOP_TEXT, "nothing");
        break;
    }
}

/* ------------------------------------------------------------------ lines */

static void begin_line(struct event_log *log, const struct event *e)
{
    char thread[THREAD_TEXT], stop[STOP_TEXT];

    thread_text(log, e->object, thread);
    if (e->kind == EVENT_SYSCALL)
        syscall_text(e, stop);
    else
        stop_text(e, stop);
    snprintf(log->line, sizeof log->line, "%4" PRIu64 ".%09" PRIu64 " %s %s",
             e->words[0] / NS_PER_S, e->words[0] % NS_PER_S, thread, stop);
}

static void end_line(struct event_log *log, const struct event *e)
{
    const size_t room = EVENT_LOG_LINE + THREAD_TEXT + 8;
    char next[THREAD_TEXT];
    char *to = (char *)sink_reserve(&log->sink, room);

    if (to == NULL)
        return;
    thread_text(log, e->object, next);
    sink_took(&log->sink, (size_t)snprintf(to, room, "%s -> %s\n", log->line, next));
}

void event_log_event(struct event_log *log, const struct event *e)
{
    if (e->kind == EVENT_SYSCALL || e->kind == EVENT_STOP)
        begin_line(log, e);
    else if (e->kind == EVENT_DONE)
        end_line(log, e);
}

int event_log_open(struct event_log *log, const char *path, struct threads *threads,
                   struct error *err)
{
    *log = (struct event_log){.threads = threads};
    return sink_open(&log->sink, "--log", path, err);
}

int event_log_close(struct event_log *log, struct error *err)
{
    return sink_close(&log->sink, err);
}
