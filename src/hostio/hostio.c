/* The table of objects, requests, and the thread that watches for events (see hostio.h). */
#include "hostio/hostio.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/epoll.h>
#include <time.h>
#include <unistd.h>

#define MAX_EVENTS 64

static uint64_t key_of(const struct hostio_object *o)
{
    return (uint64_t)o->generation << 32 | (uint64_t)(o - o->io->object);
}

/* ------------------------------------------------------------------ objects */

static void release(struct hostio_object *o)
{
    if (o->ops != NULL && o->ops->close != NULL)
        o->ops->close(o);
    if (o->fd >= 0)
        close(o->fd);
    *o = (struct hostio_object){.io = o->io, .fd = -1, .generation = o->generation + 1};
}

void hostio_make(struct hostio_call *call, enum sel4ux_host_kind kind, const struct hostio_ops *ops,
                 int fd, bool writable)
{
    call->request->kind = kind;
    call->made->ops = ops;
    call->made->fd = fd;
    call->made->writable = writable;
}

static int open_grant(struct hostio *io, unsigned i, const struct hostio_spec *spec,
                      struct error *err)
{
    struct host_grant *grant = &io->machine->host.grant[i];
    int status = 0;

    *grant = (struct host_grant){.kind = (uint8_t)spec->kind->kind, .writable = spec->writable};
    snprintf(grant->name, sizeof grant->name, "%s", spec->name);
    io->object[i].writable = spec->writable;
    if (spec->kind->open != NULL)
        status = spec->kind->open(&io->object[i], spec, err);
    if (status != 0)
        error_wrap(err, "--host %s=%.200s", spec->kind->option, spec->target);
    return status;
}

static uint64_t date(const struct hostio *io)
{
    struct timespec now;

    if (io->virtual_time)
        return CLOCK_VIRTUAL_DATE * 1000000000ull;
    clock_gettime(CLOCK_REALTIME, &now);
    return (uint64_t)now.tv_sec * 1000000000ull + (uint64_t)now.tv_nsec -
           clock_now(&io->machine->clock);
}

int hostio_open(struct hostio *io, const struct hostio_grants *grants, struct error *err)
{
    int status = 0;

    io->epoll = -1;
    pthread_mutex_init(&io->lock, NULL);
    for (unsigned i = 0; i < HOST_OBJECTS; i++)
        io->object[i] = (struct hostio_object){.io = io, .fd = -1};
    for (unsigned i = 0; i < grants->count && status == 0; i++)
        status = open_grant(io, i, &grants->spec[i], err);
    if (status != 0)
        hostio_close(io);
    else
        io->machine->host.grant_count = grants->count;
    io->machine->host.date = date(io);
    return status;
}

void hostio_close(struct hostio *io)
{
    for (unsigned i = 0; i < HOST_OBJECTS; i++)
        release(&io->object[i]);
}

/* ------------------------------------------------------------------ events */

unsigned hostio_always(struct hostio_object *o)
{
    (void)o;
    return SEL4UX_HOST_READABLE | SEL4UX_HOST_WRITABLE;
}

static unsigned events_of(struct hostio_object *o)
{
    struct pollfd fd = {.fd = o->fd, .events = POLLIN | POLLOUT | POLLRDHUP};
    unsigned events = 0;

    if (o->ops->events != NULL)
        return o->ops->events(o);
    if (o->fd < 0 || poll(&fd, 1, 0) <= 0)
        return 0;
    if (fd.revents & (POLLIN | POLLRDHUP | POLLHUP | POLLERR))
        events |= SEL4UX_HOST_READABLE;
    if (fd.revents & (POLLOUT | POLLERR))
        events |= SEL4UX_HOST_WRITABLE;
    if (fd.revents & (POLLHUP | POLLERR))
        events |= SEL4UX_HOST_HANGUP;
    return events;
}

/* Linux reports the other side's end of a stream as readable: reads say so. */
static int watch(struct hostio_object *o, unsigned events)
{
    struct epoll_event event = {.events = EPOLLONESHOT, .data.u64 = key_of(o)};

    if (events & SEL4UX_HOST_READABLE)
        event.events |= EPOLLIN | EPOLLRDHUP;
    if (events & SEL4UX_HOST_WRITABLE)
        event.events |= EPOLLOUT;
    if (epoll_ctl(o->io->epoll, o->watched ? EPOLL_CTL_MOD : EPOLL_CTL_ADD, o->fd, &event) != 0)
        return errno;
    o->watched = true;
    return 0;
}

