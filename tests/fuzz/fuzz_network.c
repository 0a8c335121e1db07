/*
 * Fuzzes what reads the network's options and frames on the host's side: addresses and rules as
 * text, and the filter before the user-mode network.
 *
 * A frame that the filter lets pass is ARP, or a packet that an independent reading of it allows:
 * to the gateway, to somebody who has sent before, to the one rule's address, or no beginning of a
 * connection. A refusal is a correct ICMP packet to who asked.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "hostio/address.h"
#include "hostio/user_filter.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define ALLOWED 0x08080800u /* 8.8.8.0/24, port 53 */

static void check(int holds, const char *what)
{
    if (!holds) {
        fprintf(stderr, "broken promise: %s\n", what);
        abort();
    }
}

static uint32_t number(const uint8_t *at, int bytes)
{
    uint32_t value = 0;

    while (bytes-- > 0)
        value = value << 8 | *at++;
    return value;
}

static void check_passed(const struct user_filter *filter, const uint8_t *frame, size_t size)
{
    const uint8_t *ip = frame + 14, *data;
    struct address to;

    check(size >= 14, "a frame has a header");
    if (number(frame + 12, 2) == 0x0806)
        return;
    check(size >= 14 + 20 + 8 && number(frame + 12, 2) == 0x0800 && ip[0] >> 4 == 4, "it is IPv4");
    check((number(ip + 6, 2) & 0x3fff) == 0, "it is no fragment");
    data = ip + (ip[0] & 15) * 4;
    check(data + 8 <= frame + size, "it is whole");
    to = (struct address){number(ip + 16, 4), (uint16_t)number(data + 2, 2)};
    if (ip[9] == 1) {
        check(to.ip == USER_GATEWAY && data[0] == 8, "an echo request to the gateway");
    } else if (ip[9] == 6) {
        check((data[13] & 0x37) != 2 || ((to.ip & 0xffffff00u) == ALLOWED && to.port == 53),
              "a connection that is allowed");
    } else {
        check(ip[9] == 17, "nothing else");
        check(number(data + 2, 2) == 67 || ((to.ip & 0xffffff00u) == ALLOWED && to.port == 53) ||
                  address_is_recent(&filter->recent, to),
              "a datagram that is allowed");
    }
}

static uint32_t sum(const uint8_t *from, size_t size)
{
    uint32_t total = 0;

    for (size_t i = 0; i < size; i += 2)
        total += number(from + i, 2);
    while (total >> 16)
        total = (total & 0xffff) + (total >> 16);
    return total;
}

static void try_frame(const uint8_t *data, size_t size)
{
    static struct user_filter filter;
    const struct address_rule rule = {ALLOWED, 24, 53};
    uint8_t *frame = calloc(size ? size : 1, 1), answer[USER_REFUSAL];

    if (frame == NULL)
        return;
    if (size)
        memcpy(frame, data, size);
    filter = (struct user_filter){.rules = 1, .rule = {rule}};
    user_filter_note(&filter, frame, size);
    if (user_filter_allows(&filter, frame, size)) {
        check_passed(&filter, frame, size);
    } else if (user_filter_refuse(frame, size, answer) != 0) {
        check(memcmp(answer, frame + 6, 6) == 0, "to who asked");
        check(sum(answer + 14, 20) == 0xffff && sum(answer + 34, USER_REFUSAL - 34) == 0xffff,
              "check sums");
    }
    free(frame);
}

static void try_text(const uint8_t *data, size_t size)
{
    char *text = malloc(size + 1);
    struct address_rule rule = {0}, again;
    struct address address;
    struct error err;

    if (text == NULL)
        return;
    memcpy(text, data, size);
    text[size] = '\0';
    address_parse_local(text, &address, &err);
    if (address_check_rule(text, &err) == 0 && strpbrk(text, "ghijklmnopqrstuvwxyz") == NULL &&
        strspn(text, "0123456789./:*") == strlen(text)) {
        check(address_parse_rule(text, &rule, &err) == 0, "a rule of numbers is one");
        again = address_unpack(address_pack(&rule));
        check(again.ip == rule.ip && again.port == rule.port && again.prefix == rule.prefix &&
                  rule.prefix <= 32,
              "a rule fits in a number");
        check(address_matches(&rule, (struct address){rule.ip, rule.port}), "it matches itself");
    }
    free(text);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size == 0)
        return 0;
    if (data[0] & 1)
        try_frame(data + 1, size - 1);
    else
        try_text(data + 1, size - 1);
    return 0;
}
