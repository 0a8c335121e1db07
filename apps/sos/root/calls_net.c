/*
 * System calls on sockets. One that can't go on yet has the server tell when it can, and is carried
 * out again then.
 */
#include "calls.h"
#include "console.h"
#include "socket.h"
#include "timer.h"

#include "net/net.h"

static struct open_file *find(struct task *p, seL4_Word fd)
{
    struct open_file *file = call_file(p, fd);

    return file && file->kind == FILE_SOCKET ? file : NULL;
}

/* The result, unless it is that the call has to wait. */
static long result_or_wait(struct task *p, struct open_file *file, long result, unsigned int event,
                           seL4_Word flags)
{
    if (result != -SOS_EAGAIN)
        return result;
    file->ready &= ~event;
    if (flags & SOS_NOWAIT)
        return result;
    socket_watch(file, event);
    return call_wait(p, WAIT_NET);
}

/* -------------------------------------------------------------- making */

static long make(struct task *p, seL4_Word label, seL4_Word a, seL4_Word b)
{
    struct open_file *file;
    long error = socket_make(&file, label, a, b);

    return error ? error : call_new_fd(p, file);
}

long call_listen(struct task *p, const seL4_Word *argument)
{
    return make(p, NET_LISTEN, argument[0], 0);
}

long call_datagram(struct task *p, const seL4_Word *argument)
{
    return make(p, argument[0] == SOS_ECHO ? NET_PING : NET_UDP, argument[0], 0);
}

long call_accept(struct task *p, const seL4_Word *argument)
{
    struct open_file *listener = find(p, argument[0]), *file;
    struct sos_peer peer;
    long error;

    if (!listener)
        return -SOS_EBADF;
    if (argument[2] && !call_is_writable(p, argument[2], sizeof(peer)))
        return -SOS_EFAULT;
    error = socket_make(&file, NET_ACCEPT, (seL4_Word)listener->socket, 0);
    if (error)
        return result_or_wait(p, listener, error, SOS_READABLE, argument[1]);
    peer = (struct sos_peer){seL4_GetMR(1), seL4_GetMR(2)};
    error = argument[2] ? copy_out(&p->space, argument[2], &peer, sizeof(peer)) : 0;
    if (error) {
        open_release(file);
        return error;
    }
    return call_new_fd(p, file);
}

/* The first time makes the file, whose number plus one is kept in `done`. */
long call_connect(struct task *p, const seL4_Word *argument)
{
    struct open_file *file;
    long result;

    if (p->call.done == 0) {
        result = make(p, NET_CONNECT, argument[0], argument[1]);
        if (result < 0)
            return result;
        p->call.done = (seL4_Word)result + 1;
    }
    file = p->files[p->call.done - 1];
    result = socket_call(NET_SEND, (seL4_Word)file->socket, 0, 0, 0); /* nothing: is it there? */
    result = result_or_wait(p, file, result, SOS_WRITABLE, 0);
    if (result >= 0)
        return result == CALL_WAITS ? result : (long)p->call.done - 1;
    p->files[p->call.done - 1] = NULL;
    open_release(file);
    return result;
}

/* -------------------------------------------------------------- data */

static seL4_Word piece(seL4_Word bytes)
{
    return bytes < SOCKET_AT_ONCE ? bytes : SOCKET_AT_ONCE;
}

long call_send(struct task *p, const seL4_Word *argument)
{
    struct open_file *file = find(p, argument[0]);
    seL4_Word bytes = piece(argument[2]);
    long result;

    if (!file)
        return -SOS_EBADF;
    if (!socket_buffer() || bytes == 0)
        return 0;
    result = copy_in(&p->space, socket_buffer(), argument[1], bytes);
    if (result == 0)
        result = socket_call(NET_SEND, (seL4_Word)file->socket, 0, bytes, 0);
    return result_or_wait(p, file, result, SOS_WRITABLE, argument[3]);
}

long call_receive(struct task *p, const seL4_Word *argument)
{
    struct open_file *file = find(p, argument[0]);
    seL4_Word bytes = piece(argument[2]);
    long result, error;

    if (!file)
        return -SOS_EBADF;
    if (!call_is_writable(p, argument[1], bytes))
        return -SOS_EFAULT;
    if (bytes == 0)
        return 0;
    result = socket_call(NET_RECEIVE, (seL4_Word)file->socket, 0, bytes, 0);
    if (result > 0) {
        if ((seL4_Word)result < bytes) /* that was all: the server is to tell of more */
            file->ready &= ~(unsigned int)SOS_READABLE;
        error = copy_out(&p->space, argument[1], socket_buffer(), (size_t)result);
        return error ? error : result;
    }
    return result_or_wait(p, file, result, SOS_READABLE, argument[3]);
}