/* Arms the object, or says which of the events are true already. */
static int64_t acknowledge(struct hostio_object *o, struct host_request *request)
{
    unsigned events = (unsigned)request->argument[0] & 7;
    int error = 0;

    request->value[0] = events_of(o) & events;
    o->armed = request->value[0] != 0 ? 0 : (uint8_t)events;
    if (o->fd >= 0 && (o->armed != 0 || o->watched) && o->ops->events != hostio_always)
        error = watch(o, o->armed);
    return error != 0 ? hostio_error(error) : 0;
}

static void signal_event(struct hostio_object *o)
{
    o->armed = 0;
    host_set_ready(&o->io->machine->host, (unsigned)(o - o->io->object));
    o->io->kick(o->io->context);
}

void hostio_look(struct hostio_object *o)
{
    pthread_mutex_lock(&o->io->lock);
    if (o->ops != NULL && (events_of(o) & o->armed) != 0)
        signal_event(o);
    pthread_mutex_unlock(&o->io->lock);
}

static void take_event(struct hostio *io, uint64_t key)
{
    struct hostio_object *o = &io->object[(uint32_t)key % HOST_OBJECTS];

    pthread_mutex_lock(&io->lock);
    if (o->ops != NULL && key == key_of(o) && o->armed != 0)
        signal_event(o);
    pthread_mutex_unlock(&io->lock);
}

static void *watch_all(void *argument)
{
    struct hostio *io = argument;
    struct epoll_event events[MAX_EVENTS];

    for (;;) {
        int count = epoll_wait(io->epoll, events, MAX_EVENTS, -1);

        for (int i = 0; i < count; i++)
            take_event(io, events[i].data.u64);
        if (count < 0 && errno != EINTR)
            return NULL;
    }
}

int hostio_start(struct hostio *io, struct error *err)
{
    pthread_attr_t detached;
    pthread_t thread;
    sigset_t all, before;
    int error = 0;

    io->epoll = epoll_create1(EPOLL_CLOEXEC);
    if (io->epoll < 0)
        return error_errno(err, errno, "can't watch host objects");
    for (unsigned i = 0; i < io->machine->host.grant_count; i++) {
        const struct hostio_ops *ops = io->object[i].ops;

        if (ops != NULL && ops->start != NULL)
            error = ops->start(&io->object[i], err);
        if (error != 0)
            return error;
    }
    pthread_attr_init(&detached);
    pthread_attr_setdetachstate(&detached, PTHREAD_CREATE_DETACHED);
    sigfillset(&all); /* signals are not for this thread */
    pthread_sigmask(SIG_SETMASK, &all, &before);
    error = pthread_create(&thread, &detached, watch_all, io);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    pthread_attr_destroy(&detached);
    return error != 0 ? error_errno(err, error, "can't watch host objects") : 0;
}

/* ------------------------------------------------------------------ requests */

