/*
 * What else the monitor's poll loop waits for: a list of watchers, each with a descriptor, a
 * deadline, or both. Their owners (the gdb server, a control socket) add and remove them, also from
 * within the callbacks, change their fields at any time, and never wait themselves: whoever waited
 * would keep the machine from being served.
 */
#ifndef SEL4UX_HOST_WATCH_H
#define SEL4UX_HOST_WATCH_H

#include <poll.h>
#include <stdint.h>

#define WATCH_NEVER UINT64_MAX
#define WATCH_MAX   16 /* watchers at once */

struct watcher {
    int fd;            /* -1: none */
    short events;      /* of poll() */
    uint64_t deadline; /* ns of the monotonic clock; WATCH_NEVER: none */

    /* The descriptor has `revents`, or, with 0, the deadline has passed. */
    void (*ready)(struct watcher *w, short revents);

    /* The machine rang: it is paused, has ended, or only wrote something. NULL: never mind. */
    void (*rung)(struct watcher *w);

    struct watcher *next; /* the list's */
    uint64_t round;       /* the list's: of its adding */
};

struct watch_list {
    struct watcher *first;
    unsigned count;
    uint64_t round; /* calls of watch_wait() so far */
};

uint64_t watch_now(void); /* ns of the monotonic clock */

/* -ENOSPC: there are WATCH_MAX already. */
int watch_add(struct watch_list *list, struct watcher *w);
void watch_remove(struct watch_list *list, struct watcher *w); /* nothing if it is not in there */

/* The earliest deadline of all. */
uint64_t watch_deadline(const struct watch_list *list);

/*
 * Waits until something happens to one of `fds`, whose revents it sets, or to a watcher, which is
 * called, or until `deadline`.
 */
void watch_wait(struct watch_list *list, struct pollfd *fds, unsigned count, uint64_t deadline);

void watch_ring(struct watch_list *list);

#endif
