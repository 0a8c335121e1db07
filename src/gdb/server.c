/*
 * The conversation: who is there, what comes and goes, and whether the machine may run.
 *
 * A packet is answered only while the machine is paused: when one comes and it is not, the server
 * wishes so and goes on when the doorbell says that it is. In between it never waits.
 */
#include "gdb/session.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "gdb/dispatch.h"
#include "gdb/listen.h"

#define IN_MAX  65536      /* bytes that wait to be understood */
#define OUT_MAX (1u << 20) /* bytes that wait to be sent, until no more requests are taken */

/* ------------------------------------------------------------------ whether it runs */

static void wish(struct gdb *g)
{
    if (g->wished || g->pausing == NULL)
        return;
    g->wished = true;
    pausing_wish(g->pausing);
}

/* A machine that has stopped by itself has to be let go, too. */
static void release(struct gdb *g)
{
    if (g->machine != NULL && machine_is_paused(g->machine))
        wish(g);
    if (!g->wished)
        return;
    g->wished = false;
    pausing_release(g->pausing);
}

static bool is_paused(const struct gdb *g)
{
    return g->machine != NULL && machine_is_paused(g->machine);
}

static bool is_there(const struct gdb *g)
{
    return g->talking.fd >= 0;
}

/* All that could be answered has been. */
static void settle(struct gdb *g)
{
    if (is_there(g) ? g->running || g->non_stop : !g->awaited)
        release(g);
    else
        wish(g);
}

/* ------------------------------------------------------------------ what goes */

static void say_goodbye(struct gdb *g);

static void flush(struct gdb *g)
{
    while (g->out.size > 0 && is_there(g)) {
        ssize_t n = send(g->talking.fd, g->out.data, g->out.size, MSG_NOSIGNAL);

        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0 && errno != EAGAIN && errno != EWOULDBLOCK)
            say_goodbye(g);
        if (n < 0)
            break;
        gdb_text_drop(&g->out, (size_t)n);
    }
    g->talking.events =
        (short)((g->out.size > 0 ? POLLOUT : 0) | (g->out.size < OUT_MAX ? POLLIN : 0));
}

static void send_packet(struct gdb *g, char start, const struct gdb_text *t)
{
    char *packet = malloc(GDB_ENCODED_MAX(t->size));
    size_t n;

    if (packet == NULL || t->failed) {
        free(packet);
        return;
    }
    n = gdb_encode(packet, start, t->data, t->size);
    gdb_text_add(&g->out, packet, n);
    if (start == '$' && !g->no_acks) {
        gdb_text_clear(&g->last);
        gdb_text_add(&g->last, packet, n);
        g->unacknowledged = true;
    }
    free(packet);
}

void gdb_notify(struct gdb *g, const struct gdb_text *t)
{
    send_packet(g, '%', t);
}

void gdb_say(struct gdb *g, const char *text)
{
    struct gdb_text t = {.data = (char *)text, .size = strlen(text)};

    gdb_say_long(g, &t);
}

#define SAY_MAX 4096 /* bytes in one packet */

void gdb_say_long(struct gdb *g, const struct gdb_text *text)
{
    struct gdb_text t = {0};

    for (size_t done = 0, n; done < text->size; done += n) {
        n = text->size - done < SAY_MAX ? text->size - done : SAY_MAX;
        gdb_text_clear(&t);
        gdb_text_add(&t, "O", 1);
        gdb_text_hex(&t, text->data + done, n);
        send_packet(g, '$', &t);
    }
    gdb_text_free(&t);
}

void gdb_answer(struct gdb *g, const char *format, ...)
{
    char words[512];
    va_list args;

    va_start(args, format);
    vsnprintf(words, sizeof words, format, args);
    va_end(args);
    gdb_text_add(&g->reply, words, strlen(words));
}

void gdb_error(struct gdb *g, enum gdb_error error)
{
    gdb_text_clear(&g->reply);
    gdb_answer(g, "E%02x", error);
}

void gdb_ask(struct gdb *g, enum gdb_wish asked)
{
    g->wish = asked;
}

/* ------------------------------------------------------------------ coming and going */

static void forget_conversation(struct gdb *g)
{
    memset(&g->decoder, 0, offsetof(struct gdb_decoder, data));
    gdb_text_clear(&g->in);
    gdb_text_clear(&g->out);
    gdb_text_clear(&g->object);
    g->object_name[0] = '\0';
    g->no_acks = g->start_no_acks = g->multiprocess = g->swbreak = g->unacknowledged = false;
    g->extended = g->non_stop = g->interrupt = g->running = g->told = false;
    g->stops = g->left_count = g->known = 0;
    g->looking_at_stop = false;
    g->stop[0] = (struct gdb_stop){.signal = GDB_SIGNAL_TRAP};
    g->general = g->control = (struct gdb_thread_id){0, 0};
    memset(g->file, 0, sizeof g->file);
}

