/* Ethernet and IPv4, see ip.h. */
#include "parts.h"

#define ANSWERS_A_SECOND 100
#define TTL              64
#define DO_NOT_FRAGMENT  0x4000
#define FRAGMENT         0x3fff /* more follow, or an offset */

void ip_init(struct ip *ip, const struct ip_setup *setup, uint64_t now)
{
    memset(ip, 0, offsetof(struct ip, sockets));
    for (struct ip_socket *s = ip->sockets; s < ip->sockets + IP_SOCKETS; s++) {
        s->kind = IP_FREE;
        s->owned = false;
    }
    ip->setup = *setup;
    ip->now = now;
    ip->next_port = (uint16_t)setup->secret;
}

uint64_t ip_run(struct ip *ip, uint64_t now)
{
    uint64_t arp, tcp;

    ip->now = now;
    arp = arp_run(ip);
    tcp = tcp_run(ip);
    return arp < tcp ? arp : tcp;
}

bool ip_may_answer(struct ip *ip)
{
    if (ip->now - ip->answers_from >= SECOND) {
        ip->answers_from = ip->now;
        ip->answers = 0;
    }
    return ip->answers++ < ANSWERS_A_SECOND;
}

static uint32_t broadcast(const struct ip *ip)
{
    return ip->setup.address | ~ip->setup.mask;
}

bool ip_is_host(const struct ip *ip, uint32_t address)
{
    uint32_t class = address >> 24;

    if (class == 0 || class == 127 || class >= 224 || address == ip->setup.address)
        return false;
    if ((address ^ ip->setup.address) & ip->setup.mask)
        return true;
    return address != broadcast(ip) && address != (ip->setup.address & ip->setup.mask);
}

/* -------------------------------------------------------------- in */

static void input_ipv4(struct ip *ip, const uint8_t *header, size_t bytes)
{
    struct arrival a = {.header = header};
    size_t header_bytes, total;

    if (bytes < IPV4_HEADER || header[0] >> 4 != 4)
        return;
    header_bytes = (header[0] & 15) * 4u;
    total = get16(header + 2);
    if (header_bytes < IPV4_HEADER || total < header_bytes || total > bytes ||
        get16(header + 6) & FRAGMENT || sum_end(sum_add(0, header, header_bytes)) != 0)
        return;
    a.from = get32(header + 12);
    a.to = get32(header + 16);
    a.data = header + header_bytes;
    a.bytes = total - header_bytes;
    if (!ip_is_host(ip, a.from))
        return;
    if (header[9] == IPV4_UDP && (a.to == broadcast(ip) || a.to == 0xffffffff))
        udp_input(ip, &a);
    if (a.to != ip->setup.address)
        return;
    if (header[9] == IPV4_ICMP)
        icmp_input(ip, &a);
    else if (header[9] == IPV4_TCP)
        tcp_input(ip, &a);
    else if (header[9] == IPV4_UDP)
        udp_input(ip, &a);
}

void ip_input(struct ip *ip, const uint8_t *frame, size_t bytes, uint64_t now)
{
    bool for_us;

    ip->now = now;
    if (bytes < ETHERNET_HEADER)
        return;
    for_us = (frame[0] & 1) || memcmp(frame, ip->setup.mac, 6) == 0;
    if (for_us && get16(frame + 12) == ETHERNET_ARP)
        arp_input(ip, frame, bytes);
    else if (for_us && get16(frame + 12) == ETHERNET_IPV4)
        input_ipv4(ip, frame + ETHERNET_HEADER, bytes - ETHERNET_HEADER);
}

/* -------------------------------------------------------------- out */

void ip_send(struct ip *ip, struct packet *p, uint32_t to, uint8_t protocol, size_t bytes)
{
    uint8_t *header = p->frame + ETHERNET_HEADER;
    uint32_t next_hop = to;

    put16(p->frame + 12, ETHERNET_IPV4);
    header[0] = 0x45;
    header[1] = 0;
    put16(header + 2, (uint32_t)(IPV4_HEADER + bytes));
    put16(header + 4, ip->next_id++);
    put16(header + 6, DO_NOT_FRAGMENT);
    header[8] = TTL;
    header[9] = protocol;
    put16(header + 10, 0);
    put32(header + 12, ip->setup.address);
    put32(header + 16, to);
    put16(header + 10, sum_end(sum_add(0, header, IPV4_HEADER)));
    bytes += ETHERNET_HEADER + IPV4_HEADER;
    for (; bytes < ETHERNET_LEAST; bytes++)
        p->frame[bytes] = 0;
    if ((to ^ ip->setup.address) & ip->setup.mask)
        next_hop = ip->setup.gateway;
    if (next_hop != 0)
        arp_send(ip, p->frame, bytes, next_hop);
}
