/* See address.h. */
#include "hostio/address.h"

#include <arpa/inet.h>
#include <ctype.h>
#include <errno.h>
#include <netdb.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define LOOPBACK  0x7f000001u
#define NAME_SIZE 254
#define ALL_BITS  32

/* ------------------------------------------------------------------ parsing */

/* A decimal number without sign or blanks, up to `most`. */
static bool parse_number(const char *text, unsigned long most, unsigned long *number)
{
    char *end;

    if (!isdigit((unsigned char)text[0]) || strlen(text) > 6)
        return false;
    *number = strtoul(text, &end, 10);
    return *end == '\0' && *number <= most;
}

static int fail(struct error *err, const char *text, const char *form)
{
    error_set(err, "%.100s: is no %s", text, form);
    return -EINVAL;
}

static bool parse_ip(const char *text, uint32_t *ip)
{
    struct in_addr in;

    if (inet_pton(AF_INET, text, &in) != 1)
        return false;
    *ip = ntohl(in.s_addr);
    return true;
}

/* Cuts "HOST:PORT" in two; false if there is no ':' or HOST does not fit. */
static bool split(const char *text, char host[NAME_SIZE], const char **port)
{
    const char *colon = strrchr(text, ':');

    if (colon == NULL || colon == text || colon - text >= NAME_SIZE)
        return false;
    snprintf(host, NAME_SIZE, "%.*s", (int)(colon - text), text);
    *port = colon + 1;
    return true;
}

int address_parse_local(const char *text, struct address *address, struct error *err)
{
    static const char form[] = "[ADDRESS:]PORT, such as 8080 or 0.0.0.0:8080";
    char host[NAME_SIZE];
    const char *port = text;
    unsigned long number;

    address->ip = LOOPBACK;
    if (strchr(text, ':') != NULL && (!split(text, host, &port) || !parse_ip(host, &address->ip)))
        return fail(err, text, form);
    if (!parse_number(port, UINT16_MAX, &number))
        return fail(err, text, form);
    address->port = (uint16_t)number;
    return 0;
}

static int look_up(const char *name, uint32_t *ip, struct error *err)
{
    struct addrinfo hints = {.ai_family = AF_INET, .ai_socktype = SOCK_STREAM}, *found;
    int error = getaddrinfo(name, NULL, &hints, &found);

    if (error != 0) {
        error_set(err, "%.100s: %s", name, gai_strerror(error));
        return -EINVAL;
    }
    *ip = ntohl(((const struct sockaddr_in *)(const void *)found->ai_addr)->sin_addr.s_addr);
    freeaddrinfo(found);
    return 0;
}

static bool is_name(const char *text)
{
    bool letter = false;

    for (; *text != '\0'; text++) {
        if (!isalnum((unsigned char)*text) && *text != '-' && *text != '.')
            return false;
        letter |= isalpha((unsigned char)*text) != 0;
    }
    return letter;
}

/* All but the name, which is left in `name`; empty: there is none. */
static int parse_rule(const char *text, struct address_rule *rule, char name[NAME_SIZE],
                      struct error *err)
{
    static const char form[] =
        "ADDRESS:PORT; the port may be * for any, the address a network such as 10.0.0.0/8";
    const char *port;
    char *slash;
    unsigned long number = ALL_BITS;

    if (!split(text, name, &port))
        return fail(err, text, form);
    slash = strchr(name, '/');
    if (slash != NULL) {
        *slash = '\0';
        if (!parse_number(slash + 1, ALL_BITS, &number))
            return fail(err, text, form);
    }
    *rule = (struct address_rule){.prefix = (uint8_t)number};
    if (parse_ip(name, &rule->ip))
        name[0] = '\0';
    else if (slash != NULL || !is_name(name))
        return fail(err, text, form);
    if (strcmp(port, "*") == 0)
        return 0;
    if (!parse_number(port, UINT16_MAX, &number) || number == 0)
        return fail(err, text, form);
    rule->port = (uint16_t)number;
    return 0;
}

int address_check_rule(const char *text, struct error *err)
{
    struct address_rule rule;
    char name[NAME_SIZE];

    return parse_rule(text, &rule, name, err);
}

int address_parse_rule(const char *text, struct address_rule *rule, struct error *err)
{
    char name[NAME_SIZE];
    int status = parse_rule(text, rule, name, err);

    if (status == 0 && name[0] != '\0')
        status = look_up(name, &rule->ip, err);
    return status;
}

/* ------------------------------------------------------------------ use */

bool address_matches(const struct address_rule *rule, struct address to)
{
    uint32_t mask = rule->prefix == 0 ? 0 : ~(uint32_t)0 << (ALL_BITS - rule->prefix);

    return ((rule->ip ^ to.ip) & mask) == 0 && (rule->port == 0 || rule->port == to.port);
}

uint64_t address_pack(const struct address_rule *rule)
{
    return (uint64_t)rule->ip << 32 | (uint64_t)rule->prefix << 16 | rule->port;
}

struct address_rule address_unpack(uint64_t number)
{
    return (struct address_rule){(uint32_t)(number >> 32), (uint8_t)(number >> 16),
                                 (uint16_t)number};
}

struct sockaddr_in address_to_linux(struct address address)
{
    return (struct sockaddr_in){.sin_family = AF_INET,
                                .sin_port = htons(address.port),
                                .sin_addr.s_addr = htonl(address.ip)};
}

struct address address_from_linux(const struct sockaddr_in *from)
{
    return (struct address){ntohl(from->sin_addr.s_addr), ntohs(from->sin_port)};
}

bool address_is_recent(const struct address_recent *recent, struct address peer)
{
    for (unsigned i = 0; i < ADDRESS_RECENT; i++) {
        if (recent->peers[i].ip == peer.ip && recent->peers[i].port == peer.port)
            return peer.port != 0;
    }
    return false;
}

void address_remember(struct address_recent *recent, struct address peer)
{
    if (!address_is_recent(recent, peer))
        recent->peers[recent->next++ % ADDRESS_RECENT] = peer;
}
