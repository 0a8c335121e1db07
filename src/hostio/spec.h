/*
 * What `--host` says: KIND[=TARGET][,KEY=VALUE...], as text and checked as text. Nothing of the
 * host is looked at here.
 */
#ifndef SEL4UX_HOSTIO_SPEC_H
#define SEL4UX_HOSTIO_SPEC_H

#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"
#include "kernel/kernel.h"

#include <sel4ux/host_numbers.h>

#define HOSTIO_TARGET_SIZE 4096

struct hostio;
struct hostio_kind;
struct hostio_object;

struct hostio_spec {
    const struct hostio_kind *kind;
    bool writable;
    char name[SEL4UX_HOST_NAME_SIZE];
    char target[HOSTIO_TARGET_SIZE]; /* behind '=', without :ro and :rw */
    uint64_t number[8];              /* the kind's own, from parse() and take() */
};

struct hostio_grants {
    unsigned count;
    struct hostio_spec spec[HOST_GRANTS];
};

enum hostio_access { HOSTIO_READS, HOSTIO_WRITES, HOSTIO_AS_ASKED /* :ro, :rw; ro by default */ };

struct hostio_kind {
    const char *option; /* "dir" */
    const char *target; /* what stands behind '=', for messages: "FOLDER"; NULL: nothing does */
    const char *help;   /* for 'sel4ux help host': a line, or more with an indent of 27 */
    enum sel4ux_host_kind kind;
    enum hostio_access access;
    bool only_once;

    /* Checks spec->target. NULL: any will do. */
    int (*parse)(struct hostio_spec *spec, struct error *err);

    /* An option of the kind's own. NULL: it has none. */
    int (*take)(struct hostio_spec *spec, const char *key, const char *value, struct error *err);

    /* Opens the object: sets ops, fd, and what is the kind's own. NULL: it is the machine's. */
    int (*open)(struct hostio_object *o, const struct hostio_spec *spec, struct error *err);
};

/* kinds.c: all that there are; ends with NULL. */
extern const struct hostio_kind *const hostio_kinds[];

/* One more grant. Returns 0, or -EINVAL with what is wrong in *err; *grants is as before then. */
int hostio_spec_add(struct hostio_grants *grants, const char *text, struct error *err);

#endif
