/* The monitor's end of inspection (see control.h). Nothing here waits. */
#include "state/control.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#define BACKLOG 64 /* who comes while the monitor is busy, or stopped */

static void drop(struct control_client *client)
{
    struct control *c = client->control;

    if (client->watcher.fd < 0)
        return;
    watch_remove(c->watchers, &client->watcher);
    close(client->watcher.fd);
    client->watcher.fd = -1;
    if (client->wants_pause)
        pausing_release(c->pausing);
    client->wants_pause = client->was_told = false;
}

static bool say(struct control_client *client, uint8_t packet)
{
    return send(client->watcher.fd, &packet, sizeof packet, MSG_NOSIGNAL | MSG_DONTWAIT) ==
           sizeof packet;
}

/* The machine has rung, or was asked just now. */
static void tell_if_paused(struct control_client *client)
{
    struct control *c = client->control;

    if (!client->wants_pause || client->was_told || !machine_is_paused(c->pausing->machine))
        return;
    client->was_told = true;
    if (!say(client, CONTROL_PAUSED))
        drop(client);
}

static void client_rung(struct watcher *w)
{
    tell_if_paused((struct control_client *)w);
}

static void client_ready(struct watcher *w, short revents)
{
    struct control_client *client = (struct control_client *)w;
    uint8_t packet[2];
    ssize_t n = revents == 0 ? 0 : recv(w->fd, packet, sizeof packet, MSG_DONTWAIT);

    if (revents != 0 && n < 0 && (errno == EAGAIN || errno == EINTR))
        return;
    if (n != 1 || packet[0] != CONTROL_PAUSE || client->wants_pause) {
        drop(client);
        return;
    }
    client->wants_pause = true;
    pausing_wish(client->control->pausing);
    tell_if_paused(client);
}

/* ------------------------------------------------------------------ those who come */

static bool is_allowed(int fd)
{
    struct ucred peer;
    socklen_t size = sizeof peer;

    return getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &size) == 0 &&
           (peer.uid == geteuid() || peer.uid == 0);
}

static bool greet(const struct control *c, int fd)
{
    char space[CMSG_SPACE(sizeof c->memory)] = {0};
    struct control_hello hello = c->hello;
    struct iovec part = {&hello, sizeof hello};
    struct msghdr message = {
        .msg_iov = &part, .msg_iovlen = 1, .msg_control = space, .msg_controllen = sizeof space};
    struct cmsghdr *rights = CMSG_FIRSTHDR(&message);

    rights->cmsg_level = SOL_SOCKET;
    rights->cmsg_type = SCM_RIGHTS;
    rights->cmsg_len = CMSG_LEN(sizeof c->memory);
    memcpy(CMSG_DATA(rights), &c->memory, sizeof c->memory);
    return sendmsg(fd, &message, MSG_NOSIGNAL | MSG_DONTWAIT) == sizeof hello;
}

static struct control_client *free_client(struct control *c)
{
    for (unsigned i = 0; i < CONTROL_CLIENTS; i++) {
        if (c->client[i].watcher.fd < 0)
            return &c->client[i];
    }
    return NULL;
}

static void listener_ready(struct watcher *w, short revents)
{
    struct control *c = (struct control *)w;
    int fd = accept4(w->fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
    struct control_client *client = free_client(c);

    (void)revents;
    if (fd < 0)
        return;
    if (client == NULL || !is_allowed(fd) || !greet(c, fd)) {
        close(fd);
        return;
    }
    *client = (struct control_client){.control = c,
                                      .watcher = {.fd = fd,
                                                  .events = POLLIN,
                                                  .deadline = watch_now() + CONTROL_PATIENCE,
                                                  .ready = client_ready,
                                                  .rung = client_rung}};
    if (watch_add(c->watchers, &client->watcher) != 0) {
        close(fd);
        client->watcher.fd = -1;
    }
}

/* ------------------------------------------------------------------ opening, closing */

/*
 * Bound and listening under another name first: whoever finds the socket can connect, so one that
 * can't be connected to is nobody's.
 */
static int listen_in(const char *folder)
{
    int fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    struct sockaddr_un address, early;
    bool done;

    if (fd < 0)
        return -1;
    folder_address(folder, getpid(), &address);
    early = address;
    strncat(early.sun_path, ".new", sizeof early.sun_path - strlen(early.sun_path) - 1);
    unlink(early.sun_path);
    done = bind(fd, (struct sockaddr *)&early, sizeof early) == 0 &&
           chmod(early.sun_path, 0600) == 0 && listen(fd, BACKLOG) == 0 &&
           rename(early.sun_path, address.sun_path) == 0;
    if (done)
        return fd;
    unlink(early.sun_path);
    close(fd);
    return -1;
}

static int open_read_only(int fd)
{
    char path[40];

    snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
    return open(path, O_RDONLY | O_CLOEXEC);
}

#define TRIES 10 /* another monitor may remove the empty folder meanwhile */

void control_open(struct control *c, const struct machine_memory *memory,
                  struct watch_list *watchers, struct pausing *pausing)
{
    int fd = -1;

    *c = (struct control){.watchers = watchers, .pausing = pausing, .memory = -1};
    for (unsigned i = 0; i < CONTROL_CLIENTS; i++)
        c->client[i].watcher.fd = -1;
    for (unsigned i = 0; fd < 0 && i < TRIES && folder_find(c->folder, true, NULL) == 0; i++)
        fd = listen_in(c->folder);
    if (fd >= 0)
        c->memory = open_read_only(memory->fd);
    if (c->memory < 0) {
        if (fd >= 0)
            close(fd);
        return;
    }
    c->hello = (struct control_hello){
        .magic = CONTROL_MAGIC, .version = CONTROL_VERSION, .memory_size = memory->size};
    c->listener = (struct watcher){
        .fd = fd, .events = POLLIN, .deadline = WATCH_NEVER, .ready = listener_ready};
    watch_add(watchers, &c->listener);
}

void control_close(struct control *c)
{
    struct sockaddr_un address;

    if (c->watchers == NULL || c->memory < 0)
        return;
    for (unsigned i = 0; i < CONTROL_CLIENTS; i++)
        drop(&c->client[i]);
    watch_remove(c->watchers, &c->listener);
    folder_address(c->folder, getpid(), &address);
    unlink(address.sun_path);
    folder_clean(c->folder);
    close(c->listener.fd);
    close(c->memory);
    c->memory = -1;
}