/* Who has gone has no breakpoints: they are taken out as soon as the machine is paused. */
static void leave_machine(struct gdb *g)
{
    if (g->machine == NULL || !g->machine->debugger.on)
        return;
    if (!is_paused(g)) {
        wish(g);
        g->leaving = true;
        return;
    }
    debugger_detach(g->machine);
    g->leaving = false;
    g->listening.events = POLLIN;
}

static void say_goodbye(struct gdb *g)
{
    if (!is_there(g))
        return;
    close(g->talking.fd);
    watch_remove(g->setup.watchers, &g->talking);
    g->talking.fd = -1;
    forget_conversation(g);
    leave_machine(g);
    if (!g->leaving)
        settle(g);
}

void gdb_detach(struct gdb *g)
{
    g->detached = true;
}

static void pump(struct gdb *g);

static void look_around(struct gdb *g)
{
    if (!is_paused(g))
        return;
    if (g->leaving) {
        leave_machine(g);
        settle(g);
    } else if (is_there(g)) {
        if (!g->machine->debugger.on)
            debugger_attach(g->machine);
        pump(g);
    }
}

/* Whether the other end has closed, whatever it has sent before. */
static bool has_hung_up(int fd)
{
    struct pollfd p = {.fd = fd, .events = POLLRDHUP};

    return poll(&p, 1, 0) > 0 && p.revents != 0;
}

static void came(struct watcher *w, short revents)
{
    struct gdb *g = (struct gdb *)((char *)w - offsetof(struct gdb, listening));
    int fd;

    (void)revents;
    if (is_there(g) && has_hung_up(g->talking.fd))
        say_goodbye(g);
    if (g->leaving) { /* the next one waits until the last has left */
        w->events = 0;
        return;
    }
    fd = gdb_accept(w->fd);
    if (fd < 0)
        return;
    if (is_there(g)) { /* one at a time */
        close(fd);
        return;
    }
    forget_conversation(g);
    g->talking.fd = fd;
    g->talking.events = POLLIN;
    if (watch_add(g->setup.watchers, &g->talking) != 0) {
        close(fd);
        g->talking.fd = -1;
        return;
    }
    g->awaited = false;
    wish(g);
    look_around(g);
}

/* ------------------------------------------------------------------ what comes */

/*
 * Who waits for long, on a busy host, sends a packet once more, or asks for the answer once more:
 * one answer is due, or the next question would get the second.
 */
static void answer_packet(struct gdb *g)
{
    if (!g->no_acks && g->unacknowledged)
        return;
    g->answered = true;
    if (!g->no_acks)
        gdb_text_add(&g->out, "+", 1);
    gdb_text_clear(&g->reply);
    g->silent = false;
    gdb_dispatch(g);
    if (!g->silent)
        send_packet(g, '$', &g->reply);
    if (g->start_no_acks)
        g->no_acks = g->decoder.no_sums = true;
}

static void look_for_stop(struct gdb *g)
{
    gdb_text_clear(&g->reply);
    gdb_look_at_stop(g);
    if (g->reply.size > 0)
        send_packet(g, '$', &g->reply);
}

static void take_one(struct gdb *g, enum gdb_input got)
{
    switch (got) {
    case GDB_PACKET:
        answer_packet(g);
        break;
    case GDB_BAD:
        if (!g->no_acks)
            gdb_text_add(&g->out, "-", 1);
        break;
    case GDB_NAK:
        if (!g->no_acks && !g->answered)
            gdb_text_add(&g->out, g->last.data, g->last.size);
        break;
    case GDB_BREAK:
        g->interrupt = g->running || g->non_stop;
        if (g->non_stop)
            gdb_interrupt_all(g);
        break;
    case GDB_ACK:
        g->unacknowledged = false;
        break;
    case GDB_MORE:
        break;
    }
}

/* Without a machine only its end and its beginning can be talked about. */
static bool can_answer(const struct gdb *g)
{
    return g->machine == NULL || is_paused(g);
}

static void pump(struct gdb *g)
{
    const char *next = g->in.data, *end = g->in.size > 0 ? next + g->in.size : next;

    g->answered = false;
    if (is_paused(g))
        look_for_stop(g);
    while (next < end && can_answer(g) && !g->detached)
        take_one(g, gdb_decode(&g->decoder, &next, end));
    gdb_text_drop(&g->in, g->in.size - (size_t)(end - next));
    if (is_paused(g) && !g->detached)
        look_for_stop(g);
    flush(g);
    if (g->detached && is_there(g)) {
        g->detached = false;
        say_goodbye(g);
    } else if (g->in.size > 0) {
        wish(g);
    } else {
        settle(g);
    }
}

