/*
 * Addresses as users write them: ADDRESS:PORT, and rules of whom may be talked to. IPv4, in host
 * order.
 */
#ifndef SEL4UX_HOSTIO_ADDRESS_H
#define SEL4UX_HOSTIO_ADDRESS_H

#include <netinet/in.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"

struct address {
    uint32_t ip;
    uint16_t port;
};

/* ADDRESS[/PREFIX]:PORT, with * for any port. Fits in a number, for struct hostio_spec. */
struct address_rule {
    uint32_t ip;
    uint8_t prefix; /* bits of `ip` that count */
    uint16_t port;  /* 0: any */
};

/*
 * [ADDRESS:]PORT, what to listen on; without an address only this computer reaches it. Port 0 lets
 * Linux choose. Returns 0, or -EINVAL with what is wrong.
 */
int address_parse_local(const char *text, struct address *address, struct error *err);

/*
 * A rule. Instead of an address without prefix a name may stand: it is looked up now, once, so that
 * nobody who answers for names decides later what was allowed.
 */
int address_parse_rule(const char *text, struct address_rule *rule, struct error *err);

/* The same without looking names up: whether the text is a rule. */
int address_check_rule(const char *text, struct error *err);

bool address_matches(const struct address_rule *rule, struct address to);

uint64_t address_pack(const struct address_rule *rule);
struct address_rule address_unpack(uint64_t number);

struct sockaddr_in address_to_linux(struct address address);
struct address address_from_linux(const struct sockaddr_in *from);

/*
 * Who has talked to us of late, and may be answered: as many as there is room for, the oldest goes.
 */
#define ADDRESS_RECENT 64

struct address_recent {
    unsigned next;
    struct address peers[ADDRESS_RECENT]; /* port 0: none */
};

void address_remember(struct address_recent *recent, struct address peer);
bool address_is_recent(const struct address_recent *recent, struct address peer);

#endif
