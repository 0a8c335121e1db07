/*
 * libslirp, loaded when it is asked for, so that nothing else needs it.
 */
#ifndef SEL4UX_HOSTIO_USER_LIBRARY_H
#define SEL4UX_HOSTIO_USER_LIBRARY_H

#include <slirp/libslirp.h>

#include "base/error.h"

struct user_library {
    void *handle; /* NULL: not loaded */
    Slirp *(*new)(const SlirpConfig *, const SlirpCb *, void *);
    void (*cleanup)(Slirp *);
    void (*fill)(Slirp *, uint32_t *, SlirpAddPollCb, void *);
    void (*poll)(Slirp *, int, SlirpGetREventsCb, void *);
    void (*input)(Slirp *, const uint8_t *, int);
    int (*forward)(Slirp *, int, struct in_addr, int, struct in_addr, int);
};

extern struct user_library user_library;

/* Returns 0, or -EINVAL with what is missing. */
int user_library_load(struct error *err);

#endif
