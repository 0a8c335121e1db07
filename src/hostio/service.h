/*
 * The process that carries out requests to host objects, so that those that run guest code need
 * none of the Linux calls for it and hold none of the descriptors. Requests come through
 * machine_host.slot, bytes go straight to and from guest memory, events come as kicks.
 *
 * It is a child of the monitor, dies with it, and confines itself to the calls that it needs.
 */
#ifndef SEL4UX_HOSTIO_SERVICE_H
#define SEL4UX_HOSTIO_SERVICE_H

#include <sys/types.h>

#include "hostio/hostio.h"

struct service_setup {
    struct hostio *io;
    /* The CPU that the machine asks from, where the answer is nearest; -1: unknown. */
    int (*home)(void *context);
    void *context;
};

/*
 * Starts it. io->kick works in it. The caller's own descriptors of the objects are closed, whether
 * it succeeds or not. Returns the process in *pid, or -errno.
 */
int service_start(const struct service_setup *setup, pid_t *pid, struct error *err);

/* Kills and reaps it. */
void service_stop(pid_t pid);

/* confine.c: from now on this process makes only the Linux calls that requests need. */
int service_confine(struct error *err);

#endif
