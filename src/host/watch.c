/* The poll loop's list (see watch.h). A watcher that is called may remove itself and others. */
#include "host/watch.h"

#include <errno.h>
#include <stdbool.h>
#include <string.h>
#include <time.h>

#define NS_PER_S 1000000000ull
#define OWN_FDS  8 /* descriptors of watch_wait's caller at most */

uint64_t watch_now(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * NS_PER_S + (uint64_t)now.tv_nsec;
}

static struct watcher **find(struct watch_list *list, const struct watcher *w)
{
    struct watcher **at = &list->first;

    while (*at != NULL && *at != w)
        at = &(*at)->next;
    return at;
}

int watch_add(struct watch_list *list, struct watcher *w)
{
    if (list->count == WATCH_MAX)
        return -ENOSPC;
    w->next = list->first;
    w->round = list->round;
    list->first = w;
    list->count++;
    return 0;
}

void watch_remove(struct watch_list *list, struct watcher *w)
{
    struct watcher **at = find(list, w);

    if (*at == NULL)
        return;
    *at = w->next;
    list->count--;
}

uint64_t watch_deadline(const struct watch_list *list)
{
    uint64_t deadline = WATCH_NEVER;

    for (const struct watcher *w = list->first; w != NULL; w = w->next)
        deadline = w->deadline < deadline ? w->deadline : deadline;
    return deadline;
}

static void poll_until(struct pollfd *fds, nfds_t count, uint64_t deadline)
{
    uint64_t now = watch_now(), wait = deadline > now ? deadline - now : 0;
    struct timespec time = {.tv_sec = (time_t)(wait / NS_PER_S),
                            .tv_nsec = (long)(wait % NS_PER_S)};

    if (ppoll(fds, count, deadline == WATCH_NEVER ? NULL : &time, NULL) >= 0)
        return;
    for (nfds_t n = 0; n < count; n++)
        fds[n].revents = 0;
}

void watch_wait(struct watch_list *list, struct pollfd *fds, unsigned count, uint64_t deadline)
{
    struct watcher *watched[WATCH_MAX];
    struct pollfd all[OWN_FDS + WATCH_MAX];
    uint64_t own = watch_deadline(list), now;
    unsigned n = 0;

    list->round++;
    memcpy(all, fds, count * sizeof *fds);
    for (struct watcher *w = list->first; w != NULL; w = w->next) {
        watched[n] = w;
        all[count + n++] = (struct pollfd){.fd = w->fd, .events = w->events};
    }
    poll_until(all, count + n, own < deadline ? own : deadline);
    memcpy(fds, all, count * sizeof *fds);
    now = watch_now();
    for (unsigned i = 0; i < n; i++) {
        struct watcher *w = watched[i];
        short revents = all[count + i].revents;

        /* What was added meanwhile may have the number of a descriptor that was closed. */
        if (*find(list, w) != NULL && w->round != list->round &&
            ((revents != 0 && w->fd == all[count + i].fd) || w->deadline <= now))
            w->ready(w, revents);
    }
}

void watch_ring(struct watch_list *list)
{
    struct watcher *watched[WATCH_MAX];
    unsigned n = 0;

    for (struct watcher *w = list->first; w != NULL; w = w->next)
        watched[n++] = w;
    for (unsigned i = 0; i < n; i++) {
        if (*find(list, watched[i]) != NULL && watched[i]->rung != NULL)
            watched[i]->rung(watched[i]);
    }
}
