/*
 * What a guest may send into the user-mode network, frame by frame: ARP, DHCP, an echo request to
 * the gateway, answers to those who came by a forwarded port, and what the user allowed by to=.
 *
 * libslirp would connect to anything for the guest; nothing that this turns down reaches it. New
 * TCP connections begin with a SYN alone, so that all other segments may pass. Fragments may not,
 * for only the first has ports.
 */
#ifndef SEL4UX_HOSTIO_USER_FILTER_H
#define SEL4UX_HOSTIO_USER_FILTER_H

#include <stddef.h>

#include "hostio/address.h"

/* The network as guests see it. */
#define USER_NET     0x0a000200u /* 10.0.2.0/24 */
#define USER_GATEWAY 0x0a000202u /* also: this computer's loopback */
#define USER_GUEST   0x0a00020fu

#define USER_RULES 7

struct user_filter {
    unsigned rules;
    struct address_rule rule[USER_RULES];
    struct address_recent recent; /* who sent datagrams to the guest */
};

/* A frame from the guest: may it pass? */
bool user_filter_allows(const struct user_filter *filter, const uint8_t *frame, size_t size);

/*
 * The answer to a frame that may not pass, for the guest's stack to give up at once: "unreachable,
 * by the administrator". Its bytes in `answer`, of USER_REFUSAL; 0: there is none.
 */
#define USER_REFUSAL 70
size_t user_filter_refuse(const uint8_t *frame, size_t size, uint8_t answer[USER_REFUSAL]);

/* A frame to the guest. */
void user_filter_note(struct user_filter *filter, const uint8_t *frame, size_t size);

#endif
