/*
 * Ethernet over libslirp: a network inside this process, with the usual gateway 10.0.2.2 and a DHCP
 * server that gives the guest 10.0.2.15. Needs no privileges.
 *
 * Incoming: only by fwd=. Outgoing: only what user_filter.h lets pass.
 *
 * libslirp is loaded when it is asked for, so that nothing else needs it. It is not made for
 * several threads: `lock` is held around each call. A thread waits for its sockets; guests' frames
 * are given to it at once. Frames to the guest wait in a queue; when that is full they are lost, as
 * on a wire. Locks: the service's, then ours.
 */
#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <time.h>
#include <unistd.h>

#include "hostio/sockets.h"
#include "hostio/user_filter.h"
#include "hostio/user_library.h"
#include "hostio/user_options.h"

#define QUEUE     256 /* frames */
#define POLLS     1100
#define TIMERS    4
#define NS_PER_MS 1000000
#define MAX_WAIT  1000 /* ms */

struct frame {
    uint16_t size;
    uint8_t data[ETHERNET_MOST];
};

struct timer {
    SlirpTimerCb call; /* NULL: free */
    void *argument;
    int64_t due; /* ms; -1: not set */
};

struct user_net {
    struct hostio_object *object;
    pthread_mutex_t lock;
    struct user_options options;
    Slirp *slirp;
    int wake;     /* eventfd: our thread shall look again */
    bool running; /* our thread, which then ends all when `ended` */
    bool ended;
    struct user_filter filter;
    unsigned head, count;
    struct frame queue[QUEUE];
    struct timer timers[TIMERS];
    unsigned polls;
    struct pollfd poll[POLLS];
};

/* ------------------------------------------------------------------ what the library calls */

