/*
 * Options of net=user: ports of the host that lead to the guest (fwd=), and whom the guest may talk
 * to (to=). A spec has them packed in its numbers.
 */
#ifndef SEL4UX_HOSTIO_USER_OPTIONS_H
#define SEL4UX_HOSTIO_USER_OPTIONS_H

#include "hostio/spec.h"
#include "hostio/user_filter.h"

struct user_forward {
    struct address host;
    uint16_t guest_port;
    bool udp;
};

struct user_options {
    unsigned rules, forwards;
    struct address_rule rule[USER_RULES];
    struct user_forward forward[USER_RULES];
};

/* For struct hostio_kind: 0 or -EINVAL with *err set. */
int user_net_parse(struct hostio_spec *spec, struct error *err);
int user_net_take(struct hostio_spec *spec, const char *key, const char *value, struct error *err);

void user_options_of(const struct hostio_spec *spec, struct user_options *options);

#endif
