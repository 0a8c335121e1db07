/*
 * The host's side of host objects: carries out their requests with Linux calls, and watches for
 * their events. Runs in a process of its own (service.h), or in a hosted program itself.
 *
 * Nothing of a request is believed: indices, ranges and paths are checked here, whatever the kernel
 * model has checked before. A request never waits for another process or for the network.
 *
 * To add a kind: a struct hostio_kind in kinds.c says what its option is called and opens it; a
 * struct hostio_ops per sort of object carries out its requests. All functions of one hostio are
 * called under its lock, but by two threads. docs/linux-io.md has the interface that guests see.
 */
#ifndef SEL4UX_HOSTIO_HOSTIO_H
#define SEL4UX_HOSTIO_HOSTIO_H

#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "hostio/spec.h"
#include "machine/machine.h"

struct hostio;
struct hostio_ops;

struct hostio_object {
    const struct hostio_ops *ops; /* NULL: free */
    struct hostio *io;
    int fd;              /* closed with the object, and watched for events; -1: none */
    bool writable;       /* what was opened; rights of capabilities are the kernel's business */
    uint8_t armed;       /* enum sel4ux_host_events that wait; 0: none */
    bool watched;        /* `fd` is known to the watcher */
    uint32_t generation; /* of this index */
    uint64_t number[2];  /* the kind's own */
    void *state;         /* the kind's own */
};

struct hostio_call {
    struct host_request *request;
    void *buffer;               /* request->size bytes of guest memory; NULL: none */
    struct hostio_object *made; /* free, for requests that make an object: see hostio_make() */
};

/* A result of 0 and more, or a negated enum sel4ux_host_error; values go to call->request. */
typedef int64_t hostio_function(struct hostio_object *o, struct hostio_call *call);

#define HOSTIO_OP(name) SEL4UX_HOST_##name - HOST_CLOSE
#define HOSTIO_OP_COUNT (HOSTIO_OP(TERMINAL_SIZE) + 1)

struct hostio_ops {
    /* Called once in the process that serves, before any request; may start threads. NULL: nothing.
     */
    int (*start)(struct hostio_object *o, struct error *err);

    /* Which of enum sel4ux_host_events are true. NULL: as `fd` says. hostio_always: both. */
    unsigned (*events)(struct hostio_object *o);

    /* Before `fd` is closed. NULL: nothing. */
    void (*close)(struct hostio_object *o);

    /* By HOSTIO_OP(); NULL: not supported. CLOSE, ACK and POLL are the framework's, IDENTIFY too
     * where there is nothing to add. */
    hostio_function *perform[HOSTIO_OP_COUNT];
};

struct hostio {
    struct machine *machine;
    bool virtual_time;
    uint64_t seed;
    void (*kick)(void *context); /* the machine shall look up */
    void *context;
    int epoll;
    pthread_mutex_t lock;
    struct hostio_object object[HOST_OBJECTS];
};

/*
 * Opens what the user allowed and tells the machine, which has not booted. All zero but for the
 * first three members before. On an error, which *err describes, nothing is open.
 */
int hostio_open(struct hostio *io, const struct hostio_grants *grants, struct error *err);

/* Closes all descriptors: at the end, and where another process has taken over. */
void hostio_close(struct hostio *io);

/* In the process that serves: starts the objects and the thread that watches for events. */
int hostio_start(struct hostio *io, struct error *err);

/* Carries out one request. One thread at a time. */
void hostio_perform(struct hostio *io, struct host_request *request);

/* ------------------------------------------------------------------ for kinds */

/* In a call that makes an object: `fd` is the object's from now on. */
void hostio_make(struct hostio_call *call, enum sel4ux_host_kind kind, const struct hostio_ops *ops,
                 int fd, bool writable);

/* The negated enum sel4ux_host_error for an errno. */
int64_t hostio_error(int error);

/* For threads of a kind's own, without the lock: an event may have come that no descriptor shows.
 */
void hostio_look(struct hostio_object *o);

unsigned hostio_always(struct hostio_object *o);

/*
 * path.c: names below a directory, as guests give them. Each function but the first returns 0 or a
 * descriptor, or a negated enum sel4ux_host_error.
 */
struct hostio_path {
    char text[SEL4UX_HOST_PATH_MAX + 1];
};

int64_t hostio_path_take(struct hostio_path *path, const char *bytes, size_t size);
int64_t hostio_path_open(int directory, const struct hostio_path *path, int flags);

/* The folder that the path's last name lies in; the name is what remains in *path. */
int64_t hostio_path_parent(int directory, struct hostio_path *path, const char **name);

extern const struct hostio_ops hostio_file, hostio_directory;

#endif