static void talked(struct watcher *w, short revents)
{
    struct gdb *g = (struct gdb *)((char *)w - offsetof(struct gdb, talking));
    char bytes[4096];
    ssize_t n = 0;

    if (revents & POLLOUT)
        flush(g);
    if (!is_there(g) || !(revents & (POLLIN | POLLERR | POLLHUP)))
        return;
    n = recv(w->fd, bytes, sizeof bytes, 0);
    if (n == 0 || (n < 0 && errno != EAGAIN && errno != EINTR)) {
        say_goodbye(g);
        return;
    }
    if (n > 0)
        gdb_text_add(&g->in, bytes, (size_t)n);
    if (g->in.size > IN_MAX || g->in.failed)
        say_goodbye(g);
    else
        pump(g);
}

static void rung(struct watcher *w)
{
    look_around((struct gdb *)((char *)w - offsetof(struct gdb, listening)));
}

/* ------------------------------------------------------------------ life */

int gdb_open(struct gdb **result, const struct gdb_setup *setup, struct error *err)
{
    char words[LISTEN_TEXT] = "";
    struct gdb *g = calloc(1, sizeof *g);
    int fd = setup->listener;

    if (g == NULL)
        return error_errno(err, ENOMEM, "no memory for the gdb server");
    if (fd < 0)
        fd = gdb_listen(setup->address, words, err);
    if (fd < 0) {
        free(g);
        return fd;
    }
    g->setup = *setup;
    if (setup->listener < 0 && strchr(words, '/') != NULL)
        snprintf(g->unix_path, sizeof g->unix_path, "%.*s", (int)sizeof g->unix_path - 1, words);
    g->listening = (struct watcher){
        .fd = fd, .events = POLLIN, .deadline = WATCH_NEVER, .ready = came, .rung = rung};
    g->talking = (struct watcher){.fd = -1, .deadline = WATCH_NEVER, .ready = talked};
    watch_add(setup->watchers, &g->listening);
    symbols_open(&g->symbols, setup->image_path, setup->symbols, setup->symbol_count);
    g->awaited = true;
    if (setup->listener < 0)
        fprintf(stderr, "sel4ux: waiting for a debugger: gdb %s -ex 'target extended-remote %s'\n",
                setup->image_path, words);
    *result = g;
    return 0;
}

void gdb_attach(struct gdb *g, struct pausing *pausing)
{
    g->pausing = pausing;
    g->machine = pausing->machine;
    g->wished = false;
    g->wish = GDB_WISH_NONE;
    g->running = g->restarting; /* who asked for it waits for a stop */
    g->interrupt = g->restarting;
    g->general = g->control = (struct gdb_thread_id){0, 0};
    g->restarting = false;
    if (is_there(g) || g->awaited)
        wish(g);
}

void gdb_machine_ended(struct gdb *g, int code)
{
    bool waits = g->running || g->non_stop;

    gdb_text_clear(&g->reply);
    if (is_there(g) && waits && g->wish == GDB_WISH_NONE) {
        if (g->non_stop)
            gdb_answer(g, "Stop:");
        gdb_answer(g, "W%02x", code & 0xff);
        if (g->multiprocess)
            gdb_answer(g, ";process:1");
        send_packet(g, g->non_stop ? '%' : '$', &g->reply);
        flush(g);
    }
    g->running = g->leaving = g->wished = false;
    g->listening.events = POLLIN;
    g->stops = 0;
    g->machine = NULL;
    g->pausing = NULL;
}

enum gdb_wish gdb_wish(const struct gdb *g)
{
    return g->wish;
}

bool gdb_stays(const struct gdb *g)
{
    return is_there(g) && g->extended;
}

/* What is still to be sent is, if the other end takes it now. */
void gdb_close(struct gdb *g)
{
    if (g == NULL)
        return;
    flush(g);
    if (is_there(g))
        close(g->talking.fd);
    watch_remove(g->setup.watchers, &g->talking);
    watch_remove(g->setup.watchers, &g->listening);
    close(g->listening.fd);
    if (g->unix_path[0] != '\0')
        unlink(g->unix_path);
    symbols_close(&g->symbols);
    gdb_text_free(&g->in);
    gdb_text_free(&g->out);
    gdb_text_free(&g->last);
    gdb_text_free(&g->reply);
    gdb_text_free(&g->object);
    free(g);
}