long call_send_to(struct task *p, const seL4_Word *argument)
{
    struct open_file *file = find(p, argument[0]);
    seL4_Word bytes = argument[2];
    long result;

    if (!file)
        return -SOS_EBADF;
    if (bytes > SOCKET_AT_ONCE)
        return -SOS_EINVAL;
    result = copy_in(&p->space, socket_buffer(), argument[1], bytes);
    if (result == 0)
        result = socket_call(NET_SEND_TO, (seL4_Word)file->socket, 0, bytes, argument[3]);
    return result_or_wait(p, file, result, SOS_WRITABLE, 0);
}

long call_receive_from(struct task *p, const seL4_Word *argument)
{
    struct open_file *file = find(p, argument[0]);
    seL4_Word bytes = piece(argument[2]);
    struct sos_peer peer;
    long result, error;

    if (!file)
        return -SOS_EBADF;
    if (!call_is_writable(p, argument[1], bytes) || !call_is_writable(p, argument[3], sizeof(peer)))
        return -SOS_EFAULT;
    result = socket_call(NET_RECEIVE_FROM, (seL4_Word)file->socket, 0, bytes, 0);
    if (result < 0)
        return result_or_wait(p, file, result, SOS_READABLE, 0);
    peer = (struct sos_peer){seL4_GetMR(1), seL4_GetMR(2)};
    error = copy_out(&p->space, argument[1], socket_buffer(), (size_t)result);
    if (!error)
        error = copy_out(&p->space, argument[3], &peer, sizeof(peer));
    return error ? error : result;
}

long call_end_output(struct task *p, const seL4_Word *argument)
{
    struct open_file *file = find(p, argument[0]);

    return file ? socket_call(NET_SHUTDOWN, (seL4_Word)file->socket, 0, 0, 0) : -SOS_EBADF;
}

/* -------------------------------------------------------------- several at once */

static unsigned int pipe_events(const struct open_file *file)
{
    const struct pipe *pipe = file->pipe;

    if (file->flags & SOS_O_READ)
        return pipe->count || !pipe->writers ? SOS_READABLE : 0;
    return pipe->count < PIPE_SIZE || !pipe->readers ? SOS_WRITABLE : 0;
}

/* What it is ready for, of what is wanted; a socket is watched if that is nothing. */
static unsigned int look(struct task *p, struct open_file *file, unsigned int wanted)
{
    unsigned int events = SOS_READABLE | SOS_WRITABLE;

    switch (file->kind) {
    case FILE_SOCKET:
        events = file->ready & (wanted | SOS_HANGUP);
        if (events == 0)
            socket_watch(file, wanted);
        return events;
    case FILE_PIPE:
        return pipe_events(file) & wanted;
    case FILE_CONSOLE:
        if (p->job != console_foreground() || !console_has_input())
            events = SOS_WRITABLE;
        return events & wanted;
    default:
        return events & wanted;
    }
}

static long look_at_all(struct task *p, struct sos_poll *polls, seL4_Word count)
{
    long found = 0;

    for (seL4_Word i = 0; i < count; i++) {
        struct open_file *file;

        polls[i].ready = 0;
        if (polls[i].file < 0)
            continue;
        file = call_file(p, (seL4_Word)polls[i].file);
        if (!file)
            return -SOS_EBADF;
        polls[i].ready =
            (unsigned short)look(p, file, polls[i].wanted & (SOS_READABLE | SOS_WRITABLE));
        found += polls[i].ready != 0;
    }
    return found;
}

static bool is_time_over(struct task *p, seL4_Word ns)
{
    if (ns == SOS_FOREVER)
        return false;
    if (p->call.done == 0)
        p->call.done = timer_now() + (ns < (seL4_Word)1 << 60 ? ns : (seL4_Word)1 << 60);
    if (ns == 0 || timer_now() >= p->call.done)
        return true;
    timer_wake_at(p->call.done);
    return false;
}

long call_poll(struct task *p, const seL4_Word *argument)
{
    static struct sos_poll polls[SOS_POLLS];
    seL4_Word count = argument[1], bytes = count * sizeof(polls[0]);
    long found, error;

    if (count > SOS_POLLS)
        return -SOS_EINVAL;
    if (!call_is_writable(p, argument[0], bytes))
        return -SOS_EFAULT;
    error = copy_in(&p->space, polls, argument[0], bytes);
    if (error)
        return error;
    found = look_at_all(p, polls, count);
    if (found == 0 && !is_time_over(p, argument[2]))
        return call_wait(p, WAIT_POLL);
    if (found < 0)
        return found;
    error = copy_out(&p->space, argument[0], polls, bytes);
    return error ? error : found;
}