static int64_t now_ns(void *opaque)
{
    struct timespec now;

    (void)opaque;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

static ssize_t send_packet(const void *data, size_t size, void *opaque)
{
    struct user_net *net = opaque;
    struct frame *frame = &net->queue[(net->head + net->count) % QUEUE];

    if (size > ETHERNET_MOST || net->count == QUEUE)
        return (ssize_t)size;
    user_filter_note(&net->filter, data, size);
    frame->size = (uint16_t)size;
    memcpy(frame->data, data, size);
    net->count++;
    return (ssize_t)size;
}

static void guest_error(const char *message, void *opaque)
{
    (void)message; /* of packets that it does not like: the guest's business */
    (void)opaque;
}

static void *timer_new(SlirpTimerCb call, void *argument, void *opaque)
{
    struct user_net *net = opaque;

    for (struct timer *t = net->timers; t < net->timers + TIMERS; t++) {
        if (t->call != NULL)
            continue;
        *t = (struct timer){call, argument, -1};
        return t;
    }
    abort();
}

static void timer_free(void *timer, void *opaque)
{
    (void)opaque;
    ((struct timer *)timer)->call = NULL;
}

static void timer_mod(void *timer, int64_t due, void *opaque)
{
    (void)opaque;
    ((struct timer *)timer)->due = due;
}

static void poll_fd(int fd, void *opaque)
{
    (void)fd; /* they are asked for each time */
    (void)opaque;
}

static void notify(void *opaque)
{
    (void)opaque; /* our thread looks again after each call anyway */
}

static const SlirpCb callbacks = {
    .send_packet = send_packet,
    .guest_error = guest_error,
    .clock_get_ns = now_ns,
    .timer_new = timer_new,
    .timer_free = timer_free,
    .timer_mod = timer_mod,
    .register_poll_fd = poll_fd,
    .unregister_poll_fd = poll_fd,
    .notify = notify,
};

/* ------------------------------------------------------------------ our thread */

static int add_poll(int fd, int events, void *opaque)
{
    struct user_net *net = opaque;
    short wanted = 0;

    if (net->polls == POLLS)
        return -1;
    wanted |= events & SLIRP_POLL_IN ? POLLIN : 0;
    wanted |= events & SLIRP_POLL_OUT ? POLLOUT : 0;
    wanted |= events & SLIRP_POLL_PRI ? POLLPRI : 0;
    net->poll[net->polls] = (struct pollfd){.fd = fd, .events = wanted};
    return (int)net->polls++;
}

static int get_events(int index, void *opaque)
{
    struct user_net *net = opaque;
    short got = index < 0 ? 0 : net->poll[index].revents;

    return (got & POLLIN ? SLIRP_POLL_IN : 0) | (got & POLLOUT ? SLIRP_POLL_OUT : 0) |
           (got & POLLPRI ? SLIRP_POLL_PRI : 0) | (got & POLLERR ? SLIRP_POLL_ERR : 0) |
           (got & POLLHUP ? SLIRP_POLL_HUP : 0);
}

/* Runs the timers that are due; ms until the next one, or `most`. */
static int run_timers(struct user_net *net, int most)
{
    int64_t now = now_ns(NULL) / NS_PER_MS, wait = most;

    for (struct timer *t = net->timers; t < net->timers + TIMERS; t++) {
        if (t->call == NULL || t->due < 0)
            continue;
        if (t->due <= now) {
            t->due = -1;
            t->call(t->argument);
        } else if (t->due - now < wait) {
            wait = t->due - now;
        }
    }
    return (int)wait;
}

static void end(struct user_net *net)
{
    if (net->slirp != NULL)
        user_library.cleanup(net->slirp);
    if (net->wake >= 0)
        close(net->wake);
    free(net);
}

static void wait_once(struct user_net *net)
{
    uint32_t most = MAX_WAIT;
    uint64_t woken;
    int wait, failed;

    pthread_mutex_lock(&net->lock);
    net->poll[0] = (struct pollfd){.fd = net->wake, .events = POLLIN};
    net->polls = 1;
    user_library.fill(net->slirp, &most, add_poll, net);
    wait = run_timers(net, most < MAX_WAIT ? (int)most : MAX_WAIT);
    pthread_mutex_unlock(&net->lock);
    failed = poll(net->poll, net->polls, wait) < 0;
    if (!failed && (net->poll[0].revents & POLLIN) != 0 &&
        read(net->wake, &woken, sizeof woken) < 0)
        return;
    pthread_mutex_lock(&net->lock);
    user_library.poll(net->slirp, failed, get_events, net);
    pthread_mutex_unlock(&net->lock);
    hostio_look(net->object);
}

static bool has_ended(struct user_net *net)
{
    bool ended;

    pthread_mutex_lock(&net->lock);
    ended = net->ended;
    pthread_mutex_unlock(&net->lock);
    return ended;
}

static void *run(void *argument)
{
    while (!has_ended(argument))
        wait_once(argument);
    end(argument);
    return NULL;
}

/* ------------------------------------------------------------------ requests */

static void wake(struct user_net *net)
{
    uint64_t one = 1;

    if (write(net->wake, &one, sizeof one) < 0)
        return; /* it is full: the thread wakes anyway */
}

static int64_t user_read(struct hostio_object *o, struct hostio_call *call)
{
    struct user_net *net = o->state;
    int64_t result = -SEL4UX_HOST_AGAIN;

    pthread_mutex_lock(&net->lock);
    if (net->count > 0) {
        const struct frame *frame = &net->queue[net->head];
        size_t size = frame->size < call->request->size ? frame->size : call->request->size;

        if (size > 0)
            memcpy(call->buffer, frame->data, size);
        net->head = (net->head + 1) % QUEUE;
        net->count--;
        result = (int64_t)size;
    }
    pthread_mutex_unlock(&net->lock);
    return result;
}

static void refuse(struct user_net *net, const uint8_t *frame, size_t size)
{
    uint8_t answer[USER_REFUSAL];
    size_t bytes = user_filter_refuse(frame, size, answer);

    if (bytes > 0)
        send_packet(answer, bytes, net);
}

/* The guest may change its memory at any time: what is checked is a copy. */
static int64_t user_write(struct hostio_object *o, struct hostio_call *call)
{
    struct user_net *net = o->state;
    size_t size = call->request->size;
    uint8_t frame[ETHERNET_MOST];

    if (size < ETHERNET_LEAST)
        return -SEL4UX_HOST_BAD_ARGUMENT;
    if (size > sizeof frame)
        return -SEL4UX_HOST_TOO_LARGE;
    memcpy(frame, call->buffer, size);
    pthread_mutex_lock(&net->lock);
    if (user_filter_allows(&net->filter, frame, size))
        user_library.input(net->slirp, frame, (int)size);
    else
        refuse(net, frame, size);
    pthread_mutex_unlock(&net->lock);
    wake(net);
    return (int64_t)size;
}

static int64_t user_identify(struct hostio_object *o, struct hostio_call *call)
{
    (void)o;
    call->request->value[0] =
        ethernet_mac_number((struct ethernet_mac){{0x52, 0x54, 0x00, 0x12, 0x34, 0x56}});
    call->request->value[1] = ETHERNET_MOST;
    return 0;
}

static unsigned user_events(struct hostio_object *o)
{
    struct user_net *net = o->state;
    unsigned events = SEL4UX_HOST_WRITABLE;

    pthread_mutex_lock(&net->lock);
    events |= net->count > 0 ? SEL4UX_HOST_READABLE : 0u;
    pthread_mutex_unlock(&net->lock);
    return events;
}

static void user_close(struct hostio_object *o)
{
    struct user_net *net = o->state;

    if (!net->running) {
        end(net);
        return;
    }
    pthread_mutex_lock(&net->lock);
    net->ended = true;
    wake(net); /* the thread can't end before the lock is ours no more */
    pthread_mutex_unlock(&net->lock);
}

/* ------------------------------------------------------------------ start */

static int add_forward(struct user_net *net, const struct user_forward *f, struct error *err)
{
    struct in_addr host = {htonl(f->host.ip)}, guest = {htonl(USER_GUEST)};

    if (user_library.forward(net->slirp, f->udp, host, f->host.port, guest, f->guest_port) == 0)
        return 0;
    error_errno(err, errno, "fwd=%s:%u", f->udp ? "udp" : "tcp", f->host.port);
    return -EINVAL;
}

static int apply_options(struct user_net *net, struct error *err)
{
    const struct user_options *options = &net->options;

    for (unsigned i = 0; i < options->rules; i++)
        net->filter.rule[net->filter.rules++] = options->rule[i];
    for (unsigned i = 0; i < options->forwards; i++) {
        if (add_forward(net, &options->forward[i], err) != 0)
            return -EINVAL;
    }
    return 0;
}

/* libslirp's own restriction, which is all or nothing: there is no to=, and no UDP to answer. */
static bool is_restricted(const struct user_net *net)
{
    bool free = net->options.rules > 0;

    for (unsigned i = 0; i < net->options.forwards; i++)
        free |= net->options.forward[i].udp;
    return !free;
}

static Slirp *new_slirp(struct user_net *net)
{
    const SlirpConfig config = {
        .version = 1,
        .restricted = is_restricted(net),
        .in_enabled = true,
        .vnetwork.s_addr = htonl(USER_NET),
        .vnetmask.s_addr = htonl(0xffffff00u),
        .vhost.s_addr = htonl(USER_GATEWAY),
        .vdhcp_start.s_addr = htonl(USER_GUEST),
        .vnameserver.s_addr = htonl(USER_NET | 3),
    };

    return user_library.new(&config, &callbacks, net);
}

static int start_thread(struct user_net *net, struct error *err)
{
    pthread_attr_t detached;
    pthread_t thread;
    int error;

    pthread_attr_init(&detached);
    pthread_attr_setdetachstate(&detached, PTHREAD_CREATE_DETACHED);
    error = pthread_create(&thread, &detached, run, net);
    pthread_attr_destroy(&detached);
    net->running = error == 0;
    return error != 0 ? error_errno(err, error, "no thread for net=user") : 0;
}

/* In the process that serves, which alone has the sockets. */
static int user_start(struct hostio_object *o, struct error *err)
{
    struct user_net *net = o->state;

    signal(SIGPIPE, SIG_IGN); /* libslirp writes to what may be closed */
    net->wake = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    net->slirp = new_slirp(net);
    if (net->wake < 0 || net->slirp == NULL) {
        error_set(err, "net=user: libslirp can't make the network");
        return -EINVAL;
    }
    if (apply_options(net, err) != 0) {
        error_wrap(err, "net=user");
        return -EINVAL;
    }
    return start_thread(net, err);
}

static const struct hostio_ops user_ops = {
    .start = user_start,
    .events = user_events,
    .close = user_close,
    .perform =
        {
            [HOSTIO_OP(READ)] = user_read,
            [HOSTIO_OP(WRITE)] = user_write,
            [HOSTIO_OP(IDENTIFY)] = user_identify,
        },
};

int user_net_open(struct hostio_object *o, const struct hostio_spec *spec, struct error *err)
{
    struct user_net *net;

    if (user_library_load(err) != 0)
        return -EINVAL;
    net = calloc(1, sizeof *net);
    if (net == NULL)
        return error_errno(err, ENOMEM, "can't be had");
    pthread_mutex_init(&net->lock, NULL);
    user_options_of(spec, &net->options);
    net->object = o;
    net->wake = -1;
    o->state = net;
    o->ops = &user_ops;
    return 0;
}
