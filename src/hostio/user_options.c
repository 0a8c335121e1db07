/*
 * What net=user is told (see user_options.h). number[0] of a spec says how many there are and of
 * which sort, the numbers behind it are one each.
 */
#include "hostio/user_options.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

/* Bits of number[0]: the i-th is a forwarded port, and by UDP; else it is a rule of to=. */
#define COUNT         0xffu
#define IS_FORWARD(i) (1ull << (8 + (i)))
#define IS_UDP(i)     (1ull << (16 + (i)))

_Static_assert(1 + USER_RULES <= sizeof((struct hostio_spec *)0)->number / sizeof(uint64_t),
               "each option has a number");

int user_net_parse(struct hostio_spec *spec, struct error *err)
{
    if (strcmp(spec->target, "user") == 0)
        return 0;
    error_set(err, "there is only net=user; for a TAP device say tap=NAME");
    return -EINVAL;
}

static uint64_t pack(const struct user_forward *f)
{
    return (uint64_t)f->host.ip << 32 | (uint64_t)f->host.port << 16 | f->guest_port;
}

static struct user_forward unpack(uint64_t number, bool udp)
{
    return (struct user_forward){
        {(uint32_t)(number >> 32), (uint16_t)(number >> 16)}, (uint16_t)number, udp};
}

/* tcp:[ADDRESS:]PORT:GUESTPORT, or with udp. */
static int parse_forward(const char *value, struct user_forward *forward, struct error *err)
{
    const char *colon = strrchr(value, ':');
    struct address guest;
    char host[64];

    forward->udp = strncmp(value, "udp:", 4) == 0;
    if ((!forward->udp && strncmp(value, "tcp:", 4) != 0) || colon < value + 4 ||
        (size_t)(colon - value - 4) >= sizeof host) {
        error_set(err, "fwd=%.60s: must be tcp:PORT:GUESTPORT or udp:PORT:GUESTPORT", value);
        return -EINVAL;
    }
    snprintf(host, sizeof host, "%.*s", (int)(colon - value - 4), value + 4);
    if (address_parse_local(host, &forward->host, err) != 0 ||
        address_parse_local(colon + 1, &guest, err) != 0)
        return -EINVAL;
    forward->guest_port = guest.port;
    return 0;
}

int user_net_take(struct hostio_spec *spec, const char *key, const char *value, struct error *err)
{
    unsigned index = (unsigned)(spec->number[0] & COUNT);
    struct user_forward forward;
    struct address_rule rule;
    uint64_t number, bits = 0;

    if (index == USER_RULES) {
        error_set(err, "there may be %d fwd= and to= at the most", USER_RULES);
        return -EINVAL;
    }
    if (strcmp(key, "to") == 0) {
        if (address_parse_rule(value, &rule, err) != 0)
            return -EINVAL;
        number = address_pack(&rule);
    } else if (strcmp(key, "fwd") == 0) {
        if (parse_forward(value, &forward, err) != 0)
            return -EINVAL;
        number = pack(&forward);
        bits = IS_FORWARD(index) | (forward.udp ? IS_UDP(index) : 0);
    } else {
        error_set(err,
                  "%s= is no option of net=user; it has fwd=tcp:PORT:GUESTPORT, "
                  "to=ADDRESS:PORT and name=",
                  key);
        return -EINVAL;
    }
    spec->number[1 + index] = number;
    spec->number[0] = (spec->number[0] | bits) + 1;
    return 0;
}

void user_options_of(const struct hostio_spec *spec, struct user_options *options)
{
    uint64_t what = spec->number[0];

    *options = (struct user_options){0};
    for (unsigned i = 0; i < (what & COUNT); i++) {
        uint64_t number = spec->number[1 + i];

        if (what & IS_FORWARD(i))
            options->forward[options->forwards++] = unpack(number, (what & IS_UDP(i)) != 0);
        else
            options->rule[options->rules++] = address_unpack(number);
    }
}
