/* See user_filter.h. */
#include "hostio/user_filter.h"

#include <netinet/tcp.h>
#include <string.h>

#define ETHERNET_HEADER  14
#define TYPE_IPV4        0x0800
#define TYPE_ARP         0x0806
#define IPV4_HEADER      20
#define FRAGMENT         0x3fff
#define LOOPBACK         0x7f000001u
#define DHCP_SERVER      67
#define DHCP_CLIENT      68
#define BROADCAST        0xffffffffu
#define ICMP_ECHO        8
#define ICMP_UNREACHABLE 3
#define ICMP_PROHIBITED  13

static uint16_t get16(const uint8_t *at)
{
    return (uint16_t)(at[0] << 8 | at[1]);
}

static uint32_t get32(const uint8_t *at)
{
    return (uint32_t)get16(at) << 16 | get16(at + 2);
}

struct packet {
    uint8_t protocol;
    struct address from, to; /* ports of UDP and TCP */
    const uint8_t *data;
    size_t size;
};

/* An IPv4 packet that is whole and has at least 8 bytes of payload. */
static bool parse(const uint8_t *frame, size_t size, struct packet *p)
{
    const uint8_t *ip = frame + ETHERNET_HEADER;
    size_t header, total;

    if (size < ETHERNET_HEADER + IPV4_HEADER || get16(frame + 12) != TYPE_IPV4 || ip[0] >> 4 != 4)
        return false;
    header = (ip[0] & 15) * 4u;
    total = get16(ip + 2);
    if (header < IPV4_HEADER || total < header + 8 || total > size - ETHERNET_HEADER ||
        (get16(ip + 6) & FRAGMENT) != 0)
        return false;
    p->protocol = ip[9];
    p->data = ip + header;
    p->size = total - header;
    p->from = (struct address){get32(ip + 12), get16(p->data)};
    p->to = (struct address){get32(ip + 16), get16(p->data + 2)};
    return true;
}

static bool is_allowed(const struct user_filter *filter, struct address to)
{
    if (to.ip == USER_GATEWAY)
        to.ip = LOOPBACK;
    else if ((to.ip & 0xffffff00u) == USER_NET)
        return false;
    for (unsigned i = 0; i < filter->rules; i++) {
        if (address_matches(&filter->rule[i], to))
            return true;
    }
    return false;
}

static bool allows_udp(const struct user_filter *filter, const struct packet *p)
{
    if (p->from.port == DHCP_CLIENT && p->to.port == DHCP_SERVER &&
        (p->to.ip == BROADCAST || p->to.ip == USER_GATEWAY))
        return true;
    return is_allowed(filter, p->to) || address_is_recent(&filter->recent, p->to);
}

static bool allows_tcp(const struct user_filter *filter, const struct packet *p)
{
    uint8_t flags;

    if (p->size < 20)
        return false;
    flags = p->data[13] & (TH_SYN | TH_FIN | TH_RST | TH_URG | TH_ACK);
    return !(flags & TH_SYN) || (flags & TH_ACK) || is_allowed(filter, p->to);
}

bool user_filter_allows(const struct user_filter *filter, const uint8_t *frame, size_t size)
{
    struct packet p;

    if (size >= ETHERNET_HEADER && get16(frame + 12) == TYPE_ARP)
        return true;
    if (!parse(frame, size, &p))
        return false;
    switch (p.protocol) {
    case IPPROTO_ICMP:
        return p.to.ip == USER_GATEWAY && p.data[0] == ICMP_ECHO;
    case IPPROTO_UDP:
        return allows_udp(filter, &p);
    case IPPROTO_TCP:
        return allows_tcp(filter, &p);
    default:
        return false;
    }
}

/* Over an even number of bytes. */
static void put_sum(uint8_t *at, const uint8_t *from, size_t size)
{
    uint32_t sum = 0;

    for (size_t i = 0; i < size; i += 2)
        sum += get16(from + i);
    while (sum >> 16)
        sum = (sum & 0xffff) + (sum >> 16);
    at[0] = (uint8_t)(~sum >> 8);
    at[1] = (uint8_t)~sum;
}

/* Of the packet goes back the header, without options, and what is behind it. */
size_t user_filter_refuse(const uint8_t *frame, size_t size, uint8_t answer[USER_REFUSAL])
{
    static const uint8_t gateway_mac[6] = {0x52, 0x55, 10, 0, 2, 2}; /* libslirp's */
    static const uint8_t gateway[4] = {10, 0, 2, 2};
    uint8_t *ip = answer + ETHERNET_HEADER, *icmp = ip + IPV4_HEADER, *sent = icmp + 8;
    struct packet p;

    if (!parse(frame, size, &p) || (frame[0] & 1) ||
        (p.protocol != IPPROTO_UDP && p.protocol != IPPROTO_TCP))
        return 0;
    memset(answer, 0, USER_REFUSAL);
    memcpy(answer, frame + 6, 6);
    memcpy(answer + 6, gateway_mac, 6);
    memcpy(answer + 12, frame + 12, 2);
    ip[0] = 0x45;
    ip[3] = USER_REFUSAL - ETHERNET_HEADER;
    ip[8] = 64;
    ip[9] = IPPROTO_ICMP;
    memcpy(ip + 12, gateway, 4);
    memcpy(ip + 16, frame + ETHERNET_HEADER + 12, 4);
    put_sum(ip + 10, ip, IPV4_HEADER);
    icmp[0] = ICMP_UNREACHABLE;
    icmp[1] = ICMP_PROHIBITED;
    memcpy(sent, frame + ETHERNET_HEADER, IPV4_HEADER);
    sent[0] = 0x45;
    memcpy(sent + IPV4_HEADER, p.data, 8);
    put_sum(icmp + 2, icmp, USER_REFUSAL - ETHERNET_HEADER - IPV4_HEADER);
    return USER_REFUSAL;
}

void user_filter_note(struct user_filter *filter, const uint8_t *frame, size_t size)
{
    struct packet p;

    if (parse(frame, size, &p) && p.protocol == IPPROTO_UDP && p.to.ip == USER_GUEST)
        address_remember(&filter->recent, p.from);
}