int64_t hostio_error(int error)
{
    static const struct {
        int error, result;
    } known[] = {
        {EAGAIN, SEL4UX_HOST_AGAIN},
        {ENOENT, SEL4UX_HOST_NOT_FOUND},
        {EEXIST, SEL4UX_HOST_EXISTS},
        {EACCES, SEL4UX_HOST_NOT_PERMITTED},
        {EPERM, SEL4UX_HOST_NOT_PERMITTED},
        {EROFS, SEL4UX_HOST_NOT_PERMITTED},
        {EBADF, SEL4UX_HOST_NOT_PERMITTED},
        {ENOTDIR, SEL4UX_HOST_NOT_DIRECTORY},
        {EISDIR, SEL4UX_HOST_IS_DIRECTORY},
        {ENOTEMPTY, SEL4UX_HOST_NOT_EMPTY},
        {EXDEV, SEL4UX_HOST_BAD_PATH}, /* openat2: it leads outside */
        {ELOOP, SEL4UX_HOST_BAD_PATH},
        {ENAMETOOLONG, SEL4UX_HOST_BAD_PATH},
        {EINVAL, SEL4UX_HOST_BAD_ARGUMENT},
        {ENOSPC, SEL4UX_HOST_NO_SPACE},
        {EDQUOT, SEL4UX_HOST_NO_SPACE},
        {EFBIG, SEL4UX_HOST_TOO_LARGE},
        {EOVERFLOW, SEL4UX_HOST_TOO_LARGE},
        {EMSGSIZE, SEL4UX_HOST_TOO_LARGE},
        {EMFILE, SEL4UX_HOST_TOO_MANY},
        {ENFILE, SEL4UX_HOST_TOO_MANY},
        {ENOMEM, SEL4UX_HOST_TOO_MANY},
        {ENOBUFS, SEL4UX_HOST_TOO_MANY},
        {EBUSY, SEL4UX_HOST_BUSY},
        {ETXTBSY, SEL4UX_HOST_BUSY},
        {EINPROGRESS, SEL4UX_HOST_AGAIN},
        {EALREADY, SEL4UX_HOST_AGAIN},
        {ENOTCONN, SEL4UX_HOST_CLOSED},
        {EPIPE, SEL4UX_HOST_CLOSED},
        {ECONNRESET, SEL4UX_HOST_CLOSED},
        {ECONNABORTED, SEL4UX_HOST_CLOSED},
        {ECONNREFUSED, SEL4UX_HOST_REFUSED},
        {ENETUNREACH, SEL4UX_HOST_UNREACHABLE},
        {EHOSTUNREACH, SEL4UX_HOST_UNREACHABLE},
        {ETIMEDOUT, SEL4UX_HOST_UNREACHABLE},
        {EOPNOTSUPP, SEL4UX_HOST_NOT_SUPPORTED},
        {ENOSYS, SEL4UX_HOST_NOT_SUPPORTED},
        {ENXIO, SEL4UX_HOST_NOT_SUPPORTED},
    };

    for (size_t i = 0; i < sizeof known / sizeof known[0]; i++) {
        if (known[i].error == error)
            return -known[i].result;
    }
    return -SEL4UX_HOST_IO;
}

/* The guest memory that the request names, if that is in RAM. */
static bool find_buffer(const struct hostio *io, const struct host_request *request, void **buffer)
{
    const struct machine *m = io->machine;
    paddr start = request->buffer;

    *buffer = NULL;
    if (request->size == 0)
        return true;
    if (request->size > SEL4UX_HOST_MOVE_MAX || start + request->size < start ||
        !machine_is_ram(m, start) || !machine_is_ram(m, start + request->size - 1))
        return false;
    if (start < m->ram_low_top && start + request->size > m->ram_low_top)
        return false;
    *buffer = kernel_at(&m->kernel, start);
    return true;
}

static bool makes(const struct host_request *request)
{
    return request->label == SEL4UX_HOST_OPEN || request->label == SEL4UX_HOST_ACCEPT ||
           request->label == SEL4UX_HOST_CONNECT;
}

static int64_t perform(struct hostio *io, struct hostio_object *o, struct host_request *request)
{
    uint32_t op = request->label - (uint32_t)HOST_CLOSE;
    struct hostio_call call = {.request = request};

    if (op >= HOSTIO_OP_COUNT || o->ops == NULL || !find_buffer(io, request, &call.buffer))
        return -SEL4UX_HOST_NOT_SUPPORTED;
    if (request->label == HOST_CLOSE) {
        release(o);
        return 0;
    }
    if (request->label == SEL4UX_HOST_ACK)
        return acknowledge(o, request);
    if (request->label == SEL4UX_HOST_POLL) {
        request->value[0] = events_of(o);
        return 0;
    }
    if (o->ops->perform[op] == NULL)
        return request->label == SEL4UX_HOST_IDENTIFY ? 0 : -SEL4UX_HOST_NOT_SUPPORTED;
    if (makes(request)) {
        call.made = &io->object[request->made % HOST_OBJECTS];
        if (request->made >= HOST_OBJECTS || call.made->ops != NULL)
            return -SEL4UX_HOST_NOT_SUPPORTED;
    }
    return o->ops->perform[op](o, &call);
}

void hostio_perform(struct hostio *io, struct host_request *request)
{
    memset(request->value, 0, sizeof request->value);
    pthread_mutex_lock(&io->lock);
    if (request->object < HOST_OBJECTS)
        request->result = perform(io, &io->object[request->object], request);
    else
        request->result = -SEL4UX_HOST_NOT_SUPPORTED;
    pthread_mutex_unlock(&io->lock);
}
